"""Agreements for tests: the domain's worked example, with promises, ready to be signed."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from funnel.enums import Stage
from leads.enums import RuleSetStatus
from leads.models import RuleSet, Threshold
from sla.enums import PromiseKind
from sla.models import Agreement
from sla.rules.goal import STEPS
from sla.services.agreements import Rate, save_plan
from sla.services.drafting import Promised, save_terms
from sla.services.signing import propose, sign
from smarketing.accounts.enums import Role
from smarketing.accounts.models import User
from tests.accounts.factories import make_user

NOON = datetime(2026, 4, 1, 12, tzinfo=UTC)
PLAN = {
    "name": "Spring",
    "first_day": date(2026, 4, 1),
    "last_day": date(2026, 6, 30),
    "currency": "EUR",
    "revenue": Decimal(100_000),
    "sale": Decimal(1000),
    "sdrs": 4,
    "aes": 3,
}
HALVES = {after: Rate(Decimal(100 if after == Stage.TARGET else 50)) for _before, after in STEPS}
PROMISES = (
    Promised(PromiseKind.MQLS, amount=Decimal(270)),
    Promised(PromiseKind.FIRST_CONTACT, minutes=10, target_percent=Decimal(90)),
    Promised(PromiseKind.ATTEMPTS, amount=Decimal(6)),
    Promised(PromiseKind.DECISION, days=5, target_percent=Decimal(95)),
)


def live_rules() -> RuleSet:
    found = RuleSet.objects.filter(status=RuleSetStatus.LIVE).first()
    if found is None:
        found = RuleSet.objects.create(
            version=1, status=RuleSetStatus.LIVE, created_at=NOON, published_at=NOON
        )
        Threshold.objects.create(rule_set=found, stage="mql", min_fit=30, min_intent=40)
    return found


def heads() -> tuple[User, User]:
    return make_user(role=Role.MANAGER), make_user(role=Role.MANAGER)


def drafted(
    *, promises: Any = PROMISES, personas: Any = (), terms: dict[str, Any] | None = None, **values: Any
) -> Agreement:
    """``terms`` beside the plan's ``values``; both heads named unless said otherwise."""
    marketing, sales = heads()
    made = save_plan(agreement=None, values={**PLAN, **values}, rates=HALVES, actor=sales, at=NOON)
    named = {"marketing_head": marketing, "sales_head": sales, "rule_set": live_rules(), **(terms or {})}
    return save_terms(
        agreement=made, values=named, promises=promises, persona_ids=personas, actor=sales, at=NOON
    )


def proposed(at: datetime = NOON, **changed: Any) -> Agreement:
    made = drafted(**changed)
    assert made.sales_head
    return propose(agreement=made, actor=made.sales_head, at=at)


def sign_both(made: Agreement, at: datetime = NOON) -> Agreement:
    for head in (made.marketing_head, made.sales_head):
        assert head
        made = sign(agreement=made, actor=head, at=at)
    return made


def signed(at: datetime = NOON, **changed: Any) -> Agreement:
    return sign_both(proposed(at, **changed), at)
