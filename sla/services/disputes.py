"""Disputes are raised by one side, told to the mediator, and decided once."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from funnel.errors import NotAllowed
from leads.models import Lead
from leads.selectors import leads_visible_to
from smarketing.accounts.models import User

from ..enums import DisputeKind, DisputeState, MailKind
from ..errors import AlreadyDecided, AlreadyDisputed
from ..models import Dispute
from ..rules.disputes import kinds_of
from ..rules.recipients import marketing, sales_managers
from ..selectors.disputes import disputable, rules_of
from ..selectors.mediation import deciders_of, may_decide, parties_of
from ..selectors.people import people
from .mailing import notices_for, write_notices


@transaction.atomic
def raise_dispute(*, lead_id: int, kind: str, reason: str, actor: User, at: datetime) -> Dispute:
    """Object to the latest passage of a lead, and tell who decides. The lead stays where it is.

    Raises ``Lead.DoesNotExist`` (also for one that the actor may not see), ``NotAllowed`` and
    ``AlreadyDisputed``.
    """
    lead = leads_visible_to(actor).filter(merged_into=None).select_for_update().get(pk=lead_id)
    about = disputable(actor, lead).get(DisputeKind(kind)) if kind in DisputeKind.values else None
    if about is None:
        raise _refusal(lead, kind, actor)
    dispute = Dispute.objects.create(
        journey=about.journey,
        kind=about.kind,
        change=about.change,
        rule_set_id=rules_of(about.journey),
        reason=reason,
        raised_by=actor,
        raised_at=at,
    )
    _tell(dispute, MailKind.DISPUTED, deciders_of(parties_of(dispute), at=at), at)
    return dispute


@transaction.atomic
def decide(*, dispute_id: int, upheld: bool, reason: str, actor: User, at: datetime) -> Dispute:
    """The mediator's word: it counts from now on in the quality figures, and both sides hear of it.

    Raises ``Dispute.DoesNotExist``, ``NotAllowed`` and ``AlreadyDecided``.
    """
    rows = Dispute.objects.select_related("journey__lead", "change", "decided_by")
    dispute = rows.select_for_update(of=("self",)).get(pk=dispute_id)
    if not may_decide(actor, dispute, at=at):
        raise NotAllowed(_("Only the mediator decides a dispute, and nobody one of their own."))
    if not dispute.is_open:
        raise AlreadyDecided(_("This dispute was decided by %(who)s.") % {"who": dispute.decided_by})
    dispute.state = DisputeState.UPHELD if upheld else DisputeState.REFUSED
    dispute.decision, dispute.decided_by, dispute.decided_at = reason, actor, at
    dispute.save(update_fields=["state", "decision", "decided_by", "decided_at"])
    _tell(dispute, MailKind.JUDGED, _sides(dispute) - {actor.pk}, at)
    return dispute


def _refusal(lead: Lead, kind: str, actor: User) -> Exception:
    side = actor.team.side if actor.team else ""
    if kind not in kinds_of(actor.role, side):
        return NotAllowed(_("Sales disputes an MQL, marketing a return; you cannot dispute this."))
    if Dispute.objects.filter(journey__lead=lead, kind=kind).exists():
        return AlreadyDisputed(_("This was disputed before; the mediator decides or has decided."))
    return NotAllowed(_("There is nothing of this lead that you could dispute."))


def _sides(dispute: Dispute) -> set[int]:
    """Who raised it, and the other side: marketing's heads, or who returned the lead."""
    told: set[int] = {dispute.raised_by_id}
    if dispute.kind == DisputeKind.NO_MQL:
        return told | set(marketing(people()))
    returned_by = dispute.change.actor_id if dispute.change else None
    return told | ({returned_by} if returned_by else set(sales_managers(people())))


def _tell(dispute: Dispute, kind: MailKind, person_ids: Any, at: datetime) -> None:
    notices = notices_for(
        subject=str(dispute.pk),
        kind=kind,
        person_ids=person_ids,
        at=at,
        lead_id=dispute.journey.lead_id,
        context={"dispute": dispute.pk, "url": reverse("sla:dispute", args=[dispute.pk])},
    )
    write_notices(notices, at=at)
