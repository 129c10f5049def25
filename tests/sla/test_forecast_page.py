"""The page of the forecast: what it says, and that every count opens exactly its leads."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.template.loader import render_to_string
from django.test import Client
from django.utils import timezone
from django.utils.formats import date_format

from funnel.enums import Stage
from funnel.models import Journey
from leads.models import Campaign, Lead
from leads.services.merging import merge_leads
from sla.enums import Horizon
from sla.models import ForecastFigure, ForecastRevenue, ForecastSnapshot
from sla.rules.foresight import judged_from
from sla.selectors.kept_forecasts import Checked
from sla.services.foresight import keep_forecasts, project_day
from smarketing.accounts.enums import Role
from tests.accounts.factories import make_team, make_user
from tests.funnel.factories import bare_lead, make_journey
from tests.sla.numbers import listed
from tests.sla.test_dashboard_crew import Links
from tests.sla.test_foresight import half_a_year

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def kept(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Half a year of history until this morning, and the forecasts it gave: made once for this module,
    all of whose tests that need a database ask for it."""
    at = timezone.now()
    with django_db_blocker.unblock(), transaction.atomic():
        half_a_year(at.replace(hour=0, minute=0, second=0, microsecond=0))
        keep_forecasts(today=project_day(at), at=at)
        yield
        transaction.set_rollback(True)


def page(client: Client, role: str = Role.MARKETER, query: str = "", **fields: Any) -> Any:
    client.force_login(make_user(role=role, **fields))
    return client.get(f"/forecast/{query}")


@pytest.mark.parametrize("query", ["", "?horizon=three"])
def test_every_count_opens_exactly_its_leads(client: Client, kept: None, query: str) -> None:
    found = page(client, query=query)
    links = Links()
    links.feed(found.content.decode().split("<main", 1)[1])
    assert len(links.found) > 3
    assert listed(client, dict(links.found)) == dict(links.found)


def test_the_rows_add_up_to_the_forecast(client: Client, kept: None) -> None:
    context = page(client).context
    figure = context["figure"]
    for table in (context["by_age"], context["by_grade"]):
        assert sum(row.cells[1].value for row in table.rows) == pytest.approx(figure.open, abs=0.3)
        assert sum(row.cells[0].value for row in table.rows) == Journey.objects.filter(closed_at=None).count()
    for row in context["by_age"].rows:
        assert row.cells[0].value == sum(cell.value for cell in row.cells[2:])


def test_a_rep_sees_the_part_of_their_own_leads(client: Client, kept: None) -> None:
    rep = make_user(role=Role.AE)
    Lead.objects.filter(pk=Journey.objects.filter(closed_at=None).first().lead_id).update(owner=rep)  # type: ignore[union-attr]
    client.force_login(rep)
    context = client.get("/forecast/").context
    assert sum(cell.n for cell in context["part"].cells) == 1
    assert 0 < context["part"].customers.mean < 1


def test_a_currency_of_one_deal_has_no_range(client: Client, kept: None) -> None:
    figure = ForecastFigure.objects.filter(horizon=Horizon.MONTH).latest("snapshot__day")
    usd = {"won": 0, "deals": 8000, "open": 0, "arriving": 0, "low": 0, "high": 0}
    ForecastRevenue.objects.create(figure=figure, currency="USD", **usd)
    text = page(client).content.decode()
    assert "What comes in USD hangs on a few deals, so no range is told." in text
    assert "USD in eight of ten futures" not in text
    assert "EUR in eight of ten futures" in text


@pytest.mark.parametrize("query", ["", "?source=~"])
def test_a_lead_that_was_merged_since_is_counted_and_listed(client: Client, kept: None, query: str) -> None:
    """On the day it stood there: nobody knew that it was somebody else's duplicate."""
    first, second = Journey.objects.filter(closed_at=None).order_by("pk")[:2]
    merge_leads(survivor_id=first.lead_id, duplicate_id=second.lead_id, actor=None, at=timezone.now())
    links = Links()
    links.feed(page(client, query=query).content.decode().split("<main", 1)[1])
    assert (listed(client, dict(links.found)), bool(links.found)) == (dict(links.found), True)


def test_the_table_is_named_in_the_readers_language(
    client: Client, kept: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sla.selectors.kept_forecasts.LEAST_CHECKED", 1)
    text = page(client, language="es").content.decode()
    assert 'aria-label="Cuánto se cumplieron los pronósticos: Clientes"' in text


def test_a_team_narrows_to_its_leads(client: Client, kept: None) -> None:
    team = make_team(name="North")
    rep = make_user(role=Role.AE, team=team)
    Lead.objects.filter(journeys__closed_at=None).update(owner=rep)
    found = page(client, query=f"?team={team.pk}")
    links = Links()
    links.feed(found.content.decode().split("<main", 1)[1])
    opened = listed(client, dict(links.found))
    assert links.found
    assert opened == dict(links.found)


@pytest.mark.parametrize("wanted", ["source=fair", "source=~", "campaign=", "campaign=0", "persona=0"])
def test_a_part_counts_and_lists_exactly_its_leads(client: Client, kept: None, wanted: str) -> None:
    campaign = Campaign.objects.create(name="May", slug="may")
    some = Journey.objects.filter(closed_at=None).order_by("pk")[:4]
    Journey.objects.filter(pk__in=[journey.pk for journey in some]).update(source="fair", campaign=campaign)
    wanted = f"{wanted}{campaign.pk}" if wanted == "campaign=" else wanted
    found = page(client, query=f"?{wanted}")
    links = Links()
    links.feed(found.content.decode().split("<main", 1)[1])
    assert (listed(client, dict(links.found)), bool(links.found)) == (dict(links.found), True)
    n = sum(cell.n for cell in found.context["part"].cells)
    every = Journey.objects.filter(closed_at=None).count()
    assert n == (4 if "fair" in wanted or (campaign.pk and wanted.endswith(str(campaign.pk))) else n)
    assert (n < every) == (wanted != "persona=0")


def test_parts_add_up_to_what_open_leads_are_to_bring(client: Client, kept: None) -> None:
    some = Journey.objects.filter(closed_at=None).order_by("pk")[:4]
    Journey.objects.filter(pk__in=[journey.pk for journey in some]).update(source="fair")
    parts = [page(client, query=f"?source={source}").context["part"] for source in ("fair", "~")]
    figure = page(client).context["figure"]
    assert sum(part.customers.mean for part in parts) == pytest.approx(figure.open, rel=0.01)
    revenue = figure.revenues.get()
    assert sum(part.revenues[0].mean for part in parts) == pytest.approx(revenue.open, rel=0.01)


def test_a_forecast_from_before_amounts_were_kept_tells_customers_only(client: Client, kept: None) -> None:
    ForecastSnapshot.objects.update(past={})
    context = page(client, query="?source=~").context
    assert (context["part"].revenues, context["part"].customers.mean > 0) == ([], True)


def test_the_chart_tells_of_each_period_whether_it_held(client: Client, kept: None) -> None:
    context = page(client).context
    over = ForecastFigure.objects.filter(horizon=Horizon.MONTH, came__isnull=False)
    assert [line["figure"].came for line in context["lines"]] == [one.came for one in over.order_by("pk")]
    assert context["customers"].inside == sum(one.low <= (one.came or 0) <= one.high for one in over)
    expected = sum(row[2] for one in over for row in one.by_chance)
    assert sum(row.cells[0].value for row in context["by_chance"].rows) == expected


def test_the_chart_tells_the_same_of_revenue(
    client: Client, kept: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sla.selectors.kept_forecasts.LEAST_CHECKED", 1)
    [money] = page(client).context["moneys"]
    over = ForecastRevenue.objects.filter(figure__horizon=Horizon.MONTH, came__isnull=False)
    assert [line["figure"] for line in money["lines"]] == list(over.order_by("pk"))
    assert money["held"].inside == sum(one.low <= (one.came or 0) <= one.high for one in over)
    assert (money["currency"], money["held"].is_enough) == ("EUR", True)


@pytest.mark.parametrize(
    ("bias", "said"),
    [(0.4, "were as high as what came."), (-0.6, "were too low (-1 %)."), (0.6, "were too high (+1 %).")],
)
def test_it_says_on_which_side_forecasts_were_off_all_together(bias: float, said: str) -> None:
    checked: Checked[ForecastFigure] = Checked(kept=[], inside=0, error=9.0, bias=bias)
    page = render_to_string("sla/forecast_held.html", {"held": checked, "lines": [], "key": "x"})
    assert f"All together they {said}" in page


def test_too_few_periods_are_not_judged(client: Client, kept: None) -> None:
    ForecastFigure.objects.filter(came__isnull=False).order_by("-pk").first().delete()  # type: ignore[union-attr]
    ForecastFigure.objects.filter(came__isnull=False).update(came=None)
    assert b"from three on this tells" in page(client).content


def test_before_a_period_is_over_nothing_is_said_of_how_forecasts_hold(client: Client, kept: None) -> None:
    ForecastFigure.objects.update(checked_at=None, came=None)
    assert b"No period with a forecast is over yet" in page(client).content


@pytest.mark.parametrize(
    ("horizon", "starts", "first"),
    [
        (Horizon.MONTH, [], "2026-10-01"),  # of July, August and September
        (Horizon.MONTH, ["2026-05-01", "2026-06-01"], "2026-08-01"),
        (Horizon.THREE, ["2026-05-01", "2026-06-01"], "2026-10-01"),
        (Horizon.MONTH, ["2026-06-01", "2026-04-01", "2026-05-01"], "2026-07-01"),
        (Horizon.THREE, ["2026-04-01", "2026-05-01", "2026-06-01"], "2026-09-01"),
    ],
)
def test_it_is_said_from_when_forecasts_are_judged(horizon: Horizon, starts: list[str], first: str) -> None:
    days = [date.fromisoformat(day) for day in starts]
    found = judged_from(horizon, days, least=3, today=date(2026, 6, 20))
    assert found == date.fromisoformat(first)


def test_that_day_stands_on_the_page(client: Client, kept: None) -> None:
    ForecastFigure.objects.update(checked_at=None, came=None)
    context = page(client).context
    assert f"On {date_format(context['judged_from'])} the third one is over" in page(client).content.decode()


@pytest.mark.parametrize("query", ["?horizon=x", "?team=0", "?team=x", "?source=nowhere", "?campaign=x"])
def test_nonsense_shows_the_forecast(client: Client, kept: None, query: str) -> None:
    assert page(client, query=query).status_code == 200


@pytest.mark.parametrize("many", [1, 3])
def test_it_costs_the_same_at_any_size(
    client: Client, kept: None, many: int, django_assert_num_queries: Any
) -> None:
    rep = make_user(role=Role.AE)
    for _one in range(many):
        make_journey(Stage.OPPORTUNITY, entered_at=timezone.now() - 3 * DAY, lead=bare_lead(owner=rep))
    client.force_login(rep)
    client.get("/forecast/")
    with django_assert_num_queries(9):
        client.get("/forecast/")
