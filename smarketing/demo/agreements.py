"""The agreements of the demo company: one that was followed by another, and the draft of the next."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.utils import timezone

from funnel.enums import Stage
from funnel.rules.periods import month_start, next_month
from leads.enums import RuleSetStatus, Seniority
from leads.models import Persona, RuleSet
from sla.enums import PromiseKind, ReviewEvery
from sla.models import Agreement
from sla.services.agreements import GroupWorth, Rate, save_plan
from sla.services.drafting import Promised, new_version, save_terms
from sla.services.in_force import enter_due
from sla.services.signing import propose, sign
from smarketing.accounts.models import User

RATES = {
    Stage.ENGAGED: Rate(Decimal(95)),
    Stage.TARGET: Rate(Decimal(74)),
    Stage.MQL: Rate(Decimal(46)),
    Stage.SQL: Rate(Decimal(55), reason="A second SDR takes the early hours"),
    Stage.OPPORTUNITY: Rate(Decimal(80)),
    Stage.CUSTOMER: Rate(Decimal(60)),
}
GUESS = "Until enough deals are won to measure it"
WORTHS = (
    GroupWorth(Seniority.CHIEF, weight=Decimal("1.5"), share=Decimal(25), reason=GUESS),
    GroupWorth(Seniority.DIRECTOR, weight=Decimal("0.8"), share=Decimal(35), reason=GUESS),
    GroupWorth(Seniority.MANAGER, weight=Decimal(1), share=Decimal(30), reason=GUESS),
    GroupWorth(Seniority.SPECIALIST, weight=Decimal("0.5"), share=Decimal(10), reason=GUESS),
)
"""Together one counts as an average MQL (1.01)."""
SALE = Decimal(30_000)
REVENUE = Decimal(900_000)
"""Thirty customers."""
PROMISES = (
    Promised(PromiseKind.MQLS, amount=Decimal(40)),
    Promised(PromiseKind.MQL_VALUE, amount=Decimal(300_000)),
    Promised(PromiseKind.FIRST_CONTACT, minutes=5, target_percent=Decimal(80)),
    Promised(PromiseKind.ATTEMPTS, amount=Decimal(5)),
    Promised(PromiseKind.DECISION, days=7, target_percent=Decimal(90)),
    Promised(PromiseKind.AE_DECISION, days=7, target_percent=Decimal(90)),
    Promised(PromiseKind.ACCEPTED_SHARE, target_percent=Decimal(65)),
)
NOTES = "Leads of the trade fair are handed over the same day. Questions first go to the mediator."


def agree(*, staff: Mapping[str, User], at: datetime) -> None:
    """Signed a month ago at least, changed by a second version since, and the next one drafted.

    A calendar quarter would leave its first days without anything that was promised and measured.
    """
    begins = month_start(month_start(timezone.localdate(at)) - timedelta(days=1))
    first_moment = at - timedelta(days=(timezone.localdate(at) - begins).days)
    before = first_moment - timedelta(days=5)
    first = _drafted(begins, staff, before)
    _sign(first, staff, before)
    enter_due(at=first_moment)
    changed = first_moment + (at - first_moment) / 3
    second = new_version(agreement=first, actor=staff["renata"], at=changed)
    more = [replace(one, amount=Decimal(44)) if one.kind == PromiseKind.MQLS else one for one in PROMISES]
    _terms(second, more, staff, changed)
    _sign(second, staff, changed)
    _drafted(_three_months_after(begins), staff, at, growth=Decimal("1.1"))


def _three_months_after(day: date) -> date:
    return next_month(next_month(next_month(day)))


def _drafted(
    begins: date, staff: Mapping[str, User], at: datetime, *, growth: Decimal = Decimal(1)
) -> Agreement:
    last = _three_months_after(begins) - timedelta(days=1)
    values = {
        "name": f"Growth {begins:%b}–{last:%b %Y}",
        "first_day": begins,
        "last_day": last,
        "currency": "EUR",
        "revenue": REVENUE * growth,
        "sale": SALE,
        "sdrs": 3,
        "aes": 2,
    }
    made = save_plan(agreement=None, values=values, rates=RATES, worths=WORTHS, actor=staff["marcus"], at=at)
    return _terms(made, PROMISES, staff, at)


def _terms(
    agreement: Agreement,
    promises: "list[Promised] | tuple[Promised, ...]",
    staff: Mapping[str, User],
    at: datetime,
) -> Agreement:
    return save_terms(
        agreement=agreement,
        values={
            "marketing_head": staff["marcus"],
            "sales_head": staff["renata"],
            "mediator": staff["helena"],
            "rule_set": RuleSet.objects.get(status=RuleSetStatus.LIVE),
            "review_every": ReviewEvery.FORTNIGHT,
            "notes": NOTES,
        },
        promises=promises,
        persona_ids=list(Persona.objects.filter(is_active=True).values_list("pk", flat=True)),
        actor=staff["marcus"],
        at=at,
    )


def _sign(agreement: Agreement, staff: Mapping[str, User], at: datetime) -> None:
    propose(agreement=agreement, actor=staff["marcus"], at=at)
    for head in ("marcus", "renata"):
        sign(agreement=agreement, actor=staff[head], at=at)
