"""Which rollup cells make up a range of entry dates."""

import datetime as dt
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from ..enums import Grain

DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Span:
    """Days ``first`` to ``last``, both included; None is open-ended."""

    first: dt.date | None = None
    last: dt.date | None = None

    @property
    def is_everything(self) -> bool:
        return self.first is None and self.last is None

    @property
    def is_empty(self) -> bool:
        return self.first is not None and self.last is not None and self.first > self.last


EVER = Span()


@dataclass(frozen=True, slots=True)
class Part:
    """Cells of ``grain`` whose period lies in ``span``, or live rows (None); ``sign`` -1: taken off.

    A month without its last two days is the month less two days: two cells taken off instead of
    twenty-nine, or two days of live rows.
    """

    grain: Grain | None
    span: Span
    sign: int = 1


def month_start(day: dt.date) -> dt.date:
    return day.replace(day=1)


def next_month(day: dt.date) -> dt.date:
    return (day.replace(day=1) + dt.timedelta(days=32)).replace(day=1)


def quarter_start(day: dt.date) -> dt.date:
    return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)


def next_quarter(day: dt.date) -> dt.date:
    return next_month(quarter_start(day) + dt.timedelta(days=62))


def ten_start(day: dt.date) -> dt.date:
    """The 1st, 11th or 21st before; the last ten days of a month are eight to eleven."""
    return day.replace(day=min((day.day - 1) // 10, 2) * 10 + 1)


def next_ten(day: dt.date) -> dt.date:
    return next_month(day) if day.day > 20 else ten_start(day) + dt.timedelta(days=10)


Period = tuple[Grain, Callable[[dt.date], dt.date], Callable[[dt.date], dt.date]]
PERIODS: tuple[Period, ...] = (
    (Grain.QUARTER, quarter_start, next_quarter),
    (Grain.MONTH, month_start, next_month),
    (Grain.TEN, ten_start, next_ten),
)
"""Grain, first day of the period of a day, first day of the next; the coarsest first."""


LIVE_DAY = 50
"""What a day of live rows costs, in cells."""


def parts_of(span: Span, grains: Collection[Grain]) -> list[Part]:
    """Everything from one cell, else whole periods of ``grains``, the coarsest that fit, and at both
    ends as few cells as add up to what is left, or take off what is too much. Where no grain is
    fine enough, live rows do that."""
    if span.is_everything:
        return [Part(Grain.ALL if Grain.ALL in grains else None, span)]
    if span.is_empty:
        return []
    return _cheapest(span, [period for period in PERIODS if period[0] in grains], grains)


def _cheapest(span: Span, periods: Sequence[Period], grains: Collection[Grain]) -> list[Part]:
    """``periods``: those that may be used, the coarsest first."""
    if not periods:
        return [Part(Grain.DAY if Grain.DAY in grains else None, span)]
    (grain, start, following), finer = periods[0], periods[1:]
    whole, edges = _split(span, start, following)
    parts = [] if whole is None else [Part(grain, whole)]
    for edge in edges:
        parts += _edge(edge, periods[0], finer, grains)
    return parts


def _edge(edge: Span, period: Period, finer: Sequence[Period], grains: Collection[Grain]) -> list[Part]:
    """Days that fill no period: added up from finer ones, or what surrounds them taken off."""
    grain, start, following = period
    added = _cheapest(edge, finer, grains)
    assert edge.first is not None and edge.last is not None
    around = Span(start(edge.first), following(edge.first) - DAY)
    assert around.first is not None and around.last is not None
    if edge.last > around.last:  # a span of two periods of which neither is whole
        halves = (Span(edge.first, around.last), Span(around.last + DAY, edge.last))
        return [part for half in halves for part in _edge(half, period, finer, grains)]
    spare = [Span(around.first, edge.first - DAY), Span(edge.last + DAY, around.last)]
    taken = [Part(grain, around)]
    for rest in spare:
        if not rest.is_empty:
            taken += [replace(part, sign=-part.sign) for part in _cheapest(rest, finer, grains)]
    return min(added, taken, key=lambda parts: sum(map(cost, parts)))


def cost(part: Part) -> int:
    """How many cells (of one key and measure) are read; of closed spans only."""
    if part.grain is None:
        assert part.span.first is not None and part.span.last is not None
        return LIVE_DAY * ((part.span.last - part.span.first).days + 1)
    starts = starts_of(part.grain, part.span)
    assert starts is not None
    return len(starts)


def starts_of(grain: Grain, span: Span) -> list[dt.date] | None:
    """The first days of the periods that make up a span of whole ones; None: it has an open end."""
    if span.first is None or span.last is None:
        return None
    step = next((following for kept, _, following in PERIODS if kept == grain), _next_day)
    starts, day = [], span.first
    while day <= span.last:
        starts.append(day)
        day = step(day)
    return starts


def _next_day(day: dt.date) -> dt.date:
    return day + DAY


def in_cells(span: Span, parts: Sequence[Part]) -> Span | None:
    """The days that the cells among the ``parts`` of ``span`` add up to, one stretch; None: no cell.

    Live rows lie at the ends only: those added are not in the cells, those taken off are.
    """
    if all(part.grain is None for part in parts):
        return None
    first, last = span.first, span.last
    for part in parts:
        if part.grain is not None:
            continue
        assert part.span.first is not None and part.span.last is not None
        if part.sign > 0:
            if part.span.first == span.first:
                first = part.span.last + DAY
            else:
                last = part.span.first - DAY
        elif span.first is not None and part.span.last < span.first:
            first = part.span.first
        else:
            last = part.span.last
    return Span(first, last)


def _split(
    span: Span, start: Callable[[dt.date], dt.date], following: Callable[[dt.date], dt.date]
) -> tuple[Span | None, list[Span]]:
    """The whole periods inside a span (None: there is none) and the days before and after them."""
    first, last = span.first, span.last
    whole_from = first if first is None or start(first) == first else following(first)
    whole_to = last if last is None or start(last + DAY) == last + DAY else start(last) - DAY
    if whole_from is not None and whole_to is not None and whole_from > whole_to:
        return None, [span]
    edges = []
    if whole_from is not None and whole_from != first:
        edges.append(Span(first, whole_from - DAY))
    if whole_to is not None and whole_to != last:
        edges.append(Span(whole_to + DAY, last))
    return Span(whole_from, whole_to), edges
