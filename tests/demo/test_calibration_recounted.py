"""How well past forecasts held, again: what came by plain SQL, judged by plain Python; and that a forecast
made afterwards knew nothing that came later."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from funnel.models import Journey, Opportunity
from sla.models import ForecastFigure, ForecastSnapshot
from sla.services.foresight import make_forecast

from .plainly import HERE, reader, rows

pytestmark = pytest.mark.django_db
MONTHS = {"month": 1, "three": 3}
WON = """
    SELECT count(*), coalesce(sum(amount), 0)
      FROM funnel_journey journey JOIN funnel_opportunity deal ON deal.journey_id = journey.id
     WHERE (customer_at AT TIME ZONE %(here)s)::date >= %(first)s
       AND (customer_at AT TIME ZONE %(here)s)::date < %(end)s"""
OPEN = """
    SELECT count(*),
           count(*) FILTER (WHERE (customer_at AT TIME ZONE %(here)s)::date < %(end)s)
      FROM funnel_journey
     WHERE (entered_at AT TIME ZONE %(here)s)::date < %(first)s
       AND (closed_at IS NULL OR (closed_at AT TIME ZONE %(here)s)::date >= %(first)s)"""


def end_of(first: dt.date, months: int) -> dt.date:
    place = first.year * 12 + first.month - 1 + months
    return dt.date(place // 12, place % 12 + 1, 1)


@pytest.fixture(params=MONTHS)
def horizon(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def page(client: Client, horizon: str) -> Any:
    return reader(client, "Marcus").get(f"/forecast/?horizon={horizon}").context


def spans(page: Any, horizon: str) -> list[dict[str, dt.date]]:
    starts = [figure.first_day for figure in page["customers"].kept]
    return [{"first": first, "end": end_of(first, MONTHS[horizon])} for first in starts]


def test_the_chart_is_there(page: Any) -> None:
    assert page["customers"].is_enough and len(page["lines"]) == len(page["customers"].kept)
    assert [money["currency"] for money in page["moneys"]] == ["EUR"]
    assert all(line["afterwards"] for line in page["lines"])  # and says so


def judged(pairs: list[tuple[Any, Any]]) -> tuple[Any, ...]:
    """Of what was foreseen, with what came: how many held, and how far off, in percent of what came."""
    off = [float(one.mean) - float(came) for one, came in pairs]
    whole = float(sum(came for _one, came in pairs))
    held = sum(one.low <= came <= one.high for one, came in pairs)
    return held, 100 * sum(map(abs, off)) / whole, 100 * sum(off) / whole


def test_what_came_and_how_far_off_the_forecasts_were(page: Any, horizon: str) -> None:
    came = [rows(WON, **span)[0] for span in spans(page, horizon)]
    moneys = page["moneys"][0]["held"]
    for checked, column in ((page["customers"], 0), (moneys, 1)):
        pairs = [(one, row[column]) for one, row in zip(checked.kept, came, strict=True)]
        assert [one.came for one in checked.kept] == [row[column] for row in came]
        held, error, bias = judged(pairs)
        assert (checked.inside, checked.error, checked.bias) == (
            held,
            pytest.approx(error),
            pytest.approx(bias),
        )


def test_every_open_lead_was_given_a_chance_and_every_win_of_them_is_counted(page: Any, horizon: str) -> None:
    open_then, won = (
        sum(column) for column in zip(*(rows(OPEN, **s)[0] for s in spans(page, horizon)), strict=True)
    )
    table = page["by_chance"].rows
    assert (sum(row.cells[0].value for row in table), sum(row.cells[3].value for row in table)) == (
        open_then,
        won,
    )


def foreseen(snapshot: ForecastSnapshot) -> list[Any]:
    return list(
        ForecastFigure.objects.filter(snapshot=snapshot)
        .order_by("horizon")
        .values_list("horizon", "won", "open", "arriving", "low", "high", "revenues__low", "revenues__high")
    )


def test_a_forecast_of_a_past_day_knows_nothing_that_came_later(horizon: str) -> None:
    """The company without everything after the day foresees the same; what is taken away comes back."""
    kept = ForecastFigure.objects.filter(horizon=horizon, snapshot__day__day=1, came__isnull=False).last()
    assert kept is not None
    day = kept.snapshot.day
    at = dt.datetime.combine(day, dt.time(), HERE)
    with transaction.atomic():
        ForecastSnapshot.objects.filter(day__gt=day).delete()
        ForecastFigure.objects.filter(last_day__gte=day).update(came=None)
        before = foreseen(kept.snapshot)
        kept.snapshot.delete()
        later = Opportunity.objects.filter(closed_at__gte=at)
        later.update(closed_at=at + dt.timedelta(days=900))
        Opportunity.objects.filter(opened_at__gte=at).update(amount=Decimal(1))
        Journey.objects.filter(customer_at__gte=at).update(customer_at=at + dt.timedelta(days=900))
        assert foreseen(make_forecast(day=day, at=at)) == before
        transaction.set_rollback(True)
