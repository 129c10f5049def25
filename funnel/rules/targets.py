"""What is planned for a span of days, from targets by month."""

import datetime as dt
from collections.abc import Iterator, Mapping
from fractions import Fraction

from .periods import Span, month_start, next_month

DAY = dt.timedelta(days=1)


def planned(by_month: Mapping[dt.date, int], span: Span) -> int | None:
    """The plan for ``span`` (closed on both sides), each month's spread evenly over its days and
    the sum rounded half up; None when no month in the span has a plan."""
    months = [(month, days) for month, days in _months(span) if month in by_month]
    if not months:
        return None
    total = sum((Fraction(by_month[month] * days, _length(month)) for month, days in months), Fraction())
    return int(total + Fraction(1, 2))


def until(span: Span, today: dt.date) -> Span:
    """The part of ``span`` that has passed, today included."""
    assert span.last is not None
    return Span(span.first, min(span.last, today))


def _months(span: Span) -> Iterator[tuple[dt.date, int]]:
    """Each month that the span touches, and how many of its days."""
    if span.first is None or span.last is None:
        return
    day = span.first
    while day <= span.last:
        after = min(next_month(day), span.last + DAY)
        yield month_start(day), (after - day).days
        day = after


def _length(month: dt.date) -> int:
    return (next_month(month) - month).days
