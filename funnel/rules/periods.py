"""Which rollup cells make up a range of entry dates."""

import datetime as dt
from dataclasses import dataclass

from ..enums import Grain, Grouping


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


def parts_of(span: Span, grouping: Grouping) -> list[Part]:
    """Whole months from monthly cells; the days at both ends from daily cells, which only the
    total has, else from live rows."""
    if span.is_everything:
        return [Part(Grain.ALL, span)]
    if span.is_empty:
        return []
    edge = Grain.DAY if grouping == Grouping.TOTAL else None
    day = dt.timedelta(days=1)
    whole_from = span.first
    if span.first is not None and span.first.day != 1:
        whole_from = next_month(span.first)
    whole_to = span.last
    if span.last is not None and (span.last + day).day != 1:
        whole_to = month_start(span.last) - day
    if whole_from is not None and whole_to is not None and whole_from > whole_to:
        return [Part(edge, span)]  # no whole month inside
    parts = [Part(Grain.MONTH, Span(whole_from, whole_to))]
    if span.first is not None and whole_from != span.first and whole_from is not None:
        parts.append(Part(edge, Span(span.first, whole_from - day)))
    if span.last is not None and whole_to != span.last and whole_to is not None:
        parts.append(Part(edge, Span(whole_to + day, span.last)))
    return parts
