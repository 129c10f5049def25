"""What leads are worth beside each other, and how many of a mix carry a goal."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from sla.rules.worth import (
    Part,
    Seen,
    compared,
    each_worth,
    in_percent,
    leads_needed,
    quality,
    split,
    to_hundredth,
    weighed,
)
from sla.rules.worth_range import _ranges

from .test_goal import EXAMPLE

CHIEFS = Seen(leads=30, deals=((Decimal(2_000), 6),))
DIRECTORS = Seen(leads=70, deals=((Decimal(1_000), 7),))

cents = st.integers(0, 100_000).map(lambda n: Decimal(n) / 100)
parts = st.lists(st.builds(Part, group=st.just("x"), weight=cents, share=cents), min_size=1, max_size=8)
seen = st.builds(
    lambda leads, won, amount: Seen(leads + won, ((Decimal(amount), won),) if won else ()),
    st.integers(0, 500),
    st.integers(0, 50),
    st.integers(1, 100_000),
)

unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""These are quick, but the machine may be busy."""


def part(weight: str, share: str, group: str = "x") -> Part:
    return Part(group, Decimal(weight), Decimal(share))


class TestMeasuring:
    def test_by_hand(self) -> None:
        """190 for a lead on average. Chiefs: (12,000 + 20 * 190) / 50 = 316, directors: (7,000 + 3,800) /
        90 = 120; by their shares that makes 178.8."""
        found = weighed({"chief": CHIEFS, "director": DIRECTORS})
        assert found["chief"].value == Fraction(316) / (Fraction(3, 10) * 316 + Fraction(7, 10) * 120)
        assert found["director"].value == Fraction(1200, 1788)
        assert (found["chief"].share, found["chief"].seen.is_enough) == (Fraction(3, 10), True)

    def test_the_range_is_narrower_the_more_was_seen(self) -> None:
        many = Seen(3000, ((Decimal(2_000), 600),))
        few, lots = (weighed({"chief": one, "": DIRECTORS})["chief"] for one in (CHIEFS, many))
        assert few.low is not None and few.high is not None and lots.low is not None and lots.high is not None
        assert few.high / float(few.value or 1) - few.low / float(few.value or 1) > lots.high - lots.low > 0

    def test_a_group_without_deals_is_uncertain_too(self) -> None:
        found = weighed({"student": Seen(leads=3), "": DIRECTORS})["student"]
        assert found.value is not None and found.high is not None and found.low is not None
        assert (0 < found.value < 1, found.low < found.value < found.high) == (True, True)
        assert not found.seen.is_enough

    def test_without_revenue_nothing_is_said_of_worth(self) -> None:
        found = weighed({"chief": Seen(leads=1), "": Seen(leads=3)})
        assert (found["chief"].value, found["chief"].share) == (None, Fraction(1, 4))
        assert weighed({"chief": Seen()})["chief"].share is None

    @unhurried
    @given(groups=st.dictionaries(st.sampled_from("abcdef"), seen, min_size=1))
    def test_the_average_mql_weighs_one(self, groups: dict[str, Seen]) -> None:
        found = weighed(groups).values()
        if all(one.value is not None for one in found):
            assert sum((one.share or 0) * (one.value or 0) for one in found) == 1

    @unhurried
    @given(groups=st.dictionaries(st.sampled_from("abcdef"), seen, min_size=2))
    @example(groups={"a": Seen(2, ((Decimal(531), 2),)), "b": Seen(524, ((Decimal(1), 24),))})
    def test_with_what_is_shown_a_plan_starts_at_the_average(self, groups: dict[str, Seen]) -> None:
        found = weighed(groups)
        shown = [
            Part(group, to_hundredth(one.value), in_percent(one.share))
            for group, one in found.items()
            if one.value is not None and one.share is not None
        ]
        assert abs(quality(shown) - 1) <= Decimal("0.03")


@pytest.mark.parametrize(
    ("share", "shown"),
    [
        ((1, 1), "100"),
        ((0, 1), "0"),
        ((1, 3), "33.3"),
        ((1, 16), "6.25"),
        ((2, 526), "0.380"),
        ((1, 3000), "0.033"),
        ((1, 10**6), "0.000"),
        ((999_999, 10**6), "100.0"),
    ],
)
def test_a_share_is_shown_by_three_figures(share: tuple[int, int], shown: str) -> None:
    assert str(in_percent(Fraction(*share))) == shown


def luck(random: np.random.Generator) -> dict[str, Seen]:
    """MQLs of three groups, of which few are won, for amounts with a heavy tail."""
    found = {}
    for group, (leads, chance, size) in WORLD.items():
        amounts = random.lognormal(size, 1, random.binomial(leads, chance))
        found[group] = Seen(leads, tuple((Decimal(round(amount)), 1) for amount in amounts))
    return found


WORLD = {"chief": (300, 0.12, 10.5), "director": (800, 0.06, 10), "manager": (1500, 0.04, 9.8)}


class TestRange:
    def test_eight_of_ten_hold_what_is_true_and_miss_it_on_both_sides(self) -> None:
        """200 worlds of which the truth is known. In 400 it held 73, 79 and 78 %, in 300 more 77, 80, 76;
        that of chiefs is borrowed from the average and lies above more often. A normal curve held 87, 87 and
        83 %, and the truth never lay below its range for chiefs: far too wide on that side."""
        each = {group: chance * np.exp(size + 0.5) for group, (_n, chance, size) in WORLD.items()}
        leads = sum(n for n, _chance, _size in WORLD.values())
        unit = sum(n * each[group] for group, (n, _chance, _size) in WORLD.items()) / leads
        random, worlds = np.random.default_rng(5), 200
        inside, below = dict.fromkeys(WORLD, 0), dict.fromkeys(WORLD, 0)
        for _world in range(worlds):
            for group, one in weighed(luck(random)).items():
                assert one.low is not None and one.high is not None
                inside[group] += one.low <= each[group] / unit <= one.high
                below[group] += each[group] / unit < one.low
        assert all(0.67 < count / worlds < 0.86 for count in inside.values()), inside
        assert all(0.02 < count / worlds < 0.18 for count in below.values()), below

    def test_all_leads_alike_are_the_average_for_sure(self) -> None:
        found = weighed({"chief": CHIEFS})["chief"]
        assert (found.value, found.low, found.high) == (1, 1, 1)

    def test_everybody_sees_the_same(self) -> None:
        groups = {"chief": CHIEFS, "director": DIRECTORS}
        first = weighed(groups)
        _ranges.cache_clear()
        assert weighed(groups) == first

    @unhurried
    @given(groups=st.dictionaries(st.sampled_from("abcdef"), seen, min_size=1))
    def test_it_holds_what_was_measured(self, groups: dict[str, Seen]) -> None:
        for one in weighed(groups).values():
            if one.value is not None:
                assert one.low is not None and one.high is not None
                assert 0 <= one.low <= one.value <= one.high

    def test_many_deals_are_as_sure_as_they_are_in_lots(self) -> None:
        amounts = [Decimal(100 + number % 7) for number in range(500)]
        groups = {"chief": Seen(900, tuple((amount, 1) for amount in amounts)), "director": DIRECTORS}
        found = weighed(groups)["chief"]
        assert found.low is not None and found.high is not None
        assert found.low < (found.value or 0) < found.high


class TestPlanning:
    def test_an_mql_of_the_worked_example_gives_an_eighth_of_a_sale(self) -> None:
        assert (each_worth(EXAMPLE), each_worth(EXAMPLE, Decimal("2.3"))) == (Decimal(125), Decimal("287.50"))

    def test_better_leads_are_fewer(self) -> None:
        mix = [part("2", "25", "chief"), part("1", "75", "director")]
        assert (quality(mix), leads_needed(800, quality(mix))) == (Decimal("1.25"), 640)
        assert split(640, mix) == [160, 480]

    def test_without_shares_it_is_the_average(self) -> None:
        assert (quality([part("3", "0")]), quality([])) == (1, 1)

    def test_shares_count_in_proportion(self) -> None:
        assert quality([part("2", "1"), part("1", "3")]) == quality([part("2", "10"), part("1", "30")])

    def test_what_one_counts_as(self) -> None:
        mix = [part("0", "1", "student"), part("1", "1", "director"), part("2.3", "1", "chief")]
        assert [(one.group, times) for one, _after, times in compared(mix)] == [
            ("chief", Decimal("2.3")),
            ("director", None),
            ("student", None),
        ]
        assert compared([]) == []

    @unhurried
    @given(mix=parts, total=st.integers(0, 100_000))
    def test_the_parts_add_up(self, mix: list[Part], total: int) -> None:
        whole = sum(one.share for one in mix)
        found = split(total, mix)
        assert sum(found) == (total if whole else 0)
        if whole:
            exact = [Fraction(total) * Fraction(one.share) / Fraction(whole) for one in mix]
            assert all(abs(n - wanted) <= 1 for n, wanted in zip(found, exact, strict=True))

    @unhurried
    @given(mix=parts, place=st.integers(0, 7), more=cents, need=st.integers(1, 100_000))
    def test_more_value_for_a_lead_never_needs_more_leads(
        self, mix: list[Part], place: int, more: Decimal, need: int
    ) -> None:
        at = place % len(mix)
        better = [*mix[:at], part(str(mix[at].weight + more), str(mix[at].share)), *mix[at + 1 :]]
        if quality(mix):
            assert leads_needed(need, quality(better)) <= leads_needed(need, quality(mix))

    @unhurried
    @given(need=st.integers(0, 100_000), mix=st.integers(1, 10_000).map(lambda n: Decimal(n) / 100))
    def test_the_leads_are_enough_and_not_one_too_many(self, need: int, mix: Decimal) -> None:
        found = leads_needed(need, mix)
        assert found * mix >= need
        assert not found or (found - 1) * mix < need

    @pytest.mark.parametrize("mix", ["0.5", "1", "2.37"])
    def test_money_and_count_say_the_same(self, mix: str) -> None:
        """So many leads of the mix are worth the goal, and one lead fewer is not."""
        leads = leads_needed(800, Decimal(mix))
        each = each_worth(EXAMPLE, Decimal(mix))
        assert leads * each >= EXAMPLE.revenue > (leads - 1) * each
