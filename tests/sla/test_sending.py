"""When a report goes out: before, at and after its moment, across the change of clocks, on days off."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from sla.rules.calendar import compile_calendar
from sla.rules.sending import Issue, Timetable, context_of, issue_due, issue_now, issue_of, next_issue

MADRID = ZoneInfo("Europe/Madrid")
HOUR, SECOND = dt.timedelta(hours=1), dt.timedelta(seconds=1)
NIGHTLY = Timetable(dt.time(19), frozenset(range(5)))
OFFICE = compile_calendar(
    time_zone="Europe/Madrid",
    hours=[(day, 540, 1080) for day in range(5)],
    holidays=[dt.date(2026, 3, 9), dt.date(2026, 3, 19)],
)


def utc(month: int, day: int, hour: int, minute: int = 0) -> dt.datetime:
    return dt.datetime(2026, month, day, hour, minute, tzinfo=dt.UTC)


def due(at: dt.datetime, table: Timetable = NIGHTLY, zone: ZoneInfo = MADRID) -> Issue | None:
    return issue_due(table, at=at, zone=zone)


SEVEN = utc(3, 10, 18)
"""Tuesday, 19:00 in Madrid."""


@pytest.mark.parametrize(
    ("after", "is_due"), [(-SECOND, False), (0 * SECOND, True), (5 * HOUR - SECOND, True)]
)
def test_before_at_and_after(after: dt.timedelta, is_due: bool) -> None:
    assert (due(SEVEN + after) is not None) == is_due


def test_when_the_day_is_over_it_is_not_made_up_for() -> None:
    assert due(SEVEN + 5 * HOUR) is None


def test_what_it_tells_begins_where_the_one_before_ended() -> None:
    assert due(SEVEN) == Issue(dt.date(2026, 3, 10), SEVEN, utc(3, 9, 18))


def test_mondays_tells_of_the_weekend_too() -> None:
    issue = due(utc(3, 9, 20))
    assert issue is not None and issue.since == utc(3, 6, 18)


@pytest.mark.parametrize(
    ("at", "due_at"),
    [
        (utc(3, 27, 22), utc(3, 27, 18)),  # Friday before Madrid springs forward
        (utc(3, 30, 21), utc(3, 30, 17)),  # Monday after it
        (utc(10, 23, 21), utc(10, 23, 17)),
        (utc(10, 26, 22), utc(10, 26, 18)),
    ],
)
def test_across_the_change_of_clocks_it_stays_at_seven(at: dt.datetime, due_at: dt.datetime) -> None:
    issue = due(at)
    assert issue is not None and issue.due_at == due_at


DAILY = Timetable(dt.time(2, 30), frozenset(range(7)))


def test_a_time_that_the_clocks_skip_comes_once() -> None:
    hours = [utc(3, 28, 22) + n * HOUR / 4 for n in range(24)]
    moments = {
        issue.due_at for at in hours if (issue := due(at, DAILY)) and issue.day == dt.date(2026, 3, 29)
    }
    assert moments == {utc(3, 29, 1, 30)}


def test_a_time_that_the_clocks_show_twice_is_the_first() -> None:
    issue = due(utc(10, 25, 1, 45), DAILY)
    assert issue is not None and issue.due_at == utc(10, 25, 0, 30)


def test_the_readers_day_counts_unless_a_zone_is_set() -> None:
    auckland = ZoneInfo("Pacific/Auckland")
    theirs = due(utc(3, 10, 6), zone=auckland)
    fixed = Timetable(NIGHTLY.time, NIGHTLY.weekdays, zone=MADRID)
    assert theirs is not None and theirs.due_at == utc(3, 10, 6)
    assert due(utc(3, 10, 6), fixed, auckland) is None


WORKDAYS = Timetable(NIGHTLY.time, frozenset(range(7)), calendar=OFFICE)


@pytest.mark.parametrize(("day", "goes"), [(8, False), (9, False), (10, True), (19, False), (20, True)])
def test_days_off_have_none(day: int, goes: bool) -> None:
    assert (due(utc(3, day, 20), WORKDAYS) is not None) == goes


def test_after_days_off_it_tells_of_them() -> None:
    issue = due(SEVEN, WORKDAYS)
    assert issue is not None and issue.since == utc(3, 6, 18)


WEEKLY = Timetable(dt.time(8), frozenset({0}), weekly=True, calendar=OFFICE)


@pytest.mark.parametrize(
    ("at", "due_at"),
    [
        (utc(3, 2, 6, 59), None),
        (utc(3, 2, 7), utc(3, 2, 7)),
        (utc(3, 8, 22), utc(3, 2, 7)),  # late in its week
        (utc(3, 9, 12), None),  # Monday is a holiday
        (utc(3, 10, 7), utc(3, 10, 7)),
    ],
)
def test_a_weekly_one_moves_to_the_next_working_day(at: dt.datetime, due_at: dt.datetime | None) -> None:
    issue = due(at, WEEKLY)
    assert (issue.due_at if issue else None) == due_at


def test_a_weekly_one_is_named_after_its_monday() -> None:
    issue = due(utc(3, 10, 7), WEEKLY)
    assert issue is not None and issue.day == dt.date(2026, 3, 9)


def test_in_a_week_without_a_working_day_it_stays_on_its_day() -> None:
    closed = compile_calendar(
        time_zone="UTC", hours=[(0, 0, 60)], holidays=[dt.date(2026, 3, 9), dt.date(2026, 3, 16)]
    )
    table = Timetable(dt.time(8), frozenset({0}), weekly=True, calendar=closed)
    issue = due(utc(3, 13, 12), table)
    assert issue is not None and issue.due_at == utc(3, 9, 7)


@pytest.mark.parametrize(("at", "moment"), [(SEVEN - SECOND, SEVEN), (SEVEN, SEVEN + 24 * HOUR)])
def test_the_next_one_is_told(at: dt.datetime, moment: dt.datetime) -> None:
    issue = next_issue(NIGHTLY, at=at, zone=MADRID)
    assert issue is not None and issue.due_at == moment


def test_a_preview_tells_of_the_time_until_now() -> None:
    at = utc(3, 10, 9)
    assert issue_now(NIGHTLY, at=at, zone=MADRID) == Issue(dt.date(2026, 3, 10), at, utc(3, 9, 18))


def test_a_mail_keeps_what_it_tells_of() -> None:
    issue = due(SEVEN)
    assert issue is not None and issue_of(context_of(issue)) == issue
