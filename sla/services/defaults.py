"""What is agreed until somebody agrees on something else."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from smarketing.accounts.services.audit import changing

from ..enums import ClockKind, Recipient, TimeBase
from ..models import Calendar, Policy, PolicyStep, WorkingHours
from ..rules.policy import Step
from ..selectors.setup import has_own_calendar
from .policies import renew_policies

DAY = 1440
OPENS, CLOSES = 9 * 60, 18 * 60

FIRST_CONTACT = (
    Step(-2, (Recipient.REP,)),
    Step(0, (Recipient.REP,)),
    Step(10, (Recipient.REP, Recipient.BOSS)),
    Step(15, (Recipient.CEO,)),
)
"""Answer within 5 minutes: beyond, the odds of ever reaching the lead fall by the minute (source:
"Speed" in the domain). The warning leaves time for a call."""

WEEK = (Step(-DAY, (Recipient.REP,)), Step(0, (Recipient.REP,)))
"""At the due time the lead goes back to marketing and both sides are told of that. The step at due is
heard only where that failed."""

# Their names tell no number: an agreement changes it.
POLICIES: tuple[tuple[Any, ClockKind, str, int, tuple[Step, ...]], ...] = (
    (
        gettext_lazy("First contact"),
        ClockKind.FIRST_CONTACT,
        TimeBase.WORKING,
        5,
        FIRST_CONTACT,
    ),
    (
        gettext_lazy("Decision after the first contact"),
        ClockKind.DECISION,
        TimeBase.WALL,
        7 * DAY,
        WEEK,
    ),
    (gettext_lazy("The AE's decision"), ClockKind.AE_DECISION, TimeBase.WALL, 7 * DAY, WEEK),
)


@transaction.atomic
def install_defaults(*, at: datetime, time_zone: str = "UTC") -> None:
    """A calendar (Monday to Friday, 9 to 18 in ``time_zone``) and a policy for each kind of clock.

    Touches nothing that exists: no calendar is added where there is one, no policy where there is
    one of its kind, active or not. ``at`` is when the setup runs; nothing here depends on it.
    """
    missing = [row for row in POLICIES if not Policy.objects.filter(kind=row[1]).exists()]
    calendar = Calendar.objects.order_by("pk").first()
    if calendar is not None and not missing:
        return
    calendar = calendar or _office_hours(time_zone)
    for name, kind, time_base, minutes, steps in missing:
        policy = Policy.objects.create(
            name=str(name), kind=kind, calendar=calendar, time_base=time_base, minutes=minutes
        )
        PolicyStep.objects.bulk_create(
            PolicyStep(policy=policy, offset=step.offset, recipients=list(step.recipients)) for step in steps
        )
    renew_policies()


@transaction.atomic
def move_to_zone(*, time_zone: str, at: datetime) -> None:
    """The calendar of the setup works where its company was founded, unless somebody has changed it; it
    stays a guess that is to be looked at."""
    calendars = list(Calendar.objects.select_for_update()[:2])
    if len(calendars) != 1 or calendars[0].time_zone == time_zone or has_own_calendar():
        return
    with changing(calendars[0], actor=None, at=at):
        calendars[0].time_zone = time_zone
        calendars[0].save(update_fields=["time_zone"])
    renew_policies()


def _office_hours(time_zone: str) -> Calendar:
    calendar = Calendar.objects.create(name=_("Office hours"), time_zone=time_zone)
    WorkingHours.objects.bulk_create(
        WorkingHours(calendar=calendar, weekday=day, start_minute=OPENS, end_minute=CLOSES)
        for day in range(5)
    )
    return calendar
