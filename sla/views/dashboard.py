"""The dashboard: one funnel, two promises, and what is behind each number."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from funnel.enums import PART_OF, Grouping, Part, Stage
from funnel.services.targets import PLANNERS
from funnel.templatetags.funnel_format import query
from funnel.views.report import OWNERS
from leads.selectors.visibility import sees_all
from smarketing.accounts.models import User

from ..enums import ClockKind, DisputeKind, Outcome
from ..forms.dashboard import OVERDUE, DashboardForm, today
from ..rules.promises import Kept
from ..selectors.agreements import agreed_days
from ..selectors.dashboard import Dashboard
from ..selectors.executive import TwoPromises
from ..selectors.promises import with_total
from .ledger import show_countdowns
from .tables import as_csv, counted, disputed, leads_url, percent, plain, promises_url, table_of

AT_RISK_SHOWN = 8
GROUPINGS = (Grouping.SOURCE, Grouping.CAMPAIGN)
AT_ONCE = ("weeks", "responses", "returned", "cohorts")
LATER = ("people", "sources")
"""Tables of the page, and those that it fetches after itself because they take longest to draw."""
GOOD, FAIR = 90.0, 75.0
"""Percent from which a promise is shown as kept, and as slipping."""


@login_required
@require_safe
def dashboard(request: HttpRequest) -> HttpResponse:
    assert isinstance(request.user, User)
    form, shown, by = _asked(request)
    at_risk: list[Any] = list(with_total(shown.at_risk)[:AT_RISK_SHOWN])
    show_countdowns(at_risk, request.user, timezone.now())
    agreement = shown.agreement
    context = {
        "form": form,
        "shown": shown,
        "tables": {key: table_of(key, shown, by_label="") for key in AT_ONCE},
        "parts": _parts(shown, agreed_days(agreement) if agreement else {}),
        "marketing": marketing_meter(shown),
        "sales": sales_meters(shown),
        "by": by,
        "full_query": request.GET.urlencode(),
        "at_risk": at_risk,
        "at_risk_count": at_risk[0].total if at_risk else 0,
        "at_risk_url": f"{reverse('sla:promises')}?{query({**shown.lasting_params, 'outcome': OVERDUE})}",
        "sees_all": sees_all(request.user),
        "may_plan": request.user.role in PLANNERS,
        "agreement": agreement,
    }
    return render(request, "sla/dashboard.html", context)


@login_required
@require_safe
def dashboard_part(request: HttpRequest, table: str) -> HttpResponse:
    """A table that the page fetches after itself; alone it is a page."""
    if table not in LATER:
        raise Http404
    _form, shown, by = _asked(request)
    kept = request.GET.copy()
    kept.pop("by", None)
    context = {
        "table": table_of(table, shown, by_label=str(by.label)),
        "by": by,
        "groupings": GROUPINGS if table == "sources" else (),
        "query": kept.urlencode(),
        "full_query": request.GET.urlencode(),
        "partial": request.headers.get("HX-Request") == "true",
    }
    return render(request, "sla/dashboard_part.html", context)


@login_required
@require_safe
def dashboard_csv(request: HttpRequest, table: str) -> HttpResponse:
    """One table of the dashboard with the same filter."""
    _form, shown, by = _asked(request)
    try:
        chosen = table_of(table, shown, by_label=str(by.label))
    except KeyError:
        raise Http404 from None
    return as_csv(chosen, filename=f"{table}-{shown.span.first}-{shown.span.last}.csv")


def _asked(request: HttpRequest) -> tuple[DashboardForm, Dashboard, Grouping]:
    assert isinstance(request.user, User)
    form = DashboardForm(request.GET)
    by = Grouping(request.GET["by"]) if request.GET.get("by") in GROUPINGS else Grouping.SOURCE
    day = today()
    shown = Dashboard(
        user=request.user,
        filters=form.lasting(request.user),
        span=form.span(day),
        by=by,
        at=timezone.now(),
        today=day,
    )
    return form, shown, by


def _parts(shown: Dashboard, days: Mapping[Stage, int]) -> list[dict[str, Any]]:
    """The stages in their three zones; a bar is as wide as its share of the widest.

    ``days``: those within which a lead is to leave a stage.
    """
    following = {line.stage: after.plan for line, after in pairwise(shown.stages)}
    top = max([line.reached.count for line in shown.stages] + [line.plan or 0 for line in shown.stages] + [1])
    return [
        {
            "key": part.value,
            "label": part.label,
            "owner": OWNERS[part],
            "lines": [
                {
                    "line": line,
                    "reached": counted(line.reached),
                    "here": counted(line.here),
                    "width": f"{_width(line.reached.count, top):.2f}",
                    "x": f"{(100 - _width(line.reached.count, top)) / 2:.2f}",
                    "agreed_share": share_of_plan(line.plan, following.get(line.stage)),
                    "agreed_days": days.get(line.stage),
                    "behind": line.is_behind,
                }
                for line in shown.stages
                if PART_OF[line.stage] == part
            ],
        }
        for part in Part
    ]


def share_of_plan(plan: int | None, after: int | None) -> float | None:
    """Percent that is to go on: the target of the next stage for each lead of this one's."""
    return 100 * after / plan if plan and after is not None else None


def _width(count: int, top: int) -> float:
    # A sliver stays visible: a stage that somebody reached is never an empty line.
    return max(100 * count / top, 0.6) if count else 0.0


def marketing_meter(shown: Dashboard | TwoPromises) -> dict[str, Any]:
    """MQLs delivered against the plan until today, how many are of agreed quality, and how many of them
    sales accepted. What the mediator struck delivers nothing, as in *How it is kept*."""
    mql, quality = shown.mql, shown.quality
    agreed, due = quality.agreed(mql.reached.count), mql.plan_by_now
    share = None if not due else 100 * agreed / due
    is_behind = mql.plan_by_yesterday is not None and agreed < mql.plan_by_yesterday
    accepted = quality.accepted_percent
    agreed_share = 100 * agreed / mql.reached.count if mql.reached.count else None
    return {
        "delivered": counted(mql.reached),
        "plan": mql.plan,
        "is_part": isinstance(shown, Dashboard) and shown.is_part,
        "due": due,
        "share": share,
        # On its first day nothing is behind, however little has come.
        "look": look(share) if is_behind or (share or 0) >= GOOD else "plain",
        "agreed": plain(agreed),
        "agreed_share": agreed_share,
        "agreed_look": look(agreed_share),
        "struck": disputed(quality, DisputeKind.NO_MQL, quality.struck),
        "unfair": disputed(quality, DisputeKind.UNFAIR_RETURN, quality.unfair),
        "accepted": counted(quality.accepted),
        "given_back": counted(quality.given_back),
        "accepted_percent": percent(accepted),
        "accepted_share": accepted,
        "accepted_look": look(accepted),
    }


def sales_meters(shown: Dashboard | TwoPromises) -> list[dict[str, Any]]:
    """Speed, depth and seven days, each as one meter."""
    names = {
        ClockKind.FIRST_CONTACT: _("Contacted in time"),
        ClockKind.DECISION: _("Decided within seven days"),
        ClockKind.AE_DECISION: _("Decided within the AE's week"),
    }
    meters = [_meter(shown, names[kind], kind.value, shown.promises[kind]) for kind in ClockKind]
    meters.insert(1, _meter(shown, _("Agreed attempts made before giving up"), "depth", shown.depth))
    return meters


def _meter(shown: Dashboard | TwoPromises, label: str, kind: str, kept: Kept) -> dict[str, Any]:
    outcomes = [(Outcome.KEPT, kept.kept), (Outcome.LATE, kept.late), (Outcome.MISSED, kept.missed)]
    if kept.open:
        outcomes.append((Outcome.OPEN, kept.open))
    return {
        "label": label,
        "percent": percent(kept.percent),
        "share": kept.percent,
        "look": look(kept.percent),
        "outcomes": [
            {"label": outcome.label, "n": n, "url": promises_url(shown, kind=kind, outcome=outcome.value)}
            for outcome, n in outcomes
            if n
        ],
    }


def look(share: float | None) -> str:
    """Which colour a percentage has; none without a number."""
    if share is None:
        return "plain"
    return "good" if share >= GOOD else "soon" if share >= FAIR else "late"


__all__ = ["dashboard", "dashboard_csv", "leads_url"]
