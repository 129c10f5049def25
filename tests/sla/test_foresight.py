"""Forecasts of sales: what they say, that nothing later is used, and how they are checked."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from funnel.enums import Stage, Status
from funnel.models import Journey, Opportunity
from funnel.rules.periods import Span
from sla.enums import Horizon
from sla.models import ForecastFigure, ForecastSnapshot
from sla.rules import foresight as rules
from sla.rules.foresight import Group, History, alike, customers, futures, span_of, spread_of
from sla.selectors.foresight import Foreseen, foresee
from sla.services.foresight import (
    check_forecasts,
    forget_backtests,
    keep_forecasts,
    make_forecast,
    project_day,
)
from tests.funnel.factories import make_journeys, unsaved_journey

DAY = timedelta(days=1)
T = date(2026, 6, 1)
AT = datetime(2026, 6, 1, tzinfo=UTC)
NOW = AT + timedelta(hours=1)


class TestRules:
    @pytest.mark.parametrize(
        ("horizon", "last"), [(Horizon.MONTH, date(2026, 11, 30)), (Horizon.THREE, date(2027, 1, 31))]
    )
    def test_spans_are_whole_months(self, horizon: str, last: date) -> None:
        assert span_of(horizon, date(2026, 11, 17)) == Span(date(2026, 11, 1), last)

    @pytest.mark.parametrize(
        ("customers", "days", "enough"), [(30, 90, True), (29, 900, False), (99, 89, False)]
    )
    def test_enough_history(self, customers: int, days: int, enough: bool) -> None:
        assert History(customers, days).is_enough is enough

    def test_few_deals_and_wide_misses_make_it_wide(self) -> None:
        calm = spread_of(wins=400, misses=[])
        assert calm == pytest.approx((0.04 + 1 / 400) ** 0.5)
        assert spread_of(wins=30, misses=[]) > calm
        assert spread_of(wins=400, misses=[(10.0, 30)]) > calm
        assert spread_of(wins=400, misses=[(100.0, 100)] * 40) < calm

    def test_without_doubt_it_is_a_matter_of_luck(self) -> None:
        draws = futures([Group(1000, 0.1)], arriving=0, spread=0)
        assert draws.mean() == pytest.approx(100, rel=0.01)
        assert draws.std() == pytest.approx(90**0.5, rel=0.05)
        low, high = np.percentile(draws, [10, 90])
        assert (low, high) == pytest.approx((88, 112), abs=1)

    def test_new_leads_come_by_chance_too(self) -> None:
        draws = futures([], arriving=25, spread=0)
        assert (draws.mean(), draws.var()) == pytest.approx((25, 25), rel=0.06)

    def test_everybody_sees_the_same(self) -> None:
        first, second = (futures([Group(9, 0.3)], arriving=3, spread=0.2) for _ in range(2))
        assert (first == second).all()

    @settings(max_examples=20, deadline=None)
    @given(
        groups=st.lists(st.builds(Group, st.integers(0, 3000), st.floats(0, 1)), max_size=4),
        arriving=st.floats(0, 500),
        spread=st.floats(0, 1),
        won=st.integers(0, 50),
    )
    def test_never_more_than_there_are_and_never_less_than_won(
        self, groups: Sequence[Group], arriving: float, spread: float, won: int
    ) -> None:
        draws = futures(groups, arriving=arriving, spread=spread)
        found = customers(draws, mean=1.0, won=won)
        assert won <= found.low <= found.high
        if not arriving:
            assert found.high <= won + sum(group.n for group in groups)


class TestAlike:
    """Of a part chances that lie near to each other are drawn as one."""

    @given(st.lists(st.builds(Group, st.integers(1, 3000), st.floats(0.0001, 1)), max_size=60))
    def test_leads_expected_number_and_luck_stay(self, groups: list[Group]) -> None:
        found = alike(groups)
        assert sum(one.n for one in found) == sum(one.n for one in groups)
        assert _mean(found) == pytest.approx(_mean(groups))
        luck, before = (
            sum(one.n * one.chance * (1 - one.chance) for one in some) for some in (found, groups)
        )
        assert before * (1 - 1e-9) - 1e-9 <= luck <= before * 1.0051 + 1e-9
        assert len(found) <= 23

    def test_without_a_chance_there_is_nothing_to_draw(self) -> None:
        assert alike([Group(5, 0.0), Group(0, 0.4)]) == []
        assert alike([Group(5, 1.0)]) == [Group(5, 1.0)]

    def test_the_range_is_as_of_each_group_for_itself(self) -> None:
        """By the exact distribution of the sum: 60 cells of 30 to 90 leads with chances up to a third."""
        groups = [Group(30 + n, (n + 0.5) / 180) for n in range(60)]
        exact = np.array([1.0])
        for group in groups:
            for _lead in range(group.n):
                exact = np.convolve(exact, [1 - group.chance, group.chance])
        low, high = np.searchsorted(np.cumsum(exact), [0.1, 0.9])
        draws = futures(alike(groups), arriving=0, spread=0)
        assert np.percentile(draws, [10, 90]) == pytest.approx([low, high], abs=1)


def _mean(groups: Sequence[Group]) -> float:
    return sum(one.n * one.chance for one in groups)


def customer(entered: datetime, days: int) -> Journey:
    return unsaved_journey(Stage.CUSTOMER, entered_at=entered, customer_at=entered + days * DAY)


def sale(journey: Journey, amount: int = 100) -> Opportunity:
    at = journey.entered_at
    return Opportunity(
        journey=journey, amount=amount, currency="EUR", status="won", opened_at=at, closed_at=at
    )


def won(entered: datetime, days: int, amount: int = 100) -> Journey:
    (journey,) = make_journeys([customer(entered, days)])
    sale(journey, amount).save()
    return journey


def open_deal(journey: Journey, amount: int, currency: str = "EUR") -> Opportunity:
    return Opportunity.objects.create(
        journey=journey, amount=amount, currency=currency, opened_at=journey.opportunity_at
    )


def half_a_year(until: datetime = AT) -> None:
    """Every other day a lead that is a customer after nine days, and two that go after twenty."""
    bought, rest = [], []
    for number in range(90):
        entered = until - 180 * DAY + 2 * number * DAY
        if number < 85:
            bought.append(customer(entered, 9))
        else:
            rest.append(unsaved_journey(Stage.OPPORTUNITY, entered_at=entered))
        for _lead in range(2):
            gone = entered + 20 * DAY
            status = {"status": Status.LOST, "closed_at": gone} if gone < until else {}
            rest.append(unsaved_journey(Stage.OPPORTUNITY, entered_at=entered, **status))
    Opportunity.objects.bulk_create(sale(journey) for journey in make_journeys(bought))
    make_journeys(rest)


def periods(day: date = T) -> dict[str, Foreseen]:
    return {one.horizon: one for one in foresee(day=day, misses={}).periods}


@pytest.mark.django_db
class TestForeseeing:
    def test_a_steady_business_goes_on_as_it_did(self) -> None:
        half_a_year()
        found = periods()[Horizon.MONTH]
        # A customer every two days; some of the open ones are as good as lost already.
        assert 11 < found.customers.mean < 19
        assert found.customers.low < 15 < found.customers.high
        assert found.arriving > 3
        [revenue] = found.revenues
        assert (revenue.currency, revenue.deals) == ("EUR", 0)
        assert revenue.mean == pytest.approx(100 * found.customers.mean)

    def test_three_months_bring_more_than_one_and_mostly_from_new_leads(self) -> None:
        half_a_year()
        found = periods()
        month, three = found[Horizon.MONTH], found[Horizon.THREE]
        assert three.customers.mean > 2.4 * month.customers.mean
        assert three.arriving / three.open > month.arriving / month.open

    def test_what_is_won_already_is_certain(self) -> None:
        half_a_year()
        found = periods(T + 20 * DAY)[Horizon.MONTH]
        won_in_june = Journey.objects.filter(customer_at__gte=AT, customer_at__lt=AT + 20 * DAY).count()
        assert (found.won, found.revenues[0].won) == (won_in_june, 100 * won_in_june)
        assert found.customers.low >= found.won

    def test_nothing_later_is_used(self) -> None:
        half_a_year()
        before = foresee(day=T, misses={})
        for journey in Journey.objects.filter(closed_at=None):
            Journey.objects.filter(pk=journey.pk).update(
                stage=Stage.CUSTOMER, customer_at=NOW, status=Status.WON, closed_at=NOW
            )
        for _one in range(50):
            won(NOW, 1, amount=1_000_000)
        assert foresee(day=T, misses={}) == before

    def test_little_history_makes_no_forecast(self) -> None:
        for _one in range(29):
            won(AT - 100 * DAY, 9)
        found = foresee(day=T, misses={})
        assert (found.history, found.periods, found.cells) == (History(29, 100), [], [])

    def test_an_open_deal_counts_with_its_own_amount(self) -> None:
        half_a_year()
        before = periods()[Horizon.MONTH]
        journey = Journey.objects.filter(closed_at=None).earliest("entered_at")
        open_deal(journey, 1000)
        after = periods()[Horizon.MONTH]
        assert after.customers == before.customers
        [was], [now] = before.revenues, after.revenues
        chance = now.deals / 1000
        assert (0 < chance < 1, now.mean) == (True, pytest.approx(was.mean + chance * (1000 - 100)))

    def test_each_currency_is_foreseen(self) -> None:
        half_a_year()
        open_deal(Journey.objects.filter(closed_at=None).earliest("entered_at"), 1000, currency="USD")
        found = periods()[Horizon.MONTH].revenues
        assert [(one.currency, one.deals > 0) for one in found] == [("EUR", False), ("USD", True)]

    def test_the_open_leads_are_all_in_the_cells(self) -> None:
        half_a_year()
        cells = foresee(day=T, misses={}).cells
        assert sum(cell.n for cell in cells) == Journey.objects.filter(closed_at=None).count()
        assert all(0 < cell.chance[Horizon.MONTH] <= cell.chance[Horizon.THREE] < 1 for cell in cells)

    def test_it_costs_the_same_at_any_size(self, django_assert_num_queries: Any) -> None:
        half_a_year()
        with django_assert_num_queries(10):
            foresee(day=T, misses={})


@pytest.mark.django_db
class TestKeeping:
    def test_today_and_the_months_before_are_made_once(self) -> None:
        half_a_year()
        today = T + 16 * DAY
        assert keep_forecasts(today=today, at=NOW + 16 * DAY) == 7
        assert keep_forecasts(today=today, at=NOW + 16 * DAY) == 0
        days = list(ForecastSnapshot.objects.order_by("day").values_list("day", flat=True))
        assert days == [*(date(2026, month, 1) for month in range(1, 7)), today]
        # 30 customers and 90 days are there from April on.
        having = (
            ForecastFigure.objects.order_by("snapshot__day")
            .values_list("snapshot__day", flat=True)
            .distinct()
        )
        assert list(having) == [date(2026, 4, 1), date(2026, 5, 1), T, today]

    def test_what_came_true_is_noted_when_the_period_is_over(self) -> None:
        half_a_year()
        keep_forecasts(today=T, at=NOW)
        [april] = ForecastFigure.objects.filter(first_day=date(2026, 4, 1), horizon=Horizon.MONTH)
        count = Journey.objects.filter(
            customer_at__gte=datetime(2026, 4, 1, tzinfo=UTC),
            customer_at__lt=datetime(2026, 5, 1, tzinfo=UTC),
        ).count()
        assert (april.came, april.held) == (count, True)
        [revenue] = april.revenues.all()
        assert (revenue.came, revenue.held) == (100 * count, True)
        stood = sum(n for *_edges, n, _expected, _won in april.by_chance)
        assert stood == sum(cell[3] for cell in april.snapshot.cells)
        assert 0 < sum(row[4] for row in april.by_chance) < count

    def test_a_period_that_goes_on_is_not_judged(self) -> None:
        half_a_year()
        make_forecast(day=T, at=NOW)
        assert check_forecasts(until=date(2026, 6, 30), at=NOW) == 0
        assert check_forecasts(until=date(2026, 7, 1), at=NOW) == 1
        assert ForecastFigure.objects.get(horizon=Horizon.THREE).held is None

    def test_a_forecast_stays_as_it_was_made(self) -> None:
        half_a_year()
        first = make_forecast(day=T, at=NOW)
        Journey.objects.all().delete()
        assert make_forecast(day=T, at=NOW + DAY) == first
        assert ForecastFigure.objects.count() == 2

    def test_an_earlier_miss_widens_the_next(self) -> None:
        half_a_year()
        calm = make_forecast(day=T, at=NOW).figures.get(horizon=Horizon.MONTH).spread
        ForecastSnapshot.objects.all().delete()
        earlier = make_forecast(day=date(2026, 5, 1), at=NOW)
        earlier.figures.filter(horizon=Horizon.MONTH).update(came=900)
        found = make_forecast(day=T, at=NOW).figures
        assert found.get(horizon=Horizon.MONTH).spread > 2 * calm
        assert found.get(horizon=Horizon.THREE).spread > 2 * calm

    def test_only_what_was_made_afterwards_is_made_anew(self) -> None:
        half_a_year()
        keep_forecasts(today=T, at=NOW)
        assert forget_backtests() == 5
        assert [one.day for one in ForecastSnapshot.objects.all()] == [T]

    def test_without_leads_there_is_only_today(self) -> None:
        assert keep_forecasts(today=T, at=NOW) == 1
        assert ForecastSnapshot.objects.get().figures.count() == 0


def test_the_projects_day(settings: Any) -> None:
    settings.TIME_ZONE = "Europe/Madrid"
    assert project_day(datetime(2026, 5, 31, 23, tzinfo=UTC)) == T
    assert rules.WINDOWS == (90, 180, 365, 730)
