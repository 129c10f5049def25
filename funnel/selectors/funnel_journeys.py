"""The journeys behind a number of the funnel report."""

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Q

from ..enums import RANK, STAGES, Stage
from ..models import Journey
from ..models.journey import JourneyQuerySet
from ..rules.report import RESTING, Filters


@dataclass(frozen=True, slots=True)
class Behind:
    """What a number of the report adds to its filter; empty = any."""

    reached: str = ""
    left: str = ""
    resting: str = ""
    stage: str = ""
    status: str = ""
    reason: str | None = None
    current: bool | None = None


def journeys_behind(*, filters: Filters, behind: Behind) -> JourneyQuerySet:
    """Exactly the journeys that a number with these parameters counted, newest entry first."""
    found = Journey.objects.filter(_filter(filters)).order_by("-entered_at", "-id")
    if behind.reached:
        found = found.filter(stage__in=_from(behind.reached))
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
    return found


def _from(stage: str) -> list[Stage]:
    return list(STAGES[RANK[stage] :])


def _resting(stage: str) -> Q:
    return Q(stage=stage, is_current=True, status__in=sorted(RESTING))


def _filter(filters: Filters) -> Q:
    wanted = Q()
    if filters.entered.first is not None:
        wanted &= Q(entered_at__gte=_midnight(filters.entered.first))
    if filters.entered.last is not None:
        wanted &= Q(entered_at__lt=_midnight(filters.entered.last + dt.timedelta(days=1)))
    if filters.source is not None:
        wanted &= Q(source=filters.source)
    if filters.landing_page is not None:
        wanted &= Q(landing_page=filters.landing_page)
    if filters.campaign is not None:
        wanted &= Q(campaign=filters.campaign) if filters.campaign else Q(campaign=None)
    if filters.owner_ids is not None:
        wanted &= Q(lead__owner__in=filters.owner_ids)
    return wanted


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), ZoneInfo(settings.TIME_ZONE))
