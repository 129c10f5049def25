"""Clocks are made to fit their journeys when an event was lost; facts are written past the services."""

from datetime import timedelta

import pytest

from funnel.enums import Move, Stage, Status
from funnel.models import Assignment, Journey, StageChange
from leads.enums import ActivityKind
from leads.models import Lead
from sla.enums import ClockKind, ClockState
from sla.models import Clock
from sla.services import reconcile as module
from sla.services.clocks import pause_clock, stop_clock
from sla.services.defaults import install_defaults
from sla.services.reconcile import reconcile
from smarketing.accounts.enums import Role
from tests.accounts.factories import make_user
from tests.leads.factories import make_activity
from tests.sla.factories import MONDAY, make_clock, make_handed_off

pytestmark = pytest.mark.django_db
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
LATER = MONDAY + 2 * DAY


@pytest.fixture(autouse=True)
def agreement() -> None:
    install_defaults(at=MONDAY)


def change(journey: Journey, move: str, *, at=MONDAY + DAY, actor=None, **now) -> None:
    """The fact alone: the journey and its history row, and nobody hears of it."""
    Journey.objects.filter(pk=journey.pk).update(**now)
    StageChange.objects.create(
        journey=journey, lead=journey.lead, at=at, actor=actor, move=move, to_stage="", to_status=""
    )


def states(journey: Journey) -> list[tuple[str, str]]:
    return list(journey.clocks.order_by("pk").values_list("kind", "state"))


def test_nothing_to_mend_costs_five_queries(django_assert_num_queries):
    make_clock()
    make_clock(ClockKind.AE_DECISION)
    with django_assert_num_queries(5):
        assert reconcile(at=MONDAY + MINUTE) == {}


def test_a_handed_off_journey_without_a_clock_gets_one_from_when_it_was_given():
    rep = make_user(role=Role.SDR)
    journey = make_handed_off(owner=rep)
    given = MONDAY + 2 * MINUTE
    Assignment.objects.create(journey=journey, lead=journey.lead, user=rep, assigned_at=given)
    assert reconcile(at=LATER) == {"started": 1}
    clock = journey.clocks.get()
    assert (clock.kind, clock.owner, clock.started_at, clock.lead_started_at) == (
        ClockKind.FIRST_CONTACT,
        rep,
        given,
        MONDAY,
    )


def test_at_sql_it_is_the_aes_clock():
    journey = make_handed_off(stage=Stage.SQL)
    reconcile(at=LATER)
    assert states(journey) == [(ClockKind.AE_DECISION, ClockState.RUNNING)]


def test_a_contacted_one_goes_on_with_the_decision():
    clock = make_clock()
    stop_clock(clock=clock, at=MONDAY + MINUTE)
    reconcile(at=LATER)
    decision = Clock.objects.ticking().get()
    assert (decision.kind, decision.started_at) == (ClockKind.DECISION, MONDAY + MINUTE)


def test_a_postponed_one_gets_a_paused_clock():
    journey = make_handed_off(status=Status.POSTPONED)
    reconcile(at=LATER)
    assert states(journey) == [(ClockKind.FIRST_CONTACT, ClockState.PAUSED)]


def test_years_of_imported_history_get_no_clocks():
    make_handed_off(at=MONDAY - 31 * DAY)
    assert reconcile(at=MONDAY) == {}


def test_a_journey_loaded_from_an_export_gets_none_until_it_moves():
    journey = make_handed_off()
    Journey.objects.filter(pk=journey.pk).update(imported_at=MONDAY + MINUTE)
    assert reconcile(at=LATER) == {}
    Journey.objects.filter(pk=journey.pk).update(stage=Stage.SQL, stage_since=MONDAY + 2 * MINUTE)
    assert reconcile(at=LATER) == {"started": 1}


def test_the_clock_of_a_closed_journey_ends_when_it_was_closed():
    clock = make_clock(ClockKind.DECISION)
    closed = {"status": Status.DISQUALIFIED, "closed_at": MONDAY + DAY}
    change(clock.journey, Move.DISQUALIFY, actor=clock.owner, **closed)
    assert reconcile(at=LATER) == {"ended": 1}
    clock.refresh_from_db()
    assert (clock.state, clock.ended_at) == (ClockState.MET, MONDAY + DAY)


def test_a_missed_qualification_ends_one_clock_and_starts_the_next():
    clock = make_clock(ClockKind.DECISION)
    now = {"stage": Stage.SQL, "sql_at": MONDAY + DAY, "stage_since": MONDAY + DAY}
    change(clock.journey, Move.QUALIFY, actor=clock.owner, **now)
    assert reconcile(at=LATER) == {"ended": 1, "started": 1}
    assert states(clock.journey) == [
        (ClockKind.DECISION, ClockState.MET),
        (ClockKind.AE_DECISION, ClockState.RUNNING),
    ]


def test_a_contact_that_no_clock_saw_ends_it_when_it_happened():
    clock = make_clock()
    make_activity(clock.lead, ActivityKind.CALL, at=MONDAY + 2 * MINUTE, is_contact=True)
    assert reconcile(at=LATER) == {"contacted": 1}
    clock.refresh_from_db()
    assert (clock.state, clock.ended_at) == (ClockState.MET, MONDAY + 2 * MINUTE)


@pytest.mark.parametrize("before", [True, False], ids=["owned", "unassigned"])
def test_a_new_owner_that_no_clock_saw_gets_a_fresh_one(before):
    other = make_user(role=Role.SDR)
    clock = make_clock()
    if not before:
        Clock.objects.update(owner=None)
    Lead.objects.filter(pk=clock.lead_id).update(owner=other)
    Assignment.objects.create(journey=clock.journey, lead=clock.lead, user=other, assigned_at=MONDAY + MINUTE)
    assert reconcile(at=LATER) == {"replaced": 1}
    new = Clock.objects.ticking().get()
    assert (new.owner, new.started_at) == (other, MONDAY + MINUTE)


def test_a_lead_taken_from_its_owner_goes_on_waiting():
    clock = make_clock()
    Lead.objects.filter(pk=clock.lead_id).update(owner=None)
    assert reconcile(at=LATER) == {"replaced": 1}
    assert Clock.objects.ticking().get().owner is None


def test_a_postponement_that_no_clock_saw_pauses_it_from_then():
    clock = make_clock(ClockKind.DECISION)
    change(clock.journey, Move.POSTPONE, status=Status.POSTPONED, resume_at=MONDAY + 9 * DAY)
    assert reconcile(at=LATER) == {"paused or resumed": 1}
    clock.refresh_from_db()
    assert (clock.state, clock.paused_at) == (ClockState.PAUSED, MONDAY + DAY)


def test_a_resumption_that_no_clock_saw_counts_from_then():
    clock = make_clock(ClockKind.DECISION)
    pause_clock(clock=clock, at=MONDAY, until=MONDAY + 9 * DAY)
    change(clock.journey, Move.RESUME)
    assert reconcile(at=LATER) == {"paused or resumed": 1}
    clock.refresh_from_db()
    assert (clock.state, clock.due_at) == (ClockState.RUNNING, MONDAY + 8 * DAY)


def test_a_second_run_finds_nothing():
    make_handed_off()
    clock = make_clock()
    make_activity(clock.lead, ActivityKind.CALL, at=MONDAY + 2 * MINUTE, is_contact=True)
    reconcile(at=LATER)
    assert reconcile(at=LATER) == {}


def test_one_that_cannot_be_mended_holds_up_nothing(monkeypatch):
    bad, good = make_handed_off(), make_handed_off()
    real = module.start_clock

    def start(*, journey, **details):
        if journey.pk == bad.pk:
            raise RuntimeError("no way")
        return real(journey=journey, **details)

    monkeypatch.setattr(module, "start_clock", start)
    assert reconcile(at=LATER) == {"failed": 1, "started": 1}
    assert states(good) == [(ClockKind.FIRST_CONTACT, ClockState.RUNNING)]
