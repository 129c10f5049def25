"""The journeys behind a number of the funnel report."""

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Q

from ..enums import RANK, STAGES, STAMPS, Stage, Status
from ..models import Journey
from ..models.journey import JourneyQuerySet
from ..rules.periods import EVER, Span
from ..rules.report import RESTING, Filters
from ..rules.stood import Standing
from .origins import ANY, Origin, of_origin
from .stood import standing

GIVEN_BACK = Q(sql_at=None, status__in=(Status.RECYCLED, Status.DISQUALIFIED))
"""What sales said no to before it was an SQL."""


@dataclass(frozen=True, slots=True)
class Behind:
    """What a number of the report adds to its filter; empty = any.

    ``reached_in``: the days in which ``reached`` was reached; ``closed_in``: in which it ended;
    ``then``: a stage that was reached as well; ``given_back``: returned or disqualified before SQL;
    ``stood``: where it stood on a day; ``origin``: where it came from.
    """

    reached: str = ""
    reached_in: Span = EVER
    then: str = ""
    given_back: bool = False
    closed_in: Span = EVER
    left: str = ""
    resting: str = ""
    stage: str = ""
    status: str = ""
    reason: str | None = None
    current: bool | None = None
    stood: Standing | None = None
    origin: Origin = ANY


def journeys_behind(*, filters: Filters, behind: Behind) -> JourneyQuerySet:
    """Exactly the journeys that a number with these parameters counted, newest entry first."""
    found = Journey.objects.filter(_filter(filters)).order_by("-entered_at", "-id")
    if behind.reached:
        found = found.filter(within(STAMPS[behind.reached], behind.reached_in))
        found = found.filter(stage__in=_from(behind.reached))
    found = found.filter(within("closed_at", behind.closed_in))
    if behind.then:
        found = found.filter(stage__in=_from(behind.then))
    if behind.given_back:
        found = found.filter(GIVEN_BACK)
    if behind.resting:
        found = found.filter(_resting(behind.resting))
    if behind.left:
        found = found.filter(stage__in=_from(behind.left)).exclude(_resting(behind.left))
    if behind.stage:
        found = found.filter(stage=behind.stage)
    if behind.status:
        found = found.filter(status=behind.status)
    if behind.reason is not None:
        found = found.filter(reason=behind.reason)
    if behind.current is not None:
        found = found.filter(is_current=behind.current)
    found = of_origin(found, behind.origin)
    return found if behind.stood is None else standing(found, behind.stood)


def _from(stage: str) -> list[Stage]:
    return list(STAGES[RANK[stage] :])


def _resting(stage: str) -> Q:
    return Q(stage=stage, is_current=True, status__in=sorted(RESTING))


def _filter(filters: Filters) -> Q:
    wanted = within("entered_at", filters.entered)
    if filters.source is not None:
        wanted &= Q(source=filters.source)
    if filters.landing_page is not None:
        wanted &= Q(landing_page=filters.landing_page)
    if filters.campaign is not None:
        wanted &= Q(campaign=filters.campaign) if filters.campaign else Q(campaign=None)
    if filters.owner_ids is not None:
        wanted &= Q(lead__owner__in=filters.owner_ids)
    if filters.persona is not None:
        wanted &= Q(lead__persona=filters.persona or None)
    return wanted


def within(column: str, span: Span) -> Q:
    """The time in ``column`` lies in the days of ``span``."""
    wanted = Q()
    if span.first is not None:
        wanted &= Q(**{f"{column}__gte": _midnight(span.first)})
    if span.last is not None:
        wanted &= Q(**{f"{column}__lt": _midnight(span.last + dt.timedelta(days=1))})
    return wanted


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), ZoneInfo(settings.TIME_ZONE))
