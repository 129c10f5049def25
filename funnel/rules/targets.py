"""What is planned for a span of days, from targets by month."""

import datetime as dt
from collections.abc import Iterator, Mapping
from fractions import Fraction

from .periods import EVER, Span, month_start, next_month

DAY = dt.timedelta(days=1)


def planned(by_month: Mapping[dt.date, int], span: Span, agreed: Span = EVER) -> int | None:
    """The plan for ``span`` (closed on both sides), each month's spread evenly over its days and
    the sum rounded half up; None when no day in the span has a plan.

    ``agreed``: the days that the plan was made for; of a month that it only touches they have all of it."""
    parts = [
        Fraction(by_month[month] * days, _length(held))
        for month, part in _months(span)
        if month in by_month and (days := _length(_within(part, held := _held(month, agreed))))
    ]
    return int(sum(parts, Fraction()) + Fraction(1, 2)) if parts else None


def until(span: Span, today: dt.date) -> Span:
    """The part of ``span`` that has passed, today included."""
    assert span.last is not None
    return Span(span.first, min(span.last, today))


def _held(month: dt.date, agreed: Span) -> Span:
    """The days that the plan of a month is for: all of them, where none was agreed on."""
    whole = Span(month, next_month(month) - DAY)
    held = _within(whole, agreed)
    return held if _length(held) else whole


def _within(part: Span, around: Span) -> Span:
    assert part.first is not None and part.last is not None
    return Span(max(part.first, around.first or part.first), min(part.last, around.last or part.last))


def _months(span: Span) -> Iterator[tuple[dt.date, Span]]:
    """Each month that the span touches, and its days in it."""
    if span.first is None or span.last is None:
        return
    day = span.first
    while day <= span.last:
        after = min(next_month(day), span.last + DAY)
        yield month_start(day), Span(day, after - DAY)
        day = after


def _length(days: Span) -> int:
    assert days.first is not None and days.last is not None
    return max(0, (days.last - days.first).days + 1)
