"""Mails that belong to no step of a ladder."""

from datetime import timedelta

import pytest
from django.core import mail as post

from funnel.models import Assignment
from funnel.signals import lead_assigned
from leads.models import Lead
from sla.enums import MailKind, ReminderState
from sla.models import Clock, Mail, Notice, Reminder
from sla.services.delivery import deliver_due
from sla.services.engine import tick
from sla.services.mailing import gather_notices, notices_for, write_notices
from sla.services.notices import tell_recycled
from sla.services.reminders import decide_due
from smarketing.accounts.enums import Role, Side
from tests.accounts.factories import make_team, make_user
from tests.sla.factories import make_handed_off
from tests.sla.ladders import MONDAY, make_chain, make_ladders

pytestmark = pytest.mark.django_db


def nobody_eligible(journey) -> Assignment:
    return Assignment.objects.create(
        journey=journey, lead=journey.lead, assigned_at=MONDAY, decision={"skipped": []}
    )


def test_a_lead_nobody_is_eligible_for_is_told_to_the_sales_managers():
    _, boss, _ = make_chain()
    make_user(role=Role.MANAGER, team=make_team(Side.MARKETING))
    journey = make_handed_off(at=MONDAY)
    lead_assigned.send(
        None,
        journey=journey,
        assignment=nobody_eligible(journey),
        previous_owner_id=None,
        at=MONDAY,
        actor=None,
    )
    deliver_due(at=MONDAY)
    assert [message.to for message in post.outbox] == [[boss.email]]
    assert post.outbox[0].subject == f"Nobody is eligible for {journey.lead}"


def test_a_lead_somebody_got_is_no_news_for_the_managers():
    rep, _, _ = make_chain()
    journey = make_handed_off(owner=rep, at=MONDAY)
    given = Assignment.objects.create(journey=journey, lead=journey.lead, user=rep, assigned_at=MONDAY)
    lead_assigned.send(None, journey=journey, assignment=given, previous_owner_id=None, at=MONDAY, actor=None)
    assert not Mail.objects.filter(kind=MailKind.UNASSIGNED).exists()


def test_a_recycled_lead_is_told_to_its_owner_and_to_marketing():
    rep, _, _ = make_chain()
    marketer = make_user(role=Role.MARKETER)
    journey = make_handed_off(owner=rep, at=MONDAY)
    tell_recycled(journey=journey, owner_id=rep.pk, at=MONDAY)
    deliver_due(at=MONDAY)
    assert {message.to[0] for message in post.outbox} == {rep.email, marketer.email}
    assert post.outbox[0].subject == f"Returned to marketing: {journey.lead}"


def test_saying_it_twice_writes_nothing():
    rep, _, _ = make_chain()
    journey = make_handed_off(owner=rep, at=MONDAY)
    make_user(role=Role.MARKETER)
    for _ in range(2):
        tell_recycled(journey=journey, owner_id=rep.pk, at=MONDAY)
    assert Notice.objects.count() == 2


def test_an_owner_who_left_is_represented_by_the_boss():
    rep, boss, _ = make_chain(is_active=False)
    marketer = make_user(role=Role.MARKETER)
    journey = make_handed_off(owner=rep, at=MONDAY)
    tell_recycled(journey=journey, owner_id=rep.pk, at=MONDAY)
    assert set(Notice.objects.values_list("recipient", flat=True)) == {boss.pk, marketer.pk}


def returned(rep, *, leads: int = 1) -> list[Lead]:
    journeys = [make_handed_off(owner=rep, at=MONDAY) for _ in range(leads)]
    for journey in journeys:
        tell_recycled(journey=journey, owner_id=rep.pk, at=MONDAY)
    return [journey.lead for journey in journeys]


def test_many_at_once_are_one_mail_per_person():
    rep, _, _ = make_chain()
    marketer = make_user(role=Role.MARKETER)
    leads = returned(rep, leads=3)
    deliver_due(at=MONDAY)
    assert sorted(message.to[0] for message in post.outbox) == sorted([rep.email, marketer.email])
    assert post.outbox[0].subject == "3 leads have gone back to marketing"
    assert [post.outbox[0].body.count(f"/leads/{lead.pk}/") for lead in leads] == [1, 1, 1]


def test_a_reminder_and_news_of_the_same_round_are_one_mail():
    rep, _, _ = make_chain()
    make_user(role=Role.MARKETER)
    [clock] = make_ladders([rep])
    returned(rep)
    tick(at=MONDAY + timedelta(minutes=1))
    [message] = [one for one in post.outbox if one.to == [rep.email]]
    assert message.subject == f"{clock.lead} is waiting: 1 minute late; 1 lead has gone back to marketing"
    assert Reminder.objects.get(clock=clock, step=0).state == ReminderState.SENT


def test_news_waits_for_no_reminder_that_has_become_pointless():
    rep, _, _ = make_chain()
    make_user(role=Role.MARKETER)
    [clock] = make_ladders([rep])
    decide_due(at=MONDAY)
    returned(rep)
    Clock.objects.filter(pk=clock.pk).update(state="met_late", ended_at=MONDAY, breached_at=MONDAY)
    deliver_due(at=MONDAY)
    [message] = [one for one in post.outbox if one.to == [rep.email]]
    assert message.subject == "1 lead has gone back to marketing"


def test_what_was_tried_already_is_not_added_to():
    rep, _, _ = make_chain()
    make_user(role=Role.MARKETER)
    returned(rep)
    gather_notices(at=MONDAY)
    Mail.objects.update(attempts=1)
    returned(rep)
    gather_notices(at=MONDAY)
    assert Mail.objects.filter(recipient=rep).count() == 2


def test_a_round_without_news_writes_no_mail():
    assert (gather_notices(at=MONDAY), Mail.objects.count()) == (0, 0)


@pytest.mark.parametrize("count", [1, 3])
def test_gathering_costs_the_same_statements_for_many(django_assert_num_queries, count):
    rep, _, _ = make_chain()
    make_user(role=Role.MARKETER)
    returned(rep, leads=count)
    # savepoints; the notices, mails to join and addresses are read; mails and notices are written
    with django_assert_num_queries(10):
        assert gather_notices(at=MONDAY) == 2 * count


def test_an_idle_round_sees_that_news_waits():
    rep, _, _ = make_chain()
    make_user(role=Role.MARKETER)
    returned(rep)
    assert tick(at=MONDAY).delivered.sent == 2


def test_news_that_cannot_be_written_says_why():
    """That lines are left out of a digest is no concern of a mail with one piece of news."""
    told = {"subject": "1", "kind": MailKind.DISPUTED, "person_ids": [make_user().pk], "lead_id": None}
    write_notices(notices_for(**told, at=MONDAY, context={}), at=MONDAY)
    deliver_due(at=MONDAY)
    assert Mail.objects.get().error == "KeyError: 'dispute'"
