"""Sales' feedback on what marketing handed over: reasons by group, and definitions to question."""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from django.views.decorators.http import require_safe

from funnel.forms import NONE_GIVEN
from funnel.selectors.lead_list import SEEING_ALL
from funnel.templatetags.funnel_format import reason_label
from leads.enums import Seniority
from leads.selectors import leads_visible_to
from smarketing.accounts.access import for_roles
from smarketing.accounts.enums import REP_ROLES, Role
from smarketing.accounts.views.access import person_of
from smarketing.accounts.views.paging import kept_query

from ..enums import Feature, Size, Verdict
from ..forms.dashboard import today
from ..forms.feedback import FeedbackForm, FeedbackLeadsForm
from ..rules.drift import Fact, Hint
from ..selectors.feedback import Passages, Row, drift_and_rows, names_of, rows_by
from .tables import Cell, Table, as_csv, percent
from .tables import Row as TableRow

READERS = frozenset(Role) - REP_ROLES
EDITORS = frozenset({Role.MARKETER, Role.MANAGER, Role.ADMIN})
PAGE_SIZE = 25
MOST_ROWS = 40
"""Rows of a table on the page; the file has all."""
BY = (
    Feature.PERSONA,
    Feature.SOURCE,
    Feature.FORM,
    Feature.REP,
    Feature.COUNTRY,
    Feature.SENIORITY,
    Feature.SIZE,
)
LOOKS = {Verdict.ACCEPTED: "good", Verdict.RETURNED: "late", Verdict.LOST: "soon", Verdict.UNDECIDED: "plain"}
REASONS = {
    Verdict.RETURNED: ("returned", gettext_lazy("Returned, by reason")),
    Verdict.LOST: ("lost", gettext_lazy("Lost, by reason")),
}

Names = Mapping[tuple[str, str], str]


@login_required
@require_safe
@for_roles(READERS)
def feedback(request: HttpRequest) -> HttpResponse:
    form, by = FeedbackForm(request.GET, today=today()), _by(request)
    span = form.span()
    found, rows = drift_and_rows(by, span)
    facts = [fact for hint in found for fact in hint.group.facts]
    names = names_of([*facts, *((by.value, row.value) for row in rows[:MOST_ROWS])])
    kept = request.GET.copy()
    kept.pop("by", None)
    context = {
        "form": form,
        "by": by,
        "features": BY,
        "query": kept_query(request),
        "full_query": request.GET.urlencode(),
        "tables": _tables(by, rows[:MOST_ROWS], form.params(), names),
        "left_out": max(0, len(rows) - MOST_ROWS),
        "hints": [hinted(hint, form.params(), names) for hint in found],
        "may_edit": person_of(request).role in EDITORS,
    }
    return render(request, "sla/feedback.html", context)


@login_required
@require_safe
@for_roles(READERS)
def feedback_csv(request: HttpRequest, table: str) -> HttpResponse:
    form, by = FeedbackForm(request.GET, today=today()), _by(request)
    rows = rows_by(by, form.span())
    names = names_of((by.value, row.value) for row in rows)
    chosen = {one.key: one for one in _tables(by, rows, form.params(), names)}.get(table)
    if chosen is None:
        raise Http404
    return as_csv(chosen, filename=f"feedback-{table}-{by.value}.csv")


@login_required
@require_safe
@for_roles(READERS)
def feedback_leads(request: HttpRequest) -> HttpResponse:
    """Exactly what was counted; a manager reads the names of those leads only that are theirs to see."""
    user = person_of(request)
    form = FeedbackLeadsForm(request.GET, today=today())
    wanted = form.wanted()
    page = Passages(wanted, PAGE_SIZE).get_page(request.GET.get("page"))
    shown: list[Any] = list(page.object_list)
    seen = {row.lead_id for row in shown}
    if user.role not in SEEING_ALL:
        seen = set(leads_visible_to(user).filter(pk__in=seen).values_list("pk", flat=True))
    pairs = [(Feature.FORM.value, row.of_form) for row in shown] + [
        (Feature.REP.value, row.of_rep) for row in shown
    ]
    names = names_of([*pairs, *((key.value, value) for key, value in wanted.facts.items())])
    context = {
        "form": form,
        "page": page,
        "rows": [_shown(row, seen, names) for row in shown],
        "facts": [label_of((key.value, value), names) for key, value in wanted.facts.items()],
        "query": kept_query(request),
    }
    return render(request, "sla/feedback_leads.html", context)


def hinted(hint: Hint, params: Mapping[str, str], names: Names) -> dict[str, Any]:
    """A hint as a sentence, with its leads and the definition to question."""
    facts = hint.group.facts
    persona = dict(facts).get(Feature.PERSONA)
    return {
        "sentence": sentence(facts, counts_of(hint), names),
        "url": leads_url(params, facts),
        "persona": persona if persona and (Feature.PERSONA.value, persona) in names else "",
    }


def counts_of(hint: Hint) -> dict[str, int]:
    return {
        "returned": hint.group.returned,
        "n": hint.group.n,
        "others_returned": hint.others_returned,
        "others": hint.others,
    }


def sentence(facts: Iterable[Fact], counts: Mapping[str, int], names: Names) -> str:
    values: dict[str, Any] = {**counts, "group": " · ".join(label_of(fact, names) for fact in facts)}
    if not counts["others_returned"]:
        return (
            _("%(returned)s of %(n)s leads of the group “%(group)s” were returned, of the others none.")
            % values
        )
    share = counts["returned"] / counts["n"]
    # Rounded first: number_format cuts off what it does not show.
    values["times"] = number_format(round(share * counts["others"] / counts["others_returned"], 1), 1)
    return (
        _(
            "%(returned)s of %(n)s leads of the group “%(group)s” were returned, of the others"
            " %(others_returned)s of %(others)s: %(times)s times as often."
        )
        % values
    )


def label_of(fact: Fact, names: Names) -> str:
    """The feature and its value in the reader's words."""
    feature, value = Feature(fact[0]), fact[1]
    return f"{feature.label}: {value_label(feature, value, names)}"


def value_label(feature: Feature, value: str, names: Names) -> str:
    if not value:
        return pgettext("feature of a lead", "not known")
    if feature == Feature.SENIORITY:
        return str(dict(Seniority.choices).get(value, value))
    if feature == Feature.SIZE:
        return str(dict(Size.choices).get(value, value))
    return names.get((feature.value, value), value)


def leads_url(params: Mapping[str, str], facts: Iterable[Fact], **more: str) -> str:
    """The list of the leads behind a number."""
    told = {feature: value or NONE_GIVEN for feature, value in facts}
    return f"{reverse('sla:feedback-leads')}?{urlencode({**params, **told, **more})}"


def _by(request: HttpRequest) -> Feature:
    asked = request.GET.get("by", "")
    return Feature(asked) if asked in Feature.values else Feature.PERSONA


def _tables(by: Feature, rows: list[Row], params: Mapping[str, str], names: Names) -> list[Table]:
    tables = [_verdicts(by, rows, params, names)]
    return [*tables, *(_reasons(by, verdict, rows, params, names) for verdict in REASONS)]


def _cell(n: int, params: Mapping[str, str], fact: Fact, **more: str) -> Cell:
    return Cell(n, number_format(n), leads_url(params, [fact], **more) if n else "")


def _verdicts(by: Feature, rows: list[Row], params: Mapping[str, str], names: Names) -> Table:
    lines = []
    for row in rows:
        fact = (by.value, row.value)
        share = 100 * row.verdicts[Verdict.RETURNED] / row.judged if row.judged else None
        counted = [_cell(row.verdicts[one], params, fact, verdict=one.value) for one in Verdict]
        cells = [_cell(row.handed_over, params, fact), *counted, percent(share)]
        lines.append(TableRow(Cell(value_label(by, row.value, names)), cells))
    note = _("Leads that became an MQL in this period, and what became of them until now.")
    if by == Feature.REP:
        note += " " + _("Under the rep who has them, or had them last: whose verdict it is.")
    return Table(
        "verdicts",
        _("What sales made of them"),
        [str(by.label), _("Handed over"), *(str(one.label) for one in Verdict), _("Returned of the judged")],
        lines,
        note=note,
        empty=_("No lead was handed over in this period."),
    )


def _reasons(
    by: Feature, verdict: Verdict, rows: list[Row], params: Mapping[str, str], names: Names
) -> Table:
    key, title = REASONS[verdict]
    told: dict[str, int] = {}
    for row in rows:
        for reason, n in row.reasons.get(verdict, {}).items():
            told[reason] = told.get(reason, 0) + n
    reasons = sorted(told, key=lambda reason: (-told[reason], reason))
    lines = []
    for row in rows:
        counts: Mapping[str, int] = row.reasons.get(verdict, {})
        fact = (by.value, row.value)
        cells = [
            _cell(counts.get(reason, 0), params, fact, verdict=verdict.value, reason=reason or NONE_GIVEN)
            for reason in reasons
        ]
        if counts:
            lines.append(TableRow(Cell(value_label(by, row.value, names)), cells))
    head = [str(by.label), *(str(reason_label(reason)) if reason else _("not given") for reason in reasons)]
    return Table(key, str(title), head, lines, empty=_("None in this period."))


def _shown(row: Any, seen: set[int], names: Names) -> dict[str, Any]:
    verdict = Verdict(row.verdict)
    return {
        "journey": row,
        "lead": row.lead,
        "is_seen": row.lead_id in seen,
        "look": LOOKS[verdict],
        "word": verdict.label,
        "form": names.get((Feature.FORM.value, row.of_form), ""),
        "rep": names.get((Feature.REP.value, row.of_rep), ""),
        "size": value_label(Feature.SIZE, row.of_size, names) if row.of_size else "",
    }
