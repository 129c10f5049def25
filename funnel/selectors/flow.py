"""What happened in a span of days: stages reached and leads returned in it, whenever they entered.

The funnel report counts entry cohorts; a plan for a month is about the month itself.
"""

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from functools import reduce
from operator import or_
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Count, Q, TextField, Value
from django.db.models.functions import Cast, TruncDate

from ..enums import RANK, STAGES, STAMPS, Stage, Status
from ..models import StageTarget
from ..models.journey import JourneyQuerySet
from ..rules.periods import Span, month_start
from ..rules.report import Filters, Number
from .funnel_journeys import GIVEN_BACK, Behind, journeys_behind, within


def reached_in(*, filters: Filters, span: Span) -> dict[Stage, Number]:
    """Journeys that reached each stage within ``span``; one statement, entered by the stamps' index."""
    reached = {stage: _reached(stage, span) for stage in STAGES}
    any_stage = reduce(or_, (within(STAMPS[stage], span) for stage in STAGES))
    found = journeys_behind(filters=filters, behind=Behind()).order_by().filter(any_stage)
    counts = found.aggregate(**{stage.value: Count("pk", filter=reached[stage]) for stage in STAGES})
    base = {**filters.params, **days(span, "reached")}
    return {stage: Number(counts[stage.value], {**base, "reached": stage.value}) for stage in STAGES}


def verdicts(*, filters: Filters, span: Span) -> tuple[Number, Number]:
    """Of the leads handed off within ``span``: those that sales accepted (SQL), and those that it
    gave back or disqualified instead; the rest is undecided."""
    accepted, given_back, _more = judged_in(filters=filters, span=span)
    return accepted, given_back


def judged_in(
    *, filters: Filters, span: Span, more: Mapping[str, Q] = MappingProxyType({})
) -> tuple[Number, Number, dict[str, int]]:
    """``verdicts`` and, in the same statement, how many of the same leads meet each condition of ``more``."""
    handed = journeys_behind(filters=filters, behind=Behind(reached=Stage.MQL, reached_in=span)).order_by()
    counts = handed.aggregate(
        accepted=Count("pk", filter=Q(sql_at__isnull=False)),
        back=Count("pk", filter=GIVEN_BACK),
        **{name: Count("pk", filter=condition) for name, condition in more.items()},
    )
    base = {**filters.params, "reached": Stage.MQL.value, **days(span, "reached")}
    return (
        Number(counts["accepted"], {**base, "then": Stage.SQL.value}),
        Number(counts["back"], {**base, "given_back": "true"}),
        {name: counts[name] for name in more},
    )


def mqls_and_returns(
    *, filters: Filters, days_of: Span, returned: Span
) -> tuple[Counter[dt.date], list[tuple[str, Number]]]:
    """MQLs on each day of ``days_of``, and the leads that sales gave back within ``returned`` by reason,
    the most frequent first: one statement."""
    by_day = _by_day(filters, Stage.MQL, days_of).values_list(Cast("day", TextField()))
    behind = Behind(status=Status.RECYCLED, closed_in=returned)
    back = journeys_behind(filters=filters, behind=behind).order_by()
    rows = list(
        by_day.annotate(n=Count("pk"), kind=Value("day", output_field=TextField())).union(
            back.values_list(Cast("reason", TextField())).annotate(
                n=Count("pk"), kind=Value("reason", output_field=TextField())
            ),
            all=True,
        )
    )
    days_found = Counter({dt.date.fromisoformat(day): n for day, n, kind in rows if kind == "day"})
    base = {**filters.params, "status": Status.RECYCLED.value, **days(returned, "closed")}
    reasons = sorted((-n, reason) for reason, n, kind in rows if kind == "reason")
    return days_found, [(reason, Number(-n, {**base, "reason": reason})) for n, reason in reasons]


def reached_by_day(*, filters: Filters, stage: Stage, span: Span) -> Counter[dt.date]:
    """How many reached ``stage`` on each day of ``span``; the day is the project's."""
    rows: Any = _by_day(filters, stage, span)
    return Counter(dict(rows.values_list("day").annotate(n=Count("pk"))))


def _by_day(filters: Filters, stage: Stage, span: Span) -> JourneyQuerySet:
    found = journeys_behind(filters=filters, behind=Behind(reached=stage, reached_in=span))
    day = TruncDate(STAMPS[stage], tzinfo=ZoneInfo(settings.TIME_ZONE))
    return found.order_by().annotate(day=day)


def targets_in(span: Span) -> dict[Stage, dict[dt.date, int]]:
    """The targets of all months that ``span`` touches, by stage and month."""
    found: dict[Stage, dict[dt.date, int]] = {}
    if span.first is not None and span.last is not None:
        rows = StageTarget.objects.filter(month__range=(month_start(span.first), span.last))
        for month, stage, count in rows.values_list("month", "stage", "count"):
            found.setdefault(Stage(stage), {})[month] = count
    return found


def _reached(stage: Stage, span: Span) -> Q:
    return within(STAMPS[stage], span) & Q(stage__in=STAGES[RANK[stage] :])


def days(span: Span, name: str) -> dict[str, str]:
    """The span as query parameters ``<name>_from`` and ``<name>_to``."""
    ends = {f"{name}_from": span.first, f"{name}_to": span.last}
    return {key: day.isoformat() for key, day in ends.items() if day is not None}
