"""People and teams as the settings pages show them."""

from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from ..enums import Role
from ..models import Absence, Team, User
from .people import subordinate_ids


@dataclass
class Post:
    """A person and who reports to them."""

    person: User
    reports: list["Post"] = field(default_factory=list)


def manageable(viewer: User) -> QuerySet[User]:
    """Everybody for an administrator, who stands below for a manager, nobody for others."""
    if viewer.role == Role.ADMIN:
        return User.objects.all()
    if viewer.role == Role.MANAGER:
        return User.objects.filter(pk__in=subordinate_ids(viewer))
    return User.objects.none()


def staff(*, viewer: User, q: str, left: bool, at: datetime) -> QuerySet[User]:
    """Who works here (``left``: who no longer does), each with ``is_away``."""
    away = Absence.objects.filter(user=OuterRef("pk"), starts_at__lte=at, ends_at__gt=at)
    found = manageable(viewer).filter(is_active=not left).select_related("team", "reports_to")
    for word in q.split()[:5]:
        found = found.filter(
            Q(first_name__icontains=word) | Q(last_name__icontains=word) | Q(email__icontains=word)
        )
    return found.annotate(is_away=Exists(away))


def reporting_tree() -> list[Post]:
    """Everybody active, from the top; one query. Whoever stands in a circle is shown as a top."""
    people = {user.pk: Post(user) for user in User.objects.filter(is_active=True).select_related("team")}
    roots = []
    for post in people.values():
        boss = people.get(post.person.reports_to_id or 0)
        if boss is None or _circles(post.person.pk, people):
            roots.append(post)
        else:
            boss.reports.append(post)
    return roots


def _circles(pk: int, people: dict[int, Post]) -> bool:
    here, seen = people[pk].person.reports_to_id, {pk}
    while here in people and here not in seen:
        seen.add(here)
        here = people[here].person.reports_to_id
    return here == pk


def teams_with_sizes() -> QuerySet[Team]:
    """Every team with ``size``: its active members."""
    return Team.objects.select_related("parent").annotate(
        size=Count("members", filter=Q(members__is_active=True))
    )
