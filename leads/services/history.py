"""Leads of the past, loaded in bulk from exports."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.utils.text import slugify

from ..models import Campaign, Lead


@dataclass(frozen=True, slots=True)
class NewLead:
    """``fields``: clean values for ``Lead``, with ``email_key`` beside ``email`` and ``campaign``
    by name."""

    external_id: str
    created_at: datetime
    fields: Mapping[str, str]
    custom: Mapping[str, str] = field(default_factory=dict)


def known_leads(*, external_ids: Collection[str], email_keys: Collection[str]) -> tuple[set[str], set[str]]:
    """Which of these external ids and e-mail keys exist already."""
    ids = Lead.objects.filter(external_id__in=external_ids).values_list("external_id", flat=True)
    keys = Lead.objects.filter(email_key__in=email_keys).values_list("email_key", flat=True)
    return {value for value in ids if value}, {value for value in keys if value}


@transaction.atomic
def create_past_leads(*, leads: Iterable[NewLead], at: datetime) -> list[Lead]:
    """Write leads as of their past day; ``at`` is when they are loaded.

    They are written without a score: points are given for activities, which an export does not
    tell, and ``lead_scored`` is not sent because it would start the promises of today for leads of
    the past. ``rescoring.rescore_left_behind`` scores them later like everybody.
    """
    found = list(leads)
    campaigns = _campaigns({lead.fields.get("campaign", "") for lead in found} - {""})
    return Lead.objects.bulk_create(_lead(lead, campaigns, at) for lead in found)


def _lead(lead: NewLead, campaigns: Mapping[str, Campaign], at: datetime) -> Lead:
    fields = {name: value for name, value in lead.fields.items() if name != "campaign"}
    return Lead(
        external_id=lead.external_id,
        created_at=lead.created_at,
        updated_at=at,
        campaign=campaigns.get(lead.fields.get("campaign", "")),
        custom=dict(lead.custom),
        **fields,
    )


def _campaigns(names: Collection[str]) -> dict[str, Campaign]:
    """By name as the export writes it; the key is what landing pages would send as utm_campaign."""
    slugs = {name: slugify(name)[:200] or "campaign" for name in names}
    Campaign.objects.bulk_create(
        (Campaign(name=name, slug=slug) for name, slug in slugs.items()), ignore_conflicts=True
    )
    found = {campaign.slug: campaign for campaign in Campaign.objects.filter(slug__in=slugs.values())}
    return {name: found[slug] for name, slug in slugs.items()}


def set_owners(*, owners: Mapping[int, int]) -> None:
    """``leads.set_owner`` for many: ``{lead id: user id}``; one statement for each owner."""
    leads: dict[int, list[int]] = defaultdict(list)
    for lead_id, user_id in owners.items():
        leads[user_id].append(lead_id)
    for user_id, lead_ids in leads.items():
        Lead.objects.filter(pk__in=lead_ids).update(owner=user_id)
