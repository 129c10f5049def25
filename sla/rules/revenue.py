"""From the chances of open leads to revenue, by currency, with the range it will lie in.

A lead with a deal brings the deal's amount, as far as such amounts held when deals were won. A lead
without one brings what a customer of the past brought, drawn from all of them: most bring little, a few
very much, some nothing, and a normal curve would know none of this. What was drawn from is itself a
sample, so each of ``WORLDS`` weighs the past customers anew (Bayesian bootstrap).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from .foresight import DRAWS, LIKELY, SEED, Group, tells

ALL = "all"
"""The key of all past customers, whatever their level."""
ENOUGH = 20
"""Customers of a level who brought something, from which on it is drawn from alone."""
LEAST = 10
"""Customers who brought something in a currency, from which on it is foreseen without an open deal in it:
as long as hardly anybody has an amount, nobody knows what amounts there will be."""
BINS, EXACT = 40, 20
"""Amounts of a currency are kept in so many lots of equal size, the greatest ones each for itself."""
AS_IF, OFF = 5, 0.25
"""What was hoped for and what came are compared as if so many more deals had been won, each of the mean
amount: all together they brought what was hoped, each off by this part of it."""
WORLDS, AT_ONCE = 50, 40
ONE_BY_ONE = 300
"""Deals that are drawn each for itself, those that matter most first; of the rest the sum is drawn."""

Table = NDArray[np.float64]
Bin = tuple[str, float, int]
"""Currency ("": brought nothing), amount of each, and how many customers brought it."""


@dataclass(frozen=True, slots=True)
class Customer:
    """``n`` past customers; ``hoped``: what stood there until the deal was won, None where not known."""

    level: str
    currency: str
    amount: float
    hoped: float | None
    n: int


@dataclass(frozen=True, slots=True)
class Past:
    """What customers brought: by level where it has enough deals, and of ``ALL``; and ``kept``, by
    currency: what part of the amounts hoped for came when deals were won, and its standard error."""

    bins: Mapping[str, Sequence[Bin]] = field(default_factory=dict)
    kept: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    def key(self, level: str) -> str:
        return level if level in self.bins else ALL

    def mean(self, key: str, currency: str) -> float:
        bins = self.bins.get(key, ())
        n = sum(count for _currency, _amount, count in bins)
        return sum(amount * count for one, amount, count in bins if one == currency) / n if n else 0.0

    @property
    def currencies(self) -> list[str]:
        """Those that are foreseen, that of most customers first."""
        counts: dict[str, int] = {}
        for currency, amount, count in self.bins.get(ALL, ()):
            if amount:
                counts[currency] = counts.get(currency, 0) + count
        told = (currency for currency, count in counts.items() if count >= LEAST)
        return sorted(told, key=lambda one: (-counts[one], one))


@dataclass(frozen=True, slots=True)
class Deal:
    """An open deal and its chance to be won in the period."""

    chance: float
    amount: float
    currency: str


@dataclass(frozen=True, slots=True)
class Coming:
    """What may bring revenue: open leads without a deal by level (``ALL`` or one of ``Past.bins``), deals,
    and how many customers are expected from leads that are yet to come, by level."""

    leads: Mapping[str, Sequence[Group]] = field(default_factory=dict)
    deals: Sequence[Deal] = ()
    arriving: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Revenue:
    """Of one currency: ``won`` already; expected from ``deals``, from leads that are ``open`` without a
    deal, and from those ``arriving``; ``low`` to ``high``, with what is won, in eight of ten futures;
    ``some``: the chance (0 to 1) of anything more than what is won."""

    currency: str
    won: float
    deals: float
    open: float
    arriving: float
    low: float
    high: float
    some: float

    @property
    def mean(self) -> float:
        return self.won + self.deals + self.open + self.arriving

    @property
    def tells(self) -> bool:
        return tells(self.low, self.mean, self.high)


def learned(customers: Iterable[Customer]) -> Past:
    rows = sorted(customers, key=lambda row: (row.level, row.currency, row.amount))
    own = {}
    for level, found in groupby(rows, key=lambda row: row.level):
        mine = list(found)
        if level and sum(row.n for row in mine if row.amount) >= ENOUGH:
            own[level] = _bins(mine)
    return Past({**own, ALL: _bins(rows)} if rows else {}, _kept(rows))


def _bins(rows: Sequence[Customer]) -> list[Bin]:
    """Sums and counts stay exactly what they were."""
    found: list[Bin] = []
    for currency in sorted({row.currency for row in rows}):
        mine = [row for row in rows if row.currency == currency]
        amounts = np.repeat([row.amount for row in mine], [row.n for row in mine])
        found += [(currency, amount, n) for amount, n in in_lots(amounts)]
    return found


def in_lots(amounts: Table) -> list[tuple[float, int]]:
    """Many amounts as few: the mean of each lot, and how many lie in it."""
    amounts = np.sort(amounts)
    rest = max(len(amounts) - EXACT, 0)
    lots = [lot for lot in np.array_split(amounts[:rest], BINS) if len(lot)]
    lots += [np.array([amount]) for amount in amounts[rest:]]
    return [(float(lot.mean()), len(lot)) for lot in lots]


def _kept(rows: Sequence[Customer]) -> dict[str, tuple[float, float]]:
    """A ratio of sums, so that a great deal counts more than a small one; its error by the usual
    linearisation. Few wins, or wins all alike, say little of the next one: see ``AS_IF``."""
    found = {}
    for currency in {row.currency for row in rows if row.currency}:
        told = [
            (row.amount, row.hoped, row.n)
            for row in rows
            if row.currency == currency and row.hoped is not None
        ]
        hoped = sum(was * n for _amount, was, n in told)
        if hoped:
            each = hoped / sum(n for _amount, _was, n in told)
            whole = hoped + AS_IF * each
            ratio = (sum(amount * n for amount, _was, n in told) + AS_IF * each) / whole
            off = sum(n * (amount - ratio * was) ** 2 for amount, was, n in told)
            off += AS_IF * (OFF * each) ** 2
            found[currency] = (ratio, float(off**0.5 / whole))
    return found


def revenues(coming: Coming, past: Past, *, spread: float, won: Mapping[str, float]) -> list[Revenue]:
    """By currency, that of most customers first. ``spread``: of the logarithm of how many are won, as
    ``foresight.futures`` takes it, with the same draws. A currency with neither enough past nor an open
    deal has what is won in it, and else is left out. Deterministic."""
    factor = np.exp(np.random.default_rng(SEED).normal(0, spread, DRAWS))
    random = np.random.default_rng(SEED + 1)
    currencies = list(dict.fromkeys([*past.currencies, *sorted({deal.currency for deal in coming.deals})]))
    sums = {currency: np.zeros(DRAWS) for currency in currencies}
    for key in sorted({*coming.leads, *coming.arriving}):
        wins = _wins(coming.leads.get(key, ()), coming.arriving.get(key, 0.0), factor, random)
        for currency, brought in _brought(wins, past.bins.get(key, ()), random).items():
            if currency in sums:
                sums[currency] += brought
    for currency in currencies:
        deals = [deal for deal in coming.deals if deal.currency == currency]
        ratio, error = past.kept.get(currency, (1.0, 0.0))
        held = np.maximum(random.normal(ratio, error, DRAWS), 0)
        sums[currency] += held * _deals(deals, factor, random)
    found = [_revenue(currency, sums[currency], coming, past, won.get(currency, 0.0)) for currency in sums]
    certain = sorted(currency for currency, amount in won.items() if amount and currency not in sums)
    return found + [Revenue(one, won[one], 0.0, 0.0, 0.0, won[one], won[one], 0.0) for one in certain]


def _revenue(currency: str, draws: Table, coming: Coming, past: Past, won: float) -> Revenue:
    low, high = (float(end) for end in np.percentile(draws, LIKELY))
    ratio, _error = past.kept.get(currency, (1.0, 0.0))
    return Revenue(
        currency=currency,
        won=won,
        deals=ratio * sum(deal.chance * deal.amount for deal in coming.deals if deal.currency == currency),
        open=sum(
            past.mean(key, currency) * sum(group.n * group.chance for group in groups)
            for key, groups in coming.leads.items()
        ),
        arriving=sum(past.mean(key, currency) * n for key, n in coming.arriving.items()),
        low=won + low,
        high=won + high,
        some=float((draws > 0).mean()),
    )


def _wins(
    groups: Sequence[Group], arriving: float, factor: Table, random: np.random.Generator
) -> NDArray[np.int64]:
    wins = random.poisson(arriving * factor)
    for group in merged(groups):
        wins += random.binomial(group.n, np.minimum(factor * group.chance, 1.0))
    return wins


def merged(groups: Sequence[Group]) -> list[Group]:
    """Chances within a twentieth of each other are one: what is expected stays as it was."""
    sums: dict[int, tuple[int, float]] = {}
    for group in groups:
        if group.n and group.chance > 0:
            place = int(np.floor(np.log(group.chance) / np.log(1.05)))
            n, expected = sums.get(place, (0, 0.0))
            sums[place] = n + group.n, expected + group.n * group.chance
    return [Group(n, expected / n) for _place, (n, expected) in sorted(sums.items())]


def _brought(wins: NDArray[np.int64], bins: Sequence[Bin], random: np.random.Generator) -> dict[str, Table]:
    """What so many customers bring, each drawn from the bins."""
    if not bins:
        return {}
    counts = np.array([count for _currency, _amount, count in bins], dtype=float)
    currencies = sorted({currency for currency, _amount, _count in bins if currency})
    worth = np.array([[amount * (one == currency) for currency in currencies] for one, amount, _n in bins])
    parts = []
    for some in np.array_split(wins, WORLDS):
        weights = random.gamma(counts)
        parts.append(random.multinomial(some, weights / weights.sum()) @ worth)
    brought = np.concatenate(parts)
    return {currency: brought[:, place] for place, currency in enumerate(currencies)}


def _deals(deals: Sequence[Deal], factor: Table, random: np.random.Generator) -> Table:
    """Each for itself, as far as it matters; of the many small ones the sum, whose mean and variance are
    exact in every future."""
    if not deals:
        return np.zeros(len(factor))
    chances, amounts = np.array([(deal.chance, deal.amount) for deal in deals]).T
    order = np.argsort(-chances * (1 - chances) * amounts**2, kind="stable")
    great, rest = order[:ONE_BY_ONE], order[ONE_BY_ONE:]
    sums = _drawn(chances[great], amounts[great], factor, random)
    return sums + _summed(chances[rest], amounts[rest], factor, random) if len(rest) else sums


def _drawn(chances: Table, amounts: Table, factor: Table, random: np.random.Generator) -> Table:
    """Some futures at a time: the tables of all of them would not stay in the processor's cache."""
    parts = []
    for some in np.array_split(factor, AT_ONCE):
        won = random.random((len(some), len(chances))) < _in_each(some, chances)
        parts.append(won @ amounts)
    return np.concatenate(parts)


def _summed(chances: Table, amounts: Table, factor: Table, random: np.random.Generator) -> Table:
    """Deals of the same chance at once: there are thousands, and they stand in a few places."""
    each, place = np.unique(chances, return_inverse=True)
    chances = _in_each(factor, each)
    spread = np.sqrt((chances * (1 - chances)) @ np.bincount(place, weights=amounts**2))
    mean = chances @ np.bincount(place, weights=amounts)
    return np.maximum(mean + random.normal(0, 1, len(factor)) * spread, 0)


def _in_each(factor: Table, chances: Table) -> Table:
    """A row for each future, a column for each chance."""
    return np.minimum(factor[:, None] * chances[None, :], 1.0)
