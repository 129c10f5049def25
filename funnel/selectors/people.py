"""Whose leads a funnel report counts."""

from django.db import connection
from django.db.models import Count, QuerySet

from smarketing.accounts.enums import REP_ROLES, Role
from smarketing.accounts.models import User
from smarketing.accounts.selectors import subordinate_ids

from ..enums import RANK, Stage
from ..models import Journey
from ..rules.routing import WORKERS

MEMBERS = """
WITH RECURSIVE inside(id) AS (
    SELECT %s::bigint
    UNION
    SELECT part.id FROM accounts_team part JOIN inside ON part.parent_id = inside.id
)
SELECT id FROM accounts_user WHERE team_id IN (SELECT id FROM inside)
"""


def report_owners(*, user: User, owner: User | None = None, team: int | None = None) -> frozenset[int] | None:
    """Ids of the owners to count, None for everybody's leads and nobody's.

    Marketing and sales look at the same numbers, so everybody sees the whole funnel and may ask
    for a person's or a team's part of it; a rep sees their own leads, as everywhere.
    """
    wanted: set[int] | None = None
    if owner is not None:
        wanted = {owner.pk}
    if team is not None:
        members = _members_of(team)
        wanted = members if wanted is None else wanted & members
    if user.role in REP_ROLES:
        wanted = {user.pk} if wanted is None else wanted & {user.pk}
    return None if wanted is None else frozenset(wanted)


def _members_of(team: int) -> set[int]:
    """Who belongs to the team or to a team inside it, at any depth; one statement, ends on a cycle too."""
    with connection.cursor() as cursor:
        cursor.execute(MEMBERS, [team])
        return {row[0] for row in cursor.fetchall()}


def open_work(*, user: User) -> dict[str, int]:
    """Open leads of ``user`` by who would have to work them: "sdr", "ae", and "early" before MQL."""
    found = {"sdr": 0, "ae": 0, "early": 0}
    mine = Journey.objects.open().filter(is_current=True, lead__owner=user, lead__merged_into=None)
    for stage, count in mine.order_by().values_list("stage").annotate(n=Count("pk")):
        rank = RANK[stage]
        part = "early" if rank < RANK[Stage.MQL] else "sdr" if stage == Stage.MQL else "ae"
        found[part] += count
    return found


def receivers(*, user: User, target: str) -> list[User]:
    """Active people to whom ``user`` may give a lead of this target ("sdr", "ae"): admins to anybody
    who may work it, managers within their reporting line, reps to their colleagues."""
    people = User.objects.filter(is_active=True, role__in=WORKERS[target])
    if user.role == Role.MANAGER:
        people = people.filter(pk__in=subordinate_ids(user) | {user.pk})
    elif user.role in REP_ROLES:
        people = people.filter(pk__in=colleagues(user))
    elif user.role != Role.ADMIN:
        people = people.none()
    return list(people.order_by("first_name", "last_name", "pk"))


def colleagues(user: User) -> QuerySet[User]:
    """Who reports to the same manager; nobody where there is none."""
    if user.reports_to_id is None:
        return User.objects.none()
    return User.objects.filter(is_active=True, reports_to=user.reports_to_id).exclude(pk=user.pk)


def workers() -> QuerySet[User]:
    """Everybody active whom some pool could give leads to."""
    roles = frozenset[str]().union(*WORKERS.values())
    return User.objects.filter(is_active=True, role__in=roles)
