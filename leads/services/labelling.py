"""What people say about a lead's campaign and persona, over what forms and rules said."""

from datetime import datetime

from django.db import transaction

from smarketing.accounts.models import User

from ..enums import ActivitySource, ScoreCause
from ..models import Campaign, Lead, Persona
from .leads import note_change
from .scoring import rescore_lead


@transaction.atomic
def set_campaign(*, lead_id: int, campaign: Campaign | None, actor: User, at: datetime) -> bool:
    """Whether it changed anything; noted on the timeline. The caller has checked who asks."""
    lead = Lead.objects.select_related("campaign").select_for_update(of=("self",)).get(pk=lead_id)
    if lead.campaign == campaign:
        return False
    changed = {"campaign": [str(lead.campaign or ""), str(campaign or "")]}
    Lead.objects.filter(pk=lead_id).update(campaign=campaign, updated_at=at)
    note_change(lead, {"changed": changed}, actor, at, ActivitySource.UI)
    return True


@transaction.atomic
def set_persona(*, lead_id: int, persona: Persona | None, actor: User, at: datetime) -> bool:
    """Whether it changed anything; noted on the timeline. The caller has checked who asks.

    From now on no rule chooses the lead's persona; None gives it back to the rules.
    """
    lead = Lead.objects.select_related("persona").select_for_update(of=("self",)).get(pk=lead_id)
    is_so = lead.persona == persona and lead.persona_fixed if persona else not lead.persona_fixed
    if is_so:
        return False
    before = str(lead.persona or "")
    fields = {"persona": persona} if persona else {}
    Lead.objects.filter(pk=lead_id).update(persona_fixed=persona is not None, updated_at=at, **fields)
    if persona is None:
        rescore_lead(lead_id=lead_id, at=at, cause=ScoreCause.EDITED, actor=actor)
    lead.refresh_from_db(fields=["persona"])
    changed = {"persona": [before, str(lead.persona or "")]}
    note_change(lead, {"changed": changed}, actor, at, ActivitySource.UI)
    return True
