"""Which rollup cells make up a range of entry dates."""

import datetime as dt
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from ..enums import Grain


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
    """One piece of a span: cells of ``grain`` whose period lies in ``span``; None: live rows."""

    grain: Grain | None
    span: Span


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


PERIODS: tuple[tuple[Grain, Callable[[dt.date], dt.date], Callable[[dt.date], dt.date]], ...] = (
    (Grain.QUARTER, quarter_start, next_quarter),
    (Grain.MONTH, month_start, next_month),
    (Grain.TEN, ten_start, next_ten),
)
"""Grain, first day of the period of a day, first day of the next; the coarsest first."""


def parts_of(span: Span, grains: Collection[Grain]) -> list[Part]:
    """Everything from one cell, else the coarsest whole periods of ``grains`` that fit, and what is
    left at both ends from daily cells; from live rows when there are none."""
    if span.is_everything:
        return [Part(Grain.ALL if Grain.ALL in grains else None, span)]
    if span.is_empty:
        return []
    parts, left = [], [span]
    for grain, start, following in PERIODS:
        if grain in grains:
            splits = [_split(piece, start, following) for piece in left]
            parts += [Part(grain, whole) for whole, _ in splits if whole is not None]
            left = [edge for _, edges in splits for edge in edges]
    return parts + [Part(Grain.DAY if Grain.DAY in grains else None, piece) for piece in left]


def hull(spans: Iterable[Span]) -> Span:
    """From the first day of all to the last; the spans, at least one, leave no day between them."""
    found = list(spans)
    firsts = [span.first for span in found if span.first is not None]
    lasts = [span.last for span in found if span.last is not None]
    return Span(
        min(firsts) if len(firsts) == len(found) else None, max(lasts) if len(lasts) == len(found) else None
    )


def _split(
    span: Span, start: Callable[[dt.date], dt.date], following: Callable[[dt.date], dt.date]
) -> tuple[Span | None, list[Span]]:
    """The whole periods inside a span (None: there is none) and the days before and after them."""
    day = dt.timedelta(days=1)
    first, last = span.first, span.last
    whole_from = first if first is None or start(first) == first else following(first)
    whole_to = last if last is None or start(last + day) == last + day else start(last) - day
    if whole_from is not None and whole_to is not None and whole_from > whole_to:
        return None, [span]
    edges = []
    if whole_from is not None and whole_from != first:
        edges.append(Span(first, whole_from - day))
    if whole_to is not None and whole_to != last:
        edges.append(Span(whole_to + day, last))
    return Span(whole_from, whole_to), edges
