"""A clock's life by the service: started, kept, missed, cancelled, replaced."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError

from funnel.enums import Stage
from sla.enums import ClockKind, ClockState, ReminderState
from sla.errors import EmptyCalendar
from sla.models import Calendar, Clock, Policy, PolicyRevision, Reminder
from sla.selectors.policies import current_book
from sla.services.clocks import cancel_clock, replace_on_reassignment, start_clock, stop_clock
from sla.services.policies import renew_policies
from smarketing.accounts.enums import Role
from tests.accounts.factories import make_user
from tests.funnel.factories import bare_lead, make_journey
from tests.leads.factories import make_company
from tests.sla.factories import MONDAY, make_clock, make_handed_off, make_policy

pytestmark = pytest.mark.django_db
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
SATURDAY = datetime(2026, 3, 7, 15, 0, tzinfo=UTC)


def test_first_contact_is_due_after_five_working_minutes():
    assert make_clock().due_at == MONDAY + 5 * MINUTE


def test_a_hand_off_on_saturday_is_due_on_monday_morning():
    assert make_clock(at=SATURDAY).due_at == datetime(2026, 3, 9, 9, 5, tzinfo=UTC)


def test_a_decision_is_due_after_seven_days_of_calendar_time():
    assert make_clock(ClockKind.DECISION, at=SATURDAY).due_at == SATURDAY + 7 * DAY


def test_the_policys_values_are_copied():
    clock = make_clock()
    assert clock.steps == [
        {"offset": -2, "recipients": ["rep"]},
        {"offset": 0, "recipients": ["rep"]},
        {"offset": 10, "recipients": ["rep", "boss"]},
        {"offset": 15, "recipients": ["ceo"]},
    ]


def test_only_the_first_step_is_written_and_it_is_the_warning():
    clock = make_clock()
    rows = [(row.step, row.due_at, row.state) for row in clock.reminders.all()]
    assert rows == [(0, MONDAY + 3 * MINUTE, ReminderState.PENDING)]


def test_starting_costs_one_statement(django_assert_num_queries):
    make_clock()
    journey = make_handed_off()
    with django_assert_num_queries(1):
        start_clock(journey=journey, lead=journey.lead, kind=ClockKind.FIRST_CONTACT, owner=None, at=MONDAY)


def test_a_policy_that_another_process_changed_holds_at_once():
    make_clock()
    Policy.objects.filter(kind=ClockKind.FIRST_CONTACT).update(minutes=7)
    PolicyRevision.objects.update(token=uuid4())
    assert make_clock().minutes == 7


def test_a_policy_that_another_process_switched_on_holds_at_once():
    make_clock()
    Policy.objects.filter(kind=ClockKind.FIRST_CONTACT).update(is_active=False)
    renew_policies()
    current_book()
    Policy.objects.filter(kind=ClockKind.FIRST_CONTACT).update(is_active=True)
    PolicyRevision.objects.update(token=uuid4())
    assert make_clock().kind == ClockKind.FIRST_CONTACT


def test_a_journey_cannot_have_two_ticking_clocks():
    clock = make_clock()
    with pytest.raises(IntegrityError, match="clock_one_ticking"):
        make_clock(journey=clock.journey)


def test_without_a_policy_nothing_was_promised():
    make_clock()
    Policy.objects.update(is_active=False)
    renew_policies()
    journey = make_handed_off()
    started = start_clock(
        journey=journey, lead=journey.lead, kind=ClockKind.FIRST_CONTACT, owner=None, at=MONDAY
    )
    assert started is None


def test_an_empty_calendar_is_refused_by_name():
    make_clock()
    Policy.objects.update(calendar=Calendar.objects.create(name="Never"))
    renew_policies()
    with pytest.raises(EmptyCalendar, match="no working hours"):
        make_clock()


def test_conditions_choose_the_policy():
    make_policy(minutes=1, conditions=[{"field": "company.employees", "operator": "gte", "value": 200}])
    lead = bare_lead(company=make_company(employees=500))
    journey = make_journey(Stage.MQL, lead=lead)
    assert make_clock(journey=journey).minutes == 1


def test_who_does_not_fit_the_conditions_gets_the_next_policy():
    make_policy(minutes=1, conditions=[{"field": "company.employees", "operator": "gte", "value": 200}])
    lead = bare_lead(company=make_company(employees=5))
    journey = make_journey(Stage.MQL, lead=lead)
    assert make_clock(journey=journey).minutes == 5


def test_an_edited_policy_leaves_running_clocks_as_they_were():
    clock = make_clock()
    Policy.objects.filter(kind=ClockKind.FIRST_CONTACT).update(minutes=60)
    renew_policies()
    clock.refresh_from_db()
    assert (clock.minutes, clock.due_at) == (5, MONDAY + 5 * MINUTE)


def test_the_next_clock_starts_by_the_edited_policy():
    make_clock()
    Policy.objects.filter(kind=ClockKind.FIRST_CONTACT).update(minutes=60)
    renew_policies()
    assert make_clock().minutes == 60


@pytest.mark.parametrize(
    ("minutes", "state"),
    [(4, ClockState.MET), (5, ClockState.MET), (6, ClockState.MET_LATE)],
    ids=["before", "at", "after"],
)
def test_kept_by_when_it_happened(minutes, state):
    clock = make_clock()
    stop_clock(clock=clock, at=MONDAY + minutes * MINUTE)
    clock.refresh_from_db()
    assert clock.state == state


def test_a_late_contact_says_which_deadline_was_missed():
    clock = make_clock()
    stop_clock(clock=clock, at=MONDAY + 6 * MINUTE)
    clock.refresh_from_db()
    assert clock.breached_at == MONDAY + 5 * MINUTE


def test_a_stamped_miss_is_taken_back_when_the_contact_was_in_time():
    clock = make_clock()
    clock.state, clock.breached_at = ClockState.BREACHED, clock.due_at
    clock.save()
    stop_clock(clock=clock, at=MONDAY + 60 * MINUTE, happened_at=MONDAY + 4 * MINUTE)
    clock.refresh_from_db()
    assert (clock.state, clock.breached_at) == (ClockState.MET, None)


def test_wall_and_working_seconds_are_both_kept():
    clock = make_clock(at=SATURDAY)
    stop_clock(clock=clock, at=datetime(2026, 3, 9, 10, 0, tzinfo=UTC))
    clock.refresh_from_db()
    assert (clock.wall_seconds, clock.working_seconds) == (43 * 3600, 3600)


def test_an_ended_clock_has_no_waiting_step():
    clock = make_clock()
    stop_clock(clock=clock, at=MONDAY + MINUTE)
    assert [(row.state, row.ended_at, row.error) for row in clock.reminders.all()] == [
        (ReminderState.SKIPPED, MONDAY + MINUTE, "contacted")
    ]


@pytest.mark.parametrize(
    ("minutes", "state"),
    [(4, ClockState.CANCELLED), (5, ClockState.BREACHED), (6, ClockState.BREACHED)],
    ids=["before", "at", "after"],
)
def test_what_nobody_asks_for_any_more_is_cancelled_unless_it_was_due(minutes, state):
    clock = make_clock()
    cancel_clock(clock=clock, at=MONDAY + minutes * MINUTE)
    clock.refresh_from_db()
    assert clock.state == state


def test_a_new_owner_gets_a_fresh_window():
    clock, other = make_clock(), make_user(role=Role.SDR)
    at = MONDAY + 3 * MINUTE
    fresh = replace_on_reassignment(clock=clock, lead=clock.lead, owner=other, at=at)
    assert (fresh.owner, fresh.started_at, fresh.due_at) == (other, at, at + 5 * MINUTE)


def test_the_leads_total_goes_on_over_a_reassignment():
    clock, other = make_clock(), make_user(role=Role.SDR)
    fresh = replace_on_reassignment(clock=clock, lead=clock.lead, owner=other, at=MONDAY + 3 * MINUTE)
    assert fresh.lead_started_at == MONDAY


def test_a_miss_of_the_owner_before_stays_theirs():
    clock, other = make_clock(), make_user(role=Role.SDR)
    replace_on_reassignment(clock=clock, lead=clock.lead, owner=other, at=MONDAY + 8 * MINUTE)
    clock.refresh_from_db()
    assert (clock.state, clock.breached_at) == (ClockState.BREACHED, MONDAY + 5 * MINUTE)


def test_the_waiting_step_says_that_the_owner_changed():
    clock, other = make_clock(), make_user(role=Role.SDR)
    replace_on_reassignment(clock=clock, lead=clock.lead, owner=other, at=MONDAY + MINUTE)
    assert clock.reminders.get().error == "owner_changed"


def test_the_same_owner_keeps_the_clock():
    clock = make_clock()
    same = replace_on_reassignment(clock=clock, lead=clock.lead, owner=clock.owner, at=MONDAY + MINUTE)
    assert same == clock


def test_a_clock_that_has_not_run_changes_hands():
    clock, other = make_clock(), make_user(role=Role.SDR)
    replace_on_reassignment(clock=clock, lead=clock.lead, owner=other, at=MONDAY)
    assert list(Clock.objects.values_list("owner", "state")) == [(other.pk, ClockState.RUNNING)]


def test_a_lead_without_owner_waits_all_the_same():
    clock = make_clock()
    fresh = replace_on_reassignment(clock=clock, lead=clock.lead, owner=None, at=MONDAY + MINUTE)
    assert (fresh.owner, fresh.state, Reminder.objects.filter(clock=fresh).count()) == (
        None,
        ClockState.RUNNING,
        1,
    )
