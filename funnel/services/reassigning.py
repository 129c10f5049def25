"""An open lead is given to somebody else: by a manager, or by the rep who has it; or back to its pool."""

from datetime import datetime

from django.db import transaction

from leads.models import Lead
from leads.selectors import leads_visible_to
from smarketing.accounts.enums import REP_ROLES, Role
from smarketing.accounts.models import User
from smarketing.accounts.rules.messages import Message as _
from smarketing.accounts.selectors import subordinate_ids

from ..enums import OPEN
from ..errors import AlreadySo, InvalidMove, MoveNotAllowed, NotAllowed
from ..models import Assignment, Journey
from ..selectors.people import colleagues
from . import routing
from .locking import lock_journey
from .moving import worker
from .waiting import target_at


@transaction.atomic
def reassign(
    *, journey_id: int, to_user_id: int, actor: User | None, at: datetime, reason: str
) -> Assignment:
    """Hand an open lead that sales works to another rep; ``reason`` is free text, required.

    Managers within their reporting line, reps what is their own to a colleague with the same manager,
    admins anywhere, the system (``actor`` None) anywhere.
    The pools' counts stay: they are about what the pools gave. Side effects: those of
    ``routing.give``. Raises ``NotAllowed``, ``MoveNotAllowed``, ``InvalidMove``.
    """
    journey = lock_journey(journey_id)
    if actor is not None:
        _may_reassign(actor, journey.lead, to_user_id)
    target = _target_of(journey)
    if not reason.strip():
        raise InvalidMove(_("Give a reason."), field="reason")
    receiver = worker(to_user_id, target)
    if receiver.pk == journey.lead.owner_id:
        raise AlreadySo(_("This person has the lead already."), field="to_user")
    decision = {**routing.NAMED, "why": "reassigned", "reason": reason}
    return routing.give(journey=journey, user=receiver, at=at, actor=actor, decision=decision)


@transaction.atomic
def distribute(*, journey_id: int, actor: User | None, at: datetime, reason: str) -> Assignment:
    """Let the pool give an open lead to somebody else than who has it; ``reason`` is free text, required.

    Managers and admins for leads that they see. Where nobody else is eligible the lead is visibly
    unassigned and the sales managers are told. Side effects: those of ``routing.assign``. Raises
    ``NotAllowed``, ``MoveNotAllowed``, ``InvalidMove``.
    """
    journey = lock_journey(journey_id)
    if actor is not None:
        _may_take_away(actor, journey.lead_id)
    target = _target_of(journey)
    if not reason.strip():
        raise InvalidMove(_("Give a reason."), field="reason")
    said = {"reason": reason, "before": journey.lead.owner_id}
    return routing.assign_anew(journey=journey, role=target, at=at, actor=actor, said=said)


def _target_of(journey: Journey) -> str:
    target = target_at(journey.stage)
    if not target or journey.status not in OPEN or not journey.is_current:
        raise MoveNotAllowed(_("Only an open lead that sales works on can be given to somebody else."))
    return target


def _may_take_away(actor: User, lead_id: int) -> None:
    if actor.role not in (Role.MANAGER, Role.ADMIN):
        raise NotAllowed(_("Only managers give leads to somebody else."))
    if not leads_visible_to(actor).filter(pk=lead_id).exists():
        raise NotAllowed(_("You may not move this lead."))


def may_give_away(actor: User, lead: Lead) -> bool:
    """Whether the lead, which ``actor`` sees, is theirs to give to somebody else."""
    if actor.role in REP_ROLES:
        return lead.owner_id == actor.pk
    return actor.role in (Role.MANAGER, Role.ADMIN)


def _may_reassign(actor: User, lead: Lead, to_user_id: int) -> None:
    if actor.role in REP_ROLES:
        if not may_give_away(actor, lead):
            raise NotAllowed(_("Only who has a lead, or a manager, gives it to somebody else."))
        if not colleagues(actor).filter(pk=to_user_id).exists():
            raise InvalidMove(_("This person does not have the same manager as you."), field="to_user")
        return
    _may_take_away(actor, lead.pk)
    if actor.role == Role.MANAGER and to_user_id not in subordinate_ids(actor) | {actor.pk}:
        raise InvalidMove(_("This person does not report to you."), field="to_user")
