"""Returned leads: why they came back, from whom, and what marketing does next."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from smarketing.accounts.access import for_roles
from smarketing.accounts.enums import REP_ROLES, Role
from smarketing.accounts.models import User
from smarketing.accounts.toasts import toast

from ..enums import Reason, ReturnAction
from ..errors import FunnelError, StaleChange
from ..forms.returned import NOBODY, DecideForm, ReturnsForm
from ..models import ReturnDecision, StageChange
from ..rules.moves import MARKETING
from ..selectors import returned
from ..selectors.lead_columns import Column
from ..services.returned import decide_return
from .exporting import as_csv
from .lead_list import kept_of

PAGE_SIZE = 25
READERS = frozenset(Role) - REP_ROLES


@login_required
@require_safe
@for_roles(READERS)
def recycled(request: HttpRequest) -> HttpResponse:
    assert isinstance(request.user, User)
    form = ReturnsForm(request.GET)
    wanted, today = form.wanted(), timezone.localdate()
    rows = returned.returns(request.user, wanted, today=today)
    kept = kept_of(request.GET)
    kept["tab"] = wanted.tab
    both = returned.returns(request.user, replace(wanted, tab=""), today=today)
    counts = returned.counted(both, wanted.tab, today=today)
    pages = Paginator(returned.with_details(rows), PAGE_SIZE)
    pages.count = counts.tabs[wanted.tab]  # known already: the statement need not run again
    page = pages.get_page(request.GET.get("page"))
    names = returned.people({pk for pk, _n in counts.reps if pk})
    context = {
        "form": form,
        "tab": wanted.tab,
        "tabs": _tabs(counts.tabs, kept, wanted.tab),
        "page": page,
        "rows": [(change, names.get(change.rep), next(iter(change.decided), None)) for change in page],
        "query": kept.urlencode(),
        "reasons": _shares(kept, "reason", _reasons(counts.reasons)),
        "reps": _shares(kept, "rep", [(str(pk or NOBODY), names.get(pk or 0), n) for pk, n in counts.reps]),
        "filtered": bool(set(kept) - {"tab"}),
        "may_decide": request.user.role in MARKETING,
    }
    return render(request, "funnel/recycled.html", context)


@login_required
@require_safe
@for_roles(READERS)
def recycled_csv(request: HttpRequest) -> HttpResponseBase:
    """Exactly what the page shows with this address, all pages of it."""
    assert isinstance(request.user, User)
    rows = returned.returns(request.user, ReturnsForm(request.GET).wanted(), today=timezone.localdate())
    reps = rows.order_by().values_list("rep", flat=True).distinct()
    names = returned.people({pk for pk in reps if pk})
    return as_csv(returned.with_details(rows), _columns(names), name="recycled")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(READERS, writes=MARKETING)
def decide(request: HttpRequest, change_id: int) -> HttpResponse:
    """What becomes of one returned lead. 409: somebody decided meanwhile; their decision is shown."""
    assert isinstance(request.user, User)
    try:
        change = returned.visible_return(request.user, change_id)
    except StageChange.DoesNotExist:
        raise Http404 from None
    if request.user.role not in MARKETING:
        return redirect(reverse("funnel:lead", args=[change.journey.lead_id]))
    standing = change.decisions.filter(is_current=True).first()
    if request.method != "POST":
        return _form(request, change, DecideForm(initial=_before(standing)))
    form = DecideForm(request.POST)
    if not form.is_valid():
        return _form(request, change, form, 422)
    try:
        _decide(request.user, change_id, form)
    except StaleChange as error:
        data = request.POST.copy()
        data["seen"] = str(standing.pk if standing else 0)
        return _form(request, change, DecideForm(data), 409, message=str(error))
    except FunnelError as error:
        field = getattr(error, "field", "")
        form.add_error(field if field in form.fields else None, str(error))
        return _form(request, change, form, 422)
    label = ReturnAction(form.cleaned_data["action"]).label
    toast(request, _("%(lead)s: %(what)s.") % {"lead": change.journey.lead, "what": label})
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    return redirect("funnel:recycled")


def _decide(actor: User, change_id: int, form: DecideForm) -> None:
    decide_return(
        change_id=change_id,
        actor=actor,
        at=timezone.now(),
        today=timezone.localdate(),
        **form.cleaned_data,
    )


def _before(standing: ReturnDecision | None) -> dict[str, Any]:
    if standing is None:
        return {"seen": 0, "action": ReturnAction.NURTURE}
    return {"seen": standing.pk, "action": standing.action, "campaign_id": standing.campaign_id}


def _form(
    request: HttpRequest, change: StageChange, form: DecideForm, status: int = 200, message: str = ""
) -> HttpResponse:
    context = {
        "change": change,
        "lead": change.journey.lead,
        "rep": returned.people({change.rep}).get(change.rep),  # type: ignore[attr-defined]  # annotated
        "decisions": change.decisions.select_related("actor", "campaign"),
        "form": form,
        "message": message,
        "partial": request.headers.get("HX-Request") == "true",
    }
    return render(request, "funnel/recycled_decide.html", context, status=status)


def _tabs(counts: dict[str, int], kept: QueryDict, open_tab: str) -> list[tuple[Any, str, int, bool]]:
    """Label, query, count, whether it is open; the other filters stay."""
    labels = {returned.TODO: _("To do"), returned.HANDLED: _("Handled")}
    return [(label, _with(kept, "tab", key), counts[key], key == open_tab) for key, label in labels.items()]


def _reasons(counts: Iterable[tuple[str, int]]) -> list[tuple[str, Any, int]]:
    return [(reason, Reason(reason).label if reason else "", n) for reason, n in counts]


def _shares(kept: QueryDict, name: str, counts: Iterable[tuple[str, Any, int]]) -> list[dict[str, Any]]:
    return [
        {"label": label or _("Nobody"), "count": n, "query": _with(kept, name, key)}
        for key, label, n in counts
    ]


def _with(kept: QueryDict, name: str, value: str) -> str:
    query = kept.copy()
    query[name] = value
    return query.urlencode()


def _columns(people: dict[int, User]) -> list[Column]:
    def rep(change: Any) -> User | None:
        return people.get(change.rep)

    def decided(change: Any) -> ReturnDecision | None:
        return next(iter(change.decided), None)

    return [
        Column("lead", _("Lead"), lambda c: str(c.journey.lead)),
        Column("email", _("E-mail"), lambda c: c.journey.lead.email),
        Column("company", _("Company"), lambda c: str(c.journey.lead.company or c.journey.lead.company_name)),
        Column("at", _("Returned"), lambda c: c.at, timed=True),
        Column("reason", _("Reason"), lambda c: str(c.get_reason_display())),
        Column("note", _("Note"), lambda c: c.note),
        Column("rep", _("From whom"), lambda c: str(rep(c) or "")),
        Column("team", _("Team"), lambda c: str(((found := rep(c)) and found.team) or "")),
        Column("by", _("Returned by"), lambda c: str(c.actor or _("the agreement (time was over)"))),
        Column("number", _("Journey"), lambda c: c.journey.number),
        Column("source", _("Source"), lambda c: c.journey.source),
        Column("persona", _("Buyer persona"), lambda c: str(c.journey.lead.persona or "")),
        Column("fit", _("Fit"), lambda c: c.fit),
        Column("interest", _("Interest"), lambda c: c.interest),
        Column("intent", _("Intent"), lambda c: c.intent),
        Column(
            "action", _("Next action"), lambda c: str(((d := decided(c)) and d.get_action_display()) or "")
        ),
        Column("campaign", _("Campaign"), lambda c: str(((d := decided(c)) and d.campaign) or "")),
        Column("due_on", _("Look at it again"), lambda c: str(((d := decided(c)) and d.due_on) or "")),
        Column("decision_note", _("Marketing's note"), lambda c: d.note if (d := decided(c)) else ""),
    ]
