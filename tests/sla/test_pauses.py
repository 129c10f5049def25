"""A clock stands still while the lead is postponed."""

from datetime import UTC, datetime, timedelta

import pytest

from sla.enums import ClockKind, ClockState, ReminderState
from sla.models import Reminder
from sla.services.clocks import cancel_clock, pause_clock, resume_clock, stop_clock
from tests.sla.factories import MONDAY, make_clock

pytestmark = pytest.mark.django_db
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
FRIDAY = datetime(2026, 3, 13, 17, 58, tzinfo=UTC)
NEXT_MONDAY = datetime(2026, 3, 16, 9, 0, tzinfo=UTC)


def paused(kind=ClockKind.FIRST_CONTACT, *, started=MONDAY, at=MONDAY + MINUTE, until=MONDAY + DAY):
    clock = make_clock(kind, at=started)
    pause_clock(clock=clock, at=at, until=until)
    return clock


def test_working_hold_moves_a_working_deadline():
    clock = paused(until=MONDAY + 61 * MINUTE)
    resume_clock(clock=clock, at=MONDAY + 61 * MINUTE)
    assert clock.due_at == MONDAY + 65 * MINUTE


def test_a_weekend_is_no_working_hold():
    """Paused on Friday at 17:58 with 3 minutes left, resumed on Sunday: 2 minutes on Friday are held."""
    clock = paused(started=FRIDAY - 2 * MINUTE, at=FRIDAY, until=NEXT_MONDAY)
    resume_clock(clock=clock, at=datetime(2026, 3, 15, 12, 0, tzinfo=UTC))
    assert clock.due_at == NEXT_MONDAY + 3 * MINUTE


def test_wall_hold_moves_a_wall_deadline():
    clock = paused(ClockKind.DECISION, until=MONDAY + 5 * DAY)
    resume_clock(clock=clock, at=MONDAY + MINUTE + 5 * DAY)
    assert clock.due_at == MONDAY + 12 * DAY


def test_holds_accumulate():
    clock = paused(ClockKind.DECISION, at=MONDAY + DAY, until=MONDAY + 2 * DAY)
    resume_clock(clock=clock, at=MONDAY + 2 * DAY)
    pause_clock(clock=clock, at=MONDAY + 3 * DAY, until=MONDAY + 4 * DAY)
    resume_clock(clock=clock, at=MONDAY + 4 * DAY)
    clock.refresh_from_db()
    assert (clock.held_seconds, clock.held_working_seconds) == (2 * 86400, 2 * 9 * 3600)


def test_durations_are_without_the_holds():
    clock = paused(at=MONDAY + MINUTE, until=MONDAY + 31 * MINUTE)
    resume_clock(clock=clock, at=MONDAY + 31 * MINUTE)
    stop_clock(clock=clock, at=MONDAY + 34 * MINUTE)
    assert (clock.state, clock.wall_seconds, clock.working_seconds) == (ClockState.MET, 240, 240)


def test_a_clock_ended_while_paused_counts_only_the_time_before():
    clock = paused(at=MONDAY + MINUTE)
    cancel_clock(clock=clock, at=MONDAY + DAY)
    assert (clock.state, clock.wall_seconds) == (ClockState.CANCELLED, 60)


def test_a_contact_during_the_pause_is_in_time():
    clock = paused(until=MONDAY + 5 * DAY)
    stop_clock(clock=clock, at=MONDAY + 3 * DAY)
    assert clock.state == ClockState.MET


def test_a_deadline_that_had_passed_stays_missed():
    clock = paused(at=MONDAY + 6 * MINUTE)
    resume_clock(clock=clock, at=MONDAY + DAY)
    clock.refresh_from_db()
    assert (clock.state, clock.breached_at) == (ClockState.BREACHED, MONDAY + 5 * MINUTE)


def test_no_step_is_due_before_the_lead_comes_back():
    clock = paused(at=MONDAY + 4 * MINUTE, until=MONDAY + DAY)
    assert clock.reminders.get().due_at == MONDAY + DAY


def test_the_waiting_step_moves_with_the_deadline():
    clock = paused(at=MONDAY + MINUTE, until=MONDAY + DAY)
    resume_clock(clock=clock, at=MONDAY + 31 * MINUTE)
    assert clock.reminders.get().due_at == MONDAY + 33 * MINUTE


def test_the_waiting_step_keeps_its_gap_to_the_one_before():
    """Step 0 went out 10 minutes late; step 1 waits 2 minutes after it, and the hold on top."""
    clock = make_clock()
    sent = MONDAY + 13 * MINUTE
    clock.reminders.update(state=ReminderState.SENT, ended_at=sent)
    Reminder.objects.create(clock=clock, step=1, due_at=sent + 2 * MINUTE)
    pause_clock(clock=clock, at=sent + MINUTE, until=MONDAY + DAY)
    resume_clock(clock=clock, at=sent + 31 * MINUTE)
    assert clock.reminders.get(step=1).due_at == sent + 32 * MINUTE


def test_a_clock_started_while_postponed_writes_its_step_on_resuming():
    clock = make_clock(ClockKind.DECISION, is_paused=True)
    clock.reminders.all().delete()
    resume_clock(clock=clock, at=MONDAY + DAY)
    assert clock.reminders.get().due_at == MONDAY + 7 * DAY


def test_pausing_twice_keeps_the_first_moment():
    clock = paused(at=MONDAY + MINUTE)
    pause_clock(clock=clock, at=MONDAY + 3 * MINUTE, until=MONDAY + DAY)
    assert clock.paused_at == MONDAY + MINUTE


def test_resuming_a_running_clock_changes_nothing():
    clock = make_clock()
    resume_clock(clock=clock, at=MONDAY + MINUTE)
    clock.refresh_from_db()
    assert (clock.due_at, clock.held_seconds) == (MONDAY + 5 * MINUTE, 0)
