"""A post that is an MQL at once: everything of it is written together, or the long way round."""

from typing import Any
from unittest import mock
from uuid import uuid4

import psycopg2.errors
import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from funnel.models import Assignment, Journey, RollupDelta, RoutingRule
from leads.models import Lead, Notification, Submission
from sla.enums import ClockKind, MailKind
from sla.models import Clock, Notice, Policy
from sla.selectors.policies import Book, current_book
from sla.services.clocks import start_clock
from sla.services.defaults import install_defaults
from sla.services.policies import renew_policies
from tests.funnel.pools import Crew
from tests.leads.factories import live_rule_set, make_form
from tests.leads.test_intake import post
from tests.sla.factories import MONDAY

MQL = {"email": "ana@acme.example", "job_title": "CEO", "country": "ES", "employees": "250"}


@pytest.fixture
def crew(db: None) -> Crew:
    install_defaults(at=MONDAY)
    live_rule_set(at=MONDAY)
    current_book()
    return Crew()


def hand_off(**values: str) -> tuple[Lead, Journey]:
    post(make_form(activity_kind="contact_request"), {**MQL, **values})
    lead = Lead.objects.get(email=values.get("email", MQL["email"]))
    return lead, lead.journeys.get()


def story(lead: Lead) -> list[Any]:
    """What there is of a hand-off, by whom and for whom."""
    given, clock, note = Assignment.objects.get(), Clock.objects.get(), Notification.objects.get()
    return [
        (lead.owner, given.user, clock.owner, note.user),
        (lead, given.lead, clock.lead, note.lead),
        (lead.journeys.get(), given.journey, clock.journey),
        [change.to_stage for change in lead.stage_changes.all()],
        [reminder.step for reminder in clock.reminders.all()],
        (note.key, given.rule.members.get().assigned),
    ]


@pytest.mark.django_db(transaction=True)
def test_it_takes_four_messages(crew: Crew) -> None:
    form = make_form(activity_kind="contact_request")
    post(form, {**MQL, "email": "warm@up.example"})
    with CaptureQueriesContext(connection) as queries:
        post(form, MQL)
    # Stored; begun, with the pool locked and read; everything else, committed without waiting for the
    # disk, and the wait. Then Django's own end, for which the driver sends nothing.
    sent = [query["sql"] for query in queries]
    assert [sql.count("EXECUTE") for sql in sent] == [2, 2, 7, 0]
    assert (sent[1].startswith("BEGIN"), sent[2].split("; ")[-2], sent[3]) == (True, "COMMIT", "COMMIT")


def test_everybody_is_told_the_same(crew: Crew) -> None:
    lead, journey = hand_off()
    assert story(lead) == [
        (crew.sdr,) * 4,
        (lead,) * 4,
        (journey,) * 3,
        ["new_name", "engaged", "target", "mql"],
        [0],
        (f"assignment:{Assignment.objects.get().pk}", 1),
    ]


def test_the_report_is_told_once_and_with_the_owner(crew: Crew) -> None:
    lead, _journey = hand_off()
    assert list(RollupDelta.objects.values_list("sign", "stage", "owner_id")) == [(1, "mql", lead.owner_id)]


def test_nobody_eligible_is_visible_and_told(crew: Crew) -> None:
    crew.sdr.routing_memberships.update(is_active=False)
    lead, journey = hand_off()
    assert (lead.owner, journey.unassigned_since, Assignment.objects.get().user) == (
        None,
        Submission.objects.get().received_at,
        None,
    )
    assert Notice.objects.filter(kind=MailKind.UNASSIGNED, lead=lead).exists()
    assert Clock.objects.get().journey == journey


def test_without_any_rule_it_is_unassigned_too(crew: Crew) -> None:
    RoutingRule.objects.filter(role="sdr").update(is_active=False)
    lead, journey = hand_off()
    given = Assignment.objects.get()
    assert (lead.owner, given.user, given.journey, given.decision["why"]) == (None, None, journey, "no_rule")
    assert journey.unassigned_since == Submission.objects.get().received_at


def test_policies_that_changed_meanwhile_are_those_of_now(crew: Crew) -> None:
    old = current_book()
    Policy.objects.filter(kind=ClockKind.FIRST_CONTACT).update(minutes=30)
    renew_policies()
    with mock.patch("sla.services.clocks.book_in_hand", return_value=old):
        lead, _journey = hand_off()
    assert (Clock.objects.get().minutes, Submission.objects.get().status) == (30, "processed")
    assert story(lead)[0] == (crew.sdr,) * 4


def test_a_process_that_knows_no_policies_reads_them(crew: Crew) -> None:
    with mock.patch("sla.services.clocks.book_in_hand", return_value=Book(None)):
        _lead, journey = hand_off()
    assert Clock.objects.get().journey == journey


def test_a_book_that_never_was_in_force_makes_no_clock_twice(crew: Crew) -> None:
    wrong = Book(uuid4(), current_book().policies, current_book().calendars)
    with mock.patch("sla.services.clocks.book_in_hand", return_value=wrong):
        _lead, journey = hand_off()
    assert (Journey.objects.count(), Clock.objects.count(), journey.clocks.count()) == (1, 1, 1)


def test_two_who_wait_for_each_other_both_come_in(crew: Crew) -> None:
    """PostgreSQL ends one of them; it is done again, the long way."""
    deadlock = OperationalError("deadlock detected")
    deadlock.__cause__ = psycopg2.errors.DeadlockDetected()
    ends = [deadlock, None]

    def once(**given: Any) -> Clock | None:
        if (error := ends.pop(0)) is not None:
            raise error
        return start_clock(**given)

    with mock.patch("sla.services.following.start_clock", once):
        lead, _journey = hand_off()
    assert (Submission.objects.get().status, story(lead)[0]) == ("processed", (crew.sdr,) * 4)
