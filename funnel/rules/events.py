"""What happened on which day, as the sums of events tell it: stages reached, verdicts, leads given back."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from ..enums import Stage, Status
from .periods import Span

CAME_BACK = Status.RECYCLED.value
"""The part of journeys that sales returned; what more is told of it is the reason."""
ACCEPTED, BACK = "accepted", "back"
"""What more is told of an MQL: sales made it an SQL, or gave it back or disqualified it instead."""


class Events:
    """Sums of months, added up day by day."""

    def __init__(self, sums: Iterable[tuple[dt.date, str, Mapping[str, int]]]) -> None:
        """``sums``: first day of the month, part and ``{"<day of the month>:<what more is told>": n}``."""
        self._days: dict[tuple[str, str], Counter[dt.date]] = defaultdict(Counter)
        for month, part, counts in sums:
            for code, n in counts.items():
                day, more = code.split(":", 1)
                self._days[part, more][month.replace(day=int(day))] += n

    def reached(self, stage: Stage, span: Span) -> int:
        return sum(within(days, span) for (part, _more), days in self._days.items() if part == stage)

    def by_day(self, stage: Stage) -> Counter[dt.date]:
        return sum((days for (part, _more), days in self._days.items() if part == stage), Counter())

    def accepted(self, span: Span) -> int:
        """Of the MQLs handed over in ``span``, whenever sales said so."""
        return within(self._days[Stage.MQL, ACCEPTED], span)

    def given_back(self, span: Span) -> int:
        return within(self._days[Stage.MQL, BACK], span)

    def returned(self, span: Span) -> Counter[str]:
        """How many came back in ``span``, by reason; only reasons that occur."""
        found = {more: within(days, span) for (part, more), days in self._days.items() if part == CAME_BACK}
        return +Counter(found)


def within(days: Mapping[dt.date, int], span: Span) -> int:
    """``span`` closed at both ends."""
    assert span.first is not None and span.last is not None
    return sum(n for day, n in days.items() if span.first <= day <= span.last)
