"""Policies and calendars as people edit them, and what follows an edit."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.utils.translation import gettext as _

from smarketing.accounts.models import User
from smarketing.accounts.services.audit import changing, record_created, refuse_overtaken

from ..errors import AgreedNumber, EmptyCalendar
from ..models import Calendar, Holiday, Policy, PolicyRevision, PolicyStep, WorkingHours
from ..rules.calendar import compile_calendar, has_working_time
from ..rules.policy import Step, check_steps, check_window
from ..rules.wording import deviation_words
from ..selectors.agreed import new_deviations


@transaction.atomic
def renew_policies() -> None:
    """Tell every process that a policy or a calendar has changed, once this transaction commits.

    Running clocks keep the values they copied; the next clock starts by the new ones.
    """
    PolicyRevision.objects.update_or_create(pk=1, defaults={"token": uuid4()})


@transaction.atomic
def save_policy(
    *,
    policy: Policy | None,
    values: Mapping[str, Any],
    steps: Sequence[Step],
    actor: User | None,
    at: datetime,
    seen: int | None = None,
    by_agreement: bool = False,
) -> Policy:
    """Make a policy (None) or change one; ``values``: its fields, ``seen``: number of the newest change
    that was shown, ``by_agreement``: it is the agreement in force that sets them.

    Raises InvalidPolicy, Overtaken, and AgreedNumber when it would not be as agreed any more.
    """
    check_window(minutes=values["minutes"], attempts=values["attempts"])
    check_steps(minutes=values["minutes"], steps=steps)
    if policy is None:
        refuse_deviating(Policy(**values), at=at)
        policy = Policy.objects.create(**values)
        _write_steps(policy, steps)
        record_created(policy, actor=actor, at=at)
    else:
        policy = Policy.objects.select_for_update().get(pk=policy.pk)
        refuse_overtaken(policy, seen=seen)
        with changing(policy, actor=actor, at=at):
            for name, value in values.items():
                setattr(policy, name, value)
            if not by_agreement:
                refuse_deviating(policy, at=at)
            policy.save(update_fields=list(values))
            policy.steps.all().delete()
            _write_steps(policy, steps)
    renew_policies()
    return policy


def refuse_deviating(policy: Policy, *, at: datetime, gone: bool = False) -> None:
    """Raises AgreedNumber when ``policy``, stored as it is or ``gone``, would bring the deadlines
    further from what both teams have signed."""
    agreement, found = new_deviations(policy, at=at, gone=gone)
    if found:
        raise AgreedNumber(
            _("%(agreement)s says this: %(terms)s Begin a new version of it to change that.")
            % {"agreement": agreement, "terms": " ".join(deviation_words(one) for one in found)}
        )


def _write_steps(policy: Policy, steps: Sequence[Step]) -> None:
    PolicyStep.objects.bulk_create(
        PolicyStep(policy=policy, offset=step.offset, recipients=list(step.recipients)) for step in steps
    )


@transaction.atomic
def save_calendar(
    *,
    calendar: Calendar | None,
    name: str,
    time_zone: str,
    hours: Sequence[tuple[int, int, int]],
    holidays: Mapping[date, str],
    actor: User | None,
    at: datetime,
    seen: int | None = None,
) -> Calendar:
    """Make a calendar (None) or change one. ``hours``: (weekday, start minute, end minute); ``seen``:
    number of the newest change that was shown.

    Raises Overtaken, and EmptyCalendar when nobody would ever work by it.
    """
    working = compile_calendar(time_zone=time_zone, hours=hours, holidays=holidays)
    if not has_working_time(working, at):
        raise EmptyCalendar(_("These holidays leave no working time in the next ten years."))
    if calendar is None:
        calendar = Calendar.objects.create(name=name, time_zone=time_zone)
        _write_days(calendar, hours, holidays)
        record_created(calendar, actor=actor, at=at)
    else:
        calendar = Calendar.objects.select_for_update().get(pk=calendar.pk)
        refuse_overtaken(calendar, seen=seen)
        with changing(calendar, actor=actor, at=at):
            calendar.name, calendar.time_zone = name, time_zone
            calendar.save(update_fields=["name", "time_zone"])
            calendar.hours.all().delete()
            calendar.holidays.all().delete()
            _write_days(calendar, hours, holidays)
    renew_policies()
    return calendar


def _write_days(
    calendar: Calendar, hours: Sequence[tuple[int, int, int]], holidays: Mapping[date, str]
) -> None:
    WorkingHours.objects.bulk_create(
        WorkingHours(calendar=calendar, weekday=day, start_minute=start, end_minute=end)
        for day, start, end in hours
    )
    Holiday.objects.bulk_create(
        Holiday(calendar=calendar, day=day, name=name) for day, name in holidays.items()
    )


@transaction.atomic
def add_holidays(
    *, calendar: Calendar, holidays: Mapping[date, str], actor: User | None, at: datetime
) -> int:
    """Add days off that the calendar does not have; how many. Raises EmptyCalendar."""
    calendar = Calendar.objects.select_for_update().get(pk=calendar.pk)
    stored = dict(calendar.holidays.values_list("day", "name"))
    hours = list(calendar.hours.values_list("weekday", "start_minute", "end_minute"))
    save_calendar(
        calendar=calendar,
        name=calendar.name,
        time_zone=calendar.time_zone,
        hours=hours,
        holidays={**holidays, **stored},
        actor=actor,
        at=at,
    )
    return len(holidays.keys() - stored.keys())
