"""When both teams sit down next: by the agreed cadence, on a day on which the company works."""

import datetime as dt
from calendar import monthrange
from collections.abc import Callable

from ..enums import ReviewEvery

DAY = dt.timedelta(days=1)
MOST_CLOSED = 31
"""A calendar that is closed longer than this is a mistake; then the agreed day stays."""
STEPS: dict[str, tuple[int, int]] = {
    ReviewEvery.WEEK: (7, 0),
    ReviewEvery.FORTNIGHT: (14, 0),
    ReviewEvery.MONTH: (0, 1),
    ReviewEvery.QUARTER: (0, 3),
}
"""Days and months from one review to the next."""


def next_day(last: dt.date, every: str, *, is_working: Callable[[dt.date], bool]) -> dt.date:
    """The day that is due after ``last``, or the first working one after it."""
    days, months = STEPS[every]
    due = _months_later(last, months) + days * DAY
    candidates = (due + number * DAY for number in range(MOST_CLOSED))
    return next((day for day in candidates if is_working(day)), due)


def _months_later(day: dt.date, months: int) -> dt.date:
    """The same day of the month; the last one where the month is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return dt.date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
