"""The chance to be won: exact where it can be worked out by hand, and what must hold for any history."""

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from funnel.enums import STAGES
from sla.rules.hazards import BAND_STARTS, GRADES, LAST, Rates, band_of, chances, counted, rates

MANY = 10_000_000
"""So many leads that what a cell is begun with does not show."""
BEST = GRADES.index("A1")


@dataclass(frozen=True)
class Stay:
    stage: str = "opportunity"
    grade: str = "A1"
    first: int = 0
    last: int = 0
    end: str = ""
    then: str = "A1"
    n: int = 1


stays = st.builds(
    Stay,
    stage=st.sampled_from([stage.value for stage in STAGES[:-1]]),
    grade=st.sampled_from(GRADES),
    first=st.just(0),
    last=st.integers(0, 400),
    end=st.sampled_from(["", "moved", "left"]),
    then=st.sampled_from(GRADES),
    n=st.integers(1, 500),
)


def constant(move: float, leave: float = 0.0) -> Rates:
    """The same every day in every stage and with every score; nothing happens at once."""
    shape = (len(STAGES) - 1, len(GRADES), len(BAND_STARTS))
    moves, leaves = np.full(shape, move), np.full(shape, leave)
    moves[:, :, 0] = leaves[:, :, 0] = 0
    return Rates(moves, leaves, np.broadcast_to(np.eye(len(GRADES)), (shape[0], len(GRADES), len(GRADES))))


def test_a_day_at_risk_counts_in_the_band_it_lies_in() -> None:
    counts = counted([Stay(last=5, end="moved", n=3), Stay(first=3, last=4)])
    assert list(counts.days[-1, BEST, :5]) == [3, 3, 3 * 2 + 1, 3 * 2 + 1, 0]
    assert list(counts.moved[-1, BEST, :5]) == [0, 0, 0, 3, 0]
    assert counts.left.sum() == 0
    assert counts.turned[-1, BEST, BEST] == 3


def test_a_stay_that_ended_before_is_not_at_risk() -> None:
    assert counted([Stay(first=9, last=8)]).days.sum() == 0


@pytest.mark.parametrize(
    ("step", "band"), [(0, 0), (1, 1), (2, 2), (3, 2), (4, 3), (180, 8), (181, 9), (900, 9)]
)
def test_bands(step: int, band: int) -> None:
    assert band_of(np.array([step]))[0] == band


def test_many_leads_speak_for_themselves() -> None:
    history = [Stay(last=1, end="moved", n=MANY), Stay(last=1, n=3 * MANY)]
    assert rates(counted(history)).move[-1, BEST, 1] == pytest.approx(0.25, rel=1e-3)


def test_a_small_cell_stays_near_its_parent() -> None:
    """Three of three that went on say little beside a thousand of which a tenth did."""
    big = [Stay(grade="C3", last=1, end="moved", n=100), Stay(grade="C3", last=1, n=900)]
    small = [Stay(grade="A1", last=1, end="moved", n=3)]
    found = rates(counted([*big, *small])).move[-1, :, 1]
    assert 0.1 < found[BEST] < 0.25
    assert found[GRADES.index("B2")] == pytest.approx(0.103, abs=0.005)  # of which nothing was seen


def test_a_constant_rate_compounds_by_the_day() -> None:
    found = chances(constant(0.1), days=[7]).standing[7]
    assert found[-1, BEST, 1] == pytest.approx(1 - 0.9**7)
    assert found[-1, BEST, LAST] == pytest.approx(1 - 0.9**7)


def test_who_leaves_is_not_won() -> None:
    days = 4000
    found = chances(constant(0.1, leave=0.3), days=[days]).standing[days]
    assert found[-1, BEST, 1] == pytest.approx(0.25)
    assert found[-2, BEST, 1] == pytest.approx(0.25**2)


def test_two_stages_take_the_days_of_both() -> None:
    """The first day's move may be followed by one of the second stage on the same day."""
    step = constant(0.5)
    found = chances(step, days=[1]).standing[1]
    assert found[-2, BEST, 1] == pytest.approx(0.5 * 0.5)


def test_what_happens_at_once_needs_no_day() -> None:
    at_once = constant(0.0)
    at_once.move[:, :, 0] = 1.0
    assert chances(at_once, days=[0]).arriving[0, 0, BEST] == 1


def test_a_better_score_in_the_next_stage_is_what_counts_there() -> None:
    found = constant(0.0)
    found.move[-1, GRADES.index("C3"), 1:] = 0.0
    found.move[-1, BEST, 1:] = 1.0
    found.move[-2, GRADES.index("C3"), 1:] = 1.0
    turn = np.array(found.turn)
    turn[-2, GRADES.index("C3")] = 0
    turn[-2, GRADES.index("C3"), BEST] = 1
    table = chances(Rates(found.move, found.leave, turn), days=[3]).standing[3]
    assert table[-2, GRADES.index("C3"), 1] == 1


@settings(max_examples=25, deadline=None)
@given(history=st.lists(stays, max_size=30))
def test_chances_are_chances_and_grow_with_time(history: list[Stay]) -> None:
    found = chances(rates(counted(history)), days=[0, 30, 60])
    assert (found.arriving >= 0).all() and (found.arriving <= 1 + 1e-9).all()
    assert (np.diff(found.arriving, axis=0) >= -1e-9).all()
    assert (found.standing[60] >= found.standing[30] - 1e-9).all()


@settings(max_examples=25, deadline=None)
@given(history=st.lists(stays, max_size=30))
def test_counts_lose_no_day_and_no_event(history: list[Stay]) -> None:
    found = counted(history)
    assert found.days.sum() == sum(one.n * (one.last - one.first + 1) for one in history)
    assert found.moved.sum() == sum(one.n for one in history if one.end == "moved") == found.turned.sum()
    assert found.left.sum() == sum(one.n for one in history if one.end == "left")
