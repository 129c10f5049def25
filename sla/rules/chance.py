"""How sure is a plan? Rates are measured on so many leads and no more, and luck comes on top.

Each step's rate has a Beta distribution: what was measured, on top of one success and one failure
(Laplace's uniform prior, which also keeps a step without any history honest: it knows nothing).
Each draw takes the leads through the funnel, binomially, and counts the customers.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from funnel.enums import STAGES, Stage

from .goal import STEPS, Measured

DRAWS = 20_000
SEED = 20_260_301
"""Fixed: the same plan shows the same chance to everybody who looks."""
LIKELY = (10, 90)
"""Percentiles between which eight of ten futures lie."""


@dataclass(frozen=True, slots=True)
class Chance:
    """``percent`` of the futures in which at least ``goal`` customers come; ``low``, ``middle`` and
    ``high``: customers at the 10th, 50th and 90th percentile; ``risk``: the share of the uncertainty
    (percent) that each step brings in, by the stage reached; the shares add up to 100."""

    percent: float
    low: int
    middle: int
    high: int
    risk: dict[Stage, float]


def chance(
    *, stage: Stage, count: int, goal: int, history: Mapping[Stage, Measured], draws: int = DRAWS
) -> Chance:
    """What becomes of ``count`` leads in ``stage``, by what was measured. Deterministic."""
    random = np.random.default_rng(SEED)
    leads = np.full(draws, count, dtype=np.int64)
    spreads: dict[Stage, float] = {}
    for _before, after in STEPS[STAGES.index(stage) :]:
        known = history[after]
        rates = random.beta(known.reached + 1, known.entered - known.reached + 1, size=draws)
        arrived = float(leads.mean())
        leads = random.binomial(leads, rates)
        # Variances of logarithms add up along the steps: of not knowing the rate, and of luck.
        luck = (1 - rates.mean()) / max(arrived * rates.mean(), 1.0)
        spreads[after] = float(np.var(np.log(rates))) + float(luck)
    low, middle, high = (int(value) for value in np.percentile(leads, [LIKELY[0], 50, LIKELY[1]]))
    whole = sum(spreads.values())
    return Chance(
        percent=float((leads >= goal).mean() * 100),
        low=low,
        middle=middle,
        high=high,
        risk={after: 100 * part / whole for after, part in spreads.items()},
    )
