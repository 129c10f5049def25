"""What the deals of open leads were to bring, as it was known at a moment, and what customers brought."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from funnel.enums import Stage, Status
from funnel.models import Journey, Opportunity
from funnel.rules.report import Filters
from funnel.selectors.stood import Brought, Worthy, brought, stood, stood_worth
from funnel.services.dealing import update_opportunity
from leads.models import Campaign, Lead, Persona
from smarketing.accounts.enums import Role
from tests.accounts.factories import make_user
from tests.funnel.factories import make_journey
from tests.funnel.test_stood import world

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
AT = datetime(2026, 3, 10, tzinfo=UTC)


def deal(amount: int, *, level: str = "", currency: str = "EUR", **fields: Any) -> Opportunity:
    """Of a lead that came two days before the moment, unless said otherwise."""
    stage = Stage.CUSTOMER if fields.get("status") == "won" else Stage.OPPORTUNITY
    won_at = fields.get("closed_at")
    stamps = {"customer_at": won_at, "closed_at": won_at} if won_at else {}
    journey = make_journey(stage, entered_at=AT - 2 * DAY, opportunity_at=AT - 2 * DAY, **stamps)
    Lead.objects.filter(pk=journey.lead_id).update(seniority=level)
    opened_at = fields.pop("opened_at", AT - DAY)
    return Opportunity.objects.create(
        journey=journey, amount=amount, currency=currency, opened_at=opened_at, **fields
    )


def amounts() -> list[tuple[Decimal | None, str]]:
    return sorted((row.amount, row.currency) for row in stood_worth(at=AT) for _lead in range(row.n))


def test_it_counts_the_leads_that_stood() -> None:
    world()
    plain = Counter({(row.stage, row.grade, row.days): row.n for row in stood(at=AT)})
    found = Counter[tuple[str, str, int]]()
    for row in stood_worth(at=AT):
        found[row.stage, row.grade, row.days] += row.n
    assert found == plain


def test_level_and_amount_are_told() -> None:
    deal(500, level="chief"), deal(500, level="chief"), deal(70, currency="USD")
    make_journey(Stage.MQL, entered_at=AT - 2 * DAY, mql_at=AT - 2 * DAY)
    assert {row for row in stood_worth(at=AT) if row.stage == Stage.OPPORTUNITY} == {
        Worthy("opportunity", "", 2, "chief", Decimal(500), "EUR", 2),
        Worthy("opportunity", "", 2, "", Decimal(70), "USD", 1),
    }
    assert Worthy("mql", "", 2, "", None, "", 1) in stood_worth(at=AT)


def test_a_deal_that_was_opened_later_was_not_known() -> None:
    deal(500, opened_at=AT)
    assert [row.amount for row in stood_worth(at=AT)] == [None]


def test_an_amount_counts_as_it_was() -> None:
    """Changed twice afterwards, then corrected by the win."""
    first, second = deal(500), deal(80, currency="USD")
    ae = make_user(role=Role.ADMIN)
    for hours, amount, currency in ((-1, 600, "EUR"), (1, 700, "EUR"), (2, 800, "USD")):
        changes = {"amount": Decimal(amount), "currency": currency}
        update_opportunity(opportunity_id=first.pk, changes=changes, actor=ae, at=AT + timedelta(hours=hours))
    Opportunity.objects.filter(pk=second.pk).update(
        amount=90, currency="EUR", hoped_amount=80, hoped_currency="USD", closed_at=AT + DAY, status="won"
    )
    assert amounts() == [(Decimal(80), "USD"), (Decimal(600), "EUR")]


@pytest.mark.parametrize("wanted", ["owner", "source", "campaign", "persona", "nobody"])
def test_it_narrows_to_the_leads_asked_for(wanted: str) -> None:
    one, _other = (make_journey(Stage.MQL, entered_at=AT - DAY, source=source) for source in ("fair", "web"))
    campaign, persona = Campaign.objects.create(name="May", slug="may"), Persona.objects.create(name="P")
    rep = make_user(role=Role.SDR)
    Lead.objects.filter(pk=one.lead_id).update(owner=rep, persona=persona)
    Journey.objects.filter(pk=one.pk).update(campaign=campaign)
    filters = {
        "owner": Filters(owner_ids=frozenset({rep.pk})),
        "source": Filters(source="fair"),
        "campaign": Filters(campaign=campaign.pk),
        "persona": Filters(persona=persona.pk),
        "nobody": Filters(owner_ids=frozenset()),
    }[wanted]
    n = sum(row.n for row in stood_worth(at=AT, filters=filters))
    assert n == (0 if wanted == "nobody" else 1)


@pytest.mark.parametrize("filters", [Filters(campaign=0), Filters(persona=0), Filters(source="")])
def test_none_given_is_asked_for_too(filters: Filters) -> None:
    make_journey(Stage.MQL, entered_at=AT - DAY)
    assert sum(row.n for row in stood_worth(at=AT, filters=filters)) == 1


def test_what_customers_brought() -> None:
    won: Any = {"status": "won", "closed_at": AT - DAY}
    deal(500, level="chief", **won), deal(500, level="chief", **won)
    (
        deal(90, hoped_amount=100, hoped_currency="EUR", **won),
        deal(10, hoped_amount=7, hoped_currency="USD", **won),
    )
    deal(7, status="won", closed_at=AT)
    make_journey(Stage.CUSTOMER, Status.WON, entered_at=AT - 2 * DAY, customer_at=AT - DAY)
    assert brought(since=AT - 5 * DAY, at=AT) == [
        Brought("", "", Decimal(0), None, 1),
        Brought("", "EUR", Decimal(10), None, 1),
        Brought("", "EUR", Decimal(90), Decimal(100), 1),
        Brought("chief", "EUR", Decimal(500), None, 2),
    ]
