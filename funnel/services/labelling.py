"""Marketing says which campaign a lead belongs to, and who it is; one lead at a time."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from leads.models import Campaign, Lead, Persona
from leads.selectors import leads_visible_to
from leads.services import labelling
from smarketing.accounts.models import User

from ..errors import InvalidMove, NotAllowed
from ..models import Journey
from ..rules.moves import MARKETING
from .locking import lock_journey


@transaction.atomic
def set_campaign(*, journey_id: int, campaign_id: int, actor: User, at: datetime) -> None:
    """Of the lead and of its present cycle, so that the campaign's numbers count it; 0: none.

    Earlier cycles stay where they were counted. Raises ``NotAllowed``, ``InvalidMove``,
    ``Journey.DoesNotExist``.
    """
    journey = _present(journey_id, actor)
    campaign = Campaign.objects.filter(pk=campaign_id).first() if campaign_id else None
    if campaign_id and campaign is None:
        raise InvalidMove(_("There is no such campaign."), field="campaign_id")
    changed = labelling.set_campaign(lead_id=journey.lead_id, campaign=campaign, actor=actor, at=at)
    if journey.campaign_id == (campaign.pk if campaign else None) and not changed:
        raise InvalidMove(_("Nothing to change: it is so already."))
    Journey.objects.filter(pk=journey.pk).update(campaign=campaign)


@transaction.atomic
def set_persona(*, journey_id: int, persona_id: int, actor: User, at: datetime) -> None:
    """Of the lead, whatever its attributes say; 0: as they say. Raises as ``set_campaign`` does."""
    journey = _present(journey_id, actor)
    persona = Persona.objects.filter(pk=persona_id).first() if persona_id else None
    if persona_id and persona is None:
        raise InvalidMove(_("There is no such persona."), field="persona_id")
    if not labelling.set_persona(lead_id=journey.lead_id, persona=persona, actor=actor, at=at):
        raise InvalidMove(_("Nothing to change: it is so already."))


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
