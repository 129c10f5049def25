"""The page of the forecast where there is little: no night yet, little history, one deal, a new currency."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from funnel.enums import Stage
from funnel.models import Opportunity
from sla.services.foresight import check_forecasts, keep_forecasts, make_forecast, project_day
from smarketing.accounts.enums import Role
from tests.accounts.factories import make_user
from tests.funnel.factories import bare_lead, make_journey
from tests.sla.test_forecast_page import page
from tests.sla.test_foresight import half_a_year, open_deal, won

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def test_before_the_first_night_it_says_so(client: Client) -> None:
    assert b"The first forecast is being made" in page(client).content


def test_little_history_says_what_is_missing(client: Client) -> None:
    at = timezone.now()
    make_journey(Stage.CUSTOMER, entered_at=at - 20 * DAY)
    keep_forecasts(today=project_day(at), at=at)
    found = page(client)
    assert b"Not enough history yet" in found.content
    missing = found.context["missing"]
    assert (missing[0], missing[1].endswith("more days of history")) == ("29 more customers", True)


def test_one_deal_has_a_chance_instead_of_a_range(client: Client) -> None:
    """Of 100,000 nothing comes in nine of ten futures: a range of nothing would not hold what is expected."""
    at = timezone.now()
    half_a_year(at.replace(hour=0, minute=0, second=0, microsecond=0))
    rep = make_user(role=Role.AE)
    journey = make_journey(Stage.OPPORTUNITY, entered_at=at - 40 * DAY, lead=bare_lead(owner=rep))
    open_deal(journey, 100_000)
    make_forecast(day=project_day(at), at=at)
    client.force_login(rep)
    found = client.get("/forecast/")
    part = found.context["part"]
    [revenue] = part.revenues
    assert (part.customers.high, part.customers.tells, revenue.high, revenue.tells) == (0, False, 0, False)
    assert 0 < part.customers.mean < 0.2
    assert abs(part.customers.some - part.customers.mean) < 0.02
    text = " ".join(found.content.decode().split())
    for some, told in ((part.customers.some, "chance of at least one customer"),
                       (revenue.some, "chance of any revenue in EUR")):  # fmt: skip
        assert f"<strong>{100 * some:.0f} %</strong><span>{told}" in text.replace(" </strong>", "</strong>")
    assert "so the chance that anything comes is told instead of a range" in text
    assert "eight of ten futures" not in text.split("What to expect", 1)[1].split("</section>", 1)[0]


def test_what_is_won_in_a_new_currency_is_told(client: Client) -> None:
    """Nine customers of this month are too few to foresee more, but what they brought is there."""
    at = timezone.now()
    start = at.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    half_a_year(start)
    for _one in range(9):
        won(start - 9 * DAY, 9, amount=100_000)
    Opportunity.objects.filter(amount=100_000).update(currency="USD")
    make_forecast(day=project_day(start + DAY), at=at)
    found = page(client)
    usd = found.context["figure"].revenues.get(currency="USD")
    assert (usd.won, usd.mean, usd.low, usd.high, usd.is_won_only) == (9e5, 9e5, 9e5, 9e5, True)
    text = found.content.decode()
    assert "<strong>900,000 USD</strong><span>revenue won already</span>" in text
    assert "nothing more can be expected yet" in text
    assert "USD in eight of ten futures" not in text
    check_forecasts(until=project_day(start + 40 * DAY), at=at)
    usd.refresh_from_db()
    assert usd.came == 900_000


def test_it_is_only_read(client: Client) -> None:
    client.force_login(make_user())
    assert client.post("/forecast/").status_code == 405
