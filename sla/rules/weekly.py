"""When the weekly mail is due: the first working day of the week, 08:00, as the reader's clocks show it."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from .calendar import WorkingCalendar

HOUR = time(8)


def week_due(at: datetime, zone: ZoneInfo, calendar: WorkingCalendar | None = None) -> tuple[date, datetime]:
    """The Monday of the reader's week that ``at`` lies in, and the moment (aware) when its mail is due.

    ``calendar``: the company's; in a week in which nobody works, and without one, it is Monday.
    """
    today = at.astimezone(zone).date()
    monday = today - timedelta(days=today.weekday())
    week = [monday + timedelta(days=n) for n in range(7)]
    first = next((day for day in week if calendar and _is_worked(calendar, day)), monday)
    return monday, datetime.combine(first, HOUR, zone)


def _is_worked(calendar: WorkingCalendar, day: date) -> bool:
    return bool(calendar.week[day.weekday()]) and day not in calendar.holidays
