"""Leads that somebody enters by hand, with whose they are."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from leads.models import Lead
from leads.services import leads
from smarketing.accounts.enums import REP_ROLES
from smarketing.accounts.models import User

from . import routing
from .locking import lock_current


@transaction.atomic
def create_lead(*, values: Mapping[str, Any], company: Mapping[str, Any], actor: User, at: datetime) -> Lead:
    """`leads.services.leads.create_lead`, and a rep owns what they enter: they could not even see
    it otherwise. Side effects of both, `lead_assigned` among them."""
    lead = leads.create_lead(values=values, company=company, actor=actor, at=at)
    if actor.role in REP_ROLES and (journey := lock_current(lead)) is not None:
        routing.give(journey=journey, user=actor, rule=None, at=at, actor=actor, decision=dict(routing.NAMED))
    return lead
