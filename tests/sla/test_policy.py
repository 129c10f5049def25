from datetime import UTC, datetime, timedelta

import pytest

from sla.errors import InvalidPolicy
from sla.rules.calendar import compile_calendar
from sla.rules.policy import Step, Timekeeper, check_steps, check_window, next_due, planned_due, snapshot

OFFICE = compile_calendar(time_zone="UTC", hours=[(day, 540, 1080) for day in range(5)])
WORKING, WALL = Timekeeper("working", OFFICE), Timekeeper("wall", OFFICE)
FRIDAY = datetime(2026, 3, 6, 17, 55, tzinfo=UTC)
MONDAY = datetime(2026, 3, 9, 9, 0, tzinfo=UTC)


def test_ten_working_minutes_after_due_go_over_the_weekend():
    assert planned_due(WORKING, FRIDAY, 10) == MONDAY + timedelta(minutes=5)


def test_ten_wall_minutes_after_due_do_not():
    assert planned_due(WALL, FRIDAY, 10) == FRIDAY + timedelta(minutes=10)


def test_a_warning_comes_before_due():
    assert planned_due(WORKING, MONDAY + timedelta(minutes=1), -2) == FRIDAY + timedelta(minutes=4)


def test_the_next_step_is_due_when_planned():
    assert next_due(WORKING, MONDAY, [0, 10, 15], 1, MONDAY) == MONDAY + timedelta(minutes=10)


def test_the_next_step_keeps_its_gap_when_the_one_before_was_late():
    late = MONDAY + timedelta(hours=3)
    assert next_due(WORKING, MONDAY, [0, 10, 15], 2, late) == late + timedelta(minutes=5)


def test_a_snapshot_is_ordered_by_offset():
    steps = [Step(10, ("boss",)), Step(-2, ("rep",))]
    assert snapshot(steps) == [{"offset": -2, "recipients": ["rep"]}, {"offset": 10, "recipients": ["boss"]}]


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        ([], "once it is due"),
        ([Step(-1, ("rep",))], "once it is due"),
        ([Step(0, ("rep",)), Step(0, ("boss",))], "at one time"),
        ([Step(-5, ("rep",)), Step(0, ("rep",))], "before the start"),
        ([Step(366 * 1440 + 1, ("rep",))], "more than a year"),
        ([Step(0, ())], "tell somebody"),
        ([Step(0, ("pope",))], "unknown"),
    ],
)
def test_a_ladder_that_makes_no_sense_is_refused(steps, message):
    with pytest.raises(InvalidPolicy, match=message) as caught:
        check_steps(minutes=5, steps=steps)
    assert caught.value.field == "steps"


@pytest.mark.parametrize(
    ("minutes", "attempts", "field"), [(0, 1, "minutes"), (527041, 1, "minutes"), (5, -1, "attempts")]
)
def test_a_window_that_makes_no_sense_is_refused(minutes, attempts, field):
    with pytest.raises(InvalidPolicy) as caught:
        check_window(minutes=minutes, attempts=attempts)
    assert caught.value.field == field


def test_the_default_ladder_is_fine():
    steps = [
        Step(-2, ("rep",)),
        Step(0, ("rep",)),
        Step(10, ("rep", "boss")),
        Step(15, ("ceo",)),
    ]
    check_steps(minutes=5, steps=steps)
    assert len(snapshot(steps)) == 4
