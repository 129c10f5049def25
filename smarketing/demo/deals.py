"""Opportunities of the demo company: what they are worth, how they go on and how they end."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from funnel.enums import Move, OpportunityStatus, Reason, Stage
from funnel.models import Journey, Opportunity
from funnel.services.dealing import update_opportunity

if TYPE_CHECKING:
    from .sales import Sales
    from .story import Event

MEDIAN_DAYS = 26
STEPS = (
    "Send the revised offer",
    "Visit to the line with engineering",
    "Test with their boxes in our lab",
    "Call with purchasing about delivery",
    "Wait for the board's decision",
    "Reference visit at a customer's plant",
)
GOODS = ("Palletising cell", "Packing cell", "Machine tending", "Pilot line", "Second robot", "Retrofit")


def terms(chance: random.Random, at: datetime) -> dict[str, Any]:
    """What converting asks for: most deals are small, a few are large."""
    amount = min(180_000, max(6_000, chance.lognormvariate(10.2, 0.75)))
    return {
        "amount": Decimal(round(amount / 500) * 500),
        "currency": "EUR",
        "expected_close": (at + timedelta(days=chance.randint(14, 45))).date(),
    }


def work_on(sales: Sales, journey: Journey, at: datetime) -> None:
    story, chance = sales.story, sales.chance
    story.plan(story.after(at, chance.uniform(5, 90)), _describe(sales, journey.pk))
    days = min(90.0, max(7.0, MEDIAN_DAYS * chance.lognormvariate(0, 0.5)))
    story.plan(story.at_work(at + timedelta(days=days * 0.5)), sales.meet(journey.pk, Stage.OPPORTUNITY))
    story.plan(story.at_work(at + timedelta(days=days)), _close(sales, journey.pk))


def _describe(sales: Sales, journey_id: int) -> Event:
    def event(at: datetime) -> None:
        journey = sales.standing(journey_id, Stage.OPPORTUNITY)
        if journey is None or journey.lead.owner is None:
            return
        update_opportunity(
            opportunity_id=journey.opportunity.pk,
            changes={"name": sales.chance.choice(GOODS), "next_step": sales.chance.choice(STEPS)},
            actor=journey.lead.owner,
            at=at,
        )

    return event


def put_off(sales: Sales, at: datetime) -> None:
    """Now and then an AE sees that a deal will close later than hoped; others stay past their day."""
    late = Opportunity.objects.filter(status=OpportunityStatus.OPEN, expected_close__lt=at.date())
    for deal in late.select_related("journey__lead__owner").order_by("pk"):
        owner = deal.journey.lead.owner
        if owner is None or sales.chance.random() > 0.2:
            continue
        later = (at + timedelta(days=sales.chance.randint(14, 40))).date()
        changes = {"expected_close": later, "next_step": sales.chance.choice(STEPS)}
        update_opportunity(opportunity_id=deal.pk, changes=changes, actor=owner, at=at)


def _close(sales: Sales, journey_id: int) -> Event:
    def event(at: datetime) -> None:
        journey = sales.standing(journey_id, Stage.OPPORTUNITY)
        if journey is None:
            return
        if sales.chance.random() < 0.72:
            sales.move(journey, Move.WIN, at)
        else:
            reason = sales.chance.choice((Reason.PRICE, Reason.COMPETITOR, Reason.NO_NEED, Reason.NO_BUDGET))
            sales.move(journey, Move.LOSE, at, reason=reason)

    return event
