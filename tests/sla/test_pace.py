"""How a period will end at this rate: properties, and values reckoned another way."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sla.rules.pace import Pace, pace_of_count, pace_of_share, spread_of

calmly = settings(deadline=None, max_examples=60)
counts = st.integers(0, 400)
times = st.floats(2, 60)
spreads = st.floats(1, 5)
share = st.tuples(st.integers(0, 300), st.integers(0, 300))
"""Kept, and broken."""


def ordered(pace: Pace | None) -> bool:
    return pace is not None and pace.low <= pace.middle <= pace.high


@calmly
@given(done=counts, seen=counts, passed=times, left=times, spread=spreads)
def test_the_range_of_a_count_holds_the_projection(
    done: int, seen: int, passed: float, left: float, spread: float
) -> None:
    pace = pace_of_count(done=done, seen=seen, passed=passed, left=left, spread=spread)
    assert ordered(pace) and pace is not None and pace.low >= done


@calmly
@given(done=counts, seen=counts, passed=times, plan=counts)
def test_at_the_end_a_count_is_the_fact(done: int, seen: int, passed: float, plan: int) -> None:
    pace = pace_of_count(done=done, seen=seen, passed=passed, left=0, plan=plan)
    assert pace == Pace(done, done, done, 100.0 if done >= plan else 0.0)


@calmly
@given(done=counts, seen=counts, more=st.integers(1, 50), passed=times, left=times, spread=spreads)
def test_more_done_never_ends_lower(
    done: int, seen: int, more: int, passed: float, left: float, spread: float
) -> None:
    plan = done + seen + 1
    before = pace_of_count(done=done, seen=seen, passed=passed, left=left, spread=spread, plan=plan)
    after = pace_of_count(
        done=done + more, seen=seen + more, passed=passed, left=left, spread=spread, plan=plan
    )
    assert before is not None and after is not None
    assert (after.low, after.middle, after.high) >= (before.low, before.middle, before.high)
    assert after.low >= before.low and after.high >= before.high
    assert after.chance is not None and before.chance is not None
    assert after.chance >= before.chance - 1e-9


@calmly
@given(done=counts, seen=counts, passed=times, left=times, more=st.floats(0.1, 60))
def test_more_time_never_ends_lower(done: int, seen: int, passed: float, left: float, more: float) -> None:
    short = pace_of_count(done=done, seen=seen, passed=passed, left=left)
    long = pace_of_count(done=done, seen=seen, passed=passed, left=left + more)
    assert short is not None and long is not None
    assert long.middle >= short.middle and long.high >= short.high


@calmly
@given(done=counts, seen=counts, passed=times, left=times, spread=spreads)
def test_wilder_weeks_widen_the_range(
    done: int, seen: int, passed: float, left: float, spread: float
) -> None:
    calm = pace_of_count(done=done, seen=seen, passed=passed, left=left)
    wild = pace_of_count(done=done, seen=seen, passed=passed, left=left, spread=spread)
    assert calm is not None and wild is not None
    assert wild.middle == calm.middle and wild.low <= calm.low + 1


def test_without_time_there_is_no_rate() -> None:
    assert pace_of_count(done=3, seen=3, passed=0, left=5) is None


def test_a_count_agrees_with_draws() -> None:
    """120 in 20 days, 10 to come: a gamma rate and Poisson arrivals, drawn."""
    draws = np.random.default_rng(1)
    rates = draws.gamma(120.5, 1 / 20, 400_000)
    futures = 40 + draws.poisson(rates * 10)
    pace = pace_of_count(done=40, seen=120, passed=20, left=10, plan=95)
    assert pace is not None
    low, high = np.percentile(futures, [10, 90])
    assert (pace.low, pace.middle, pace.high) == (low, 100, high)
    assert pace.chance == pytest.approx(100 * (futures >= 95).mean(), abs=0.3)


def test_spread_makes_the_variance_of_the_draws() -> None:
    """Twice the variance of chance: the range is about the square root of two wider."""
    calm = pace_of_count(done=0, seen=10_000, passed=10_000, left=400)
    wild = pace_of_count(done=0, seen=10_000, passed=10_000, left=400, spread=2)
    assert calm is not None and wild is not None
    assert (wild.high - wild.low) / (calm.high - calm.low) == pytest.approx(2**0.5, rel=0.05)


@calmly
@given(so_far=share, waiting=st.integers(0, 300), past=share)
def test_the_range_of_a_share_holds_the_projection(
    so_far: tuple[int, int], waiting: int, past: tuple[int, int]
) -> None:
    pace = pace_of_share(
        kept=so_far[0], decided=sum(so_far), waiting=waiting, past=(past[0], past[0] + past[1])
    )
    known = sum(so_far) + (sum(past) if waiting else 0)
    if not known:
        assert pace is None
        return
    assert ordered(pace) and pace is not None
    assert pace.low >= -1e-9 and pace.high <= 100 + 1e-9


@calmly
@given(so_far=share.filter(sum), past=share)
def test_at_the_end_a_share_is_the_fact(so_far: tuple[int, int], past: tuple[int, int]) -> None:
    pace = pace_of_share(kept=so_far[0], decided=sum(so_far), waiting=0, past=(past[0], sum(past)))
    fact = 100 * so_far[0] / sum(so_far)
    assert pace == Pace(fact, fact, fact)


@calmly
@given(so_far=share, waiting=st.integers(1, 200))
def test_one_kept_instead_of_broken_never_ends_lower(so_far: tuple[int, int], waiting: int) -> None:
    kept, broken = so_far[0], so_far[1] + 1
    less = pace_of_share(kept=kept, decided=kept + broken, waiting=waiting, target=80)
    more = pace_of_share(kept=kept + 1, decided=kept + broken, waiting=waiting, target=80)
    assert less is not None and more is not None
    assert more.low > less.low and more.middle > less.middle and more.high > less.high
    assert more.chance is not None and less.chance is not None
    assert more.chance >= less.chance - 1e-9


def test_a_share_agrees_with_draws() -> None:
    draws = np.random.default_rng(2)
    rates = draws.beta(46, 6, 400_000)
    futures = 100 * (45 + draws.binomial(30, rates)) / 80
    pace = pace_of_share(kept=45, decided=50, waiting=30, target=90)
    assert pace is not None
    assert (pace.low, pace.high) == tuple(np.percentile(futures, [10, 90]))
    assert pace.middle == pytest.approx(90)
    assert pace.chance == pytest.approx(100 * (futures >= 90).mean(), abs=0.3)


@pytest.mark.parametrize(("target", "chance"), [(90, 100.0), (90.1, 0.0)])
def test_a_target_is_reached_to_the_last_unit(target: float, chance: float) -> None:
    pace = pace_of_share(kept=9, decided=10, waiting=0, target=target)
    assert pace is not None and pace.chance == chance


@pytest.mark.parametrize(
    ("weeks", "spread"),
    [([5, 5, 5, 5], 1), ([0, 10, 0, 10], 5), ([4, 8, 4, 8], 1), ([1, 9, 1], 1), ([0, 0, 0, 0], 1)],
)
def test_how_much_weeks_differ(weeks: list[int], spread: float) -> None:
    assert spread_of(weeks) == spread
