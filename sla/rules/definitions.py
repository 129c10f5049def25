"""Before and after a change of a definition: as many whole days on both sides, the day itself on none."""

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from funnel.rules.periods import Span

DAY = dt.timedelta(days=1)
LONGEST = 28
"""Days on each side at most: what is further away has other reasons."""


@dataclass(frozen=True, slots=True)
class Sides:
    """``days`` on each side; ``before`` and ``after`` are spans of as many days."""

    days: int
    before: Span
    after: Span


def sides_of(changed_on: dt.date, *, today: dt.date) -> Sides | None:
    """None while no whole day has passed since: then there is nothing to hold against each other."""
    days = min(LONGEST, (today - changed_on).days - 1)
    if days < 1:
        return None
    before = Span(changed_on - days * DAY, changed_on - DAY)
    return Sides(days, before, Span(changed_on + DAY, changed_on + days * DAY))


Daily = Mapping[dt.date, Counter[str]]
"""By day, how many of each outcome."""


def summed(daily: Daily, span: Span) -> Counter[str]:
    """Of the days of a span that is closed at both ends."""
    assert span.first is not None and span.last is not None
    found: Counter[str] = Counter()
    for number in range((span.last - span.first).days + 1):
        found.update(daily.get(span.first + number * DAY, Counter()))
    return found
