"""Marketing says which campaign a lead belongs to, and who it is; one lead at a time.

Each returns what it found, with which ``restore_…`` takes it back while nobody has changed it since.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from leads.models import Campaign, Lead, Persona
from leads.selectors import leads_visible_to
from leads.services import labelling
from smarketing.accounts.models import User
from smarketing.accounts.rules.messages import Message as _

from ..errors import AlreadySo, InvalidMove, NotAllowed
from ..models import Journey
from ..rules.moves import MARKETING
from .locking import lock_journey


@transaction.atomic
def set_campaign(*, journey_id: int, campaign_id: int, actor: User, at: datetime) -> dict[str, Any]:
    """Of the lead and of its present cycle, so that the campaign's numbers count it; 0: none.

    Earlier cycles stay where they were counted. Raises ``NotAllowed``, ``InvalidMove``,
    ``Journey.DoesNotExist``.
    """
    journey = _present(journey_id, actor)
    campaign = Campaign.objects.filter(pk=campaign_id).first() if campaign_id else None
    if campaign_id and campaign is None:
        raise InvalidMove(_("There is no such campaign."), field="campaign_id")
    found = {"lead": journey.lead.campaign_id, "journey": journey.campaign_id}
    changed = labelling.set_campaign(lead_id=journey.lead_id, campaign=campaign, actor=actor, at=at)
    if journey.campaign_id == (campaign.pk if campaign else None) and not changed:
        raise AlreadySo(_("Nothing to change: it is so already."))
    Journey.objects.filter(pk=journey.pk).update(campaign=campaign)
    return found


@transaction.atomic
def restore_campaign(
    *, journey_id: int, campaign_id: int, found: Mapping[str, Any], actor: User, at: datetime
) -> None:
    """What ``set_campaign`` of this campaign had found. Raises as it does."""
    journey = _present(journey_id, actor)
    if {journey.lead.campaign_id, journey.campaign_id} != {campaign_id or None}:
        raise InvalidMove(_("It was changed since."))
    known = Campaign.objects.in_bulk([pk for pk in found.values() if pk])
    before = known.get(found["lead"])
    labelling.set_campaign(lead_id=journey.lead_id, campaign=before, actor=actor, at=at)
    Journey.objects.filter(pk=journey.pk).update(campaign=known.get(found["journey"]))


@transaction.atomic
def set_persona(*, journey_id: int, persona_id: int, actor: User, at: datetime) -> dict[str, Any]:
    """Of the lead, whatever its attributes say; 0: as they say. Raises as ``set_campaign`` does."""
    journey = _present(journey_id, actor)
    persona = Persona.objects.filter(pk=persona_id).first() if persona_id else None
    if persona_id and persona is None:
        raise InvalidMove(_("There is no such persona."), field="persona_id")
    found = {"persona": journey.lead.persona_id, "fixed": journey.lead.persona_fixed}
    if not labelling.set_persona(lead_id=journey.lead_id, persona=persona, actor=actor, at=at):
        raise AlreadySo(_("Nothing to change: it is so already."))
    return found


@transaction.atomic
def restore_persona(
    *, journey_id: int, persona_id: int, found: Mapping[str, Any], actor: User, at: datetime
) -> None:
    """What ``set_persona`` of this persona had found; one that the rules chose is the rules' again."""
    journey = _present(journey_id, actor)
    lead = journey.lead
    now = lead.persona_id if lead.persona_fixed else 0
    if now != persona_id:
        raise InvalidMove(_("It was changed since."))
    before = Persona.objects.filter(pk=found["persona"] or 0).first() if found["fixed"] else None
    labelling.set_persona(lead_id=lead.pk, persona=before, actor=actor, at=at)


def _present(journey_id: int, actor: User) -> Journey:
    """The locked journey, when ``actor`` may say this about it."""
    if actor.role not in MARKETING:
        raise NotAllowed(_("Your role does not allow this move."))
    # The full lock at once: a re-score asks for it, and asking for more later may deadlock.
    Lead.objects.select_for_update(of=("self",)).filter(journeys=journey_id).first()
    journey = lock_journey(journey_id)
    if not leads_visible_to(actor).filter(pk=journey.lead_id, merged_into=None).exists():
        raise NotAllowed(_("You may not move this lead."))
    if not journey.is_current:
        raise InvalidMove(_("This is an earlier cycle of the lead."))
    return journey
