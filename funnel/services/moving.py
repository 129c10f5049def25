"""The one way to move a journey on a decision; UI, API, admin and jobs call it."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import F

from leads.selectors import leads_visible_to
from smarketing.accounts.models import User
from smarketing.accounts.rules.messages import Message as _

from ..enums import OPEN, Move, OpportunityStatus, Reason, Status
from ..errors import InvalidMove, MoveNotAllowed, NotAllowed, StaleJourney
from ..models import Journey, Opportunity, RoutingRule
from ..rules.moves import Details, Edge, check_details, edge_for
from ..rules.routing import WORKERS
from ..signals import journey_moved
from . import routing
from .entering import start_over
from .locking import lock_journey
from .walking import Walk

RECEIVERS: Mapping[Move, str] = {
    Move.HAND_OFF: RoutingRule.Target.SDR,
    Move.QUALIFY: RoutingRule.Target.AE,
}
"""Moves that hand the lead to somebody else, and to whom."""


@transaction.atomic
def move_journey(
    *,
    journey_id: int,
    move: str,
    actor: User | None,
    at: datetime,
    reason: str = "",
    note: str = "",
    resume_at: datetime | None = None,
    amount: Decimal | None = None,
    currency: str = "",
    expected_close: date | None = None,
    deal_version: int | None = None,
    to_user_id: int | None = None,
    expected_version: int | None = None,
) -> Journey:
    """Move one journey and return it (after a recycling: the closed one, not the next).

    ``actor`` None is the system. ``expected_version``: the journey's version the decision was made
    on; a job that decides on facts it read before must give it. ``deal_version``: the deal's, whose
    amount a win may correct. Raises ``Journey.DoesNotExist``,
    ``NotAllowed``, ``StaleJourney``, ``MoveNotAllowed``, ``InvalidMove``.

    Side effects, all in one transaction:

    - the journey and its ``StageChange`` rows, one for each stage passed; ``journey_moved``;
    - hand-off and qualify: ``routing.assign`` (SDR, AE) or the person named by ``to_user_id``:
      assignment, lead's owner, ``lead_assigned``;
    - convert opens the opportunity, win and lose close it (win may correct its amount);
    - recycle ends the assignment, empties the owner and opens the next journey under marketing
      (a second ``journey_moved``, move ``enter``); enter does the same for a lost or disqualified one;
    - disqualify and lose end the assignment; the owner stays, so that they see what they closed;
    - win leaves the customer to its owner; one that waited for an owner waits no longer.
    """
    details = Details(reason, note, resume_at, amount, currency, expected_close, deal_version)
    return move_locked(
        journey=lock_journey(journey_id),
        move=move,
        actor=actor,
        at=at,
        details=details,
        to_user_id=to_user_id,
        expected_version=expected_version,
    )


def move_locked(
    *,
    journey: Journey,
    move: str,
    actor: User | None,
    at: datetime,
    details: Details,
    to_user_id: int | None = None,
    expected_version: int | None = None,
) -> Journey:
    """``move_journey`` for a job that has locked many leads with their journeys in one statement.

    ``journey.lead`` is the locked lead. The caller's transaction is rolled back when this raises.
    """
    edge = _permitted_edge(journey, move, actor, expected_version)
    check_details(edge, details, at=at)
    # Disqualifying what the deadline has returned keeps the reason why it came back.
    says_so = edge.move is not Move.DISQUALIFY and details.reason == Reason.NOT_DECIDED
    if actor is not None and says_so:
        raise InvalidMove(_("Only the deadline itself gives this reason; choose another."), field="reason")
    receiver = _named_receiver(edge.move, to_user_id)
    if edge.move is Move.ENTER:
        return start_over(journey=journey, at=at, actor=actor, note=details.note)
    walk = Walk(journey=journey, lead=journey.lead, at=at, actor=actor)
    _walk_edge(walk, edge, details)
    _keep_opportunity(journey, edge, details, at)
    journey_moved.send(
        sender=Journey, journey=journey, changes=walk.changes, move=edge.move, at=at, actor=actor
    )
    _settle_ownership(journey, edge, receiver, at, actor)
    return journey


def _permitted_edge(journey: Journey, move: str, actor: User | None, expected_version: int | None) -> Edge:
    if actor is not None and not leads_visible_to(actor).filter(pk=journey.lead_id).exists():
        raise NotAllowed(_("You may not move this lead."))
    now = {"journey": state_of(journey)}
    if expected_version is not None and expected_version != journey.version:
        raise StaleJourney(_("Somebody else moved this lead in the meantime."), extra=now)
    edge = edge_for(stage=journey.stage, status=journey.status, move=move)
    if edge is None or not journey.is_current:
        raise MoveNotAllowed(_("This is not possible from where the lead stands now."), extra=now)
    if actor is not None and actor.role not in edge.roles:
        raise NotAllowed(_("Your role does not allow this move."))
    return edge


def state_of(journey: Journey) -> dict[str, object]:
    """What a stale tab needs to know of the present state."""
    return {
        "id": journey.pk,
        "number": journey.number,
        "stage": journey.stage,
        "status": journey.status,
        "version": journey.version,
    }


def _named_receiver(move: Move, user_id: int | None) -> User | None:
    if user_id is None:
        return None
    if move not in RECEIVERS:
        raise InvalidMove(_("This move hands the lead to nobody."), field="to_user")
    return worker(user_id, RECEIVERS[move])


def worker(user_id: int, target: str) -> User:
    """An active person who may work leads of this target; ``InvalidMove`` names ``to_user``."""
    user = User.objects.filter(pk=user_id, is_active=True, role__in=WORKERS[target]).first()
    if user is None:
        raise InvalidMove(_("This person cannot take the lead."), field="to_user")
    return user


def _walk_edge(walk: Walk, edge: Edge, details: Details) -> None:
    if edge.to_stage != walk.journey.stage:
        walk.advance_to(
            edge.to_stage, move=edge.move, status=edge.to_status, reason=details.reason, note=details.note
        )
    else:
        walk.change_status(
            edge.to_status,
            move=edge.move,
            reason=details.reason,
            note=details.note,
            resume_at=details.resume_at if edge.move is Move.POSTPONE else None,
        )
    if edge.move is Move.RECYCLE:
        walk.retire()
    walk.write()


def _keep_opportunity(journey: Journey, edge: Edge, details: Details, at: datetime) -> None:
    if edge.move is Move.CONVERT:
        assert details.amount is not None  # check_details asked for it
        Opportunity.objects.create(
            journey=journey,
            amount=details.amount,
            currency=details.currency,
            expected_close=details.expected_close,
            opened_at=at,
        )
    elif edge.move in (Move.WIN, Move.LOSE):
        won = edge.move is Move.WIN
        columns: dict[str, object] = {
            "status": OpportunityStatus.WON if won else OpportunityStatus.LOST,
            "closed_at": at,
            "reason": details.reason,
            "version": F("version") + 1,
        }
        if won:
            columns |= {"hoped_amount": F("amount"), "hoped_currency": F("currency")}
        if won and details.amount is not None:
            columns |= {"amount": details.amount, "currency": details.currency}
        deal = Opportunity.objects.filter(journey=journey)
        seen = {} if details.deal_version is None else {"version": details.deal_version}
        if not deal.filter(**seen).update(**columns) and seen:
            raise StaleJourney(
                _("Somebody else changed this deal in the meantime."), extra={"journey": state_of(journey)}
            )


def _settle_ownership(
    journey: Journey, edge: Edge, receiver: User | None, at: datetime, actor: User | None
) -> None:
    stays_theirs = edge.to_status in OPEN or (edge.to_status is Status.WON and journey.lead.owner_id)
    if edge.move is Move.RECYCLE:
        start_over(journey=journey, at=at, actor=actor)
    elif not stays_theirs:
        routing.end_assignment(journey=journey, at=at)
    elif receiver is not None:
        routing.give(journey=journey, user=receiver, at=at, actor=actor, decision=routing.NAMED)
    elif edge.move in RECEIVERS:
        routing.assign(journey=journey, role=RECEIVERS[edge.move], at=at, actor=actor)
