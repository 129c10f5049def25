from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from sla.errors import EmptyCalendar
from sla.rules.calendar import (
    WorkingCalendar,
    add_working,
    compile_calendar,
    has_working_time,
    working_between,
)

HOUR = 3600
OFFICE = [(day, 9 * 60, 18 * 60) for day in range(5)]


def office(zone: str = "UTC", hours: list[tuple[int, int, int]] = OFFICE, **more) -> WorkingCalendar:
    return compile_calendar(time_zone=zone, hours=hours, **more)


def at(text: str, zone: str = "UTC") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def test_saturday_afternoon_plus_an_hour_is_monday_at_ten():
    assert add_working(office(), at("2026-03-07T15:00"), HOUR) == at("2026-03-09T10:00")


def test_the_last_minute_of_the_day_ends_at_closing_time():
    assert add_working(office(), at("2026-03-06T17:59"), 60) == at("2026-03-06T18:00")


def test_one_second_more_falls_on_the_next_opening():
    assert add_working(office(), at("2026-03-06T17:59"), 61) == at("2026-03-09T09:00:01")


def test_a_lunch_break_does_not_count():
    hours = [(day, start, end) for day in range(5) for start, end in ((540, 780), (900, 1080))]
    assert add_working(office(hours=hours), at("2026-03-06T12:30"), HOUR) == at("2026-03-06T15:30")


def test_a_holiday_does_not_count():
    closed = office(holidays=[date(2026, 3, 9)])
    assert add_working(closed, at("2026-03-07T15:00"), HOUR) == at("2026-03-10T10:00")


def test_the_zone_decides_when_the_office_opens():
    assert add_working(office("America/New_York"), at("2026-01-05T12:00"), 60) == at("2026-01-05T14:01")


def test_zero_seconds_stay_where_they_are_even_on_sunday():
    assert add_working(office(), at("2026-03-08T15:00"), 0) == at("2026-03-08T15:00")


def test_walking_back_over_the_weekend():
    assert add_working(office(), at("2026-03-09T09:01"), -120) == at("2026-03-06T17:59")


def test_walking_back_to_opening_time_stays_on_that_day():
    assert add_working(office(), at("2026-03-09T09:02"), -120) == at("2026-03-09T09:00")


def test_microseconds_are_kept():
    start = at("2026-03-06T17:59:59.250000")
    assert add_working(office(), start, 1) == at("2026-03-09T09:00:00.250000")


def test_half_an_hour_that_the_gap_skips_is_not_worked():
    """Madrid, 29 March 2026: 02:00 becomes 03:00, so 01:30 to 03:30 lasts one hour."""
    night = office("Europe/Madrid", [(6, 90, 210)])
    day = at("2026-03-29T00:00", "Europe/Madrid")
    assert working_between(night, day, at("2026-03-29T12:00", "Europe/Madrid")) == HOUR


def test_an_hour_that_the_overlap_repeats_is_worked_twice():
    """Madrid, 25 October 2026: 03:00 becomes 02:00, so 01:30 to 03:30 lasts three hours."""
    night = office("Europe/Madrid", [(6, 90, 210)])
    day = at("2026-10-25T00:00", "Europe/Madrid")
    assert working_between(night, day, at("2026-10-25T12:00", "Europe/Madrid")) == 3 * HOUR


def test_a_range_inside_the_overlap_is_two_separate_half_hours():
    night = office("Europe/Madrid", [(6, 120, 150)])
    start = datetime(2026, 10, 25, 0, 0, tzinfo=UTC)
    assert add_working(night, start, 1801) == datetime(2026, 10, 25, 1, 0, 1, tzinfo=UTC)


def test_a_deadline_over_the_change_of_clocks_keeps_the_office_hours():
    start = at("2026-03-27T17:00", "Europe/Madrid")
    due = add_working(office("Europe/Madrid"), start, 2 * HOUR)
    assert due == datetime(2026, 3, 30, 8, 0, tzinfo=UTC)


def test_a_day_that_the_zone_skipped_was_not_worked():
    """Samoa had no 30 December 2011, a Friday."""
    samoa = office("Pacific/Apia")
    thursday = at("2011-12-29T17:00", "Pacific/Apia")
    assert add_working(samoa, thursday, 2 * HOUR) == at("2012-01-02T10:00", "Pacific/Apia")


def test_round_the_clock_is_wall_time():
    always = office(hours=[(day, 0, 1440) for day in range(7)])
    start = at("2026-02-27T22:22")
    assert add_working(always, start, 10 * 86400) == start + timedelta(days=10)


def test_touching_and_overlapping_ranges_are_joined():
    calendar = office(hours=[(0, 540, 600), (0, 600, 660), (0, 630, 700)])
    assert calendar.week[0] == ((540, 700),)


def test_the_wrong_way_round_is_nothing():
    assert working_between(office(), at("2026-03-10T12:00"), at("2026-03-10T10:00")) == 0


def test_a_calendar_without_hours_is_refused():
    with pytest.raises(EmptyCalendar, match="no working hours"):
        office(hours=[])


def test_a_calendar_of_holidays_only_is_refused():
    mondays = [date(2026, 3, 2) + timedelta(weeks=week) for week in range(600)]
    with pytest.raises(EmptyCalendar, match="too little working time"):
        add_working(office(hours=[(0, 540, 1080)], holidays=mondays), at("2026-03-01T00:00"), 60)


def test_holidays_up_to_the_bound_leave_no_working_time():
    mondays = [date(2026, 3, 2) + timedelta(weeks=week) for week in range(600)]
    assert not has_working_time(office(hours=[(0, 540, 1080)], holidays=mondays), at("2026-03-01T00:00"))


@pytest.mark.parametrize("hours", [(0, 600, 600), (0, 700, 600), (0, 0, 1441)])
def test_a_range_must_fit_in_its_day(hours):
    with pytest.raises(ValueError, match="Not a range"):
        office(hours=[hours])
