"""F15: working time against an oracle that looks at the wall minute by minute."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sla.rules.calendar import Range, WorkingCalendar, add_working, compile_calendar, working_between

ZONES = (
    "UTC",
    "Europe/Madrid",
    "America/New_York",
    "America/St_Johns",  # half-hour offset
    "Australia/Lord_Howe",  # changes by half an hour
    "Africa/Casablanca",  # changes twice a year around Ramadan, at night
)
MINUTE = timedelta(minutes=1)
SPAN = 4 * 1440
"""Minutes that the oracle looks at: four days around a change of clocks."""

CHANGES = (
    date(2026, 3, 8),
    date(2026, 3, 29),
    date(2026, 4, 5),
    date(2026, 10, 4),
    date(2026, 10, 25),
    date(2026, 11, 1),
    date(2026, 2, 15),
    date(2026, 3, 22),
    date(2026, 7, 1),
)


def is_worked(calendar: WorkingCalendar, minute: datetime) -> bool:
    """The definition, read literally."""
    wall = minute.astimezone(calendar.zone)
    reading = wall.hour * 60 + wall.minute
    return wall.date() not in calendar.holidays and any(
        start <= reading < end for start, end in calendar.week[wall.weekday()]
    )


def worked_minutes(calendar: WorkingCalendar, start: datetime, minutes: int) -> list[datetime]:
    return [m for m in (start + MINUTE * step for step in range(minutes)) if is_worked(calendar, m)]


ranges = st.tuples(st.integers(0, 1439), st.integers(1, 1440)).filter(lambda pair: pair[0] < pair[1])


@st.composite
def calendars(draw) -> WorkingCalendar:
    """Several ranges a weekday, some days without; never empty; the night is as likely as the day."""
    week: list[list[Range]] = draw(st.lists(st.lists(ranges, max_size=3), min_size=7, max_size=7))
    hours = [(weekday, *pair) for weekday, pairs in enumerate(week) for pair in pairs]
    change = draw(st.sampled_from(CHANGES))
    holidays = draw(st.lists(st.integers(-2, 4).map(lambda days: change + timedelta(days)), max_size=2))
    zone = draw(st.sampled_from(ZONES))
    return compile_calendar(time_zone=zone, hours=hours or [(change.weekday(), 0, 1440)], holidays=holidays)


@st.composite
def starts(draw) -> datetime:
    change = draw(st.sampled_from(CHANGES))
    midnight = datetime(change.year, change.month, change.day, tzinfo=UTC)
    return midnight + MINUTE * draw(st.integers(-1440, 1440))


def check(calendar: WorkingCalendar, start: datetime, minutes: int) -> None:
    """Forward, between and backward agree with the oracle, at every length that it can see."""
    end = start + MINUTE * SPAN
    worked = worked_minutes(calendar, start, SPAN)
    assert working_between(calendar, start, end) == len(worked) * 60
    wanted = min(minutes, len(worked))
    if wanted:
        assert add_working(calendar, start, wanted * 60) == worked[wanted - 1] + MINUTE
        assert add_working(calendar, end, -wanted * 60) == worked[-wanted]


def test_f15_working_time_equals_the_oracle(full: bool):
    @settings(max_examples=10_000 if full else 200, deadline=None, database=None)
    @given(calendar=calendars(), start=starts(), minutes=st.integers(1, SPAN))
    def check_all(calendar: WorkingCalendar, start: datetime, minutes: int) -> None:
        check(calendar, start, minutes)

    check_all()


@pytest.mark.parametrize("name", ZONES)
def test_every_zone_changes_or_stays_as_the_list_of_changes_assumes(name):
    """Guards the oracle itself: but for UTC each zone changes its offset within the sampled days."""
    zone = ZoneInfo(name)
    offsets = {
        datetime(day.year, day.month, day.day, hour, tzinfo=zone).utcoffset()
        for day in CHANGES
        for hour in range(24)
    }
    assert len(offsets) == (1 if name == "UTC" else 2)
