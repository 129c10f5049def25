"""People and teams as administrators keep them; every change is told to the audit log."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from ..enums import Role
from ..errors import NotAllowed, TeamCycle
from ..models import Absence, Team, User
from ..selectors import subordinate_ids
from .audit import changing, record_created, record_deleted, refuse_overtaken
from .users import keep_an_admin, lock_people, set_boss


@transaction.atomic
def create_person(*, email: str, values: Mapping[str, Any], actor: User | None, at: datetime) -> User:
    """Somebody who can sign in once they have chosen a password; ``values``: fields of ``User``."""
    user = User.objects.create_user(email, None, **values, **_rights(values["role"]))
    record_created(user, actor=actor, at=at)
    return user


@transaction.atomic
def update_person(
    *, user: User, values: Mapping[str, Any], actor: User | None, at: datetime, seen: int | None = None
) -> User:
    """Change the named fields; ``reports_to`` among them. ``seen``: number of the newest change that
    was shown. Raises ReportingCycle, LastAdmin, Overtaken."""
    lock_people()
    User.objects.select_for_update(no_key=True).get(pk=user.pk)  # people change their own profile, too
    refuse_overtaken(user, seen=seen)
    fields = dict(values)
    if "role" in fields and fields["role"] != Role.ADMIN:
        keep_an_admin(user)
    # Only with the role: whoever was given Django's rights by hand keeps them.
    if "role" in fields and fields["role"] != User.objects.values_list("role", flat=True).get(pk=user.pk):
        fields |= _rights(fields["role"])
    with changing(user, actor=actor, at=at):
        if "reports_to" in fields:
            set_boss(user=user, boss=fields.pop("reports_to"), actor=actor, at=at)
        for name, value in fields.items():
            setattr(user, name, value)
        user.save(update_fields=list(fields))
    return user


def _rights(role: str) -> dict[str, bool]:
    """Administrators also open Django's own admin pages, nobody else does."""
    return {"is_staff": role == Role.ADMIN, "is_superuser": role == Role.ADMIN}


@transaction.atomic
def reactivate(*, user: User, actor: User | None, at: datetime) -> User:
    """`user` may sign in again, with the password they had; tokens stay revoked."""
    with changing(user, actor=actor, at=at):
        user.is_active = True
        user.save(update_fields=["is_active"])
    return user


@transaction.atomic
def save_team(
    *,
    team: Team | None,
    name: str,
    side: str,
    parent: Team | None,
    actor: User | None,
    at: datetime,
    seen: int | None = None,
) -> Team:
    """Make a team (None) or change one; ``seen``: newest change that was shown. Raises TeamCycle,
    Overtaken."""
    lock_people()
    if team is None:
        team = Team.objects.create(name=name, side=side, parent=parent)
        record_created(team, actor=actor, at=at)
        return team
    refuse_overtaken(team, seen=seen)
    if _is_inside(parent, team):
        raise TeamCycle(_("%(parent)s is itself part of %(team)s.") % {"parent": parent, "team": team})
    with changing(team, actor=actor, at=at):
        team.name, team.side, team.parent = name, side, parent
        team.save(update_fields=["name", "side", "parent"])
    return team


def _is_inside(team: Team | None, outer: Team) -> bool:
    parents = dict(Team.objects.values_list("pk", "parent_id"))
    here, seen = team.pk if team else None, set()
    while here is not None and here not in seen:
        if here == outer.pk:
            return True
        seen.add(here)
        here = parents.get(here)
    return False


@transaction.atomic
def add_absence(
    *, user: User, starts_at: datetime, ends_at: datetime, note: str, actor: User, at: datetime
) -> Absence:
    """`user` is away in that time and gets no leads. Raises NotAllowed."""
    _may_plan(actor, user)
    absence = Absence.objects.create(user=user, starts_at=starts_at, ends_at=ends_at, note=note)
    record_created(absence, actor=actor, at=at)
    return absence


@transaction.atomic
def remove_absence(*, absence: Absence, actor: User, at: datetime) -> None:
    """They are not away after all. Raises NotAllowed."""
    _may_plan(actor, absence.user)
    record_deleted(absence, actor=actor, at=at)
    absence.delete()


def _may_plan(actor: User, user: User) -> None:
    if actor.role == Role.ADMIN:
        return
    if actor.role != Role.MANAGER or user.pk not in subordinate_ids(actor) | {actor.pk}:
        raise NotAllowed(_("Only administrators and their managers plan somebody's absences."))
