"""The goal calculator: the worked example to the last unit, and what must hold for any numbers."""

import datetime as dt
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from funnel.enums import STAGES, Stage
from funnel.rules.periods import Span
from sla.rules.chance import chance
from sla.rules.goal import (
    STEPS,
    Goal,
    Measured,
    expected,
    levers,
    measured,
    months_of,
    needs,
    per_head,
    period_after,
    revenue_of,
    sale_needed,
    spread,
    sure_customers,
    together,
    weeks_of,
)

HALF = dict.fromkeys(STAGES[1:], Fraction(1, 2))
EXAMPLE = Goal(Decimal(100_000), Decimal(1000), {**HALF, Stage.TARGET: Fraction(1)})
"""The domain's worked example: target has a rate of its own, 100 % there."""

rates = st.integers(5, 1000).map(lambda part: Fraction(part, 1000))
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""Of a crowded machine: how fast an example is made says nothing of what is right."""
goals = st.builds(
    Goal,
    revenue=st.integers(100, 1_000_000_000).map(lambda cents: Decimal(cents) / 100),
    sale=st.integers(100, 10_000_000).map(lambda cents: Decimal(cents) / 100),
    rates=st.fixed_dictionaries({after: rates for _before, after in STEPS}),
)
spans = st.builds(
    lambda first, days: Span(first, first + dt.timedelta(days=days)),
    st.dates(dt.date(2020, 1, 1), dt.date(2030, 1, 1)),
    st.integers(0, 800),
)


def test_the_worked_example() -> None:
    assert list(needs(EXAMPLE).values()) == [3200, 1600, 1600, 800, 400, 200, 100]


def test_the_worked_example_the_other_way() -> None:
    assert revenue_of(EXAMPLE, stage=Stage.NEW_NAME, count=3200) == 100_000


def test_every_step_rounds_up() -> None:
    goal = Goal(Decimal("100.01"), Decimal(50), {**HALF, Stage.CUSTOMER: Fraction(2, 3)})
    assert list(needs(goal).values())[-3:] == [10, 5, 3]


@unhurried
@given(goal=goals)
def test_rounding_up_never_undershoots_the_goal(goal: Goal) -> None:
    need = needs(goal)
    assert all(need[before] * goal.rates[after] >= need[after] for before, after in STEPS)
    assert need[Stage.CUSTOMER] * Fraction(goal.sale) >= Fraction(goal.revenue)


@unhurried
@given(goal=goals)
def test_no_stage_is_asked_one_lead_too_many(goal: Goal) -> None:
    need = needs(goal)
    assert all((need[before] - 1) * goal.rates[after] < need[after] for before, after in STEPS)


@unhurried
@given(goal=goals, count=st.integers(0, 100_000), stage=st.sampled_from(STAGES))
def test_revenue_is_what_the_expected_customers_pay(goal: Goal, count: int, stage: Stage) -> None:
    found = expected(goal, stage=stage, count=count)
    assert list(found) == list(STAGES[STAGES.index(stage) :])
    assert revenue_of(goal, stage=stage, count=count) == found[Stage.CUSTOMER] * Fraction(goal.sale)


class TestLevers:
    def test_with_enough_leads_every_rate_is_enough(self) -> None:
        assert [lever.is_enough for lever in levers(EXAMPLE, stage=Stage.NEW_NAME, count=3200)] == [True] * 6

    def test_half_the_leads_need_a_rate_twice_as_high(self) -> None:
        found = {lever.stage: lever for lever in levers(EXAMPLE, stage=Stage.NEW_NAME, count=1600)}
        assert (found[Stage.SQL].needed, found[Stage.SQL].points) == (1, 50)
        assert found[Stage.TARGET].needed is None

    def test_without_leads_no_rate_helps(self) -> None:
        assert {lever.needed for lever in levers(EXAMPLE, stage=Stage.MQL, count=0)} == {None}

    @unhurried
    @given(goal=goals, count=st.integers(1, 200_000))
    def test_with_the_needed_rate_the_leads_are_enough(self, goal: Goal, count: int) -> None:
        for lever in levers(goal, stage=Stage.NEW_NAME, count=count):
            if lever.needed is not None:
                changed = Goal(goal.revenue, goal.sale, {**goal.rates, lever.stage: lever.needed})
                assert needs(changed)[Stage.NEW_NAME] <= count

    @unhurried
    @given(goal=goals, count=st.integers(1, 200_000), more=st.integers(1, 1000))
    def test_more_leads_never_need_a_higher_rate(self, goal: Goal, count: int, more: int) -> None:
        for few, many in zip(
            levers(goal, stage=Stage.MQL, count=count),
            levers(goal, stage=Stage.MQL, count=count + more),
            strict=True,
        ):
            assert many.needed is not None or few.needed is None
            assert few.needed is None or many.needed is None or many.needed <= few.needed


class TestTogether:
    def test_half_the_leads_need_five_rates_that_are_a_seventh_higher(self) -> None:
        """Two to the power of a fifth is 1.149; rounding up at each stage asks for a thousandth more."""
        rise = together(EXAMPLE, stage=Stage.NEW_NAME, count=1600)
        assert rise is not None
        assert Fraction(149, 1000) <= rise <= Fraction(151, 1000)

    def test_enough_leads_need_nothing(self) -> None:
        assert together(EXAMPLE, stage=Stage.NEW_NAME, count=3200) == 0

    def test_fewer_leads_than_customers_are_never_enough(self) -> None:
        assert together(EXAMPLE, stage=Stage.NEW_NAME, count=99) is None
        assert together(EXAMPLE, stage=Stage.NEW_NAME, count=100) is not None

    @unhurried
    @given(goal=goals, count=st.integers(1, 200_000))
    def test_it_is_enough_and_a_thousandth_less_is_not(self, goal: Goal, count: int) -> None:
        rise = together(goal, stage=Stage.NEW_NAME, count=count)
        if rise is None:
            return
        for less, is_enough in ((Fraction(0), True), (Fraction(1, 1000), False)):
            if rise - less >= 0:
                rates = {
                    after: min(Fraction(1), rate * (1 + rise - less)) for after, rate in goal.rates.items()
                }
                changed = Goal(goal.revenue, goal.sale, rates)
                assert (needs(changed)[Stage.NEW_NAME] <= count) is is_enough


@unhurried
@given(goal=goals, stage=st.sampled_from(STAGES), more=st.integers(-3, 100_000))
def test_every_answer_says_the_same_of_whether_it_is_enough(goal: Goal, stage: Stage, more: int) -> None:
    """Also where the leads would be enough on average: money, leads, each rate, the sale and all rates."""
    count = max(0, needs(goal)[stage] + more)
    is_enough = count >= needs(goal)[stage]
    customers = sure_customers(goal, stage=stage, count=count)
    sale = sale_needed(goal, stage=stage, count=count)
    assert (customers * goal.sale >= goal.revenue) is is_enough
    assert {lever.is_enough for lever in levers(goal, stage=stage, count=count)} <= {is_enough}
    assert (sale is not None and sale <= goal.sale) is is_enough
    assert (together(goal, stage=stage, count=count) == 0) is is_enough


class TestSpreading:
    @unhurried
    @given(total=st.integers(0, 100_000), span=spans)
    def test_weeks_and_months_add_up_to_the_same_total(self, total: int, span: Span) -> None:
        assert sum(spread(total, span, months_of(span))) == total
        assert sum(spread(total, span, weeks_of(span))) == total

    @unhurried
    @given(total=st.integers(0, 100_000), span=spans)
    def test_no_part_is_off_by_more_than_one(self, total: int, span: Span) -> None:
        assert span.first and span.last
        days = (span.last - span.first).days + 1
        for part, share in zip(weeks_of(span), spread(total, span, weeks_of(span)), strict=True):
            assert part.first and part.last
            assert abs(share - Fraction(total * ((part.last - part.first).days + 1), days)) <= 1

    def test_a_quarter(self) -> None:
        span = Span(dt.date(2026, 1, 1), dt.date(2026, 3, 31))
        assert spread(900, span, months_of(span)) == [310, 280, 310]

    def test_weeks_begin_on_monday(self) -> None:
        span = Span(dt.date(2026, 1, 1), dt.date(2026, 1, 12))
        assert [(str(week.first), str(week.last)) for week in weeks_of(span)] == [
            ("2026-01-01", "2026-01-04"),
            ("2026-01-05", "2026-01-11"),
            ("2026-01-12", "2026-01-12"),
        ]

    @pytest.mark.parametrize(
        ("first", "last", "after"),
        [
            ("2026-01-01", "2026-03-31", ("2026-04-01", "2026-06-30")),
            ("2026-11-01", "2026-11-30", ("2026-12-01", "2026-12-31")),
            ("2026-01-01", "2026-12-31", ("2027-01-01", "2027-12-31")),
            ("2026-03-02", "2026-03-15", ("2026-03-16", "2026-03-29")),
            ("2026-03-01", "2026-03-15", ("2026-03-16", "2026-03-30")),
        ],
    )
    def test_the_period_after(self, first: str, last: str, after: tuple[str, str]) -> None:
        found = period_after(Span(dt.date.fromisoformat(first), dt.date.fromisoformat(last)))
        assert (str(found.first), str(found.last)) == after

    @pytest.mark.parametrize(("total", "heads", "each"), [(10, 3, 4), (9, 3, 3), (0, 3, 0), (5, 0, None)])
    def test_per_head(self, total: int, heads: int, each: int | None) -> None:
        assert per_head(total, heads) == each


class TestMeasuring:
    def test_rates_are_those_of_all_months_and_the_range_that_of_months_with_enough_leads(self) -> None:
        months = [
            {Stage.NEW_NAME: 100, Stage.ENGAGED: 40},
            {Stage.NEW_NAME: 50, Stage.ENGAGED: 30},
            {Stage.NEW_NAME: 10, Stage.ENGAGED: 10},
        ]
        found = measured(months)[Stage.ENGAGED]
        assert found == Measured(160, 80, Fraction(2, 5), Fraction(3, 5))
        assert found.rate == Fraction(1, 2)

    def test_one_month_with_enough_leads_is_no_range(self) -> None:
        months = [{Stage.NEW_NAME: 20, Stage.ENGAGED: 13}, {Stage.NEW_NAME: 10, Stage.ENGAGED: 10}]
        assert measured(months)[Stage.ENGAGED] == Measured(30, 23, None, None)

    def test_without_history_there_is_no_rate(self) -> None:
        assert measured([])[Stage.MQL] == Measured(0, 0)
        assert measured([])[Stage.MQL].rate is None


class TestChance:
    SURE = {after: Measured(100_000, 50_000) for _before, after in STEPS}

    def test_the_plan_itself_is_a_coin_toss(self) -> None:
        found = chance(stage=Stage.MQL, count=800, goal=100, history=self.SURE)
        assert 45 < found.percent < 60
        assert found.low < 100 <= found.high

    def test_twice_the_leads_make_it_sure_and_half_of_them_impossible(self) -> None:
        many = chance(stage=Stage.MQL, count=1600, goal=100, history=self.SURE)
        few = chance(stage=Stage.MQL, count=400, goal=100, history=self.SURE)
        assert (many.percent, few.percent) == (100, 0)

    def test_what_was_measured_on_few_leads_brings_the_risk(self) -> None:
        history = {**self.SURE, Stage.OPPORTUNITY: Measured(4, 2)}
        risk = chance(stage=Stage.MQL, count=8000, goal=1000, history=history).risk
        assert max(risk, key=risk.__getitem__) == Stage.OPPORTUNITY
        assert risk[Stage.OPPORTUNITY] > 80
        assert sum(risk.values()) == pytest.approx(100)

    def test_everybody_sees_the_same(self) -> None:
        first, second = (chance(stage=Stage.MQL, count=80, goal=10, history=self.SURE) for _ in range(2))
        assert first == second

    def test_without_leads_nothing_comes(self) -> None:
        assert chance(stage=Stage.MQL, count=0, goal=1, history=self.SURE).percent == 0
