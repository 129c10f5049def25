"""Which rollup cells make up a range of entry dates."""

import datetime as dt
from collections.abc import Collection
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


def parts_of(span: Span, grains: Collection[Grain]) -> list[Part]:
    """Everything from one cell, else whole months from monthly cells and the days at both ends from
    daily ones; from live rows what is not among ``grains``."""
    if span.is_everything:
        return [Part(Grain.ALL if Grain.ALL in grains else None, span)]
    if span.is_empty:
        return []
    edge = Grain.DAY if Grain.DAY in grains else None
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
