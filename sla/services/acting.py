"""What people do about a lead from the queue and its page: done at once, and able to be taken back."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from funnel.errors import NotAllowed
from funnel.models import Journey
from funnel.services.moving import move_journey
from funnel.services.reassigning import reassign
from leads.enums import ActivitySource
from leads.models import Lead
from leads.selectors import leads_visible_to
from leads.services.activities import Event, record_events
from smarketing.accounts.enums import Role
from smarketing.accounts.models import User

from ..enums import CONTACTS, ActionKind
from ..models import Action, Notice
from .undoing import image_of

KEPT = timedelta(hours=1)
"""Images are good for seconds; after this long the next action of the person empties them."""


@transaction.atomic
def perform(
    *,
    token: UUID,
    lead_id: int,
    kind: str,
    actor: User,
    at: datetime,
    said: Mapping[str, Any],
    version: int | None = None,
) -> Action:
    """Do it now, in one transaction with what taking it back needs; the same ``token`` does it once.

    ``said``: for contacts ``outcome`` and ``note``; for reassigning ``to_user_id`` and ``reason``; for
    moves the keywords of ``move_journey``. ``version``: the journey's, as the person saw it; contacts
    ignore it, a call that was made is a fact however the lead stands now.

    Not held back for ten seconds and done then: the clock must know of a contact the moment it is
    logged, or the boss is told of a lead that was called; an acknowledged decision must not fail
    later because somebody was faster, nor wait for an engine that stands still.

    Raises ``Lead.DoesNotExist`` (also for one the actor may not see), ``NotAllowed``, and what the
    services of the rooms below raise: ``StaleJourney``, ``MoveNotAllowed``, ``InvalidMove``.
    """
    # The full lock at once: recording a contact asks for it, and asking for more later may deadlock.
    lead = leads_visible_to(actor).filter(merged_into=None).select_for_update().get(pk=lead_id)
    done = Action.objects.filter(token=token).first()
    if done is not None:
        return _only_own(done, actor, lead_id)
    if actor.role == Role.EXECUTIVE:
        raise NotAllowed(_("Executives read leads; ask the owner or marketing to change this one."))
    before, told = image_of(lead_id), _last_notice(lead_id)
    _do(lead, ActionKind(kind), actor, at, said, version)
    # Whoever was written to cannot be made to forget it.
    is_final = _last_notice(lead_id) != told
    Action.objects.filter(actor=actor, at__lt=at - KEPT).exclude(after={}).update(before={}, after={})
    return Action.objects.create(
        token=token,
        kind=kind,
        lead=lead,
        actor=actor,
        at=at,
        said={name: _plain(value) for name, value in said.items() if value not in (None, "")},
        before={} if is_final else before,
        after={} if is_final else image_of(lead_id),
    )


def _do(
    lead: Lead, kind: ActionKind, actor: User, at: datetime, said: Mapping[str, Any], version: int | None
) -> None:
    if kind in CONTACTS:
        event = Event(kind=kind.value, outcome=said.get("outcome", ""), note=said.get("note", ""))
        record_events(lead_id=lead.pk, events=[event], at=at, source=ActivitySource.UI, actor=actor)
        return
    journey_id = Journey.objects.values_list("pk", flat=True).get(lead=lead, is_current=True)
    if kind == ActionKind.REASSIGN:
        reassign(
            journey_id=journey_id,
            to_user_id=said["to_user_id"],
            actor=actor,
            at=at,
            reason=said.get("reason", ""),
        )
    else:
        move_journey(
            journey_id=journey_id, move=kind.value, actor=actor, at=at, expected_version=version, **said
        )


def _only_own(action: Action, actor: User, lead_id: int) -> Action:
    if action.actor_id != actor.pk or action.lead_id != lead_id:
        raise Action.DoesNotExist
    return action


def _last_notice(lead_id: int) -> int:
    return Notice.objects.filter(lead=lead_id).order_by("-pk").values_list("pk", flat=True).first() or 0


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value
