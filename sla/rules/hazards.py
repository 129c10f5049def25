"""How leads go on through the funnel, day by day: the chance to be won within so many days.

A *stay* is the time of one journey in one stage. On each day of a stay the lead moves on, leaves, or
stays; how likely that is depends on the stage, on how long it has stood there (bands of days) and on
the score it had when it came there. Rates are events per day at risk, so a stay that is still going
on, or that began before the history that is looked at, counts for exactly the days that were seen.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from funnel.enums import STAGES, Stage

STEPS = len(STAGES) - 1
GRADES: tuple[str, ...] = (*(fit + engagement for fit in "ABC" for engagement in "123"), "")
"""Scores when the stage was reached; "": without any score, as imported leads are."""
BAND_STARTS = (0, 1, 2, 4, 8, 15, 31, 61, 91, 181)
"""First step of each band. Step 0 is the moment of arrival ("at once"), step n the n-th day."""
LAST = BAND_STARTS[-1]
PRIOR = 2.0
"""What is known of a small cell before its own leads: as if two events had been seen at its parent's
pace. Parents: of a stage, band and score the stage and band; of that the stage."""

Table = NDArray[np.float64]


class Stay(Protocol):
    """``n`` stays that are alike; see ``funnel.selectors.stood.Stay``, as which they are read."""

    @property
    def stage(self) -> str: ...
    @property
    def grade(self) -> str: ...
    @property
    def first(self) -> int: ...
    @property
    def last(self) -> int: ...
    @property
    def end(self) -> str: ...
    @property
    def then(self) -> str: ...
    @property
    def n(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Counts:
    """By stage, score and band; ``turned``: of those that moved, by stage, score and the next score."""

    days: Table
    moved: Table
    left: Table
    turned: Table


@dataclass(frozen=True, slots=True)
class Rates:
    """Daily chances by stage, score and band; ``turn``: to which score a move leads."""

    move: Table
    leave: Table
    turn: Table


@dataclass(frozen=True, slots=True)
class Chances:
    """To be won within 0, 1, 2 … days: ``arriving`` in a stage now, by day, stage and score; and
    ``standing`` in it for some steps, by the days that were asked for: by stage, score and step."""

    arriving: Table
    standing: dict[int, Table]


def counted(stays: Sequence[Stay]) -> Counts:
    shape = (STEPS, len(GRADES), len(BAND_STARTS))
    days, moved, left = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    turned = np.zeros((STEPS, len(GRADES), len(GRADES)))
    if not stays:
        return Counts(days, moved, left, turned)
    place = {stage.value: number for number, stage in enumerate(STAGES)}
    grade = {name: number for number, name in enumerate(GRADES)}
    stage = np.array([place[one.stage] for one in stays])
    score = np.array([grade[one.grade] for one in stays])
    first, last = (np.array([getattr(one, name) for one in stays]) for name in ("first", "last"))
    n = np.array([one.n for one in stays], dtype=float)
    for band, (start, end) in enumerate(zip(BAND_STARTS, (*BAND_STARTS[1:], 10**9), strict=True)):
        within = np.clip(np.minimum(last + 1, end) - np.maximum(first, start), 0, None)
        np.add.at(days[:, :, band], (stage, score), within * n)
    ended = band_of(last)
    for table, name in ((moved, "moved"), (left, "left")):
        did = np.array([one.end == name for one in stays])
        np.add.at(table, (stage[did], score[did], ended[did]), n[did])
    for one in stays:
        if one.end == "moved":
            turned[place[one.stage], grade[one.grade], grade[one.then]] += one.n
    return Counts(days, moved, left, turned)


def band_of(steps: NDArray[np.int64]) -> NDArray[np.intp]:
    return np.searchsorted(BAND_STARTS, steps, side="right") - 1


def rates(counts: Counts) -> Rates:
    """Each cell begins with what its parent knows, and soon says more than that by itself."""
    move, leave = (_smoothed(events, counts.days) for events in (counts.moved, counts.left))
    both = np.maximum(move + leave, 1.0)
    return Rates(move / both, leave / both, _turns(counts.turned))


def _smoothed(events: Table, days: Table) -> Table:
    whole = (events.sum((1, 2)) + 0.5) / (days.sum((1, 2)) + 1.0)
    band = _pulled(events.sum(1), days.sum(1), np.minimum(whole, 1.0)[:, None])
    return _pulled(events, days, band[:, None, :])


def _pulled(events: Table, days: Table, parent: Table) -> Table:
    return np.minimum((events + PRIOR) / (days + PRIOR / parent), 1.0)


def _turns(turned: Table) -> Table:
    """Where nobody moved yet, the score stays what it was."""
    own = PRIOR * np.eye(len(GRADES))
    found = turned + own
    return found / found.sum(-1, keepdims=True)


def chances(rates: Rates, *, days: Collection[int]) -> Chances:
    """Backwards from the last stage, a day at a time: a move leads to the next stage on the same day,
    a day's stay to the next step with a day less to go."""
    band = band_of(np.arange(LAST + 1))
    move, leave = rates.move[..., band], rates.leave[..., band]
    stay = 1 - move - leave
    before = np.zeros_like(move)
    arriving = np.zeros((max(days, default=0) + 1, *move.shape[:2]))
    standing = {}
    for left in range(len(arriving)):
        now = _a_day_more(before, rates.turn, move, stay, first=left == 0)
        arriving[left] = now[:, :, 0]
        if left in days:
            standing[left] = now
        before = now
    return Chances(arriving, standing)


def _a_day_more(before: Table, turn: Table, move: Table, stay: Table, *, first: bool) -> Table:
    """With no day left (``first``) only what happens at once can still happen."""
    now = np.zeros_like(before)
    for place in reversed(range(STEPS)):
        ahead = np.ones(len(GRADES)) if place == STEPS - 1 else turn[place] @ now[place + 1, :, 0]
        if not first:
            tomorrow = np.concatenate([before[place, :, 2:], before[place, :, -1:]], axis=1)
            now[place, :, 1:] = move[place, :, 1:] * ahead[:, None] + stay[place, :, 1:] * tomorrow
        now[place, :, 0] = move[place, :, 0] * ahead + stay[place, :, 0] * now[place, :, 1]
    return now


def stage_place(stage: str) -> int:
    return STAGES.index(Stage(stage))
