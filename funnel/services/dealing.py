"""An open deal is changed; what it was stays on the lead's timeline."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from leads.enums import ActivityKind, ActivitySource
from leads.models import Lead
from leads.selectors import leads_visible_to
from leads.services.activities import Event, record_events
from smarketing.accounts.models import User

from ..enums import OpportunityStatus
from ..errors import InvalidMove, MoveNotAllowed, NotAllowed, StaleChange
from ..models import Opportunity
from ..rules.moves import AES, check_close, check_money

EDITABLE = ("name", "amount", "currency", "expected_close", "next_step")


@transaction.atomic
def update_opportunity(
    *,
    opportunity_id: int,
    changes: Mapping[str, Any],
    actor: User,
    at: datetime,
    expected_version: int | None = None,
    source: str = ActivitySource.UI,
) -> Opportunity:
    """Change the named fields (``EDITABLE``) of an open deal whose lead ``actor`` may see.

    ``expected_version``: as it was read. An activity on the lead keeps what was and what is; no
    change writes nothing. Raises ``Opportunity.DoesNotExist`` (also for one the actor may not see),
    ``NotAllowed``, ``StaleChange``, ``MoveNotAllowed`` (closed deals stay as they ended) and
    ``InvalidMove``.
    """
    # The full lock at once: recording an activity asks for it, and asking for more later may deadlock.
    seen = leads_visible_to(actor).filter(merged_into=None)
    lead_id = Opportunity.objects.values_list("journey__lead_id", flat=True).get(pk=opportunity_id)
    lead = seen.select_for_update().filter(pk=lead_id).first()
    if lead is None:
        raise Opportunity.DoesNotExist
    if actor.role not in AES:
        raise NotAllowed(_("Only account executives and their managers change opportunities."))
    deal = Opportunity.objects.select_for_update(no_key=True).get(pk=opportunity_id)
    if expected_version is not None and expected_version != deal.version:
        raise StaleChange(_("Somebody changed this opportunity in the meantime."), extra=_state(deal))
    if deal.status != OpportunityStatus.OPEN:
        raise MoveNotAllowed(_("A deal that was won or lost stays as it ended."), extra=_state(deal))
    changed = {name: value for name, value in changes.items() if getattr(deal, name) != value}
    if not changed:
        return deal
    _check(deal, changed, at)
    _write(deal, changed, lead, actor, at, source)
    return deal


def _check(deal: Opportunity, changed: Mapping[str, Any], at: datetime) -> None:
    for name in ("amount", "currency", "expected_close"):
        if name in changed and changed[name] in (None, ""):
            raise InvalidMove(_("An open opportunity cannot do without this."), field=name)
    if "amount" in changed or "currency" in changed:
        check_money(changed.get("amount", deal.amount), changed.get("currency", deal.currency))
    if "expected_close" in changed:
        check_close(changed["expected_close"], at=at)


def _write(
    deal: Opportunity, changed: Mapping[str, Any], lead: Lead, actor: User, at: datetime, source: str
) -> None:
    history = {f"deal.{name}": [_plain(getattr(deal, name)), _plain(new)] for name, new in changed.items()}
    for name, value in changed.items():
        setattr(deal, name, value)
    deal.version += 1
    deal.save(update_fields=[*changed, "version"])
    # Automated: what the office writes down tells nothing of the lead's interest, so it is not scored.
    note = Event(kind=ActivityKind.NOTE, data={"changed": history, "deal": deal.pk}, automated=True)
    record_events(lead_id=lead.pk, events=[note], at=at, source=source, actor=actor)


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, str) else str(value)


def _state(deal: Opportunity) -> dict[str, object]:
    """What a stale tab or program needs to know of the deal as it is."""
    values = {name: _plain(getattr(deal, name)) for name in EDITABLE}
    return {"opportunity": {"id": deal.pk, "status": deal.status, "version": deal.version, **values}}
