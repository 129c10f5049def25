"""How sure the weights of groups of leads are.

What an MQL brings is nothing in most cases and very different sums in the others: no normal curve fits.
So nothing is assumed of its shape. Each group's MQLs, and the average ones that it borrows, are weighed
anew many times (a Dirichlet process around all MQLs: the Bayesian bootstrap with borrowed leads). All
groups are drawn together, because a weight says what one is worth beside all others.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from .foresight import LIKELY, SEED
from .revenue import in_lots

DRAWS = 1000

Deals = tuple[tuple[Decimal, int], ...]
"""Amounts of won deals, and how many had each."""
Table = NDArray[np.float64]


def ranges(groups: Mapping[str, tuple[int, Deals]], *, lent: int) -> dict[str, tuple[float, float]]:
    """``groups``: MQLs and the deals won among them; ``lent``: how many of the average each borrows.
    Where eight of ten weights lie, by group; nothing was brought: empty. Deterministic."""
    return dict(_ranges(tuple(groups.items()), lent))


@lru_cache(maxsize=32)
def _ranges(
    groups: tuple[tuple[str, tuple[int, Deals]], ...], lent: int
) -> tuple[tuple[str, tuple[float, float]], ...]:
    """Kept, because a plan is reckoned anew with every key that is typed."""
    leads = sum(n for _group, (n, _deals) in groups)
    if not leads or not any(amount for _group, (_n, deals) in groups for amount, _count in deals):
        return ()
    random = np.random.default_rng(SEED)
    every = _lots([deal for _group, (_n, deals) in groups for deal in deals])
    worths = []
    for _group, (n, deals) in groups:
        own, borrowed = _weighed(n, _lots(deals), 1.0, random), _weighed(leads, every, lent / leads, random)
        worths.append((own[0] + borrowed[0]) / (own[1] + borrowed[1]))
    shares = np.array([n / leads for _group, (n, _deals) in groups])
    drawn = np.array(worths)
    weights = drawn / (shares @ drawn)
    low, high = np.percentile(weights, LIKELY, axis=1)
    return tuple((group, (float(low[at]), float(high[at]))) for at, (group, _seen) in enumerate(groups))


def _weighed(
    leads: int, lots: tuple[Table, Table], each: float, random: np.random.Generator
) -> tuple[Table, Table]:
    """Sums of what leads brought, and of their weights, which are ``each`` on average."""
    amounts, counts = lots
    weights = random.gamma(counts * each, size=(DRAWS, len(counts)))
    nothing = leads - counts.sum()
    rest = random.gamma(nothing * each, size=DRAWS) if nothing > 0 else np.zeros(DRAWS)
    return weights @ amounts, weights.sum(axis=1) + rest


def _lots(deals: Sequence[tuple[Decimal, int]]) -> tuple[Table, Table]:
    amounts = np.repeat([float(amount) for amount, _n in deals], [n for _amount, n in deals])
    lots = in_lots(amounts)
    return np.array([amount for amount, _n in lots]), np.array([n for _amount, n in lots], dtype=float)
