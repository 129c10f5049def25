"""What the queue counts down, at every moment of a promise."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from sla.enums import TimeBase, Urgency
from sla.rules.calendar import WorkingCalendar
from sla.rules.policy import Timekeeper
from sla.rules.queue import Place, from_cursor, to_cursor
from sla.rules.urgency import clock_face, count_down, warning_seconds

OFFICE = WorkingCalendar(ZoneInfo("UTC"), (((540, 1080),),) * 5 + ((), ()))
WORKING = Timekeeper(TimeBase.WORKING, OFFICE)
FRIDAY = datetime(2026, 3, 13, 17, 0, tzinfo=UTC)
MONDAY = datetime(2026, 3, 16, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "urgency", "seconds", "runs"),
    [
        (FRIDAY, Urgency.ON_TIME, 7200, True),
        (FRIDAY + timedelta(hours=3), Urgency.SOON, 3600, False),
        (MONDAY - timedelta(seconds=1), Urgency.SOON, 1, True),
        (MONDAY, Urgency.LATE, 0, True),
        (MONDAY + timedelta(hours=10), Urgency.LATE, 8 * 3600, False),
    ],
)
def test_working_time_stands_still_outside_working_hours(at, urgency, seconds, runs):
    shown = count_down(WORKING, due_at=MONDAY, at=at, warning=3600, paused_at=None)
    assert (shown.urgency, shown.seconds, shown.runs) == (urgency, seconds, runs)


def test_a_paused_clock_shows_what_was_left():
    late = MONDAY + timedelta(days=30)
    shown = count_down(WORKING, due_at=MONDAY, at=late, warning=0, paused_at=FRIDAY)
    assert (shown.urgency, shown.seconds, shown.runs) == (Urgency.PAUSED, 7200, False)


@pytest.mark.parametrize(
    ("steps", "seconds"), [([], 60), ([{"offset": 0}], 60), ([{"offset": -2}, {"offset": -1}], 120)]
)
def test_the_first_agreed_warning_says_when_it_is_pressing(steps, seconds):
    assert warning_seconds(5, steps) == seconds


@pytest.mark.parametrize(
    ("seconds", "in_days", "text"),
    [
        (0, False, "0 s"),
        (59, False, "59 s"),
        (249, False, "4 min 09 s"),
        (3900, True, "1 h 05 min"),
        (6 * 86400 + 5 * 3600, True, "6 d 5 h"),
        (6 * 86400, False, "144 h 00 min"),
    ],
)
def test_the_clock_face(seconds, in_days, text):
    assert clock_face(seconds, in_days=in_days) == text


def test_a_cursor_names_its_place():
    here = Place(MONDAY, -5, 17)
    assert from_cursor(to_cursor(here)) == here


@pytest.mark.parametrize("text", ["", "x", "1.2", "1.2.3.4", "²²².1.1", "1.1.-1"])
def test_any_other_text_is_the_first_page(text):
    assert from_cursor(text) is None
