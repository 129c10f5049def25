"""A manager gives an open lead to somebody else."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from leads.selectors import leads_visible_to
from smarketing.accounts.enums import Role
from smarketing.accounts.models import User
from smarketing.accounts.selectors import subordinate_ids

from ..enums import OPEN
from ..errors import InvalidMove, MoveNotAllowed, NotAllowed
from ..models import Assignment
from . import routing
from .locking import lock_journey
from .moving import worker
from .waiting import target_at


@transaction.atomic
def reassign(
    *, journey_id: int, to_user_id: int, actor: User | None, at: datetime, reason: str
) -> Assignment:
    """Hand an open lead that sales works to another rep; ``reason`` is free text, required.

    Managers within their reporting line, admins anywhere, the system (``actor`` None) anywhere.
    The pools' counts stay: they are about what the pools gave. Side effects: those of
    ``routing.give``. Raises ``NotAllowed``, ``MoveNotAllowed``, ``InvalidMove``.
    """
    journey = lock_journey(journey_id)
    if actor is not None:
        _may_reassign(actor, journey.lead_id, to_user_id)
    target = target_at(journey.stage)
    if not target or journey.status not in OPEN or not journey.is_current:
        raise MoveNotAllowed(_("Only an open lead that sales works on can be given to somebody else."))
    if not reason.strip():
        raise InvalidMove(_("Give a reason."), field="reason")
    receiver = worker(to_user_id, target)
    if receiver.pk == journey.lead.owner_id:
        raise InvalidMove(_("This person has the lead already."), field="to_user")
    decision = {**routing.NAMED, "why": "reassigned", "reason": reason}
    return routing.give(journey=journey, user=receiver, at=at, actor=actor, decision=decision)


def _may_reassign(actor: User, lead_id: int, to_user_id: int) -> None:
    if actor.role not in (Role.MANAGER, Role.ADMIN):
        raise NotAllowed(_("Only managers give leads to somebody else."))
    if not leads_visible_to(actor).filter(pk=lead_id).exists():
        raise NotAllowed(_("You may not move this lead."))
    if actor.role == Role.MANAGER and to_user_id not in subordinate_ids(actor) | {actor.pk}:
        raise InvalidMove(_("This person does not report to you."), field="to_user")
