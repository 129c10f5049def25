"""When the weekly mail is due: Monday, 08:00, as the reader's clocks show it."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

HOUR = time(8)


def week_due(at: datetime, zone: ZoneInfo) -> tuple[date, datetime]:
    """The Monday of the reader's week that ``at`` lies in, and the moment (aware) when its mail is due."""
    today = at.astimezone(zone).date()
    monday = today - timedelta(days=today.weekday())
    return monday, datetime.combine(monday, HOUR, zone)
