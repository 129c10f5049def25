"""Deciding: who is told what, in which order, and when nobody needs to be told any more."""

from datetime import timedelta

import pytest
from django.core import mail as post

from sla.enums import MailState, ReminderState
from sla.models import Delivery, Mail, MailAttempt, Reminder
from sla.services.engine import tick
from tests.sla.ladders import MONDAY, make_chain, make_ladders

pytestmark = pytest.mark.django_db


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def test_a_due_step_is_mailed_to_the_rep_and_the_next_one_planned():
    rep, _, _ = make_chain()
    [clock] = make_ladders([rep])
    tick(at=MONDAY)
    assert [message.to for message in post.outbox] == [[rep.email]]
    assert Mail.objects.get().state == MailState.SENT
    rows = Reminder.objects.filter(clock=clock).order_by("step").values_list("step", "state", "due_at")
    assert [row[:2] for row in rows] == [(0, ReminderState.SENT), (1, ReminderState.PENDING)]
    assert rows[1][2] - MONDAY - minutes(10) < timedelta(seconds=5)


def test_nothing_is_due_a_second_before():
    rep, _, _ = make_chain()
    make_ladders([rep])
    assert tick(at=MONDAY - timedelta(seconds=1)).decided == 0


def test_the_whole_ladder_is_climbed_in_order():
    rep, boss, ceo = make_chain()
    make_ladders([rep])
    for minute in range(20):
        tick(at=MONDAY + minutes(minute))
    assert [message.to[0] for message in post.outbox] == [rep.email, rep.email, boss.email, ceo.email]


def test_after_an_outage_each_level_keeps_its_time():
    rep, boss, ceo = make_chain()
    make_ladders([rep])
    back = MONDAY + timedelta(hours=72)
    heard = {}
    for minute in range(20):
        tick(at=back + minutes(minute))
        for message in post.outbox:
            heard.setdefault(message.to[0], minute)
    assert heard == {rep.email: 0, boss.email: 11, ceo.email: 17}


def test_every_try_is_on_record():
    rep, _, _ = make_chain()
    make_ladders([rep])
    tick(at=MONDAY)
    assert MailAttempt.objects.get().outcome == "sent"
    assert Delivery.objects.get().role == "rep"
