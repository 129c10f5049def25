"""Leads that wait two weeks under the agreed attempts: those named and those counted are the same."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from funnel.enums import Status
from funnel.models import Journey
from leads.enums import ActivityKind
from leads.models import Activity
from leads.services.merging import merge_leads
from sla.enums import ClockKind, ClockState
from sla.models import Clock
from sla.selectors.fruitless import (
    OLD,
    first_of,
    leads_by_owner,
    neglected,
    neglected_by_owner,
    not_contacted,
)
from smarketing.accounts.models import User
from tests.accounts.factories import make_user
from tests.sla.ladders import make_chain, make_ladders

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 24, 10, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def handed(owner: User | None, *, at: datetime = AT - OLD, contacts: int = 0, **clock: Any) -> Clock:
    """With two attempts agreed."""
    (made,) = make_ladders([owner], due_at=at + 5 * MINUTE, attempts=2, **clock)
    contacted(made, at, contacts)
    return made


def contacted(clock: Clock, first: datetime, times: int) -> None:
    Activity.objects.bulk_create(
        Activity(
            lead_id=clock.lead_id,
            kind=ActivityKind.CALL,
            occurred_at=first + n * MINUTE,
            recorded_at=first,
            is_contact=True,
        )
        for n in range(times)
    )


def followed_by(clock: Clock, owner: User | None, *, seconds: int, attempts: int) -> Clock:
    """As a reassignment does it: the clock ends, the new owner's begins."""
    started = clock.started_at + timedelta(seconds=seconds)
    Clock.objects.filter(pk=clock.pk).update(state=ClockState.CANCELLED, ended_at=started)
    values = {field.attname: getattr(clock, field.attname) for field in Clock._meta.concrete_fields}
    owned = {"id": None, "owner_id": owner.pk if owner else None, "attempts": attempts, "started_at": started}
    return Clock.objects.create(**{**values, **owned})


def found() -> dict[int | None, list[int]]:
    """By owner, told by both, which must agree."""
    counted = {owner: sorted(leads) for owner, leads in neglected_by_owner(AT - OLD).items()}
    named = {owner: sorted(leads) for owner, leads in leads_by_owner(neglected, AT - OLD).items()}
    first = [clock.lead_id for clock in first_of(neglected, AT - OLD, most=50)]
    assert counted == named and sorted(first) == sorted(lead for leads in named.values() for lead in leads)
    return counted


def test_by_owner_and_nobody() -> None:
    rep, _boss, _ceo = make_chain()
    mine, nobodys = handed(rep), handed(None)
    assert found() == {rep.pk: [mine.lead_id], None: [nobodys.lead_id]}


@pytest.mark.parametrize(("younger", "is_found"), [(-MINUTE, True), (0 * MINUTE, True), (MINUTE, False)])
def test_from_two_weeks_on(younger: timedelta, is_found: bool) -> None:
    rep, _boss, _ceo = make_chain()
    handed(rep, at=AT - OLD + younger)
    assert bool(found()) == is_found


@pytest.mark.parametrize(("contacts", "is_found"), [(0, True), (1, True), (2, False), (3, False)])
def test_under_the_attempts_that_were_agreed(contacts: int, is_found: bool) -> None:
    rep, _boss, _ceo = make_chain()
    handed(rep, contacts=contacts)
    assert bool(found()) == is_found


def test_contacts_before_the_hand_off_and_automatic_ones_do_not_count() -> None:
    rep, _boss, _ceo = make_chain()
    clock = handed(rep, contacts=1)
    contacted(clock, AT - OLD - timedelta(days=1), 2)
    sent = {"kind": ActivityKind.EMAIL_SENT, "occurred_at": AT - MINUTE, "recorded_at": AT}
    Activity.objects.create(lead_id=clock.lead_id, is_contact=False, **sent)
    assert found() == {rep.pk: [clock.lead_id]}


@pytest.mark.parametrize("seconds", [0, 1])
def test_of_a_lead_that_was_given_on_the_last_clock_counts(seconds: int) -> None:
    """Also where both began at the same moment."""
    rep, _boss, _ceo = make_chain()
    heir = make_user()
    harder, easier = handed(rep, contacts=2), handed(rep, contacts=1)
    followed_by(harder, heir, seconds=seconds, attempts=3)
    followed_by(easier, heir, seconds=seconds, attempts=1)
    assert found() == {heir.pk: [harder.lead_id]}


def test_a_contacted_lead_waits_by_its_first_promise() -> None:
    rep, _boss, _ceo = make_chain()
    clock = handed(rep, contacts=1)
    Clock.objects.filter(pk=clock.pk).update(state=ClockState.MET, ended_at=AT - OLD)
    clock.kind, clock.pk = ClockKind.DECISION, None
    Clock.objects.bulk_create([clock])
    assert found() == {rep.pk: [clock.lead_id]}


@pytest.mark.parametrize("change", [{"status": Status.POSTPONED, "resume_at": AT}, {"stage": "sql"}])
def test_not_what_somebody_decided_about(change: dict[str, Any]) -> None:
    rep, _boss, _ceo = make_chain()
    Journey.objects.filter(pk=handed(rep).journey_id).update(**change)
    assert found() == {}


def test_of_merged_leads_the_contacts_of_both_count() -> None:
    """The later passage goes on, with the lead that was kept."""
    rep, _boss, _ceo = make_chain()
    older, newer = handed(rep, at=AT - OLD - MINUTE), handed(rep, contacts=1)
    contacted(older, AT - OLD, 1)
    assert found() == {rep.pk: sorted([older.lead_id, newer.lead_id])}
    merge_leads(survivor_id=older.lead_id, duplicate_id=newer.lead_id, actor=None, at=AT)
    assert Clock.objects.get(pk=newer.pk).lead_id == older.lead_id
    assert found() == {}


@pytest.mark.parametrize("leads", [1, 3])
def test_counting_costs_the_same_for_any_number(django_assert_num_queries: Any, leads: int) -> None:
    rep, _boss, _ceo = make_chain()
    for _ in range(leads):
        handed(rep)
    with django_assert_num_queries(1):
        assert len(neglected_by_owner(AT - OLD)[rep.pk]) == leads


def test_what_was_missed_is_found_by_indexes() -> None:
    """However many clocks there ever were. The planner is to know them: on an empty table it guesses."""
    rep, _boss, _ceo = make_chain()
    make_ladders([rep] * 400, due_at=AT - OLD, state=ClockState.CANCELLED, ended_at=AT - OLD)
    missed = handed(rep, at=AT - 7 * MINUTE, state=ClockState.BREACHED, breached_at=AT - 2 * MINUTE)
    unsaid = handed(rep, at=AT - 6 * MINUTE)
    rows = not_contacted(since=AT - timedelta(days=1), until=AT).order_by().values("pk")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE sla_clock")
        cursor.execute("SET LOCAL enable_seqscan = off")
    plan = rows.explain()
    assert {row["pk"] for row in rows} == {missed.pk, unsaid.pk}
    assert "clock_missed" in plan and "clock_ring_due" in plan, plan
