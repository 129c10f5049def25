"""What moves, assignments and contacts mean for clocks."""

from datetime import timedelta

import pytest

from funnel.enums import Move, Stage, Status
from funnel.models import Assignment, Journey
from funnel.signals import journey_moved, lead_assigned
from leads.enums import ActivityKind
from leads.models import Activity, Lead, Merge
from leads.services.merging import merge_leads, undo_merge
from leads.signals import contact_made
from sla.enums import ClockKind, ClockState
from sla.models import Clock
from sla.services.clocks import pause_clock, stop_clock
from sla.services.defaults import install_defaults
from sla.services.ringing import ring
from smarketing.accounts.enums import Role
from smarketing.accounts.models import User
from tests.accounts.factories import make_user
from tests.leads.factories import make_activity
from tests.sla.factories import MONDAY, make_clock, make_handed_off

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def rep() -> User:
    install_defaults(at=MONDAY)
    return make_user(role=Role.SDR)


def assign(journey: Journey, user: User | None, *, at=MONDAY, actor=None) -> None:
    """As ``funnel.services.routing.give`` tells it; what the receiver does not read is left out."""
    previous = journey.lead.owner_id
    journey.lead.owner = user
    given = Assignment(user=user, actor=actor, assigned_at=at)
    lead_assigned.send(
        sender=Journey, journey=journey, assignment=given, previous_owner_id=previous, at=at, actor=actor
    )


def move(journey: Journey, move: str, *, at, actor=None, **now) -> None:
    """As ``funnel.services.moving.move_journey`` tells it."""
    for name, value in now.items():
        setattr(journey, name, value)
    journey_moved.send(sender=Journey, journey=journey, changes=[], move=move, at=at, actor=actor)


def contact(lead: Lead, *, happened, at=None) -> Activity:
    activity = make_activity(lead, ActivityKind.CALL, at=happened, is_contact=True)
    contact_made.send(sender=Activity, lead=lead, activity=activity, at=at or happened)
    return activity


def states(journey: Journey) -> list[tuple[str, str]]:
    return list(journey.clocks.order_by("pk").values_list("kind", "state"))


def test_the_hand_off_starts_the_first_contact_clock_of_its_owner(rep):
    journey = make_handed_off()
    assign(journey, rep)
    clock = journey.clocks.get()
    assert (clock.kind, clock.owner, clock.started_at) == (ClockKind.FIRST_CONTACT, rep, MONDAY)


def test_the_automatic_hand_off_costs_one_statement_and_one_to_tell_the_rep(rep, django_assert_num_queries):
    assign(make_handed_off(), rep)
    journey = make_handed_off()
    with django_assert_num_queries(1 + 1):
        assign(journey, rep)


def test_moves_up_to_the_hand_off_cost_nothing(rep, django_assert_num_queries):
    journey = make_handed_off()
    with django_assert_num_queries(0):
        move(journey, Move.ADVANCE, at=MONDAY)


def test_a_lead_nobody_takes_waits_all_the_same(rep):
    journey = make_handed_off()
    assign(journey, None)
    assert journey.clocks.get().owner is None


def test_who_gets_it_later_gets_a_fresh_clock(rep):
    journey = make_handed_off()
    assign(journey, None)
    assign(journey, rep, at=MONDAY + MINUTE)
    assert states(journey) == [
        (ClockKind.FIRST_CONTACT, ClockState.CANCELLED),
        (ClockKind.FIRST_CONTACT, ClockState.RUNNING),
    ]


def test_an_assignment_before_the_hand_off_starts_nothing(rep):
    journey = make_handed_off(stage=Stage.TARGET, mql_at=None)
    assign(journey, rep)
    assert states(journey) == []


def test_an_assignment_of_an_opportunity_starts_nothing(rep):
    journey = make_handed_off(stage=Stage.OPPORTUNITY)
    assign(journey, rep, at=MONDAY + DAY)
    assert states(journey) == []


def test_the_first_contact_starts_the_seven_days(rep):
    journey = make_handed_off()
    assign(journey, rep)
    contact(journey.lead, happened=MONDAY + 2 * MINUTE)
    assert states(journey) == [
        (ClockKind.FIRST_CONTACT, ClockState.MET),
        (ClockKind.DECISION, ClockState.RUNNING),
    ]


def test_the_seven_days_count_from_when_it_happened(rep):
    journey = make_handed_off()
    assign(journey, rep)
    contact(journey.lead, happened=MONDAY + 2 * MINUTE, at=MONDAY + 60 * MINUTE)
    assert journey.clocks.get(kind=ClockKind.DECISION).due_at == MONDAY + 2 * MINUTE + 7 * DAY


@pytest.mark.parametrize("happened", [MONDAY - MINUTE, MONDAY + 2 * MINUTE], ids=["before", "future"])
def test_a_contact_before_the_hand_off_or_in_the_future_does_not_count(rep, happened):
    journey = make_handed_off()
    assign(journey, rep)
    contact(journey.lead, happened=happened, at=MONDAY + MINUTE)
    assert states(journey) == [(ClockKind.FIRST_CONTACT, ClockState.RUNNING)]


def test_a_second_contact_changes_nothing(rep):
    journey = make_handed_off()
    assign(journey, rep)
    contact(journey.lead, happened=MONDAY + 2 * MINUTE)
    contact(journey.lead, happened=MONDAY + 3 * MINUTE)
    first = journey.clocks.get(kind=ClockKind.FIRST_CONTACT)
    assert (first.ended_at, journey.clocks.count()) == (MONDAY + 2 * MINUTE, 2)


def test_the_earliest_contact_decides_whether_it_was_kept(rep):
    journey = make_handed_off()
    assign(journey, rep)
    contact(journey.lead, happened=MONDAY + 9 * MINUTE)
    contact(journey.lead, happened=MONDAY + 4 * MINUTE, at=MONDAY + 20 * MINUTE)
    first = journey.clocks.get(kind=ClockKind.FIRST_CONTACT)
    assert (first.state, first.wall_seconds, first.breached_at) == (ClockState.MET, 240, None)


def test_the_seven_days_count_from_the_earliest_contact(rep):
    journey = make_handed_off()
    assign(journey, rep)
    contact(journey.lead, happened=MONDAY + 9 * MINUTE)
    contact(journey.lead, happened=MONDAY + 4 * MINUTE, at=MONDAY + 20 * MINUTE)
    decision = journey.clocks.get(kind=ClockKind.DECISION)
    assert (decision.started_at, decision.due_at) == (MONDAY + 4 * MINUTE, MONDAY + 4 * MINUTE + 7 * DAY)
    assert decision.reminders.get().due_at == MONDAY + 4 * MINUTE + 6 * DAY


def test_a_contact_of_the_rep_before_logged_late_ends_the_fresh_clock_where_it_began(rep):
    journey = make_handed_off()
    assign(journey, rep)
    assign(journey, make_user(role=Role.SDR), at=MONDAY + 3 * MINUTE)
    contact(journey.lead, happened=MONDAY + 2 * MINUTE, at=MONDAY + 4 * MINUTE)
    fresh = journey.clocks.filter(kind=ClockKind.FIRST_CONTACT).latest("pk")
    assert (fresh.state, fresh.ended_at) == (ClockState.MET, MONDAY + 3 * MINUTE)


def test_a_contact_while_postponed_starts_the_seven_days_paused(rep):
    journey = make_handed_off()
    assign(journey, rep)
    later = {"status": Status.POSTPONED, "resume_at": MONDAY + 9 * DAY}
    move(journey, Move.POSTPONE, at=MONDAY + MINUTE, actor=rep, **later)
    contact(journey.lead, happened=MONDAY + DAY)
    assert states(journey) == [
        (ClockKind.FIRST_CONTACT, ClockState.MET),
        (ClockKind.DECISION, ClockState.PAUSED),
    ]


def test_postponing_pauses_and_resuming_goes_on(rep):
    clock = make_clock(ClockKind.DECISION, owner=rep)
    journey = clock.journey
    move(journey, Move.POSTPONE, at=MONDAY + DAY, resume_at=MONDAY + 4 * DAY, status=Status.POSTPONED)
    move(journey, Move.RESUME, at=MONDAY + 4 * DAY, resume_at=None, status=Status.ACTIVE)
    clock.refresh_from_db()
    assert (clock.state, clock.due_at) == (ClockState.RUNNING, MONDAY + 10 * DAY)


@pytest.mark.parametrize("kind", [Move.QUALIFY, Move.RECYCLE, Move.DISQUALIFY])
@pytest.mark.parametrize(
    ("at", "state"),
    [(MONDAY + 7 * DAY, ClockState.MET), (MONDAY + 7 * DAY + MINUTE, ClockState.MET_LATE)],
    ids=["in time", "late"],
)
def test_every_move_on_by_a_person_is_the_decision(rep, kind, at, state):
    clock = make_clock(ClockKind.DECISION, owner=rep)
    move(clock.journey, kind, at=at, actor=rep)
    clock.refresh_from_db()
    assert clock.state == state


def test_a_recycling_by_the_system_is_the_miss_itself(rep):
    clock = make_clock(ClockKind.DECISION, owner=rep)
    move(clock.journey, Move.RECYCLE, at=MONDAY + 7 * DAY)
    clock.refresh_from_db()
    assert (clock.state, clock.ended_at) == (ClockState.BREACHED, MONDAY + 7 * DAY)


def test_a_move_is_no_contact(rep):
    clock = make_clock(owner=rep)
    move(clock.journey, Move.QUALIFY, at=MONDAY + MINUTE, actor=rep)
    clock.refresh_from_db()
    assert clock.state == ClockState.CANCELLED


def test_at_sql_the_aes_week_begins(rep):
    journey = make_clock(ClockKind.DECISION, owner=rep).journey
    move(journey, Move.QUALIFY, at=MONDAY + DAY, actor=rep, stage=Stage.SQL)
    assign(journey, make_user(role=Role.AE), at=MONDAY + DAY, actor=rep)
    week = Clock.objects.ticking().get(journey=journey)
    assert (week.kind, week.due_at) == (ClockKind.AE_DECISION, MONDAY + 8 * DAY)


def test_converting_keeps_the_aes_promise_and_leaves_no_clock(rep):
    clock = make_clock(ClockKind.AE_DECISION, owner=rep)
    move(clock.journey, Move.CONVERT, at=MONDAY + DAY, actor=rep, stage=Stage.OPPORTUNITY)
    assert states(clock.journey) == [(ClockKind.AE_DECISION, ClockState.MET)]


def test_winning_an_opportunity_touches_no_clock(rep, django_assert_num_queries):
    journey = make_handed_off(stage=Stage.OPPORTUNITY)
    with django_assert_num_queries(1):
        move(journey, Move.WIN, at=MONDAY + DAY, actor=rep)


def merged(survivor: Lead, duplicate: Lead, *, at=MONDAY + MINUTE) -> Merge:
    actor = make_user(role=Role.ADMIN)
    return merge_leads(survivor_id=survivor.pk, duplicate_id=duplicate.pk, actor=actor, at=at)


def test_a_merge_keeps_one_clock_and_takes_it_to_the_survivor(rep):
    kept, other = make_clock(ClockKind.AE_DECISION, owner=rep), make_clock(owner=rep)
    merged(other.lead, kept.lead)
    ticking = Clock.objects.ticking().get()
    assert (ticking, ticking.lead) == (kept, other.lead)


def test_the_clock_of_the_journey_that_a_merge_closed_is_cancelled(rep):
    kept, other = make_clock(ClockKind.AE_DECISION, owner=rep), make_clock(owner=rep)
    merged(kept.lead, other.lead)
    other.refresh_from_db()
    assert other.state == ClockState.CANCELLED


def test_a_contact_that_comes_with_a_merge_ends_the_first_contact_clock(rep):
    """The other lead was called a minute after this one's hand-off: it is the same person."""
    waiting, called = make_clock(owner=rep), make_clock(owner=rep)
    make_activity(called.lead, kind="call", at=MONDAY + MINUTE, actor=rep, is_contact=True)
    Journey.objects.filter(pk=called.journey_id).update(stage="target")
    merged(waiting.lead, called.lead, at=MONDAY + 3 * MINUTE)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.ended_at) == (ClockState.MET, MONDAY + MINUTE)
    decision = Clock.objects.ticking().get()
    assert (decision.kind, decision.started_at) == (ClockKind.DECISION, MONDAY + MINUTE)


def test_a_contact_from_before_the_hand_off_that_comes_with_a_merge_does_not_count(rep):
    waiting, called = make_clock(owner=rep), make_clock(owner=rep)
    make_activity(called.lead, kind="call", at=MONDAY - MINUTE, actor=rep, is_contact=True)
    merged(waiting.lead, called.lead)
    assert Clock.objects.ticking().get().kind == ClockKind.FIRST_CONTACT


def test_undoing_a_merge_gives_both_a_clock_again(rep):
    kept, other = make_clock(ClockKind.AE_DECISION, owner=rep), make_clock(owner=rep)
    merge = merged(other.lead, kept.lead)
    undo_merge(merge_id=merge.pk, actor=make_user(role=Role.ADMIN), at=MONDAY + 2 * MINUTE)
    ticking = Clock.objects.ticking().order_by("kind").values_list("lead", "kind")
    assert list(ticking) == [
        (kept.lead_id, ClockKind.AE_DECISION),
        (other.lead_id, ClockKind.FIRST_CONTACT),
    ]


def undone(merge: Merge, *, at) -> None:
    undo_merge(merge_id=merge.pk, actor=make_user(role=Role.ADMIN), at=at)


def test_a_merge_that_is_undone_gives_nobody_more_time(rep):
    """Four of five minutes were left, however long the leads were one."""
    kept, other = make_clock(ClockKind.AE_DECISION, owner=rep), make_clock(owner=rep)
    due, step = other.due_at, other.reminders.get()
    ahead = due - step.due_at
    for hour in (0, 1):
        merge = merged(kept.lead, other.lead, at=MONDAY + hour * HOUR + MINUTE * (1 - hour))
        step.refresh_from_db()
        assert step.state == "skipped"
        undone(merge, at=MONDAY + (hour + 1) * HOUR)
    other.refresh_from_db()
    step.refresh_from_db()
    assert (other.state, other.lead_started_at) == (ClockState.RUNNING, MONDAY)
    assert (other.due_at, other.wall_seconds) == (due + 2 * HOUR - MINUTE, None)
    assert (step.state, step.ended_at, step.error) == ("pending", None, "")
    assert step.due_at == other.due_at - ahead
    assert Clock.objects.filter(journey=other.journey_id).count() == 1


def test_who_was_late_before_a_merge_is_late_after_it(rep):
    """The ladder goes on where it stood: the rep was told before, the boss is next."""
    kept, other = make_clock(ClockKind.AE_DECISION, owner=rep), make_clock(owner=rep)
    due, late = other.due_at, MONDAY + 6 * MINUTE
    ring(at=late)
    other.reminders.filter(step=0).update(state="sent", ended_at=late)
    merge = merged(kept.lead, other.lead, at=late + MINUTE)
    undone(merge, at=late + HOUR)
    other.refresh_from_db()
    assert (other.state, other.breached_at, other.ended_at) == (ClockState.BREACHED, due, None)
    assert list(other.reminders.order_by("step").values_list("step", "state")) == [
        (0, "sent"),
        (1, "pending"),
    ]
    assert other.reminders.get(step=1).due_at > late + HOUR


def test_a_lead_that_goes_to_somebody_else_after_a_merge_gets_a_fresh_clock(rep):
    kept, other = make_clock(ClockKind.AE_DECISION, owner=rep), make_clock(owner=rep)
    merge = merged(kept.lead, other.lead)
    User.objects.filter(pk=rep.pk).update(is_active=False)
    undone(merge, at=MONDAY + HOUR)
    states_then = [state for _kind, state in states(other.journey)]
    assert states_then == [ClockState.CANCELLED, ClockState.RUNNING]


def test_a_lead_that_was_postponed_before_a_merge_is_postponed_again(rep):
    kept, other = make_clock(ClockKind.AE_DECISION, owner=rep), make_clock(owner=rep)
    Journey.objects.filter(pk=other.journey_id).update(status=Status.POSTPONED, resume_at=MONDAY + DAY)
    pause_clock(clock=other, at=MONDAY, until=MONDAY + DAY)
    undone(merged(kept.lead, other.lead), at=MONDAY + HOUR)
    assert Clock.objects.ticking().get(journey=other.journey_id).state == ClockState.PAUSED


def test_who_was_contacted_before_is_asked_for_the_decision_again(rep):
    first = make_clock(owner=rep)
    stop_clock(clock=first, at=MONDAY + MINUTE)
    assign(first.journey, make_user(role=Role.SDR), at=MONDAY + DAY)
    assert Clock.objects.ticking().get().kind == ClockKind.DECISION
