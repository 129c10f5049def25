"""Mails that belong to no step of a ladder."""

import pytest
from django.core import mail as post

from funnel.models import Assignment
from funnel.signals import lead_assigned
from sla.enums import MailKind
from sla.models import Mail
from sla.services.delivery import deliver_due
from sla.services.notices import tell_recycled
from smarketing.accounts.enums import Role, Side
from tests.accounts.factories import make_team, make_user
from tests.sla.factories import make_handed_off
from tests.sla.ladders import MONDAY, make_chain

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
    assert Mail.objects.count() == 2


def test_an_owner_who_left_is_represented_by_the_boss():
    rep, boss, _ = make_chain(is_active=False)
    marketer = make_user(role=Role.MARKETER)
    journey = make_handed_off(owner=rep, at=MONDAY)
    tell_recycled(journey=journey, owner_id=rep.pk, at=MONDAY)
    assert set(Mail.objects.values_list("recipient", flat=True)) == {boss.pk, marketer.pk}
