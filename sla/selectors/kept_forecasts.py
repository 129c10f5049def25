"""Forecasts as they were kept, and how well they held."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from funnel.rules.report import Filters

from ..models import ForecastFigure, ForecastRevenue, ForecastSnapshot
from ..rules.foresight import Group, Range, alike, customers, futures
from ..rules.revenue import Past, Revenue, revenues
from .forecast_places import rows_of
from .foresight import Cell, Place, coming, placed

Kept = TypeVar("Kept", ForecastFigure, ForecastRevenue)
LEAST_CHECKED = 3
"""Fewer checked forecasts say nothing about how well they hold."""


@dataclass(frozen=True, slots=True)
class Part:
    """Of some open leads only: nobody knows yet whose the new ones will be, nor where they come from."""

    cells: list[Cell]
    customers: Range
    revenues: list[Revenue]


@dataclass(frozen=True, slots=True)
class Chanced:
    """Open leads that were given a chance from ``low`` to ``high`` (0 to 1), and how many were won."""

    low: float
    high: float
    leads: int
    expected: float
    won: int


@dataclass(frozen=True, slots=True)
class Checked(Generic[Kept]):
    """Forecasts for the starts of months that are over. ``inside``: how many ranges held;
    ``error``: how far off the expected number was on average, in percent of what came; ``bias``: by
    how much all of them together were too high (positive) or too low."""

    kept: list[Kept]
    inside: int
    error: float | None
    bias: float | None

    @property
    def is_enough(self) -> bool:
        return len(self.kept) >= LEAST_CHECKED


@dataclass(frozen=True, slots=True)
class Held:
    """``revenues``: by currency, in the order of the latest forecast; ``starts``: of months for which a
    forecast was made, over or not."""

    customers: Checked[ForecastFigure]
    revenues: dict[str, Checked[ForecastRevenue]]
    by_chance: list[Chanced]
    starts: list[dt.date]


def latest() -> ForecastSnapshot | None:
    """Whether places are kept with it is known; what they are is read when it is needed."""
    found = ForecastSnapshot.objects.select_related("places").defer("places__groups", "places__journeys")
    return found.prefetch_related("figures__revenues").first()


def cells_of(snapshot: ForecastSnapshot) -> list[Cell]:
    return [Cell(*row) for row in snapshot.cells]


def part_of(snapshot: ForecastSnapshot, figure: ForecastFigure, filters: Filters) -> Part:
    """By the chances of the snapshot, for the open leads that the filter asks for; one statement."""
    chance = {(cell.stage, cell.grade, cell.band): cell.chance for cell in cells_of(snapshot)}
    rows = rows_of(snapshot, filters)
    counts: dict[Place, int] = {}
    for row in rows:
        place = placed(row)
        counts[place] = counts.get(place, 0) + row.n
    cells = [Cell(*place, n, chance[place]) for place, n in counts.items() if place in chance]
    groups = [Group(cell.n, cell.chance[figure.horizon]) for cell in cells]
    draws = futures(alike(groups), arriving=0, spread=figure.spread)
    past = past_of(snapshot)
    in_period = {place: by_horizon[figure.horizon] for place, by_horizon in chance.items()}
    open_ = coming(rows, in_period, past, arriving={})
    open_ = replace(open_, leads={key: alike(leads) for key, leads in open_.leads.items()})
    return Part(
        cells,
        customers(draws, mean=sum(one.n * one.chance for one in groups), won=0),
        revenues(open_, past, spread=figure.spread, won={}) if past.bins else [],
    )


def past_of(snapshot: ForecastSnapshot) -> Past:
    """As it was kept with the forecast."""
    bins, kept = snapshot.past.get("bins", {}), snapshot.past.get("kept", {})
    return Past(
        {key: [(currency, amount, n) for currency, amount, n in rows] for key, rows in bins.items()},
        {currency: (ratio, error) for currency, (ratio, error) in kept.items()},
    )


def held(horizon: str) -> Held:
    """Two statements."""
    made = ForecastFigure.objects.filter(horizon=horizon, snapshot__day__day=1).order_by("first_day")
    every = list(made.select_related("snapshot").prefetch_related("revenues"))
    figures = [figure for figure in every if figure.came is not None]
    by_currency: dict[str, list[ForecastRevenue]] = {}
    for figure in reversed(figures):
        for revenue in figure.revenues.all():
            revenue.figure = figure
            by_currency.setdefault(revenue.currency, []).insert(0, revenue)
    return Held(
        customers=_checked(figures),
        revenues={currency: _checked(kept) for currency, kept in by_currency.items()},
        by_chance=_by_chance(figures),
        starts=[figure.snapshot.day for figure in every],
    )


def _checked(kept: list[Kept]) -> Checked[Kept]:
    came = float(sum(one.came or 0 for one in kept))
    off = [one.mean - float(one.came or 0) for one in kept]
    return Checked(
        kept=kept,
        inside=sum(bool(one.held) for one in kept),
        error=100 * sum(map(abs, off)) / came if came else None,
        bias=100 * sum(off) / came if came else None,
    )


def _by_chance(figures: Sequence[ForecastFigure]) -> list[Chanced]:
    sums: dict[tuple[float, float], tuple[int, float, int]] = {}
    for figure in figures:
        for low, high, leads, expected, won in figure.by_chance:
            before = sums.get((low, high), (0, 0.0, 0))
            sums[low, high] = before[0] + leads, before[1] + expected, before[2] + won
    return [Chanced(low, high, *row) for (low, high), row in sorted(sums.items()) if row[0]]
