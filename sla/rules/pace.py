"""How will the period end at this rate? What is done stays done; what is to come is uncertain.

Counts: arrivals are a Poisson process whose rate was seen over some time, so what is to come has a
negative binomial distribution; ``spread`` widens it where past weeks differed more than chance alone
would make them. Shares: a Beta distribution of what was kept so far (on top of one kept and one broken,
Laplace's prior) gives a beta-binomial one for those still undecided.

Quantiles are exact sums, not draws: more done never gives a lower range.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, lgamma, log, sqrt
from statistics import fmean, variance
from typing import Any

import numpy as np

LIKELY = (0.1, 0.9)
"""Between these quantiles eight of ten futures lie."""
WILDEST = 5.0
WEEKS_NEEDED = 4
"""Fewer weeks say nothing of how much weeks differ."""
FAIR_SHARE = 1e-9


@dataclass(frozen=True, slots=True)
class Pace:
    """``middle``: what the period ends with at this rate; ``low`` to ``high`` hold it and eight of ten
    futures. ``chance``: percent of the futures that reach the plan, None without one."""

    low: float
    middle: float
    high: float
    chance: float | None = None


def pace_of_count(
    *, done: int, seen: int, passed: float, left: float, spread: float = 1.0, plan: int | None = None
) -> Pace | None:
    """``done`` in the period so far, ``left`` time of it to come; the rate is that of the ``seen`` in the
    ``passed`` time (of the same unit) until now. None: no time has passed, so there is no rate."""
    if left <= 0:
        return Pace(done, done, done, _certain(done, plan))
    if passed <= 0:
        return None
    # Half an arrival more than seen (Jeffreys' prior): none so far does not mean none ever.
    ahead = (seen + 0.5) / passed * left
    futures = _negative_binomial(ahead, spread * (1 + left / passed))
    return _pace(futures, round(seen / passed * left), done, plan, scale=1)


def pace_of_share(
    *, kept: int, decided: int, waiting: int, past: tuple[int, int] = (0, 0), target: float | None = None
) -> Pace | None:
    """In percent. ``waiting``: those still to be decided, or still to come; ``past``: kept and decided
    before the period, which weigh as much. None: nothing was ever decided, or nothing will be."""
    whole = decided + waiting
    if not whole:
        return None
    goal = None if target is None else ceil(target * whole / 100 - FAIR_SHARE)
    if not waiting:
        share = 100 * kept / decided
        return Pace(share, share, share, _certain(kept, goal))
    known_kept, known = kept + past[0], decided + past[1]
    if not known:
        return None
    futures = _beta_binomial(waiting, known_kept + 1, known - known_kept + 1)
    return _pace(futures, waiting * known_kept / known, kept, goal, scale=100 / whole)


def spread_of(weeks: Sequence[int]) -> float:
    """Variance of the weeks' counts over their mean, at least the 1 of pure chance."""
    if len(weeks) < WEEKS_NEEDED or not any(weeks):
        return 1.0
    return min(max(1.0, variance(weeks) / fmean(weeks)), WILDEST)


def _pace(futures: Any, middle: float, done: int, goal: int | None, *, scale: float) -> Pace:
    low, high = (float(place) for place in np.searchsorted(futures, LIKELY))
    return Pace(
        low=scale * (done + min(low, middle)),
        middle=scale * (done + middle),
        high=scale * (done + max(high, middle)),
        chance=None if goal is None else _chance(futures, goal - done),
    )


def _chance(futures: Any, missing: int) -> float:
    """Percent of the futures with at least ``missing``."""
    if missing <= 0:
        return 100.0
    return 100 * (1 - float(futures[missing - 1])) if missing <= len(futures) else 0.0


def _certain(done: int, goal: int | None) -> float | None:
    return None if goal is None else 100.0 * (done >= goal)


def _negative_binomial(mean: float, ratio: float) -> Any:
    """Cumulated from 0 on; ``ratio``: variance over mean, above 1."""
    shape = mean / (ratio - 1)
    top = ceil(mean + 12 * sqrt(mean * ratio) + 40 * ratio)
    steps = np.arange(top, dtype=np.float64)
    logs = np.log((shape + steps) / (steps + 1)) + log(1 - 1 / ratio)
    return _cumulated(-shape * log(ratio), logs)


def _beta_binomial(trials: int, kept: int, broken: int) -> Any:
    """Cumulated from 0 to ``trials``."""
    steps = np.arange(trials, dtype=np.float64)
    logs = np.log((trials - steps) * (kept + steps)) - np.log((steps + 1) * (broken + trials - 1 - steps))
    none = lgamma(broken + trials) + lgamma(kept + broken) - lgamma(broken) - lgamma(kept + broken + trials)
    return _cumulated(none, logs)


def _cumulated(first: float, ratios: Any) -> Any:
    """From the logarithms of the first probability and of each one over the one before."""
    logs = np.concatenate(([first], first + np.cumsum(ratios)))
    sums = np.cumsum(np.exp(logs))
    return sums / sums[-1]
