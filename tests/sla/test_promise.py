"""The promise through the services of all rooms: hand-off, contact, decision, return; nothing by hand."""

from datetime import timedelta

import pytest
from django.core import mail as post

from funnel.enums import Move, Reason, Status
from funnel.models import Journey
from funnel.services.moving import move_journey
from funnel.services.resuming import resume_postponed
from leads.models import Lead
from leads.services.activities import record_activity
from leads.services.leads import create_lead
from sla.enums import ClockKind, ClockState
from sla.models import Clock
from sla.services.defaults import install_defaults
from sla.services.engine import tick
from sla.services.reconcile import reconcile
from smarketing.accounts.services.users import deactivate
from tests.funnel.pools import MONEY, Crew, entered_lead, journey_of
from tests.leads.factories import live_rule_set
from tests.sla.factories import MONDAY

pytestmark = pytest.mark.django_db
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
HOT = {"email": "ana@acme.example", "job_title": "CEO", "country": "ES"}


@pytest.fixture
def crew() -> Crew:
    install_defaults(at=MONDAY)
    live_rule_set(at=MONDAY)
    return Crew()


def handed_off(at=MONDAY) -> Lead:
    return entered_lead(reached="mql", at=at, email="ana@acme.example", email_key="ana@acme.example")


def call(lead: Lead, crew: Crew, *, at, occurred_at=None) -> None:
    record_activity(lead=lead, kind="call", at=at, occurred_at=occurred_at, source="ui", actor=crew.sdr)


def move(lead: Lead, move: str, *, at, actor, **details) -> Journey:
    return move_journey(journey_id=journey_of(lead).pk, move=move, actor=actor, at=at, **details)


def story(lead: Lead) -> list[tuple[str, str, bool]]:
    rows = Clock.objects.filter(lead=lead).order_by("pk")
    return [(clock.kind, clock.state, clock.is_ticking) for clock in rows]


def test_the_hand_off_starts_one_clock_for_the_sdr(crew):
    clock = Clock.objects.get(lead=handed_off())
    assert (clock.kind, clock.owner, clock.due_at) == (
        ClockKind.FIRST_CONTACT,
        crew.sdr,
        MONDAY + 5 * MINUTE,
    )


def test_a_call_of_a_person_keeps_the_promise_and_starts_the_seven_days(crew):
    lead = handed_off()
    call(lead, crew, at=MONDAY + 4 * MINUTE)
    assert story(lead) == [
        (ClockKind.FIRST_CONTACT, ClockState.MET, False),
        (ClockKind.DECISION, ClockState.RUNNING, True),
    ]


def test_a_call_that_makes_a_lead_an_mql_is_its_first_contact(crew):
    """It had been disqualified and was entered again: the call is why its scores are looked at."""
    lead = create_lead(values=HOT, actor=None, at=MONDAY)
    for kind in ("download", "price_sheet", "demo_request", "contact_request"):
        record_activity(lead=lead, kind=kind, at=MONDAY, source="api")
    move(lead, Move.DISQUALIFY, at=MONDAY + MINUTE, actor=crew.manager, reason=Reason.NO_NEED)
    record_activity(lead=lead, kind="price_sheet", at=MONDAY + 2 * MINUTE, source="api")
    move(lead, Move.ENTER, at=MONDAY + 3 * MINUTE, actor=crew.admin, reason=Reason.NO_NEED, note="Again.")
    call(lead, crew, at=MONDAY + 4 * MINUTE)
    assert story(lead)[1:] == [
        (ClockKind.FIRST_CONTACT, ClockState.MET, False),
        (ClockKind.DECISION, ClockState.RUNNING, True),
    ]
    assert reconcile(at=MONDAY + 5 * MINUTE) == {}


def test_an_automated_mail_is_no_contact(crew):
    lead = handed_off()
    record_activity(
        lead=lead, kind="email_sent", at=MONDAY + MINUTE, source="api", actor=crew.sdr, automated=True
    )
    assert story(lead) == [(ClockKind.FIRST_CONTACT, ClockState.RUNNING, True)]


def test_from_the_hand_off_to_the_deal(crew):
    lead = handed_off()
    call(lead, crew, at=MONDAY + 4 * MINUTE)
    move(lead, Move.QUALIFY, at=MONDAY + DAY, actor=crew.sdr)
    deal = {**MONEY, "expected_close": (MONDAY + 30 * DAY).date()}
    move(lead, Move.CONVERT, at=MONDAY + 9 * DAY, actor=crew.ae, **deal)
    move(lead, Move.WIN, at=MONDAY + 20 * DAY, actor=crew.ae)
    assert story(lead) == [
        (ClockKind.FIRST_CONTACT, ClockState.MET, False),
        (ClockKind.DECISION, ClockState.MET, False),
        (ClockKind.AE_DECISION, ClockState.MET_LATE, False),
    ]


def test_nobody_decides_and_marketing_has_it_again(crew):
    lead = handed_off()
    call(lead, crew, at=MONDAY + 4 * MINUTE)
    tick(at=MONDAY + 4 * MINUTE + 7 * DAY)
    lead.refresh_from_db()
    closed = Journey.objects.get(lead=lead, number=1)
    assert (closed.status, closed.reason, lead.owner) == (Status.RECYCLED, "not_decided", None)


def test_both_sides_are_told_of_the_return(crew):
    call(handed_off(), crew, at=MONDAY + 4 * MINUTE)
    post.outbox.clear()
    tick(at=MONDAY + 4 * MINUTE + 7 * DAY)
    assert sorted(message.to[0] for message in post.outbox) == sorted([crew.sdr.email, crew.marketer.email])


def test_the_aes_week_ends_the_same_way(crew):
    lead = handed_off()
    call(lead, crew, at=MONDAY + 4 * MINUTE)
    move(lead, Move.QUALIFY, at=MONDAY + DAY, actor=crew.sdr)
    tick(at=MONDAY + 8 * DAY)
    assert story(lead)[-1] == (ClockKind.AE_DECISION, ClockState.BREACHED, False)


def test_a_recycled_lead_that_comes_back_is_promised_anew(crew):
    lead = handed_off()
    call(lead, crew, at=MONDAY + 4 * MINUTE)
    tick(at=MONDAY + 4 * MINUTE + 7 * DAY)
    at = MONDAY + 8 * DAY
    move(lead, Move.HAND_OFF, at=at, actor=crew.marketer, note="asked for a call")
    assert story(lead)[-1] == (ClockKind.FIRST_CONTACT, ClockState.RUNNING, True)


def test_postponed_and_back_by_the_job(crew):
    lead = handed_off()
    call(lead, crew, at=MONDAY + 4 * MINUTE)
    back = MONDAY + 31 * DAY
    move(lead, Move.POSTPONE, at=MONDAY + DAY, actor=crew.sdr, reason="timing", resume_at=back)
    tick(at=MONDAY + 20 * DAY)
    resume_postponed(at=back)
    assert Clock.objects.ticking().get().due_at == MONDAY + 37 * DAY + 4 * MINUTE


def test_the_rep_is_reminded_and_then_the_boss_and_the_ceo(crew):
    handed_off()
    for minutes in (3, 6, 17, 23):
        tick(at=MONDAY + minutes * MINUTE)
    first, second, *third, fourth = [message.to[0] for message in post.outbox]
    assert (first, second, set(third), fourth) == (
        crew.sdr.email,
        crew.sdr.email,
        {crew.sdr.email, crew.manager.email},
        crew.executive.email,
    )


def test_when_all_events_arrive_there_is_nothing_to_reconcile(crew):
    lead = handed_off()
    call(lead, crew, at=MONDAY + 4 * MINUTE)
    move(lead, Move.QUALIFY, at=MONDAY + DAY, actor=crew.sdr)
    handed_off_too = entered_lead(
        reached="mql", at=MONDAY, email="b@acme.example", email_key="b@acme.example"
    )
    move(handed_off_too, Move.DISQUALIFY, at=MONDAY + MINUTE, actor=crew.sdr, reason="spam")
    assert reconcile(at=MONDAY + DAY) == {}


def test_a_rep_who_leaves_leaves_no_lead_without_a_clock(crew):
    lead = handed_off()
    left = MONDAY + 2 * MINUTE
    deactivate(user=crew.sdr, at=left)
    ticking = Clock.objects.ticking().get(lead=lead)
    assert (ticking.owner, ticking.started_at, ticking.lead_started_at) == (None, left, MONDAY)
