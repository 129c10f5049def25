"""A forecast of sales as of a day: from nothing but what was known at its beginning."""

import datetime as dt
from bisect import bisect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from funnel.rules.periods import Span
from funnel.selectors.stood import (
    Sales,
    Stood,
    Worthy,
    arrivals,
    brought,
    came_true,
    first_entry,
    midnight,
    sales,
    stays,
    stood_worth,
)

from ..enums import Horizon
from ..models import ForecastFigure
from ..rules import foresight as rules
from ..rules.foresight import Group, History, Range
from ..rules.hazards import BAND_STARTS, GRADES, LAST, Chances, chances, counted, rates, stage_place
from ..rules.revenue import Coming, Customer, Deal, Past, Revenue, learned, revenues

DAY = dt.timedelta(days=1)
EDGES = (0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 1.0)
"""Chances by which leads are put together to see how many of them were won."""

Place = tuple[str, str, int]
"""Stage, score and band."""


@dataclass(frozen=True, slots=True)
class Cell:
    """``n`` open leads that stand alike, and their chance by horizon."""

    stage: str
    grade: str
    band: int
    n: int
    chance: dict[str, float]


@dataclass(frozen=True, slots=True)
class Foreseen:
    """Of one period: ``won`` already; expected from ``open`` leads and from those ``arriving``; and what
    that brings, by currency."""

    horizon: str
    span: Span
    won: int
    open: float
    arriving: float
    customers: Range
    spread: float
    revenues: list[Revenue]


@dataclass(frozen=True, slots=True)
class Foresight:
    """Without enough history there are neither cells nor periods."""

    day: dt.date
    history: History
    window: int
    wins: int
    cells: list[Cell]
    past: Past
    periods: list[Foreseen]


@dataclass(frozen=True, slots=True)
class _Known:
    """What a forecast of ``day`` reckons with."""

    day: dt.date
    window: int
    recent: Sales
    past: Past
    chances: Chances
    open: list[Worthy]
    arriving: dict[tuple[str, str], int]


def foresee(*, day: dt.date, misses: Mapping[str, Sequence[tuple[float, int]]]) -> Foresight:
    """``misses``: by horizon, earlier forecasts that were over by ``day``: mean and what came true."""
    at = midnight(day)
    history = history_at(day)
    if not history.is_enough:
        return Foresight(day, history, 0, 0, [], Past(), [])
    window, recent = _window(at)
    since = at - window * DAY
    ends = {horizon: (_end(horizon, day) - day).days for horizon in Horizon.values}
    table = chances(rates(counted(stays(at=at, since=since))), days=set(ends.values()))
    pace = arrivals(since=at - rules.ARRIVAL_DAYS * DAY, at=at)
    known = _Known(day, window, recent, past_between(since, at), table, stood_worth(at=at), pace)
    cells = _cells(known, ends)
    periods = [_period(known, horizon, cells, misses.get(horizon, ())) for horizon in Horizon.values]
    return Foresight(day, history, window, recent.customers, cells, known.past, periods)


def past_between(since: dt.datetime, at: dt.datetime) -> Past:
    """What the customers of that time brought; one statement."""
    return learned(
        Customer(
            row.level,
            row.currency,
            float(row.amount),
            None if row.hoped is None else float(row.hoped),
            row.n,
        )
        for row in brought(since=since, at=at)
    )


def coming(
    rows: Sequence[Worthy], chance: Mapping[Place, float], past: Past, *, arriving: Mapping[str, float]
) -> Coming:
    """What open leads may bring. ``chance``: to be won in the period, by where they stand; where none is
    known, nothing is expected."""
    leads: dict[str, list[Group]] = {}
    deals = []
    for row in rows:
        likely = chance.get(placed(row), 0.0)
        if row.amount is None:
            leads.setdefault(past.key(row.level), []).append(Group(row.n, likely))
        else:
            deals += [Deal(likely, float(row.amount), row.currency)] * row.n
    return Coming(leads, deals, arriving)


def history_at(day: dt.date) -> History:
    """Two statements."""
    at = midnight(day)
    first = first_entry(at=at)
    return History(sales(since=first or at, at=at).customers, (at - first).days if first else 0)


def cell_groups(cells: Sequence[Cell], horizon: str) -> list[Group]:
    return [Group(cell.n, cell.chance[horizon]) for cell in cells]


def placed(row: Stood | Worthy) -> Place:
    return row.stage, row.grade, bisect(BAND_STARTS, 1 + row.days) - 1


def outcome(figure: ForecastFigure, *, cells: Sequence[Cell]) -> tuple[Sales, list[list[float]]]:
    """What came true in the period of a figure: all that was won in it, and of the leads that were
    open, by the chance they were given."""
    day = figure.snapshot.day
    start, end = midnight(figure.first_day), midnight(figure.last_day + DAY)
    won: dict[Place, int] = {}
    for row in came_true(at=midnight(day), until=end):
        won[placed(row)] = won.get(placed(row), 0) + row.n
    found = [[low, high, 0, 0.0, 0] for low, high in pairwise(EDGES)]
    for cell in cells:
        chance = cell.chance[figure.horizon]
        row_of = found[min(int(np.searchsorted(EDGES, chance, side="right")) - 1, len(found) - 1)]
        row_of[2] += cell.n
        row_of[3] += cell.n * chance
        row_of[4] += won.get((cell.stage, cell.grade, cell.band), 0)
    return sales(since=start, at=end), found


def _window(at: dt.datetime) -> tuple[int, Sales]:
    for days in rules.WINDOWS:
        recent = sales(since=at - days * DAY, at=at)
        if recent.customers >= rules.TELLING:
            break
    return days, recent


def _end(horizon: str, day: dt.date) -> dt.date:
    last = rules.span_of(horizon, day).last
    assert last is not None
    return last + DAY


def _cells(known: _Known, ends: Mapping[str, int]) -> list[Cell]:
    """Leads that stand alike are put together; within a band each has the chance of its own days."""
    sums: dict[Place, tuple[int, dict[str, float]]] = {}
    for row in known.open:
        n, expected = sums.get(placed(row), (0, dict.fromkeys(ends, 0.0)))
        step = min(1 + row.days, LAST)
        place = stage_place(row.stage), GRADES.index(row.grade), step
        for horizon, days in ends.items():
            expected[horizon] += row.n * float(known.chances.standing[days][place])
        sums[placed(row)] = n + row.n, expected
    return [
        Cell(*place, n, {horizon: total / n for horizon, total in expected.items()})
        for place, (n, expected) in sorted(sums.items(), key=lambda item: _order(item[0]))
    ]


def _order(place: Place) -> tuple[int, int, int]:
    return stage_place(place[0]), place[2], GRADES.index(place[1])


def _period(
    known: _Known, horizon: str, cells: Sequence[Cell], misses: Sequence[tuple[float, int]]
) -> Foreseen:
    span = rules.span_of(horizon, known.day)
    assert span.first is not None
    so_far = sales(since=midnight(span.first), at=midnight(known.day))
    groups = cell_groups(cells, horizon)
    open_ = sum(group.n * group.chance for group in groups)
    by_level = _arriving(known, (_end(horizon, known.day) - known.day).days)
    arriving = sum(by_level.values())
    spread = rules.spread_of(wins=known.recent.customers, misses=misses)
    draws = rules.futures(groups, arriving=arriving, spread=spread)
    chance = {(cell.stage, cell.grade, cell.band): cell.chance[horizon] for cell in cells}
    return Foreseen(
        horizon=horizon,
        span=span,
        won=so_far.customers,
        open=open_,
        arriving=arriving,
        customers=rules.customers(draws, mean=open_ + arriving, won=so_far.customers),
        spread=spread,
        revenues=revenues(
            coming(known.open, chance, known.past, arriving=by_level),
            known.past,
            spread=spread,
            won={currency: float(total) for currency, (total, *_more) in so_far.amounts.items()},
        ),
    )


def _arriving(known: _Known, days: int) -> dict[str, float]:
    """By what they are drawn from. Who enters on a day has half of that day, and those that are left, to
    be won in."""
    table = known.chances.arriving[:, 0, :]
    expected: dict[str, float] = {}
    for (grade, level), n in known.arriving.items():
        by_day = table[:, GRADES.index(grade)]
        key = known.past.key(level)
        each = float((by_day[:days] + by_day[1 : days + 1]).sum() / 2)
        expected[key] = expected.get(key, 0.0) + n / rules.ARRIVAL_DAYS * each
    return expected
