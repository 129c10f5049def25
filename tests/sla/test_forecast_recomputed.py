"""What a forecast says of revenue again, in plain Python from bare rows and the chances that it kept."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from funnel.enums import STAGES, STAMPS, Stage
from funnel.models import Journey, Opportunity
from leads.models import Lead
from sla.models import ForecastSnapshot
from sla.rules.hazards import BAND_STARTS
from sla.rules.revenue import ENOUGH
from sla.services.foresight import make_forecast
from tests.funnel.factories import make_journey
from tests.sla.test_foresight import half_a_year, open_deal

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
T = date(2026, 6, 1)
AT = datetime(2026, 6, 1, tzinfo=UTC)


def world() -> None:
    """Amounts of every size, some of chiefs, some corrected by the win, some in another currency."""
    half_a_year()
    won = Journey.objects.exclude(customer_at=None).order_by("pk")
    for number, journey in enumerate(won):
        if number % 3 == 0:
            Lead.objects.filter(pk=journey.lead_id).update(seniority="chief")
        deal: dict[str, Any] = {"amount": 50 + number**2}
        if number % 5 == 0:
            deal |= {"hoped_amount": 90 + number**2, "hoped_currency": "EUR"}
        if number % 7 == 0:
            deal |= {"currency": "USD", "hoped_amount": None, "hoped_currency": ""}
        Opportunity.objects.filter(journey=journey).update(**deal)
    for number, journey in enumerate(Journey.objects.filter(closed_at=None).order_by("pk")):
        if number % 2:
            open_deal(journey, 100 * number, currency="USD" if number % 3 else "EUR")
        elif number % 4:
            Lead.objects.filter(pk=journey.lead_id).update(seniority="chief")
    for stage in (Stage.MQL, Stage.SQL):
        make_journey(stage, entered_at=AT - 9 * DAY)


def place(journey: Journey) -> tuple[str, str, int]:
    reached = [stage for stage in STAGES if getattr(journey, STAMPS[stage])]
    since = max(journey.entered_at, getattr(journey, STAMPS[reached[-1]]))
    steps = 1 + (AT - since).days
    return reached[-1], "", max(band for band, start in enumerate(BAND_STARTS) if start <= steps)


class Plainly:
    def __init__(self, snapshot: ForecastSnapshot) -> None:
        since = AT - snapshot.window * DAY
        customers = Journey.objects.filter(customer_at__gte=since, customer_at__lt=AT)
        self.customers = list(customers.select_related("lead", "opportunity"))
        self.open = list(Journey.objects.filter(closed_at=None).select_related("lead", "opportunity"))
        self.chance = {tuple(row[:3]): row[4] for row in snapshot.cells}

    def mean(self, level: str, currency: str) -> float:
        """Of the level's customers where enough of them brought something."""
        own = [one for one in self.customers if level and one.lead.seniority == level]
        some = own if sum(one.opportunity.amount > 0 for one in own) >= ENOUGH else self.customers
        amounts = [one.opportunity.amount for one in some if one.opportunity.currency == currency]
        return float(sum(amounts, Decimal()) / len(some))

    def kept(self, currency: str) -> float:
        """Of wins of which it is known what was hoped for, and five more that brought their mean hope."""
        deals = [one.opportunity for one in self.customers if one.opportunity.hoped_currency == currency]
        if not deals:
            return 1.0
        hoped = sum((deal.hoped_amount for deal in deals), Decimal())
        more = 5 * hoped / len(deals)
        return float((sum(deal.amount for deal in deals) + more) / (hoped + more))

    def expected(self, horizon: str, currency: str) -> tuple[float, float]:
        deals = without = 0.0
        for journey in self.open:
            chance = self.chance[place(journey)][horizon]
            deal = getattr(journey, "opportunity", None)
            if deal is None:
                without += chance * self.mean(journey.lead.seniority, currency)
            elif deal.currency == currency:
                deals += chance * float(deal.amount) * self.kept(currency)
        return deals, without


def test_what_deals_and_leads_without_one_are_to_bring() -> None:
    world()
    snapshot = make_forecast(day=T, at=AT + DAY)
    plainly = Plainly(snapshot)
    told = {
        (figure.horizon, revenue.currency): (revenue.deals, revenue.open)
        for figure in snapshot.figures.all()
        for revenue in figure.revenues.all()
    }
    assert {currency for _horizon, currency in told} == {"EUR", "USD"}
    assert min(deals for deals, _open in told.values()) > 0
    for (horizon, currency), found in told.items():
        assert found == pytest.approx(plainly.expected(horizon, currency), rel=1e-9)
