"""What happened in a span of days: stages reached and leads returned in it, whenever they entered.

The funnel report counts entry cohorts; a plan for a month is about the month itself.
"""

import datetime as dt

from ..enums import STAGES, Stage, Status
from ..models import StageTarget
from ..rules.events import Events
from ..rules.periods import Span, month_start
from ..rules.report import Filters, Number


def reached_in(events: Events, *, filters: Filters, span: Span) -> dict[Stage, Number]:
    """Journeys that reached each stage within ``span``."""
    base = {**filters.params, **days(span, "reached")}
    return {stage: Number(events.reached(stage, span), {**base, "reached": stage.value}) for stage in STAGES}


def verdicts(events: Events, *, filters: Filters, span: Span) -> tuple[Number, Number]:
    """Of the leads handed off within ``span``: those that sales accepted (SQL), and those that it
    gave back or disqualified instead; the rest is undecided."""
    base = {**filters.params, "reached": Stage.MQL.value, **days(span, "reached")}
    return (
        Number(events.accepted(span), {**base, "then": Stage.SQL.value}),
        Number(events.given_back(span), {**base, "given_back": "true"}),
    )


def returns(events: Events, *, filters: Filters, span: Span) -> list[tuple[str, Number]]:
    """Leads that sales gave back within ``span`` by reason, the most frequent first."""
    base = {**filters.params, "status": Status.RECYCLED.value, **days(span, "closed")}
    found = sorted(events.returned(span).items(), key=lambda one: (-one[1], one[0]))
    return [(reason, Number(n, {**base, "reason": reason})) for reason, n in found]


def targets_in(span: Span) -> dict[Stage, dict[dt.date, int]]:
    """The targets of all months that ``span`` touches, by stage and month."""
    found: dict[Stage, dict[dt.date, int]] = {}
    if span.first is not None and span.last is not None:
        rows = StageTarget.objects.filter(month__range=(month_start(span.first), span.last))
        for month, stage, count in rows.values_list("month", "stage", "count"):
            found.setdefault(Stage(stage), {})[month] = count
    return found


def days(span: Span, name: str) -> dict[str, str]:
    """The span as query parameters ``<name>_from`` and ``<name>_to``."""
    ends = {f"{name}_from": span.first, f"{name}_to": span.last}
    return {key: day.isoformat() for key, day in ends.items() if day is not None}
