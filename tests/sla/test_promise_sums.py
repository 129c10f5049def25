"""The promises by day, summed or not, are those counted from the clocks at any moment."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection, transaction
from pytest_django import DjangoAssertNumQueries

from funnel.enums import Reason, Status
from funnel.models import Journey
from funnel.rules.periods import EVER, Span
from leads.enums import ActivityKind
from leads.enums import Outcome as Reply
from leads.models import Activity, Lead
from sla.enums import ClockKind, ClockState
from sla.models import Clock, PromiseChange, PromiseDay
from sla.rules.promises import Kept, attainment, by_owner, responses
from sla.rules.stretches import days_of, stretches
from sla.selectors.promise_sums import MOST_STRETCHES, PromiseSums, days_that_hold
from sla.selectors.promises import Promised, depth, tallies
from sla.services.promise_sums import refresh
from tests.leads.factories import make_activity
from tests.sla.ladders import MONDAY, make_chain, make_ladders
from tests.threads import check_in_snapshots, uncommitted

DAY = timedelta(days=1)
WEEK = Span(date(2026, 3, 9), date(2026, 3, 15))
LATER = MONDAY + timedelta(hours=1)
BEFORE = MONDAY - DAY
"""No clock is overdue yet, so no sum is out of date."""
GIVEN_UP = {"status": Status.RECYCLED, "reason": Reason.UNREACHABLE, "closed_at": MONDAY + 5 * DAY}


def truth(span: Span = WEEK, at: datetime = LATER) -> tuple[object, ...]:
    """Counted from the clocks."""
    wanted = Promised(span)
    counted = tallies(wanted, at=at)
    theirs = by_owner(tallies(wanted, at=at, by_owner=True))
    return attainment(counted), responses(counted), depth(wanted), theirs


def shown(span: Span = WEEK, at: datetime = LATER) -> tuple[object, ...]:
    wanted = Promised(span)
    sums = PromiseSums(wanted, at=at)
    theirs = by_owner(PromiseSums(wanted, at=at, by_owner=True).tallies)
    return attainment(sums.tallies), responses(sums.tallies), sums.depth, theirs


def holding(span: Span = WEEK, at: datetime = LATER) -> list[date]:
    return [row.day for row in days_that_hold(span, at=at).order_by("day")]


def met(clock: Clock) -> None:
    stamps = {"ended_at": MONDAY, "working_seconds": 240, "wall_seconds": 240}
    Clock.objects.filter(pk=clock.pk).update(state=ClockState.MET, **stamps)


def call(lead: Lead, *, reply: str = Reply.NO_ANSWER) -> Activity:
    return make_activity(lead, ActivityKind.CALL, at=MONDAY, is_contact=True, outcome=reply)


@pytest.fixture
def clocks(db: None) -> list[Clock]:
    """On Monday one that was met, one given up after two calls, one given up after one, one overdue; and
    one on Wednesday."""
    rep, _, _ = make_chain()
    made = [*make_ladders([rep] * 4, attempts=2), *make_ladders([rep], due_at=MONDAY + 2 * DAY)]
    met(made[0])
    Journey.objects.filter(pk__in=[clock.journey_id for clock in made[1:3]]).update(**GIVEN_UP)
    for clock in (made[1], made[1], made[2]):
        call(clock.lead)
    return made


def test_days_that_follow_each_other_are_one_stretch() -> None:
    days = [date(2026, 2, 27), date(2026, 2, 28), date(2026, 3, 1), date(2026, 3, 9)]
    found = stretches(days)
    assert found == [Span(days[0], days[2]), Span(days[3], days[3])]
    assert [day for span in found for day in days_of(span)] == days


def test_sums_are_read_in_place_of_the_clocks(
    clocks: list[Clock], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    Clock.objects.filter(state=ClockState.RUNNING).update(due_at=MONDAY + 9 * DAY)
    expected = truth()
    refresh()
    with django_assert_num_queries(2):
        assert shown() == expected
    assert expected[2] == Kept(kept=1, missed=1)
    # A day that is in doubt is counted from its clocks, by one statement for each of the three numbers.
    met(clocks[4])
    with django_assert_num_queries(5):
        sums = shown()
    assert (sums, sums != expected) == (truth(), True)


def test_nothing_is_summed_twice(clocks: list[Clock]) -> None:
    assert (refresh() > 200, refresh(), PromiseChange.objects.count()) == (True, 0, 0)
    met(clocks[4])
    assert (refresh(), refresh()) == (1, 0)


def _contact_again(clocks: list[Clock]) -> None:
    call(clocks[2].lead)


def _contact_withdrawn(clocks: list[Clock]) -> None:
    clocks[1].lead.activities.all()[0].delete()


def _somebody_was_reached(clocks: list[Clock]) -> None:
    Activity.objects.filter(lead=clocks[1].lead_id).update(outcome=Reply.REACHED)


def _a_contact_of_another_lead(clocks: list[Clock]) -> None:
    Activity.objects.filter(lead=clocks[1].lead_id).update(lead=clocks[3].lead_id)


def _no_contact_after_all(clocks: list[Clock]) -> None:
    Activity.objects.filter(lead=clocks[1].lead_id).update(is_contact=False)


def _met(clocks: list[Clock]) -> None:
    met(clocks[3])


def _slower(clocks: list[Clock]) -> None:
    Clock.objects.filter(pk=clocks[0].pk).update(working_seconds=4000)


def _whose(clocks: list[Clock]) -> None:
    Clock.objects.filter(pk=clocks[0].pk).update(owner=None)


def _fewer_attempts(clocks: list[Clock]) -> None:
    Clock.objects.filter(pk=clocks[2].pk).update(attempts=1)


def _began_on_tuesday(clocks: list[Clock]) -> None:
    Clock.objects.filter(pk=clocks[2].pk).update(started_at=MONDAY + 40 * DAY)


def _handed_on(clocks: list[Clock]) -> None:
    """The second clock of a journey that was given up: the attempts count for it."""
    met(clocks[2])
    Clock.objects.filter(pk=clocks[2].pk).update(
        journey=clocks[1].journey_id, lead=clocks[1].lead_id, started_at=MONDAY + 3 * DAY
    )


def _one_more_clock(clocks: list[Clock]) -> None:
    rep, _, _ = make_chain()
    make_ladders([rep])


def _handed_on_twice(clocks: list[Clock]) -> None:
    """In one statement: the clock that was the last stands before both."""
    first = clocks[1]
    again = [Clock.objects.get(pk=first.pk) for _turn in range(2)]
    for hours, clock in enumerate(again, 1):
        clock.pk, clock.started_at = None, MONDAY + timedelta(hours=30 * hours)
        clock.state, clock.ended_at, clock.attempts = ClockState.CANCELLED, clock.started_at, 9
    Clock.objects.bulk_create(again)


def _clock_deleted(clocks: list[Clock]) -> None:
    clocks[0].delete()


def _given_up(clocks: list[Clock]) -> None:
    Journey.objects.filter(pk=clocks[3].journey_id).update(**GIVEN_UP)


def _taken_back(clocks: list[Clock]) -> None:
    Journey.objects.filter(pk=clocks[1].journey_id).update(status=Status.ACTIVE, reason="", closed_at=None)


def _found_to_be_a_duplicate(clocks: list[Clock]) -> None:
    Journey.objects.filter(pk=clocks[1].journey_id).update(reason=Reason.DUPLICATE)


def _given_up_before_the_calls(clocks: list[Clock]) -> None:
    Journey.objects.filter(pk=clocks[1].journey_id).update(closed_at=MONDAY - DAY / 1440)


def _merged(clocks: list[Clock]) -> None:
    """The calls of the other lead count, too."""
    Lead.objects.filter(pk=clocks[2].lead_id).update(merged_into=clocks[1].lead_id)


def _erased(clocks: list[Clock]) -> None:
    clocks[1].lead.delete()


CHANGES = [
    _contact_again,
    _contact_withdrawn,
    _somebody_was_reached,
    _a_contact_of_another_lead,
    _no_contact_after_all,
    _met,
    _slower,
    _whose,
    _fewer_attempts,
    _began_on_tuesday,
    _handed_on,
    _one_more_clock,
    _handed_on_twice,
    _clock_deleted,
    _given_up,
    _taken_back,
    _found_to_be_a_duplicate,
    _given_up_before_the_calls,
    _merged,
    _erased,
]


@pytest.mark.parametrize("change", CHANGES)
def test_what_changes_a_number_puts_its_day_in_doubt(
    clocks: list[Clock], change: Callable[[list[Clock]], None]
) -> None:
    refresh()
    was = shown(at=BEFORE)
    assert holding(at=BEFORE) == list(days_of(WEEK))
    change(clocks)
    assert (shown(at=BEFORE), shown(at=BEFORE) != was) == (truth(at=BEFORE), True)
    assert WEEK.first not in holding(at=BEFORE)
    refresh()
    assert (shown(at=BEFORE), holding(at=BEFORE)) == (truth(at=BEFORE), list(days_of(WEEK)))


def test_the_calls_of_a_survivor_count_for_whom_was_merged_into_it(clocks: list[Clock]) -> None:
    _merged(clocks)
    refresh()
    was = shown()
    call(clocks[1].lead)
    Lead.objects.filter(pk=clocks[2].lead_id).update(merged_into=None)
    assert (shown(), shown() != was) == (truth(), True)


def test_a_deadline_that_passes_is_missed_before_any_tick(clocks: list[Clock]) -> None:
    refresh()
    for at in (MONDAY - timedelta(minutes=1), MONDAY + DAY, MONDAY + 3 * DAY):
        assert shown(at=at) == truth(at=at)
    assert WEEK.first in holding(at=MONDAY)
    assert WEEK.first not in holding(at=MONDAY + timedelta(seconds=1))
    assert date(2026, 3, 11) in holding(at=MONDAY + DAY)
    Clock.objects.filter(pk=clocks[4].pk).update(due_at=MONDAY)
    assert shown(at=MONDAY + DAY) == truth(at=MONDAY + DAY)
    assert date(2026, 3, 11) not in holding(at=MONDAY + DAY)


def test_days_in_which_clocks_still_change_untold_are_not_summed(db: None) -> None:
    rep, _, _ = make_chain()
    with connection.cursor() as cursor:
        cursor.execute("SELECT now()")
        now = cursor.fetchone()[0]
    for age in range(6):
        make_ladders([rep], due_at=now - age * DAY)
    refresh()
    span = Span((now - 5 * DAY).date(), now.date())
    assert holding(span, now - 9 * DAY) == [(now - age * DAY).date() for age in (5, 4, 3)]
    recent = Clock.objects.filter(started_at__gte=now - DAY / 2)
    PromiseChange.objects.all().delete()
    recent.update(due_at=now + DAY)
    assert (recent.exists(), PromiseChange.objects.exists()) == (True, False)
    assert shown(span, now) == truth(span, now)


def test_what_is_narrowed_or_open_ended_is_counted_from_the_clocks(clocks: list[Clock]) -> None:
    refresh()
    PromiseDay.objects.update(kept=99)
    assert shown()[2] != truth()[2]
    for wanted in (
        Promised(WEEK, source="event"),
        Promised(WEEK, owner_ids=frozenset({clocks[0].owner_id or 0})),
        Promised(WEEK, campaign=1),
        Promised(WEEK, persona=1),
        Promised(WEEK, kind=ClockKind.FIRST_CONTACT),
        Promised(EVER),
        Promised(Span(WEEK.first)),
    ):
        sums = PromiseSums(wanted, at=LATER)
        assert (sums.tallies, sums.depth) == (tallies(wanted, at=LATER), depth(wanted))


def test_where_most_days_are_missing_all_are_counted_from_their_clocks(clocks: list[Clock]) -> None:
    refresh()
    apart = [MONDAY.date() + 2 * DAY * place for place in range(1, MOST_STRETCHES + 2)]
    PromiseDay.objects.filter(day__in=apart[1:]).delete()
    PromiseDay.objects.filter(day=WEEK.first).update(kept=99)
    span = Span(WEEK.first, apart[-1])
    assert shown(span, BEFORE)[2] == Kept(kept=99, missed=1)  # a sum is read
    PromiseDay.objects.filter(day=apart[0]).delete()
    assert shown(span, BEFORE) == truth(span, BEFORE)


def test_another_time_zone_sums_the_days_anew(clocks: list[Clock], settings: Any) -> None:
    night = datetime(2026, 3, 9, 1, tzinfo=UTC)
    Clock.objects.filter(pk=clocks[0].pk).update(started_at=night)
    refresh()
    settings.TIME_ZONE = "America/Bogota"
    assert holding() == []
    assert (shown(), refresh() > 200, shown()) == (truth(), True, truth())


@pytest.mark.django_db(transaction=True)
def test_what_commits_after_the_sums_is_not_lost() -> None:
    rep, _, _ = make_chain()
    clock = make_ladders([rep])[0]
    with uncommitted(lambda: met(clock)):
        refresh()
        was = shown()
    assert (shown(), shown() != was) == (truth(), True)
    refresh()
    assert (shown(), PromiseChange.objects.count()) == (truth(), 0)


@pytest.mark.django_db(transaction=True)
def test_sums_are_true_while_threads_write_and_sum() -> None:
    """Each must equal a count taken in the same snapshot, in the middle of it all."""
    rep, _, _ = make_chain()
    made = [make_ladders([rep] * 12, due_at=MONDAY - n * DAY, attempts=1) for n in range(2)]
    fortnight = Span(date(2026, 3, 2), WEEK.last)

    def write(clocks: list[Clock]) -> None:
        for clock in clocks:
            with transaction.atomic():
                met(clock)
            Journey.objects.filter(pk=clock.journey_id).update(**GIVEN_UP)
            call(clock.lead)

    def check() -> None:
        assert shown(fortnight) == truth(fortnight)

    check_in_snapshots(check, writers=[partial(write, clocks) for clocks in made], keeper=refresh)
    assert (shown(fortnight), depth(Promised(fortnight))) == (truth(fortnight), Kept(kept=24))
