"""Who decides disputes: the mediator of the agreement in force, else the administrators."""

from collections.abc import Collection
from datetime import datetime

from smarketing.accounts.enums import Role
from smarketing.accounts.models import User

from ..models import Agreement, Dispute
from ..rules.disputes import deciders
from .agreements import day_of


def mediator_id(at: datetime) -> int | None:
    """Named in the agreement in force, as long as they work here."""
    in_force = Agreement.objects.in_force_on(day_of(at)).filter(mediator__is_active=True)
    return in_force.values_list("mediator", flat=True).first()


def deciders_of(parties: Collection[int | None], *, at: datetime) -> tuple[int, ...]:
    """Ids of who decides between ``parties``; two statements."""
    admins = User.objects.filter(is_active=True, role=Role.ADMIN).order_by("pk").values_list("pk", flat=True)
    return deciders(mediator=mediator_id(at), admins=admins, parties=parties)


def parties_of(dispute: Dispute) -> set[int | None]:
    """Who raised it, and whose return it is about."""
    return {dispute.raised_by_id, dispute.change.actor_id if dispute.change else None}


def may_decide(user: User, dispute: Dispute, *, at: datetime) -> bool:
    return user.is_active and user.pk in deciders_of(parties_of(dispute), at=at)
