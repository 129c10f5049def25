"""Which day a postponed lead comes back, and at what moment of it."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

from .calendar import WorkingCalendar, add_working

_DAY, _SECOND = timedelta(days=1), timedelta(seconds=1)


def opening_of(calendar: WorkingCalendar, day: date) -> datetime:
    """The first working moment on ``day`` or after it, when that is a day off. Raises EmptyCalendar."""
    midnight = datetime.combine(day, time(), tzinfo=calendar.zone).astimezone(UTC)
    return add_working(calendar, midnight, 1) - _SECOND


def is_day_off(calendar: WorkingCalendar, day: date) -> bool:
    return day in calendar.holidays or not calendar.week[day.weekday()]


def suggested_days(calendar: WorkingCalendar, today: date) -> list[date]:
    """Working days to come back on: the next one, in about a week, two weeks and a month."""
    found: list[date] = []
    for distance in (1, 7, 14, 30):
        day = next(_working_days(calendar, today + distance * _DAY), None)
        if day is not None and day not in found:
            found.append(day)
    return found


def _working_days(calendar: WorkingCalendar, start: date) -> Iterator[date]:
    return (day for n in range(366) if not is_day_off(calendar, day := start + n * _DAY))
