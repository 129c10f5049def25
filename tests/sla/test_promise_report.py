"""Promises in numbers: what counts as kept, and that a number lists exactly what it counted."""

from datetime import date, timedelta

import pytest

from funnel.enums import Reason, Status
from funnel.models import Journey
from funnel.rules.periods import Span
from leads.enums import ActivityKind
from leads.enums import Outcome as Reply
from sla.enums import ClockKind, ClockState, Outcome
from sla.models import Clock
from sla.rules.promises import SLOWEST, Kept, Tally, added, attainment, by_owner, responses
from sla.selectors.promises import Promised, depth, given_up, promised, tallies
from tests.leads.factories import make_activity
from tests.sla.ladders import MONDAY, make_chain, make_ladders

HOUR = timedelta(hours=1)
DAY = Span(date(2026, 3, 9), date(2026, 3, 9))
LATER = MONDAY + HOUR


def test_percent_is_of_the_decided() -> None:
    assert Kept(kept=3, late=1, missed=0, open=9).percent == 75
    assert Kept(open=9).percent is None


def test_every_kind_is_told_and_bars_are_counted() -> None:
    told = [Tally("first_contact", 1, "kept", 0, 2), Tally("first_contact", 2, "late", SLOWEST, 1)]
    assert attainment(told)[ClockKind.FIRST_CONTACT] == Kept(kept=2, late=1)
    assert attainment(told)[ClockKind.DECISION] == Kept()
    assert responses(told) == [2, *[0] * (SLOWEST - 1), 1]


def test_a_team_is_the_sum_of_its_people() -> None:
    told = [Tally("decision", 1, "kept", None, 2), Tally("decision", 2, "missed", None, 1)]
    assert added(by_owner(told).values())[ClockKind.DECISION] == Kept(kept=2, missed=1)


@pytest.fixture
def clocks(db: None) -> list[Clock]:
    """One clock of each end: kept, late, missed by now though no tick said so, open, cancelled."""
    rep, _, _ = make_chain()
    made = make_ladders([rep] * 5)
    end = MONDAY - timedelta(minutes=1)
    Clock.objects.filter(pk=made[0].pk).update(
        state=ClockState.MET, ended_at=end, working_seconds=240, wall_seconds=240
    )
    Clock.objects.filter(pk=made[1].pk).update(
        state=ClockState.MET_LATE, ended_at=LATER, breached_at=MONDAY, working_seconds=3900, wall_seconds=3900
    )
    Clock.objects.filter(pk=made[3].pk).update(due_at=LATER + HOUR)
    Clock.objects.filter(pk=made[4].pk).update(state=ClockState.CANCELLED, ended_at=end)
    return made


def test_the_ends_of_promises(clocks: list[Clock]) -> None:
    found = attainment(tallies(Promised(DAY), at=LATER))
    assert found[ClockKind.FIRST_CONTACT] == Kept(kept=1, late=1, missed=1, open=1)


def test_another_day_counts_none(clocks: list[Clock]) -> None:
    assert tallies(Promised(Span(date(2026, 3, 10), None)), at=LATER) == []


@pytest.mark.parametrize(("outcome", "place"), [("kept", 0), ("late", 1), ("missed", 2), ("open", 3)])
def test_a_result_lists_its_clocks(clocks: list[Clock], outcome: str, place: int) -> None:
    assert [clock.pk for clock in promised(Promised(DAY, outcome=outcome), at=LATER)] == [clocks[place].pk]


def test_a_bar_lists_its_clocks(clocks: list[Clock]) -> None:
    bars = responses(tallies(Promised(DAY), at=LATER))
    listed = [len(promised(Promised(DAY, bar=bar), at=LATER)) for bar in range(SLOWEST + 1)]
    assert bars == listed == [1, 0, 0, 0, 1, 0, 0]


def test_owner_and_source_narrow(clocks: list[Clock]) -> None:
    Journey.objects.filter(pk=clocks[0].journey_id).update(source="event")
    owner = clocks[0].owner_id
    assert owner is not None
    assert len(promised(Promised(DAY, owner_ids=frozenset({owner}), source="event"), at=LATER)) == 1
    assert len(promised(Promised(DAY, owner_ids=frozenset({owner + 1})), at=LATER)) == 0


def give_up(clock: Clock, attempts: int, *, reply: str = Reply.NO_ANSWER) -> None:
    Journey.objects.filter(pk=clock.journey_id).update(
        status=Status.RECYCLED, reason=Reason.UNREACHABLE, closed_at=LATER
    )
    for minute in range(attempts):
        at = MONDAY + timedelta(minutes=minute)
        make_activity(clock.lead, ActivityKind.CALL, at=at, is_contact=True, outcome=reply)


def test_giving_up_needs_the_agreed_attempts(clocks: list[Clock]) -> None:
    Clock.objects.update(attempts=3)
    give_up(clocks[0], 3)
    give_up(clocks[1], 2)
    assert depth(Promised(DAY)) == Kept(kept=1, missed=1)
    [missed] = given_up(Promised(DAY, outcome=Outcome.MISSED))
    assert (missed.pk, missed.made) == (clocks[1].pk, 2)  # type: ignore[attr-defined]


def test_who_was_reached_was_not_given_up(clocks: list[Clock]) -> None:
    Clock.objects.update(attempts=3)
    give_up(clocks[0], 1, reply=Reply.REACHED)
    assert depth(Promised(DAY)) == Kept()


def test_a_reassigned_lead_is_given_up_once(clocks: list[Clock]) -> None:
    Clock.objects.update(attempts=3)
    Clock.objects.filter(pk=clocks[1].pk).update(
        journey=clocks[0].journey_id, lead=clocks[0].lead_id, started_at=MONDAY
    )
    give_up(clocks[0], 0)
    assert [clock.pk for clock in given_up(Promised(DAY))] == [clocks[1].pk]


@pytest.mark.parametrize("days", [0, 1, 90])
def test_a_lead_counts_where_it_was_handed_over_however_late_it_was_given_up(
    clocks: list[Clock], days: int
) -> None:
    Clock.objects.update(attempts=3)
    give_up(clocks[0], 3)
    Journey.objects.filter(pk=clocks[0].journey_id).update(closed_at=LATER + timedelta(days=days))
    assert depth(Promised(DAY)) == Kept(kept=1)
    assert depth(Promised(Span(date(2026, 3, 10), None))) == Kept()
