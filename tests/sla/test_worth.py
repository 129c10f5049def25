"""What leads are worth beside each other, and how many of a mix carry a goal."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sla.rules.worth import (
    Part,
    Seen,
    compared,
    each_worth,
    leads_needed,
    quality,
    split,
    weighed,
)

from .test_goal import EXAMPLE

CHIEFS = Seen(leads=30, won=6, revenue=Decimal(12_000), squares=Decimal(24_000_000))
DIRECTORS = Seen(leads=70, won=7, revenue=Decimal(7_000), squares=Decimal(7_000_000))

cents = st.integers(0, 100_000).map(lambda n: Decimal(n) / 100)
parts = st.lists(st.builds(Part, group=st.just("x"), weight=cents, share=cents), min_size=1, max_size=8)
seen = st.builds(
    lambda leads, won, amount: Seen(leads + won, won, Decimal(won * amount), Decimal(won * amount * amount)),
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
        many = Seen(3000, 600, Decimal(1_200_000), Decimal(2_400_000_000))
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
    def test_with_what_is_shown_a_plan_starts_at_the_average(self, groups: dict[str, Seen]) -> None:
        found = weighed(groups)
        shown = [
            Part(group, Decimal(f"{float(one.value):.2f}"), Decimal(f"{float(one.share * 100):.1f}"))
            for group, one in found.items()
            if one.value is not None and one.share is not None
        ]
        assert abs(quality(shown) - 1) <= Decimal("0.03")


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
