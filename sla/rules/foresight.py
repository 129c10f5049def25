"""From the chances of many leads to a number of customers, with the range it will lie in.

What is random: which leads are won, given their chances; how well so few won deals tell the chances;
and that times change, which no chance foresees. The last is learned from how far earlier forecasts
were off, and begins at ``CHANGES`` where there were none.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from math import asin, log, sqrt

import numpy as np
from numpy.typing import NDArray

from funnel.rules.periods import Span, month_start, next_month

from ..enums import Horizon

WINDOWS = (90, 180, 365, 730)
"""Days of history that the chances are taken from: the fewest with ``TELLING`` customers in them."""
TELLING = 50
LEAST_CUSTOMERS, LEAST_DAYS = 30, 90
"""With less history no forecast is made: its range would say that anything may happen."""
ARRIVAL_DAYS = 56
"""New leads are expected at the pace of the last eight weeks."""
CHANGES, AS_IF = 0.2, 4
"""The spread (of logarithms) by changing times before any forecast could be checked, weighing as much
as four checked ones."""
DRAWS, SEED = 4000, 20_260_301
LIKELY = (10, 90)
"""Percentiles between which eight of ten futures lie."""

ALIKE = 0.07
"""Chances that are drawn as one lie so near to each other, as angles: asin(sqrt(chance)), a scale on which
luck weighs everywhere the same."""
ROUNDING = 1e-9

Draws = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Group:
    """``n`` leads with the same chance (0 to 1)."""

    n: int
    chance: float


@dataclass(frozen=True, slots=True)
class Range:
    """``some``: the chance (0 to 1) of anything more than what is won already."""

    mean: float
    low: float
    high: float
    some: float

    @property
    def tells(self) -> bool:
        return tells(self.low, self.mean, self.high)


@dataclass(frozen=True, slots=True)
class History:
    """What there is to learn from: all customers so far, and days since the first lead entered."""

    customers: int
    days: int

    @property
    def is_enough(self) -> bool:
        return self.customers >= LEAST_CUSTOMERS and self.days >= LEAST_DAYS


def span_of(horizon: str, day: dt.date) -> Span:
    """The calendar months that a forecast of ``day`` is about, ``day`` in the first of them."""
    end = next_month(day)
    if horizon == Horizon.THREE:
        end = next_month(next_month(end))
    return Span(month_start(day), end - dt.timedelta(days=1))


def judged_from(horizon: str, starts: Sequence[dt.date], *, least: int, today: dt.date) -> dt.date:
    """The first day on which ``least`` forecasts for the starts of months are over: ``starts`` has those
    that were made, and one follows every month."""
    known, month = sorted(starts), month_start(today)
    while len(known) < least:
        month = next_month(month)
        known.append(month)
    last = span_of(horizon, known[least - 1]).last
    assert last is not None
    return last + dt.timedelta(days=1)


def spread_of(*, wins: int, misses: Sequence[tuple[float, int]]) -> float:
    """Of the logarithm of the result. ``misses``: earlier forecasts (mean, what came true)."""
    off = [log((came + 0.5) / (mean + 0.5)) for mean, came in misses]
    changes = (AS_IF * CHANGES**2 + sum(one**2 for one in off)) / (AS_IF + len(off))
    return float((changes + 1 / max(wins, 1)) ** 0.5)


def futures(groups: Sequence[Group], *, arriving: float, spread: float) -> Draws:
    """Customers in each of many futures; ``arriving``: expected from leads that are yet to come.
    Deterministic: everybody who looks sees the same."""
    random = np.random.default_rng(SEED)
    factor = np.exp(random.normal(0, spread, DRAWS))
    counts = np.array([group.n for group in groups], dtype=np.int64)
    expected = np.array([group.chance for group in groups])
    chances = np.minimum(factor[:, None] * expected[None, :], 1.0)
    won = random.binomial(counts, chances).sum(axis=1) if len(groups) else np.zeros(DRAWS)
    return np.asarray(won + random.poisson(arriving * factor), dtype=float)


def alike(groups: Sequence[Group]) -> list[Group]:
    """Twenty-three groups at most to draw for, with the same leads and the same expected number. The
    variance grows by half a percent at most (half of the leads at either end of a step), a range by half
    of that."""
    sums: dict[int, tuple[int, float]] = {}
    for group in groups:
        if group.n and group.chance > 0:
            step = int(asin(sqrt(group.chance)) / ALIKE)
            n, expected = sums.get(step, (0, 0.0))
            sums[step] = n + group.n, expected + group.n * group.chance
    return [Group(n, expected / n) for _step, (n, expected) in sorted(sums.items())]


def customers(draws: Draws, *, mean: float, won: int) -> Range:
    """``won``: those that are won already and certain; ``mean``: of what the draws draw."""
    low, high = np.percentile(draws, LIKELY)
    return Range(won + mean, won + float(low), won + float(high), float((draws > 0).mean()))


def tells(low: float, mean: float, high: float) -> bool:
    """Whether a range says something. Of one deal it does not: nothing comes in nine of ten futures, and
    what is expected lies far above nothing."""
    return low <= mean * (1 + ROUNDING) and mean * (1 - ROUNDING) <= high
