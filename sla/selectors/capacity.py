"""Who works leads, and when: working hours, absences and routing's bounds, for the capacity of a plan."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from django.conf import settings

from funnel.enums import Stage
from funnel.models import RoutingMember
from funnel.rules.periods import Span
from smarketing.accounts.enums import Role
from smarketing.accounts.models import Absence, User

from ..rules.calendar import WorkingCalendar
from ..rules.capacity import Away, Worker, full_time, working_seconds
from ..rules.goal import DAY
from .team import Load, workers_of

WORKS = {Role.SDR: Stage.MQL, Role.AE: Stage.SQL}


def workers(months: Sequence[Span], calendar: WorkingCalendar) -> list[Worker]:
    """Active SDRs and AEs by team and name; three statements for any number."""
    people = User.objects.filter(is_active=True, role__in=WORKS).select_related("team")
    loads = {person.pk: Load(person) for person in people.order_by("team__name", "first_name", "pk")}
    for member in RoutingMember.objects.filter(user__in=loads, rule__is_active=True):
        loads[member.user_id].members.append(member)
    away = _away(months, list(loads))
    zone = ZoneInfo(settings.TIME_ZONE)
    never_away = full_time(calendar, tuple(months), zone)
    return [
        Worker(
            id=pk,
            name=str(load.person),
            team=load.person.team.name if load.person.team else "",
            stage=WORKS[Role(load.person.role)],
            seconds=working_seconds(calendar, months, away[pk], zone=zone) if away[pk] else never_away,
            most=load.capacity,
        )
        for pk, load in loads.items()
    ]


def _away(months: Sequence[Span], people: list[int]) -> defaultdict[int, list[Away]]:
    first, last = months[0].first, months[-1].last
    assert first is not None and last is not None
    zone = ZoneInfo(settings.TIME_ZONE)
    begins, ends = (dt.datetime.combine(day, dt.time(), zone) for day in (first, last + DAY))
    rows = Absence.objects.filter(user__in=people, starts_at__lt=ends, ends_at__gt=begins)
    found: defaultdict[int, list[Away]] = defaultdict(list)
    for user, start, end in rows.values_list("user", "starts_at", "ends_at"):
        found[user].append((start, end))
    return found


def seen_by(viewer: User) -> set[int]:
    """Whose working time the viewer may know one by one: their people, and their own."""
    return {*workers_of(viewer).values_list("pk", flat=True), viewer.pk}
