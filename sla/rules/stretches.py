"""Days that follow each other, as spans."""

import datetime as dt
from collections.abc import Iterable, Iterator

from funnel.rules.periods import Span

DAY = dt.timedelta(days=1)


def stretches(days: Iterable[dt.date]) -> list[Span]:
    """``days``, in order and each once, as closed spans, as few as possible."""
    found: list[Span] = []
    for day in days:
        if found and found[-1].last == day - DAY:
            found[-1] = Span(found[-1].first, day)
        else:
            found.append(Span(day, day))
    return found


def days_of(span: Span) -> Iterator[dt.date]:
    """Of a closed span, in order."""
    assert span.first is not None and span.last is not None
    return (span.first + n * DAY for n in range((span.last - span.first).days + 1))
