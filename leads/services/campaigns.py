"""Campaigns as marketing keeps them."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from smarketing.accounts.models import User
from smarketing.accounts.services.audit import changing, record_created, refuse_overtaken

from ..errors import NotAllowed
from ..models import Campaign
from .landing import may_edit


@transaction.atomic
def save_campaign(
    *, campaign: Campaign, actor: User | None, at: datetime, seen: int | None = None
) -> Campaign:
    """Store a new or changed campaign; ``seen``: number of the newest change that was shown. Raises
    NotAllowed, Overtaken.

    Leads and journeys name it by id, so another name or key changes no number of the past.
    """
    if not may_edit(actor):
        raise NotAllowed(_("Only marketing, managers and administrators set up campaigns."))
    if campaign._state.adding:
        campaign.save()
        record_created(campaign, actor=actor, at=at)
    else:
        Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)
        refuse_overtaken(campaign, seen=seen)
        with changing(campaign, actor=actor, at=at):
            campaign.save()
    return campaign
