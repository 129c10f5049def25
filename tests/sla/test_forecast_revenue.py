"""Revenue from chances: sums that are exact, ranges that hold as often as they say."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from sla.rules.foresight import Group
from sla.rules.revenue import (
    ALL,
    BINS,
    ENOUGH,
    EXACT,
    LEAST,
    ONE_BY_ONE,
    Coming,
    Customer,
    Deal,
    Past,
    Revenue,
    _summed,
    learned,
    merged,
    revenues,
)


def customers(amounts: Sequence[float], *, level: str = "", currency: str = "EUR") -> list[Customer]:
    return [Customer(level, currency if one else "", one, one, 1) for one in amounts]


def only(coming: Coming, past: Past, *, spread: float = 0, won: float = 0) -> Revenue:
    [found] = revenues(coming, past, spread=spread, won={"EUR": won} if won else {})
    return found


class TestLearning:
    @settings(max_examples=25, deadline=None)
    @given(st.lists(st.floats(0, 1e6), min_size=1, max_size=200))
    def test_what_is_kept_has_the_mean_of_what_was(self, amounts: list[float]) -> None:
        past = learned(customers(amounts))
        assert past.mean(ALL, "EUR") == pytest.approx(sum(amounts) / len(amounts), abs=1e-6)
        assert sum(n for *_one, n in past.bins[ALL]) == len(amounts)
        assert len(past.bins[ALL]) <= 2 * (BINS + EXACT)

    def test_a_level_with_enough_deals_stands_for_itself(self) -> None:
        chiefs, others = customers([900] * ENOUGH, level="chief"), customers([100] * ENOUGH, level="other")
        past = learned([*chiefs, *others[1:], *customers([0], level="other")])
        assert (past.key("chief"), past.key("other"), past.key("")) == ("chief", ALL, ALL)
        assert past.mean("chief", "EUR") == 900

    def test_amounts_that_were_hopes_count_for_what_came(self) -> None:
        """And five deals of the mean amount (350 / 4) for what was hoped."""
        past = learned([Customer("", "EUR", 80, 100, 3), Customer("", "EUR", 50, 50, 1)])
        ratio, error = past.kept["EUR"]
        pulled = (290 + 5 * 87.5) / (350 + 5 * 87.5)
        assert (ratio, error > 0) == (pytest.approx(pulled), True)
        assert only(Coming(deals=[Deal(0.5, 1000, "EUR")]), past).deals == pytest.approx(500 * pulled)

    def test_one_win_that_was_halved_does_not_halve_every_deal(self) -> None:
        past = learned([Customer("", "EUR", 50, 100, 1)])
        assert past.kept["EUR"] == (pytest.approx(5.5 / 6), pytest.approx(0.1162, abs=1e-4))
        found = only(Coming(deals=[Deal(1, 1000, "EUR")]), past)
        assert found.low < found.mean < 1000 < found.high

    def test_wins_all_alike_leave_a_doubt_and_more_of_them_less(self) -> None:
        few, many = (learned([Customer("", "EUR", 50, 100, n)]).kept["EUR"] for n in (9, 900))
        assert 0.5 < many[0] < 0.51 < few[0] < 0.7
        assert 0 < many[1] < few[1]

    def test_of_wins_without_a_hope_nothing_is_learned(self) -> None:
        told = Customer("", "EUR", 50, 100, 10)
        some = learned([told, Customer("", "EUR", 700, None, 90)])
        assert some.kept == learned([told]).kept
        assert learned([Customer("", "EUR", 700, None, 90)]).kept == {}

    def test_the_currency_of_most_customers_comes_first(self) -> None:
        rows = [*customers([1] * (LEAST + 1), currency="USD"), *customers([5] * LEAST), *customers([0] * 9)]
        assert learned(rows).currencies == ["USD", "EUR"]

    @pytest.mark.parametrize(("amounts", "told"), [([5] * LEAST, ["EUR"]), ([5] * (LEAST - 1), [])])
    def test_a_currency_that_hardly_anybody_brought_is_not_foreseen(
        self, amounts: list[float], told: list[str]
    ) -> None:
        nothing = [Customer("", "EUR", 0, 0, 90), *customers([7], currency="USD")]
        coming = Coming(arriving={ALL: 8.0})
        found = revenues(coming, learned([*customers(amounts), *nothing]), spread=0, won={})
        assert [one.currency for one in found] == told

    def test_but_what_is_won_in_it_is_told(self) -> None:
        past = learned([*customers([5] * LEAST), *customers([7] * (LEAST - 1), currency="USD")])
        won = {"USD": 900.0, "GBP": 0.0, "CHF": 20.0}
        found = revenues(Coming(arriving={ALL: 8.0}), past, spread=0, won=won)
        assert [one.currency for one in found] == ["EUR", "CHF", "USD"]
        usd = found[-1]
        assert (usd.won, usd.low, usd.mean, usd.high, usd.some) == (900, 900, 900, 900, 0)


class TestExpecting:
    def test_deals_count_with_their_amounts_and_the_others_with_the_mean(self) -> None:
        past = learned(customers([100, 300] * LEAST))
        coming = Coming({ALL: [Group(10, 0.1)]}, [Deal(0.25, 4000, "EUR")], {ALL: 2.0})
        found = only(coming, past, won=50)
        parts = (found.won, found.deals, found.open, found.arriving)
        assert (parts, found.mean) == (
            (50, 1000, pytest.approx(200), 400), pytest.approx(1650),
        )  # fmt: skip

    def test_the_draws_have_the_expected_mean_and_spread(self) -> None:
        """Poisson many customers of one amount: mean 400, and all else is certain."""
        found = only(Coming(arriving={ALL: 4.0}), learned(customers([100.0] * 60)))
        assert (found.low, found.high) == (200, 700)

    def test_deals_of_the_same_chance_are_summed_as_each_for_itself(self) -> None:
        deals = [Deal(0.1 * (n % 7), 100 + n, "EUR") for n in range(60)]
        factor = np.exp(np.random.default_rng(1).normal(0, 0.3, 50))
        chances = np.minimum(factor[:, None] * np.array([deal.chance for deal in deals]), 1)
        amounts = np.array([deal.amount for deal in deals])
        luck = np.random.default_rng(2).normal(0, 1, 50)
        each = chances @ amounts + luck * np.sqrt((chances * (1 - chances)) @ amounts**2)
        summed = _summed(np.array([deal.chance for deal in deals]), amounts, factor, np.random.default_rng(2))
        assert summed == pytest.approx(np.maximum(each, 0))

    def test_many_small_deals_are_as_one_by_one(self) -> None:
        deals = [Deal(0.3, 10, "EUR")] * (4 * ONE_BY_ONE)
        found = only(Coming(deals=deals), Past())
        n = len(deals)
        off = 1.2816 * 10 * (n * 0.3 * 0.7) ** 0.5
        assert (found.low, found.high) == pytest.approx((3 * n - off, 3 * n + off), rel=0.01)

    def test_one_great_deal_is_won_or_not(self) -> None:
        found = only(Coming(deals=[Deal(0.5, 1000, "EUR")]), Past())
        assert (found.low, found.mean, found.high) == (0, 500, 1000)
        assert (found.tells, found.some) == (True, pytest.approx(0.5, abs=0.03))

    @pytest.mark.parametrize("chance", [0.08, 0.95])
    def test_the_range_of_one_deal_may_tell_nothing(self, chance: float) -> None:
        found = only(Coming(deals=[Deal(chance, 1000, "EUR")]), Past())
        assert (found.tells, found.some) == (False, pytest.approx(chance, abs=0.02))

    def test_each_currency_has_its_own_range(self) -> None:
        rows = [*customers([10] * 30, currency="USD"), *customers([1000] * 10)]
        found = revenues(Coming(arriving={ALL: 8.0}), learned(rows), spread=0, won={"USD": 7})
        assert [one.currency for one in found] == ["USD", "EUR"]
        assert [one.mean for one in found] == pytest.approx([67, 2000])
        assert found[0].low > 7 and found[1].low < 2000 < found[1].high

    def test_without_any_past_only_deals_bring_something(self) -> None:
        coming = Coming({ALL: [Group(10, 0.1)]}, [Deal(1, 4, "EUR")], {ALL: 2.0})
        found = only(coming, Past())
        assert (found.low, found.mean, found.high) == (4, 4, 4)

    def test_everybody_sees_the_same(self) -> None:
        past, coming = learned(customers([1, 5, 90] * LEAST)), Coming(arriving={ALL: 3.0})
        assert only(coming, past, spread=0.2) == only(coming, past, spread=0.2)

    @settings(max_examples=15, deadline=None)
    @given(
        chances=st.lists(st.builds(Group, st.integers(0, 3000), st.floats(0, 1)), max_size=4),
        amounts=st.lists(st.floats(0, 1e6), min_size=1, max_size=9),
        spread=st.floats(0, 1),
        won=st.integers(1, 50),
    )
    def test_never_less_than_won(
        self, chances: list[Group], amounts: list[float], spread: float, won: int
    ) -> None:
        deals = [Deal(0.5, amount, "EUR") for amount in amounts]
        found = only(Coming({ALL: chances}, deals), learned(customers(amounts)), spread=spread, won=won)
        assert won <= found.low <= found.high

    @given(st.lists(st.builds(Group, st.integers(0, 3000), st.floats(0, 1)), max_size=50))
    def test_leads_put_together_are_as_many_and_as_likely(self, groups: list[Group]) -> None:
        found, some = merged(groups), [group for group in groups if group.chance > 0]
        assert sum(one.n for one in found) == sum(one.n for one in some)
        assert sum(one.n * one.chance for one in found) == pytest.approx(sum(o.n * o.chance for o in some))


def worlds(number: int = 300) -> tuple[float, float]:
    """In how many of many worlds what came lay in the range; and below it."""
    random = np.random.default_rng(7)
    inside = below = 0
    for _world in range(number):
        hoped = random.lognormal(10, 1, 12)
        deals = [Deal(0.3, float(amount), "EUR") for amount in hoped]
        coming = Coming({ALL: [Group(300, 0.05)]}, deals, {ALL: 5.0})
        found = only(coming, learned(customers([float(one) for one in drawn(random, 60)])))
        came = drawn(random, random.binomial(300, 0.05) + random.poisson(5)).sum()
        came += float(hoped @ (random.random(12) < 0.3))
        inside += found.low <= came <= found.high
        below += came < found.low
    return inside / number, below / number


def drawn(random: np.random.Generator, n: int) -> NDArray[np.float64]:
    """Heavy-tailed amounts, one in five of them nothing."""
    return random.lognormal(10, 1, n) * (random.random(n) > 0.2)


def test_eight_of_ten_ranges_hold() -> None:
    """300 worlds whose past is 60 customers: 80 % with a standard error of 2.3."""
    inside, below = worlds()
    assert 0.73 < inside < 0.87
    assert 0.05 < below < 0.16
