"""The funnel report's numbers counted the plain way: every journey read, in Python."""

from collections import Counter
from datetime import datetime
from statistics import mean, median

from funnel.enums import RANK, STAGES, STAMPS, Stage
from funnel.models import Journey, Opportunity
from funnel.rules.periods import Span
from funnel.rules.report import RESTING


def counted(journeys: list[Journey]) -> dict[str, object]:
    """Every figure of a report that is not a histogram estimate."""
    won = [j for j in journeys if j.customer_at]
    days = [(j.customer_at - j.mql_at).days for j in won if j.customer_at and j.mql_at]
    deals: Counter[str] = Counter()
    for deal in Opportunity.objects.filter(journey__in=journeys, status="won"):
        deals[deal.currency] += deal.amount
    return {
        "journeys": len(journeys),
        "leads": sum(j.is_current for j in journeys),
        "reached": {s.value: sum(RANK[j.stage] >= RANK[s] for j in journeys) for s in STAGES},
        "balance": {
            s.value: sum(j.stage == s and j.is_current and j.status in RESTING for j in journeys)
            for s in STAGES
        },
        "detours": Counter(
            (j.status, j.stage, j.reason) for j in journeys if j.status not in ("active", "won")
        ),
        "revenue": dict(deals),
        "days": (len(days), mean(days) if days else None, median(days) if days else None),
        "months": Counter(j.entered_at.strftime("%Y-%m") for j in journeys),
        "mean_seconds": {s.value: mean(x) if (x := stays(journeys, s.value)) else None for s in STAGES},
    }


def happened(journeys: list[Journey], span: Span) -> dict[str, object]:
    """What ``rules.events.Events`` tells of ``span``, by UTC."""
    moments = [(j, s, getattr(j, STAMPS[s])) for j in journeys for s in STAGES if RANK[j.stage] >= RANK[s]]
    inside = [(j, s, at) for j, s, at in moments if at and lies(at, span)]
    mqls = [j for j, stage, _at in inside if stage == Stage.MQL]
    back = [j for j in journeys if j.status == "recycled" and j.closed_at and lies(j.closed_at, span)]
    return {
        "reached": Counter(stage for _j, stage, _at in inside),
        "mqls": Counter(at.date() for _j, stage, at in inside if stage == Stage.MQL),
        "accepted": sum(j.sql_at is not None for j in mqls),
        "given back": sum(j.sql_at is None and j.status in ("recycled", "disqualified") for j in mqls),
        "returned": Counter(j.reason for j in back),
    }


def lies(at: datetime, span: Span) -> bool:
    assert span.first is not None and span.last is not None
    return span.first <= at.date() <= span.last


def stays(journeys: list[Journey], stage: str) -> list[int]:
    """Whole seconds of completed stays in a stage."""
    if stage == STAGES[-1]:
        return []
    following = STAMPS[STAGES[RANK[stage] + 1]]
    found = []
    for journey in journeys:
        since, until = getattr(journey, STAMPS[stage]), getattr(journey, following)
        if until is None and journey.stage == stage:
            until = journey.closed_at
        if since is not None and until is not None:
            found.append(max(int((until - since).total_seconds()), 0))
    return found
