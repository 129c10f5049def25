"""F14 and its like: people and the machine decide about one lead at one moment."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from funnel.enums import Move, Reason
from funnel.errors import FunnelError
from funnel.models import Assignment, Journey, RoutingMember, StageChange
from funnel.services.moving import move_journey
from funnel.services.resuming import resume_postponed
from funnel.services.waiting import assign_unassigned
from leads.models import Lead
from leads.services.activities import record_activity
from sla.enums import ClockKind, ClockState
from sla.models import Clock
from sla.services.defaults import install_defaults
from sla.services.ringing import ring
from smarketing.accounts.enums import Role
from smarketing.accounts.services.users import deactivate
from tests.accounts.factories import make_user
from tests.faults.racing import after, head_starts, race
from tests.funnel.pools import Crew, entered_lead, journey_of, make_pool

pytestmark = pytest.mark.django_db(transaction=True)
MONDAY = datetime(2026, 3, 9, 10, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def undecided(crew: Crew) -> Clock:
    """The seven-day clock of an MQL that was contacted at once."""
    journey = crew.journey_at("mql", at=MONDAY)
    lead = Lead.objects.select_related("owner").get(pk=journey.lead_id)
    record_activity(lead=lead, kind="call", at=MONDAY, source="ui", actor=crew.sdr)
    return Clock.objects.ticking().get(journey=journey, kind=ClockKind.DECISION)


@pytest.mark.parametrize("seconds", [-1, 0, 1])
def test_f14_qualify_against_the_automatic_recycle(seconds: int, full: bool) -> None:
    """Both start at once; the person's clock shows a second before, at and after the deadline."""
    rounds = 200 if full else 14
    install_defaults(at=MONDAY)
    crew = Crew()
    won: Counter[str] = Counter()
    for round_ in range(4 * rounds):
        if round_ >= rounds and len(won) == 2:
            break
        clock = undecided(crew)
        decided_at = clock.due_at + seconds * SECOND

        def qualify(clock: Clock = clock, at: datetime = decided_at) -> Journey:
            return move_journey(journey_id=clock.journey_id, move=Move.QUALIFY, actor=crew.sdr, at=at)

        wait, hold_on = head_starts(round_)
        returning = after(hold_on, lambda due=clock.due_at: ring(at=due))
        race(after(wait, qualify), returning, expected=FunnelError)
        decisions = StageChange.objects.filter(
            journey=clock.journey_id, move__in=(Move.QUALIFY, Move.RECYCLE)
        ).values_list("move", flat=True)
        assert len(decisions) == 1
        clock.refresh_from_db()
        stands = {"qualify": ("sql", "active"), "recycle": ("new_name", "active")}[decisions[0]]
        now = journey_of(Lead.objects.get(pk=clock.lead_id))
        assert (now.stage, now.status) == stands
        assert clock.state not in (ClockState.RUNNING, ClockState.PAUSED)
        won[decisions[0]] += 1
    assert set(won) == {"qualify", "recycle"}, won
    print(f"F14 {seconds:+d} s: {won.total()} races, {dict(won)}")


def test_f14_two_people_decide_at_once(full: bool) -> None:
    crew = Crew()
    for _round in range(200 if full else 40):
        journey = crew.journey_at("mql")
        details = {"journey_id": journey.pk, "at": MONDAY, "expected_version": journey.version}
        race(
            lambda d=details: move_journey(move=Move.QUALIFY, actor=crew.sdr, **d),
            lambda d=details: move_journey(move=Move.RECYCLE, actor=crew.manager, reason=Reason.NO_NEED, **d),
            lambda d=details: move_journey(move=Move.DISQUALIFY, actor=crew.admin, reason=Reason.SPAM, **d),
            expected=FunnelError,
        )
        assert StageChange.objects.filter(journey=journey, at=MONDAY).count() == 1


def test_parallel_hand_offs_stay_fair(full: bool) -> None:
    """Eight at a time into a pool of four: nobody ever has two more than another."""
    people = [make_user(Role.SDR) for _ in range(4)]
    rule = make_pool(*people)
    rounds = 25 if full else 5
    for _round in range(rounds):
        race(*[lambda: entered_lead(reached="mql") for _ in range(8)])
    given = Counter(Assignment.objects.values_list("user", flat=True))
    counted = set(RoutingMember.objects.filter(rule=rule).values_list("assigned", flat=True))
    assert (set(given.values()), counted) == ({rounds * 2}, {rounds * 2})


def test_parallel_hand_offs_respect_the_capacity() -> None:
    rule = make_pool(make_user(Role.SDR))
    RoutingMember.objects.filter(rule=rule).update(capacity=3)
    race(*[lambda: entered_lead(reached="mql") for _ in range(8)])
    owned = Lead.objects.exclude(owner=None).count()
    assert (owned, Journey.objects.unassigned().count()) == (3, 5)


def test_a_postponed_journey_is_resumed_once_by_four_workers() -> None:
    crew = Crew()
    for _ in range(12):
        journey = crew.journey_at("mql")
        details = {"reason": Reason.TIMING, "resume_at": MONDAY}
        at = MONDAY - timedelta(days=3)
        move_journey(journey_id=journey.pk, move=Move.POSTPONE, actor=crew.sdr, at=at, **details)
    race(*[lambda: resume_postponed(at=MONDAY) for _ in range(4)])
    rows = StageChange.objects.filter(move=Move.RESUME).values_list("journey", flat=True)
    assert (len(rows), len(set(rows))) == (12, 12)


def test_waiting_leads_find_one_owner_each_by_four_workers() -> None:
    leads = [entered_lead(reached="mql") for _ in range(10)]
    make_pool(make_user(Role.SDR), make_user(Role.SDR))
    race(*[lambda: assign_unassigned(at=MONDAY) for _ in range(4)])
    found = Counter(Assignment.objects.exclude(user=None).values_list("lead", flat=True))
    assert found == {lead.pk: 1 for lead in leads}


def test_somebody_leaves_while_their_leads_are_moved(full: bool) -> None:
    """No deadlock, and no open lead stays with who has left."""
    for _round in range(40 if full else 8):
        crew = Crew()
        journeys = [crew.journey_at("mql") for _ in range(4)]
        race(
            lambda c=crew: deactivate(user=c.sdr, at=MONDAY),
            *[
                lambda j=journey: move_journey(journey_id=j.pk, move=Move.QUALIFY, actor=None, at=MONDAY)
                for journey in journeys
            ],
        )
        assert Lead.objects.filter(owner=crew.sdr).count() == 0
