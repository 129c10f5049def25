"""Marketing decides what becomes of a lead that sales gave back."""

import datetime as dt

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from leads.enums import ActivityKind, ActivitySource
from leads.models import Campaign, Lead
from leads.selectors import leads_visible_to
from leads.services.activities import Event, record_events
from smarketing.accounts.models import User

from ..enums import RETURN_MOVES, Move, ReturnAction
from ..errors import InvalidMove, NotAllowed, StaleChange
from ..models import Journey, ReturnDecision, StageChange
from ..rules.moves import MARKETING
from .moving import move_journey


@transaction.atomic
def decide_return(
    *,
    change_id: int,
    action: str,
    actor: User,
    at: dt.datetime,
    today: dt.date,
    note: str = "",
    campaign_id: int | None = None,
    due_on: dt.date | None = None,
    seen: int | None = None,
) -> ReturnDecision:
    """Note what becomes of a returned lead; a hand-off and a disqualification also move it.

    ``seen``: id of the decision that stood there when this one was made (0: none). The lead's
    earlier returns that nobody decided are settled with it, and its timeline tells of it.
    Raises ``StageChange.DoesNotExist`` (also for a lead that ``actor`` may not see), ``NotAllowed``,
    ``StaleChange``, ``InvalidMove`` and what ``move_journey`` raises.
    """
    # The full lock at once: recording an activity asks for it, and asking for more later may deadlock.
    lead_id = StageChange.objects.values_list("journey__lead_id", flat=True).get(pk=change_id)
    lead = leads_visible_to(actor).filter(merged_into=None).select_for_update().filter(pk=lead_id).first()
    if lead is None:
        raise StageChange.DoesNotExist
    if actor.role not in MARKETING:
        raise NotAllowed(_("Marketing decides what becomes of returned leads."))
    change = StageChange.objects.get(pk=change_id, move=Move.RECYCLE)
    standing = ReturnDecision.objects.filter(change=change, is_current=True).first()
    if seen is not None and seen != (standing.pk if standing else 0):
        raise StaleChange(_("Somebody decided about this lead in the meantime."))
    campaign = _checked(action, campaign_id, due_on, today)
    decision = _write(change, action, actor, at, note, campaign, due_on)
    _tell(lead, decision)
    if action in RETURN_MOVES:
        _move(lead, change, action, actor, at, note)
    return decision


def _checked(action: str, campaign_id: int | None, due_on: dt.date | None, today: dt.date) -> Campaign | None:
    if action not in ReturnAction.values:
        raise InvalidMove(_("There is no such next action."), field="action")
    campaign = Campaign.objects.filter(pk=campaign_id).first() if campaign_id else None
    if action == ReturnAction.NURTURE and campaign is None:
        raise InvalidMove(_("Say in which campaign."), field="campaign_id")
    if action == ReturnAction.NURTURE and due_on is None:
        raise InvalidMove(_("Say when to look at it again."), field="due_on")
    if due_on is not None and due_on <= today:
        raise InvalidMove(_("The day to look again must lie in the future."), field="due_on")
    return campaign if action == ReturnAction.NURTURE else None


def _write(
    change: StageChange,
    action: str,
    actor: User,
    at: dt.datetime,
    note: str,
    campaign: Campaign | None,
    due_on: dt.date | None,
) -> ReturnDecision:
    ReturnDecision.objects.filter(change=change, is_current=True).update(is_current=False)
    earlier = StageChange.objects.filter(
        Q(at__lt=change.at) | Q(at=change.at, pk__lt=change.pk),
        journey__lead=change.journey.lead_id,
        move=Move.RECYCLE,
        decisions=None,
    )
    kept_on = None if action in RETURN_MOVES else due_on
    rows = [
        ReturnDecision(
            change=one, action=action, campaign=campaign, note=note, due_on=kept_on, actor=actor, at=at
        )
        for one in (change, *earlier)
    ]
    return ReturnDecision.objects.bulk_create(rows)[0]


def _tell(lead: Lead, decision: ReturnDecision) -> None:
    said = {"decision": decision.action, "campaign": decision.campaign and decision.campaign.name}
    # Automated: what the office does with a lead tells nothing of its interest, so it is not scored.
    event = Event(kind=ActivityKind.NOTE, note=decision.note, data=said, automated=True)
    record_events(
        lead_id=lead.pk, events=[event], at=decision.at, source=ActivitySource.UI, actor=decision.actor
    )


def _move(lead: Lead, change: StageChange, action: str, actor: User, at: dt.datetime, note: str) -> None:
    journey_id = Journey.objects.values_list("pk", flat=True).get(lead=lead, is_current=True)
    reason = change.reason if action == ReturnAction.DISQUALIFY else ""
    move_journey(journey_id=journey_id, move=action, actor=actor, at=at, reason=reason, note=note)
