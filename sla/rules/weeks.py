"""The days of a working calendar as a person reads them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from .calendar import WorkingCalendar


@dataclass(frozen=True, slots=True)
class Day:
    """One text a range; none on a day off, which ``holiday`` names when it is one."""

    day: date
    hours: tuple[str, ...]
    holiday: str = ""
    is_holiday: bool = False


def weeks(
    calendar: WorkingCalendar, *, since: date, count: int, names: Mapping[date, str]
) -> list[list[Day]]:
    """``count`` weeks from the Monday on or before ``since``."""
    monday = since - timedelta(days=since.weekday())
    days = [_day(calendar, monday + timedelta(days=n), names) for n in range(7 * count)]
    return [days[n : n + 7] for n in range(0, len(days), 7)]


def _day(calendar: WorkingCalendar, day: date, names: Mapping[date, str]) -> Day:
    if day in calendar.holidays:
        return Day(day, (), names.get(day, ""), True)
    return Day(day, tuple(f"{clock(start)}–{clock(end)}" for start, end in calendar.week[day.weekday()]))


def clock(minute: int) -> str:
    """Minutes after midnight as on a clock; 1440 is 24:00."""
    return f"{minute // 60:02}:{minute % 60:02}"
