"""Forecasts as they were kept, and how well they held."""

from collections.abc import Sequence
from dataclasses import dataclass

from funnel.selectors.stood import midnight, stood

from ..models import ForecastFigure, ForecastSnapshot
from ..rules.foresight import Group, Range, customers, futures
from .foresight import Cell, Place, placed

LEAST_CHECKED = 3
"""Fewer checked forecasts say nothing about how well they hold."""


@dataclass(frozen=True, slots=True)
class Part:
    """Of some people's open leads only: nobody knows yet whose the new ones will be."""

    cells: list[Cell]
    customers: Range


@dataclass(frozen=True, slots=True)
class Chanced:
    """Open leads that were given a chance from ``low`` to ``high`` (0 to 1), and how many were won."""

    low: float
    high: float
    leads: int
    expected: float
    won: int


@dataclass(frozen=True, slots=True)
class Held:
    """Forecasts for the starts of months that are over. ``inside``: how many ranges held;
    ``error``: how far off the expected number was on average, in percent of what came; ``bias``: by
    how much all of them together were too high (positive) or too low."""

    figures: list[ForecastFigure]
    inside: int
    error: float | None
    bias: float | None
    by_chance: list[Chanced]

    @property
    def is_enough(self) -> bool:
        return len(self.figures) >= LEAST_CHECKED


def latest() -> ForecastSnapshot | None:
    return ForecastSnapshot.objects.prefetch_related("figures").first()


def cells_of(snapshot: ForecastSnapshot) -> list[Cell]:
    return [Cell(*row) for row in snapshot.cells]


def part_of(snapshot: ForecastSnapshot, figure: ForecastFigure, owner_ids: frozenset[int]) -> Part:
    """By the chances of the snapshot, for the leads that these people have now; one statement."""
    chance = {(cell.stage, cell.grade, cell.band): cell.chance for cell in cells_of(snapshot)}
    counts: dict[Place, int] = {}
    for row in stood(at=midnight(snapshot.day), owner_ids=owner_ids):
        counts[placed(row)] = counts.get(placed(row), 0) + row.n
    cells = [Cell(*place, n, chance[place]) for place, n in counts.items() if place in chance]
    groups = [Group(cell.n, cell.chance[figure.horizon]) for cell in cells]
    draws = futures(groups, arriving=0, spread=figure.spread)
    return Part(cells, customers(draws, mean=sum(one.n * one.chance for one in groups), won=0))


def held(horizon: str) -> Held:
    """One statement."""
    over = ForecastFigure.objects.filter(horizon=horizon, came__isnull=False, snapshot__day__day=1)
    figures = list(over.select_related("snapshot").order_by("first_day"))
    came = sum(figure.came or 0 for figure in figures)
    off = [figure.mean - (figure.came or 0) for figure in figures]
    return Held(
        figures=figures,
        inside=sum(bool(figure.held) for figure in figures),
        error=100 * sum(map(abs, off)) / came if came else None,
        bias=100 * sum(off) / came if came else None,
        by_chance=_by_chance(figures),
    )


def _by_chance(figures: Sequence[ForecastFigure]) -> list[Chanced]:
    sums: dict[tuple[float, float], tuple[int, float, int]] = {}
    for figure in figures:
        for low, high, leads, expected, won in figure.by_chance:
            before = sums.get((low, high), (0, 0.0, 0))
            sums[low, high] = before[0] + leads, before[1] + expected, before[2] + won
    return [Chanced(low, high, *row) for (low, high), row in sorted(sums.items()) if row[0]]
