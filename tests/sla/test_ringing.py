"""What happens when a deadline passes."""

from datetime import timedelta

import pytest

from funnel.enums import Move, Reason, Stage, Status
from funnel.models import Assignment, Journey, StageChange
from funnel.services.moving import move_locked
from leads.enums import ActivityKind
from sla.enums import ClockKind, ClockState, MailKind
from sla.models import Clock, Notice
from sla.services import ringing
from sla.services.clocks import pause_clock
from sla.services.ringing import ring
from smarketing.accounts.enums import Role
from tests.accounts.factories import make_user
from tests.leads.factories import make_activity
from tests.sla.factories import MONDAY, make_clock

pytestmark = pytest.mark.django_db
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
SECOND = timedelta(seconds=1)
DUE = MONDAY + 5 * MINUTE
WEEK = MONDAY + 7 * DAY


def fresh(clock: Clock) -> Clock:
    return Clock.objects.get(pk=clock.pk)


@pytest.mark.parametrize(
    ("at", "state"),
    [(DUE - SECOND, ClockState.RUNNING), (DUE, ClockState.BREACHED), (DUE + DAY, ClockState.BREACHED)],
    ids=["before", "at", "a day late"],
)
def test_first_contact_is_missed_when_its_deadline_passes(at, state):
    clock = make_clock()
    ring(at=at)
    assert fresh(clock).state == state


def test_a_late_tick_stamps_the_deadline_and_not_itself():
    clock = make_clock()
    ring(at=DUE + DAY)
    assert fresh(clock).breached_at == DUE


def test_a_missed_clock_goes_on_ticking():
    clock = make_clock()
    ring(at=DUE)
    assert fresh(clock).is_ticking


def test_ringing_twice_does_nothing_more():
    make_clock()
    assert (ring(at=DUE), ring(at=DUE)) == (1, 0)


@pytest.mark.parametrize("count", [1, 3])
def test_misses_of_a_batch_cost_the_same_for_one_and_three(count, django_assert_num_queries):
    for _ in range(count):
        make_clock()
    with django_assert_num_queries(7):  # savepoint, clocks, contacts, update, release, due, retries
        ring(at=DUE)


def test_at_most_the_limit_is_taken_at_once():
    for _ in range(3):
        make_clock()
    assert (ring(at=DUE, limit=2), ring(at=DUE, limit=2)) == (2, 1)


def test_the_longest_overdue_comes_first():
    late, later = make_clock(at=MONDAY - MINUTE), make_clock(at=MONDAY - 2 * MINUTE)
    ring(at=DUE, limit=1)
    assert (fresh(late).state, fresh(later).state) == (ClockState.RUNNING, ClockState.BREACHED)


def test_a_contact_whose_event_was_lost_counts():
    clock = make_clock()
    make_activity(clock.lead, ActivityKind.CALL, at=MONDAY + MINUTE, is_contact=True)
    ring(at=DUE)
    kinds = clock.journey.clocks.order_by("pk").values_list("kind", "state")
    assert list(kinds) == [
        (ClockKind.FIRST_CONTACT, ClockState.MET),
        (ClockKind.DECISION, ClockState.RUNNING),
    ]


def test_a_contact_before_the_hand_off_does_not_count():
    clock = make_clock()
    make_activity(clock.lead, ActivityKind.CALL, at=MONDAY - MINUTE, is_contact=True)
    ring(at=DUE)
    assert fresh(clock).state == ClockState.BREACHED


def test_a_paused_clock_does_not_ring():
    clock = make_clock()
    pause_clock(clock=clock, at=MONDAY + MINUTE, until=MONDAY + 9 * DAY)
    assert ring(at=MONDAY + DAY) == 0


@pytest.mark.parametrize(
    ("at", "status"),
    [(WEEK - SECOND, Status.ACTIVE), (WEEK, Status.RECYCLED), (WEEK + DAY, Status.RECYCLED)],
    ids=["before", "at", "a day late"],
)
@pytest.mark.parametrize("kind", [ClockKind.DECISION, ClockKind.AE_DECISION])
def test_an_undecided_lead_goes_back_to_marketing(kind, at, status):
    clock = make_clock(kind)
    ring(at=at)
    assert Journey.objects.get(pk=clock.journey_id).status == status


def test_the_automatic_return_says_that_nobody_decided():
    clock = make_clock(ClockKind.DECISION)
    ring(at=WEEK)
    change = StageChange.objects.get(journey=clock.journey_id)
    assert (change.move, change.reason, change.actor) == (Move.RECYCLE, Reason.NOT_DECIDED, None)


def test_it_starts_a_new_journey_that_nobody_owns():
    clock = make_clock(ClockKind.DECISION)
    ring(at=WEEK)
    journey = Journey.objects.select_related("lead").get(lead=clock.lead_id, is_current=True)
    assert (journey.number, journey.stage in (Stage.MQL, Stage.SQL), journey.lead.owner) == (2, False, None)


def test_the_decision_was_missed_for_good():
    clock = make_clock(ClockKind.DECISION)
    ring(at=WEEK + DAY)
    clock = fresh(clock)
    assert (clock.state, clock.breached_at, clock.ended_at) == (ClockState.BREACHED, WEEK, WEEK + DAY)


def test_the_owner_and_marketing_are_told():
    clock, marketer = make_clock(ClockKind.DECISION), make_user(role=Role.MARKETER)
    Assignment.objects.create(journey=clock.journey, lead=clock.lead, user=clock.owner, assigned_at=MONDAY)
    ring(at=WEEK)
    told = Notice.objects.filter(kind=MailKind.RECYCLED).values_list("recipient", flat=True)
    assert set(told) == {clock.owner_id, marketer.pk}


def test_a_decision_whose_event_was_lost_is_followed():
    clock = make_clock(ClockKind.DECISION)
    Journey.objects.filter(pk=clock.journey_id).update(stage=Stage.SQL, sql_at=MONDAY + DAY)
    StageChange.objects.create(
        journey=clock.journey,
        lead=clock.lead,
        at=MONDAY + DAY,
        actor=clock.owner,
        move=Move.QUALIFY,
        to_stage=Stage.SQL,
        to_status=Status.ACTIVE,
    )
    ring(at=WEEK)
    clock = fresh(clock)
    assert (clock.state, clock.ended_at) == (ClockState.MET, MONDAY + DAY)


def test_a_journey_moved_by_hand_in_the_database_is_left_alone():
    clock = make_clock(ClockKind.DECISION)
    Journey.objects.filter(pk=clock.journey_id).update(stage=Stage.OPPORTUNITY)
    ring(at=WEEK)
    assert (fresh(clock).is_ticking, StageChange.objects.count()) == (False, 0)


@pytest.fixture
def poison(monkeypatch):
    """The lead of this clock cannot be recycled; the set may be emptied."""
    clock = make_clock(ClockKind.DECISION, at=MONDAY - DAY)
    poisoned = {clock.journey_id}

    def move(*, journey, **details):
        if journey.pk in poisoned:
            raise RuntimeError("no way")
        return move_locked(journey=journey, **details)

    monkeypatch.setattr(ringing, "move_locked", move)
    return clock, poisoned


def test_a_poison_row_does_not_hold_up_the_next(poison):
    clock, _ = poison
    good = make_clock(ClockKind.DECISION)
    assert (ring(at=WEEK, limit=1), ring(at=WEEK, limit=1)) == (1, 1)
    assert (fresh(clock).is_ticking, fresh(good).is_ticking) == (True, False)


def test_a_poison_row_is_missed_and_shows_why(poison):
    clock, _ = poison
    ring(at=WEEK)
    clock = fresh(clock)
    assert (clock.state, clock.error, clock.failures) == (ClockState.BREACHED, "RuntimeError: no way", 1)


def test_it_is_tried_again_later_and_later(poison):
    clock, _ = poison
    ring(at=WEEK)
    first = fresh(clock).retry_at
    ring(at=first)
    assert (first - WEEK, fresh(clock).retry_at - first) == (MINUTE, 2 * MINUTE)


def test_it_heals_by_itself(poison):
    clock, poisoned = poison
    ring(at=WEEK)
    poisoned.clear()
    ring(at=WEEK + MINUTE)
    assert Journey.objects.get(pk=clock.journey_id).status == Status.RECYCLED
