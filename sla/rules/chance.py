"""How sure is a plan? Rates are measured on so many leads and no more, and luck comes on top.

Each step's rate has a Beta distribution: what was measured, on top of one success and one failure
(Laplace's uniform prior, which also keeps a step without any history honest: it knows nothing).
Each draw takes the leads through the funnel, binomially, and counts the customers. What they bring is
drawn from the amounts of won deals, which are a sample too, so each future weighs them anew (Bayesian
bootstrap); a sale that somebody typed is taken as certain.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from funnel.enums import STAGES, Stage

from .goal import STEPS, Measured

DRAWS = 20_000
SEED = 20_260_301
"""Fixed: the same plan shows the same chance to everybody who looks."""
LIKELY = (10, 90)
"""Percentiles between which eight of ten futures lie."""
JUST = 1 - 1e-9
"""Of the goal: what sums of fractions may lack by rounding alone."""

Lots = tuple[tuple[float, int], ...]
"""Amounts, and how many deals had each."""
Table = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Sales:
    """The ``revenue`` that is to come, and the ``lots`` that what one customer brings is drawn from."""

    revenue: float
    lots: Lots


@dataclass(frozen=True, slots=True)
class Chance:
    """``percent`` of the futures in which the goal is reached; ``low``, ``middle`` and ``high``: customers
    at the 10th, 50th and 90th percentile; ``risk``: the share of the uncertainty (percent) that each step
    brings in, by the stage reached, and ``sale_risk`` what a sale brings in; together they are 100.
    ``revenue``: at the 10th and 90th percentile, None where the sale is certain."""

    percent: float
    low: int
    middle: int
    high: int
    risk: dict[Stage, float] = field(default_factory=dict)
    sale_risk: float = 0.0
    revenue: tuple[float, float] | None = None


def chance(
    *,
    stage: Stage,
    count: int,
    goal: int,
    history: Mapping[Stage, Measured],
    sales: Sales | None = None,
    draws: int = DRAWS,
) -> Chance:
    """What becomes of ``count`` leads in ``stage``, by what was measured. Deterministic. The goal is reached
    with ``goal`` customers, or where ``sales`` are given, with their revenue."""
    return _chance(stage, count, goal, tuple(history.items()), sales, draws)


@lru_cache(maxsize=64)
def _chance(
    stage: Stage,
    count: int,
    goal: int,
    known_rates: tuple[tuple[Stage, Measured], ...],
    sales: Sales | None,
    draws: int,
) -> Chance:
    """Kept, because a plan is looked at more often than what was measured changes."""
    random, history = np.random.default_rng(SEED), dict(known_rates)
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
    reached, of_sale, revenue = leads >= goal, 0.0, None
    if sales:
        weights = _weights(sales.lots, draws, random)
        brought = random.multinomial(leads, weights) @ _amounts(sales.lots)
        reached, of_sale = brought >= JUST * sales.revenue, _spread(sales.lots, weights, float(leads.mean()))
        least, most = (float(value) for value in np.percentile(brought, LIKELY))
        revenue = least, most
    low, middle, high = (int(value) for value in np.percentile(leads, [LIKELY[0], 50, LIKELY[1]]))
    whole = sum(spreads.values()) + of_sale
    return Chance(
        percent=float(reached.mean() * 100),
        low=low,
        middle=middle,
        high=high,
        risk={after: 100 * part / whole for after, part in spreads.items()} if whole else {},
        sale_risk=100 * of_sale / whole if whole else 0.0,
        revenue=revenue,
    )


def _amounts(lots: Lots) -> Table:
    return np.array([amount for amount, _n in lots])


def _weights(lots: Lots, draws: int, random: np.random.Generator) -> Table:
    """How likely each amount is, in each future."""
    found = random.gamma([n for _amount, n in lots], size=(draws, len(lots)))
    return found / found.sum(axis=1, keepdims=True)


def _spread(lots: Lots, weights: Table, customers: float) -> float:
    """As of a step: of not knowing the mean, and of what so many sales happen to be."""
    amounts, counts = _amounts(lots), np.array([n for _amount, n in lots])
    mean = float(np.average(amounts, weights=counts))
    luck = float(np.average((amounts / mean - 1) ** 2, weights=counts)) / max(customers, 1.0)
    return float(np.var(np.log(weights @ amounts))) + luck
