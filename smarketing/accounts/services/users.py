"""Who reports to whom, and who has left."""

import hashlib
from collections.abc import Mapping
from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ..enums import Role
from ..errors import LastAdmin, ReportingCycle
from ..models import ApiToken, User
from ..selectors import subordinate_ids
from ..signals import user_deactivated
from .audit import changing
from .tokens import revoke_token

REPORTING_LINE_LOCK = 0x5EA1_0001
"""Two changes at once could each be right and make a cycle together: they wait for each other."""


@transaction.atomic
def set_boss(*, user: User, boss: User | None, at: datetime | None = None, actor: User | None = None) -> User:
    """Let `user` report to `boss` (None: to nobody). Raises ReportingCycle.

    ``at``: when, for the audit log; the present moment unless given.
    """
    lock_people()
    if boss is not None and (boss.pk == user.pk or boss.pk in subordinate_ids(user)):
        raise ReportingCycle(
            _("%(boss)s already reports to %(user)s, directly or through others.")
            % {"boss": boss, "user": user}
        )
    with changing(user, actor=actor, at=at or timezone.now()):
        user.reports_to = boss
        user.save(update_fields=["reports_to"])
    return user


@transaction.atomic
def deactivate(*, user: User, at: datetime, actor: User | None = None, successor: User | None = None) -> User:
    """`user` can no longer sign in; their tokens end for good, so coming back revives none.

    Sends `user_deactivated`: the rooms above give their open leads to `successor`, or to the pools.
    Raises LastAdmin.
    """
    lock_people()
    keep_an_admin(user)
    with changing(user, actor=actor, at=at):
        user.is_active = False
        user.save(update_fields=["is_active"])
    for token in ApiToken.objects.filter(user=user, revoked_at=None):
        revoke_token(token=token, at=at, actor=actor)
    user_deactivated.send(User, user=user, at=at, actor=actor, successor=successor)
    return user


def lock_people() -> None:
    """Changes that are only right together (no cycle, one admin left) take turns."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [REPORTING_LINE_LOCK])


def keep_an_admin(user: User) -> None:
    """Raises LastAdmin when nobody but `user` could administer. The caller holds ``lock_people``."""
    others = User.objects.filter(role=Role.ADMIN, is_active=True).exclude(pk=user.pk)
    was = User.objects.filter(pk=user.pk, role=Role.ADMIN, is_active=True)
    if was.exists() and not others.exists():
        raise LastAdmin(_("%(user)s is the last administrator; name another one first.") % {"user": user})


def past_people(*, people: Mapping[str, str]) -> dict[str, int]:
    """Ids of the people that an imported history names, as ``{external id: role}``.

    Who is not known yet is created inactive, without a password or a mailbox: they are history.
    """
    User.objects.bulk_create(
        (_past_person(external_id, role) for external_id, role in people.items()), ignore_conflicts=True
    )
    return {str(user.external_id): user.pk for user in User.objects.filter(external_id__in=people)}


def _past_person(external_id: str, role: str) -> User:
    name = hashlib.sha256(external_id.encode()).hexdigest()[:20]
    return User(
        email=f"{name}@history.invalid",
        password=make_password(None),
        external_id=external_id,
        role=role,
        first_name=role.upper(),
        last_name=external_id[:8],
        is_active=False,
    )
