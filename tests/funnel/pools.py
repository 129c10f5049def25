"""Pools and leads on their way through the funnel, for tests; made by the services where one exists."""

from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from typing import Any

from funnel.enums import Move
from funnel.models import Journey, RoutingMember, RoutingRule
from funnel.services.entering import enter
from funnel.services.moving import move_journey
from leads.models import Lead
from smarketing.accounts.enums import Role
from smarketing.accounts.models import User
from tests.accounts.factories import make_user

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MONEY: dict[str, Any] = {"amount": Decimal(1000), "currency": "EUR", "expected_close": NOON.date()}
number = count(1)


def make_pool(*users: User, role: str = RoutingRule.Target.SDR, **fields: Any) -> RoutingRule:
    serial = next(number)
    fields = {"name": f"Pool {serial}", "position": serial, **fields}
    rule = RoutingRule.objects.create(role=role, **fields)
    RoutingMember.objects.bulk_create(RoutingMember(rule=rule, user=user) for user in users)
    return rule


def entered_lead(*, reached: str = "none", at: datetime = NOON, engaged: bool = True, **fields: Any) -> Lead:
    """A lead whose journey went as far as ``reached`` ("none", "target", "mql") carries it."""
    if engaged:
        fields = {"engaged_at": at, "last_meaningful_at": at, **fields}
    lead = Lead.objects.create(created_at=at, updated_at=at, **fields)
    enter(lead=lead, at=at, actor=None, reached=reached)
    return lead


def journey_of(lead: Lead) -> Journey:
    return Journey.objects.select_related("lead").get(lead=lead, is_current=True)


class Crew:
    """One person per role and a pool for each kind of rep; the reps report to the manager."""

    def __init__(self) -> None:
        self.manager = make_user(Role.MANAGER)
        self.sdr = make_user(Role.SDR, reports_to=self.manager)
        self.ae = make_user(Role.AE, reports_to=self.manager)
        self.marketer = make_user(Role.MARKETER)
        self.executive = make_user(Role.EXECUTIVE)
        self.admin = make_user(Role.ADMIN)
        self.other_manager = make_user(Role.MANAGER)
        make_pool(self.sdr, role=RoutingRule.Target.SDR)
        make_pool(self.ae, role=RoutingRule.Target.AE)

    def journey_at(self, stage: str, *, at: datetime = NOON) -> Journey:
        """An active journey at this stage, moved there by the people it belongs to."""
        tops = {"new_name": ("none", False), "engaged": ("none", True), "target": ("target", True)}
        reached, engaged = tops.get(stage, ("mql", True))
        journey = journey_of(entered_lead(reached=reached, engaged=engaged, at=at))
        for move, last, details in (
            (Move.QUALIFY, "mql", {}),
            (Move.CONVERT, "sql", {**MONEY, "expected_close": at.date()}),
        ):
            if stage in (*tops, last):
                break
            move_journey(journey_id=journey.pk, move=move, actor=None, at=at, **details)
        journey.refresh_from_db()
        return journey
