"""How an agreement is kept: each promise in numbers, the same for both teams, and the leads behind them."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from funnel.rules.periods import Span
from funnel.selectors.given import handed_to
from funnel.selectors.lead_list import SEEING_ALL
from funnel.selectors.returned import people
from funnel.services.targets import PLANNERS
from leads.selectors import leads_visible_to
from smarketing.accounts.models import User
from smarketing.accounts.views.access import person_of
from smarketing.accounts.views.paging import kept_query

from ..enums import Outcome, Per, SplitBy, Standing
from ..forms.measure import BROKEN, BehindForm, MeasureForm
from ..models import Agreement
from ..rules.measure import DAY, Now, Stretch, Term, bucket
from ..rules.wording import group_label
from ..selectors.agreements import agreement_in_force
from ..selectors.measure import Card, behind, cards, of_clocks, period_of, present, terms_of
from ..selectors.measure_words import amount, fact_words, pace_words, span_words, title_of
from ..selectors.whole_stretch import Part, others_in, whole_of, wholes
from ..selectors.worth import group_names
from .measure_tables import WORDS, behind_url, everything, group_table, series_table
from .promises import LOOKS
from .tables import as_csv

PAGE_SIZE = 25
STANDS = {
    Standing.KEPT: "good",
    Standing.MISSED: "late",
    Standing.BEHIND: "soon",
    Standing.OPEN: "plain",
    Standing.NOTHING: "plain",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What a page of numbers shows."""

    agreement: Agreement
    period: Span
    now: Now
    per: Per
    by: SplitBy
    day: dt.date

    def cards(self) -> list[Card]:
        return cards(
            terms_of(self.agreement),
            period=self.period,
            day=self.day,
            per=self.per,
            by=self.by,
            now=self.now,
        )


@login_required
@require_safe
def measure_now(request: HttpRequest) -> HttpResponse:
    """To the agreement in force, with the same choices; without one, what there is to do about it."""
    found = agreement_in_force(timezone.now())
    if found is None:
        may_plan = person_of(request).role in PLANNERS
        return render(request, "sla/measure_none.html", {"may_plan": may_plan})
    answer = redirect("sla:measure", agreement_id=found.pk)
    if request.GET:
        answer["Location"] += f"?{request.GET.urlencode()}"
    return answer


@login_required
@require_safe
def measure(request: HttpRequest, agreement_id: int) -> HttpResponse:
    asked = _asked(request, agreement_id)
    shown = asked.cards()
    held = bucket(asked.day, asked.per, asked.period)
    others = others_in(asked.agreement, held, asked.day, asked.per)
    together = wholes([one.now for one in shown], others, now=asked.now)
    context = {
        "agreement": asked.agreement,
        "period": asked.period,
        "status": asked.agreement.status_on(asked.now.today),
        "begins_later": asked.period.first and asked.now.today < asked.period.first,
        "blocks": [_block(one, asked, together.get(one.term.id or 0)) for one in shown],
        "is_part": held != whole_of(asked.day, asked.per),
        "others": [_other(part, asked) for part in others],
        "per": asked.per,
        "by": asked.by,
        "pers": [(choice, _query(request, per=choice)) for choice in Per],
        "bys": [(choice, _query(request, by=choice)) for choice in SplitBy],
        "stretch": span_words(held),
        "earlier": _neighbour(request, asked, -1),
        "later": _neighbour(request, asked, 1),
        "full_query": request.GET.urlencode(),
    }
    return render(request, "sla/measure.html", context)


@login_required
@require_safe
def measure_csv(request: HttpRequest, agreement_id: int) -> HttpResponse:
    """Every number of the page, a row for each stretch and each group."""
    asked = _asked(request, agreement_id)
    return as_csv(everything(asked.cards()), filename=f"promises-{agreement_id}-{asked.day}.csv")


@login_required
@require_safe
def measure_leads(request: HttpRequest, agreement_id: int, promise_id: int) -> HttpResponse:
    """Exactly what a number counted, the same for everybody; names only of leads that the reader may see."""
    agreement = get_object_or_404(Agreement, pk=agreement_id)
    get_object_or_404(agreement.promises, pk=promise_id)
    term = next(term for term in terms_of(agreement) if term.id == promise_id)
    context = {"agreement": agreement, **counted_leads(request, term, period_of(agreement))}
    return render(request, "sla/measure_leads.html", context)


def counted_leads(request: HttpRequest, term: Term, period: Span) -> dict[str, Any]:
    """The page of those that ``behind`` has, within ``period``."""
    words = WORDS.get(term.kind, {})
    form = BehindForm(request.GET, words=words)
    span, at = form.span(period), timezone.now()
    found = behind(term, span, at=at, outcome=form.cleaned_data.get("outcome") or "", **form.group())
    also = ("lead__company", "owner", "journey") if of_clocks(term) else ("lead__company",)
    if not of_clocks(term):
        found = found.annotate(given_to=handed_to())
    page = Paginator(found.select_related(*also), PAGE_SIZE).get_page(request.GET.get("page"))
    owners = _owners(term, page.object_list)
    seen = _seen(person_of(request), [row.lead_id for row in page.object_list])
    return {
        "term": term,
        "title": title_of(term),
        "form": form,
        "page": page,
        "is_clock": of_clocks(term),
        "rows": [_row(row, owners, seen, words, is_clock=of_clocks(term)) for row in page.object_list],
        "has_result": not term.is_count,
        "query": kept_query(request),
    }


def _asked(request: HttpRequest, agreement_id: int) -> Asked:
    agreement = get_object_or_404(Agreement, pk=agreement_id)
    period, now = period_of(agreement), present(timezone.now())
    per, by, day = MeasureForm(request.GET).asked(today=now.today, period=period)
    return Asked(agreement, period, now, per, by, day)


def _query(request: HttpRequest, **changed: str) -> str:
    kept = request.GET.copy()
    for name, value in changed.items():
        kept[name] = value
    return kept.urlencode()


def _neighbour(request: HttpRequest, asked: Asked, step: int) -> str:
    """The query of the stretch before (-1) or after (1); empty beyond the period, and after today."""
    here = bucket(asked.day, asked.per, asked.period)
    assert here.first and here.last and asked.period.first and asked.period.last
    day = here.first - DAY if step < 0 else here.last + DAY
    if not asked.period.first <= day <= min(asked.period.last, max(asked.now.today, asked.period.first)):
        return ""
    return _query(request, on=day.isoformat())


def _other(part: Part, asked: Asked) -> dict[str, str]:
    """Where the days that another version holds are counted."""
    assert part.span.last is not None
    asks = {"per": asked.per, "by": asked.by, "on": part.span.last.isoformat()}
    address = reverse("sla:measure", kwargs={"agreement_id": part.agreement.pk})
    values = {"span": span_words(part.span), "n": part.agreement.version}
    return {"url": f"{address}?{urlencode(asks)}", "label": _("%(span)s: version %(n)s") % values}


def _block(shown: Card, asked: Asked, whole: Stretch | None) -> dict[str, Any]:
    one = shown.now
    share = None
    if one.done is not None and one.goal:
        share = 100 * one.done / one.goal if shown.term.is_count else one.done
    return {
        "term": shown.term,
        "title": title_of(shown.term),
        "stretch": one,
        "words": fact_words(one),
        "pace": pace_words(one),
        "whole": fact_words(whole) if whole else "",
        "share": share,
        "look": look_of(shown),
        "standing": one.standing,
        "stands": STANDS[one.standing],
        "series": series_table(shown, agreement_id=asked.agreement.pk, per=asked.per),
        "groups": group_table(shown, agreement_id=asked.agreement.pk, by=asked.by),
        "broken": one.fact.broken,
        "broken_url": _broken_url(shown, asked.agreement.pk),
        "worth": _worth(shown),
        "worth_by": shown.worth.by.label if shown.worth else "",
        "worth_span": span_words(shown.worth.span) if shown.worth and shown.worth.span else "",
    }


def _broken_url(shown: Card, agreement_id: int) -> str:
    if not shown.now.fact.broken:
        return ""
    return behind_url(shown.term, shown.now, agreement_id, outcome=BROKEN)


def _worth(shown: Card) -> list[dict[str, str]]:
    """Each group's, the dearest first."""
    if shown.worth is None:
        return []
    by, groups = shown.worth.by, sorted(shown.worth.groups.items(), key=lambda item: (-item[1][0], item[0]))
    names = group_names(by, shown.worth.groups)
    return [
        {
            "label": group_label(by, group, names.get(group, "")),
            "money": f"{amount(shown.term, float(money))}{measured_on(n)}",
        }
        for group, (money, n) in groups
    ]


def measured_on(mqls: int) -> str:
    """In brackets behind a group's worth; nothing when it was agreed and not measured."""
    if not mqls:
        return ""
    told = ngettext("%(n)s MQL", "%(n)s MQLs", mqls) % {"n": number_format(mqls)}
    return f" ({told})"


def look_of(shown: Card) -> str:
    """Good while it is kept, or will be at this rate; late once it is missed, or is behind and reaches its
    goal in hardly one of ten futures; else a warning."""
    one = shown.now
    if one.standing in (Standing.KEPT, Standing.MISSED):
        return STANDS[one.standing]
    if one.pace is None or not one.goal:
        return STANDS[one.standing]
    if one.standing == Standing.BEHIND and one.pace.high < one.goal:
        return "late"
    return "good" if one.pace.middle >= one.goal else "soon"


def _seen(reader: User, lead_ids: list[int]) -> set[int] | None:
    """None: all of them."""
    if reader.role in SEEING_ALL:
        return None
    return set(leads_visible_to(reader).filter(pk__in=lead_ids).values_list("pk", flat=True))


def _owners(term: Term, rows: Iterable[Any]) -> Mapping[int, User]:
    """Whose promise each was, by its key; of those whose it was at all."""
    if of_clocks(term):
        return {row.pk: row.owner for row in rows if row.owner}
    known = people({row.given_to for row in rows if row.given_to})
    return {row.pk: known[row.given_to] for row in rows if row.given_to}


def _row(
    row: Any,
    owners: Mapping[int, User],
    seen: set[int] | None,
    words: Mapping[Outcome, Any],
    *,
    is_clock: bool,
) -> dict[str, Any]:
    outcome = Outcome(row.outcome)
    return {
        "lead": row.lead,
        "is_seen": seen is None or row.lead_id in seen,
        "owner": owners.get(row.pk),
        "source": row.journey.source if is_clock else row.source,
        "at": row.started_at if is_clock else row.mql_at,
        "due_at": row.due_at if is_clock else None,
        "made": getattr(row, "made", None),
        "agreed": row.attempts if is_clock else None,
        "outcome": words.get(outcome, outcome.label),
        "look": LOOKS[outcome],
    }
