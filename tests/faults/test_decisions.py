"""F14, F16: a person and the automatic return decide at once; policies change under open leads."""

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection

from funnel.enums import Move, Stage, Status
from funnel.errors import FunnelError
from funnel.models import Journey, StageChange
from funnel.services.moving import move_journey
from leads.models import Lead
from leads.services.activities import record_activity
from sla.enums import ClockKind, ClockState
from sla.models import Clock, Policy, PolicyStep
from sla.services.defaults import install_defaults
from sla.services.policies import renew_policies
from sla.services.ringing import ring
from tests.faults.racing import after, head_starts
from tests.funnel.pools import Crew, entered_lead, journey_of
from tests.leads.factories import live_rule_set
from tests.sla.factories import MONDAY

SECOND, MINUTE, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)
CONTACT = MONDAY + MINUTE
DUE = CONTACT + 7 * DAY

DECIDED = (Stage.SQL, Status.ACTIVE, ClockState.MET, 1)
DECIDED_LATE = (Stage.SQL, Status.ACTIVE, ClockState.MET_LATE, 1)
RETURNED = (Stage.MQL, Status.RECYCLED, ClockState.BREACHED, 0)
"""(stage and status of the journey, state of the decision's clock, ticking clocks of the journey)."""


@pytest.fixture
def crew(transactional_db: None) -> Crew:
    install_defaults(at=MONDAY)
    live_rule_set(at=MONDAY)
    return Crew()


def contacted_journey(crew: Crew) -> Journey:
    """At MQL, its decision due at ``DUE``."""
    lead = entered_lead(reached="mql", at=MONDAY)
    record_activity(lead=lead, kind="call", at=CONTACT, source="ui", actor=crew.sdr)
    return journey_of(lead)


def qualify(journey: Journey, crew: Crew, at: datetime) -> None:
    """Refused when it has gone back to marketing."""
    with suppress(FunnelError):
        move_journey(journey_id=journey.pk, move=Move.QUALIFY, actor=crew.sdr, at=at)


def at_once(*jobs: Callable[[], object]) -> list[Exception]:
    """Run in threads that start together; what they raised."""
    start, raised = Barrier(len(jobs)), []

    def run(job: Callable[[], object]) -> None:
        try:
            start.wait()
            job()
        except Exception as error:
            raised.append(error)
        finally:
            connection.close()

    threads = [Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


def outcome(journey: Journey) -> tuple[str, str, str, int]:
    journey.refresh_from_db()
    decision = Clock.objects.get(journey=journey, kind=ClockKind.DECISION)
    ticking = Clock.objects.ticking().filter(journey=journey).count()
    return (Stage(journey.stage), Status(journey.status), ClockState(decision.state), ticking)


def decisions(journey: Journey) -> int:
    return StageChange.objects.filter(journey=journey, move__in=[Move.QUALIFY, Move.RECYCLE]).count()


@pytest.mark.parametrize(
    ("at", "wanted"),
    [(DUE - SECOND, DECIDED), (DUE, DECIDED), (DUE + SECOND, DECIDED_LATE)],
    ids=["a second before", "at", "a second after"],
)
def test_f14_the_person_first(crew, at, wanted):
    journey = contacted_journey(crew)
    qualify(journey, crew, at)
    ring(at=at)
    assert (outcome(journey), decisions(journey)) == (wanted, 1)


@pytest.mark.parametrize(
    ("at", "wanted"),
    [(DUE - SECOND, DECIDED), (DUE, RETURNED), (DUE + SECOND, RETURNED)],
    ids=["a second before", "at", "a second after"],
)
def test_f14_the_tick_first(crew, at, wanted):
    journey = contacted_journey(crew)
    ring(at=at)
    qualify(journey, crew, at)
    assert (outcome(journey), decisions(journey)) == (wanted, 1)


def test_f14_both_at_once(crew, full: bool):
    rounds = 204 if full else 12  # every second of three with every head start of four
    wanted = {(-1, DECIDED), (0, DECIDED), (0, RETURNED), (1, DECIDED_LATE), (1, RETURNED)}
    seen: Counter[tuple[int, tuple[str, str, str, int]]] = Counter()
    for number in range(4 * rounds):
        if number >= rounds and set(seen) == wanted:
            break
        late = number % 3 - 1  # seconds
        at = DUE + late * SECOND
        journey = contacted_journey(crew)
        wait, hold_on = head_starts(number)
        raised = at_once(
            after(wait, lambda journey=journey, at=at: qualify(journey, crew, at)),
            after(hold_on, lambda at=at: ring(at=at)),
            after(hold_on, lambda at=at: ring(at=at)),
        )
        assert (raised, decisions(journey)) == ([], 1)
        seen[late, outcome(journey)] += 1
    assert set(seen) == wanted, seen


def test_f14_a_contact_and_a_ringing_first_contact_at_once(crew, full: bool):
    """By when it happened: a call at the deadline is in time, whatever the tick stamped meanwhile."""
    due = MONDAY + 5 * MINUTE
    for _ in range(100 if full else 10):
        lead = entered_lead(reached="mql", at=MONDAY)
        raised = at_once(
            lambda lead=lead: record_activity(lead=lead, kind="call", at=due, source="ui", actor=crew.sdr),
            lambda: ring(at=due),
        )
        states = list(Clock.objects.filter(lead=lead).order_by("pk").values_list("kind", "state"))
        assert (raised, states) == (
            [],
            [(ClockKind.FIRST_CONTACT, ClockState.MET), (ClockKind.DECISION, ClockState.RUNNING)],
        )


def test_f14_four_ticks_at_once(crew, full: bool):
    """Four ticks of four processes: one return each, no deadlock."""
    leads = [contacted_journey(crew) for _ in range(40 if full else 8)]
    assert at_once(*(lambda: ring(at=DUE) for _ in range(4))) == []
    ring(at=DUE)  # rows that one of them held while another looked were left for the next round
    assert Counter(map(outcome, leads)) == {RETURNED: len(leads)}
    assert StageChange.objects.filter(move=Move.RECYCLE).count() == len(leads)


def test_f16_open_leads_keep_the_policy_they_began_with(crew, full: bool):
    size = 500 if full else 50
    for _ in range(size):
        entered_lead(reached="mql", at=MONDAY)
    Policy.objects.filter(kind=ClockKind.FIRST_CONTACT).update(minutes=60, attempts=1)
    PolicyStep.objects.filter(policy__kind=ClockKind.FIRST_CONTACT).delete()
    renew_policies()
    assert ring(at=MONDAY + 5 * MINUTE) == size
    rows = set(Clock.objects.values_list("minutes", "attempts", "state", "breached_at"))
    assert rows == {(5, 5, ClockState.BREACHED, MONDAY + 5 * MINUTE)}
    assert {len(steps) for steps in Clock.objects.values_list("steps", flat=True)} == {4}


def test_f16_a_lead_handed_off_after_the_edit_follows_it(crew):
    entered_lead(reached="mql", at=MONDAY)
    Policy.objects.filter(kind=ClockKind.FIRST_CONTACT).update(minutes=60)
    renew_policies()
    lead: Lead = entered_lead(reached="mql", at=MONDAY)
    assert Clock.objects.get(lead=lead).due_at == MONDAY + 60 * MINUTE
