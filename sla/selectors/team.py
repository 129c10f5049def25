"""A manager's people: what each can take, has, and owes. The same number of queries for any team."""

import datetime as dt
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from funnel.enums import OPEN, RANK, STAGES, Stage, Status
from funnel.models import Assignment, Journey, RoutingMember
from funnel.rules.periods import Span
from funnel.rules.report import States
from funnel.rules.routing import CAPACITY_WINDOW
from funnel.selectors.standing import states_by_owner
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
    for pk, states in states_by_owner(found).items():
        found[pk].open = _open_of(states)
    late = _open_leads(lead__owner__in=found).filter(_is_late(at))
    for pk, count in late.order_by().values_list("lead__owner").annotate(n=Count("pk")):
        found[pk].overdue = count
    wanted = Promised(judged_span(today), frozenset(found), kind=ClockKind.FIRST_CONTACT)
    for owner, kept in by_owner(tallies(wanted, at=at, by_owner=True)).items():
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


def late_leads(person: User, *, at: dt.datetime) -> QuerySet[Any]:
    """The overdue ones among ``open_leads``, found by their clocks."""
    late = Clock.objects.overdue(at).values("journey")
    return open_leads(person, at=at).filter(pk__in=late).order_by("stage_since", "pk")


def given_leads(person: User, *, at: dt.datetime) -> QuerySet[Assignment]:
    """What the person was given in the time that capacity counts, the latest first."""
    rows = _given([person.pk], at).select_related("lead__company", "lead__owner", "actor", "rule")
    return rows.order_by("-assigned_at", "-pk")


def _given(people: Collection[int], at: dt.datetime) -> QuerySet[Assignment]:
    return Assignment.objects.filter(user__in=people, assigned_at__gt=at - CAPACITY_WINDOW)


def _is_late(at: dt.datetime) -> Exists:
    return Exists(Clock.objects.overdue(at).filter(journey=OuterRef("pk")))


class OpenLeads:
    """``open_leads`` page by page, for a paginator. Who is late stands first and is found by the clocks;
    everybody else is looked for only on the page where the late ones end."""

    def __init__(self, person: User, *, at: dt.datetime, total: int) -> None:
        self._rows, self._late = open_leads(person, at=at), late_leads(person, at=at)
        self._total = total

    def count(self) -> int:
        return self._total

    def __getitem__(self, part: slice) -> list[Any]:
        late = list(self._late[part])
        is_page_full = len(late) == part.stop - part.start
        return late if is_page_full else list(self._rows[part])


def _open_of(states: States) -> dict[str, int]:
    """Open leads by stage, postponed ones apart."""
    found: Counter[str] = Counter()
    for (stage, status, _reason, is_current), count in states.counts.items():
        if is_current and status in OPEN and stage in SALES and count:
            found[Status.POSTPONED.value if status == Status.POSTPONED else stage] += count
    return dict(found)


def _open_leads(**owner: Any) -> QuerySet[Journey]:
    # Merged duplicates have no current journey.
    return Journey.objects.open().filter(is_current=True, stage__in=SALES, **owner)
