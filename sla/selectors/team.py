"""A manager's people: what each can take, has, and owes. The same number of queries for any team."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from funnel.enums import RANK, STAGES, Stage, Status
from funnel.models import Assignment, Journey, RoutingMember
from funnel.rules.periods import Span
from funnel.rules.routing import CAPACITY_WINDOW
from smarketing.accounts.enums import REP_ROLES, Role
from smarketing.accounts.models import Absence, User
from smarketing.accounts.selectors import subordinate_ids

from ..enums import ClockKind
from ..models import Clock
from ..rules.promises import Kept, by_owner
from .promises import Promised, tallies

SALES = STAGES[RANK[Stage.MQL] :]
"""Stages in which sales works on a lead and it can be given to somebody else."""

JUDGED = dt.timedelta(days=30)
"""Promises given in this time tell how a rep keeps them."""


@dataclass(slots=True)
class Load:
    """One person's work. ``open``: leads by stage, postponed ones apart; ``given``: leads received
    within 30 days; ``absence``: the present one, else the next."""

    person: User
    members: list[RoutingMember] = field(default_factory=list)
    given: int = 0
    open: dict[str, int] = field(default_factory=dict)
    overdue: int = 0
    contacted: Kept = field(default_factory=Kept)
    absence: Absence | None = None
    is_away: bool = False

    @property
    def capacity(self) -> int | None:
        """Leads in 30 days; the largest of their pools, None where one knows no bound or none has them."""
        bounds = [member.capacity for member in self.members if member.is_active]
        return None if not bounds or None in bounds else max(bound or 0 for bound in bounds)

    @property
    def free(self) -> int | None:
        return None if self.capacity is None else max(0, self.capacity - self.given)

    @property
    def total(self) -> int:
        return sum(self.open.values())

    @property
    def rank(self) -> tuple[int, float, str]:
        """Who is behind comes first: by what is overdue now, then by first contacts in time."""
        percent = self.contacted.percent
        return (-self.overdue, 101 if percent is None else percent, str(self.person))


def judged_span(today: dt.date) -> Span:
    return Span(today - JUDGED + dt.timedelta(days=1), today)


def workers_of(viewer: User) -> QuerySet[User]:
    """Active people who work leads below (and as) ``viewer``; for administrators and executives all."""
    people = User.objects.filter(is_active=True).select_related("team")
    if viewer.role == Role.MANAGER:
        people = people.filter(pk__in=subordinate_ids(viewer) | {viewer.pk})
    elif viewer.role not in (Role.ADMIN, Role.EXECUTIVE):
        return people.none()
    pools = RoutingMember.objects.filter(user=OuterRef("pk"))
    return people.filter(
        Q(role__in=REP_ROLES) | Exists(pools) | Exists(_open_leads(lead__owner=OuterRef("pk")))
    )


def loads(people: Collection[User], *, at: dt.datetime, today: dt.date) -> list[Load]:
    """Who is behind first. ``today``: the project's day, by which promises are counted."""
    found = {person.pk: Load(person) for person in people}
    for member in RoutingMember.objects.filter(user__in=found).select_related("rule").order_by("pk"):
        found[member.user_id].members.append(member)
    for pk, count in _given(found, at).order_by().values_list("user").annotate(n=Count("pk")):
        found[pk].given = count
    for pk, stages in _open_by_state(found).items():
        found[pk].open = stages
    late = _open_leads(lead__owner__in=found).filter(_is_late(at))
    for pk, count in late.order_by().values_list("lead__owner").annotate(n=Count("pk")):
        found[pk].overdue = count
    wanted = Promised(judged_span(today), frozenset(found), kind=ClockKind.FIRST_CONTACT)
    for owner, kept in by_owner(tallies(wanted, at=at)).items():
        found[owner or 0].contacted = kept[ClockKind.FIRST_CONTACT]
    coming = Absence.objects.filter(user__in=found, ends_at__gt=at).order_by("-starts_at", "-pk")
    for absence in coming:
        load = found[absence.user_id]
        load.absence, load.is_away = absence, load.is_away or absence.starts_at <= at
    return sorted(found.values(), key=lambda load: load.rank)


def open_leads(person: User, *, at: dt.datetime) -> QuerySet[Any]:
    """What the person works on, the most overdue first, with lead and company; each with ``is_late``."""
    rows = _open_leads(lead__owner=person).select_related("lead__company")
    return rows.annotate(is_late=_is_late(at)).order_by("-is_late", "stage_since", "pk")


def given_leads(person: User, *, at: dt.datetime) -> QuerySet[Assignment]:
    """What the person was given in the time that capacity counts, the latest first."""
    rows = _given([person.pk], at).select_related("lead__company", "lead__owner", "actor", "rule")
    return rows.order_by("-assigned_at", "-pk")


def _given(people: Collection[int], at: dt.datetime) -> QuerySet[Assignment]:
    return Assignment.objects.filter(user__in=people, assigned_at__gt=at - CAPACITY_WINDOW)


def _is_late(at: dt.datetime) -> Exists:
    return Exists(Clock.objects.overdue(at).filter(journey=OuterRef("pk")))


def _open_by_state(people: Collection[int]) -> dict[int, dict[str, int]]:
    found: dict[int, dict[str, int]] = defaultdict(dict)
    grouped = (
        _open_leads(lead__owner__in=people)
        .order_by()
        .values_list("lead__owner", "stage", "status")
        .annotate(n=Count("pk"))
    )
    for owner, stage, status, count in grouped:
        key = Status.POSTPONED.value if status == Status.POSTPONED else stage
        found[owner or 0][key] = found[owner or 0].get(key, 0) + count
    return found


def _open_leads(**owner: Any) -> QuerySet[Journey]:
    return Journey.objects.open().filter(is_current=True, stage__in=SALES, lead__merged_into=None, **owner)
