"""F5, F11, F12: the scheduler or the mail server is away, one recipient or one mail is bad."""

from collections import Counter
from datetime import datetime, timedelta

import pytest
from django.core import mail as post
from django.core.mail import get_connection
from django.utils import timezone

from sla.enums import MailState, ReminderState
from sla.models import Clock, EngineBeat, Mail, Reminder
from sla.selectors.health import engine_state
from sla.services.engine import tick
from tests.faults.harness import MailServer
from tests.sla.ladders import MONDAY, make_chain, make_ladders

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


def smtp(server: MailServer, *, timeout: float = 10):
    return get_connection(
        "django.core.mail.backends.smtp.EmailBackend", host="127.0.0.1", port=server.port, timeout=timeout
    )


def test_f5_the_scheduler_stood_still_for_72_hours(client, full: bool):
    size = 100 if full else 20
    chains = [make_chain() for _ in range(4)]
    make_ladders([chain[0] for chain in chains] * (size // 4))
    tick(at=MONDAY - MINUTE)
    assert not engine_state(MONDAY - MINUTE + 120 * SECOND).is_ok
    back = MONDAY + timedelta(hours=72)
    first_heard: dict[str, datetime] = {}
    for minute in range(40):
        at = back + minute * MINUTE
        post.outbox.clear()
        tick(at=at)
        told = Counter(message.to[0] for message in post.outbox)
        assert set(told.values()) <= {1}, "more than one mail for a person in a tick"
        for address in told:
            first_heard.setdefault(address, at)
    for rep, boss, ceo in chains:
        assert first_heard[rep.email] == back
        assert timedelta(minutes=10) <= first_heard[boss.email] - first_heard[rep.email] <= 11 * MINUTE
        assert timedelta(minutes=5) <= first_heard[ceo.email] - first_heard[boss.email] <= 6 * MINUTE
    assert set(Reminder.objects.values_list("state", flat=True)) == {ReminderState.SENT}
    assert Reminder.objects.count() == 3 * size


def test_f5_health_says_503_within_two_minutes(client):
    EngineBeat.objects.create(name="tick", beat_at=timezone.now() - 119 * SECOND)
    assert client.get("/readyz").status_code == 503


def test_f11_the_mail_server_is_down_for_half_an_hour(mail_server: MailServer, full: bool):
    size = 500 if full else 60
    chains = [make_chain() for _ in range(size)]
    ceo = chains[0][2]
    make_ladders([chain[0] for chain in chains])
    mail_server.stop()
    for minute in range(31):
        tick(at=MONDAY + minute * MINUTE, connection=smtp(mail_server))
    assert set(Mail.objects.values_list("state", "failures")) == {(MailState.PENDING, 0)}
    waits = set(Mail.objects.values_list("next_attempt_at", flat=True))
    assert len(waits) > 1  # jitter: not all at one moment

    mail_server.start()
    for minute in range(31, 75):
        tick(at=MONDAY + minute * MINUTE, connection=smtp(mail_server))
    order = [one.address for one in mail_server.accepted()]
    for rep, boss, _ in chains:
        assert order.index(rep.email) < order.index(boss.email)
    first_ceo = order.index(ceo.email)
    assert all(order.index(chain[1].email) < first_ceo for chain in chains)
    assert Reminder.objects.filter(state=ReminderState.SENT).count() == 3 * size  # lost 0
    assert set(mail_server.copies().values()) == {1}


def test_f11_a_tarpit_holds_up_only_its_own_domain(mail_server: MailServer, full: bool):
    """Its mails come first in line."""
    stuck = [make_chain(email=f"stuck{number}@tarpit.example")[0] for number in range(20)]
    fine = [make_chain()[0] for _ in range(100 if full else 20)]
    make_ladders(stuck, due_at=MONDAY - MINUTE, steps=[(0, ["rep"])])
    make_ladders(fine, steps=[(0, ["rep"])])
    for number in range(2):
        tick(at=MONDAY + number * 5 * SECOND, connection=smtp(mail_server, timeout=10 if full else 1))
    assert {one.address for one in mail_server.accepted()} == {rep.email for rep in fine}
    assert Mail.objects.filter(attempts__gt=0, recipient__in=stuck).count() == 1


def test_f11_550_for_the_rep_tells_the_boss_in_the_same_tick(mail_server: MailServer):
    rep, boss, _ = make_chain(email="gone@refused.example")
    [clock] = make_ladders([rep])
    tick(at=MONDAY, connection=smtp(mail_server))
    assert [one.address for one in mail_server.accepted()] == [boss.email]
    assert Reminder.objects.get(clock=clock, step=0).state == ReminderState.DEAD


def test_f11_the_order_holds_after_everybody_was_put_off(mail_server: MailServer, full: bool):
    chains = [make_chain() for _ in range(50 if full else 5)]
    make_ladders([chain[0] for chain in chains], steps=[(0, ["rep"]), (10, ["boss"])])
    mail_server.put_everybody_off(True)
    for minute in range(30):
        tick(at=MONDAY + minute * MINUTE, connection=smtp(mail_server))
    assert mail_server.accepted() == []
    mail_server.put_everybody_off(False)
    for minute in range(30, 75):
        tick(at=MONDAY + minute * MINUTE, connection=smtp(mail_server))
    order = [one.address for one in mail_server.accepted()]
    assert sorted(order) == sorted(person.email for rep, boss, _ in chains for person in (rep, boss))
    assert all(order.index(rep.email) < order.index(boss.email) for rep, boss, _ in chains)


def test_f12_one_lead_makes_the_template_raise(full: bool):
    size = 1000 if full else 200
    chains = [make_chain()[0] for _ in range(20)]
    clocks = make_ladders(chains * (size // 20), steps=[(0, ["rep"])])
    poison = clocks[size // 2]
    Clock.objects.filter(pk=poison.pk).update(kind="nonsense")
    tick(at=MONDAY)
    assert Reminder.objects.filter(state=ReminderState.SENT).count() == size - 1
    for minute in range(1, 20):
        tick(at=MONDAY + minute * MINUTE)
    dead = Mail.objects.get(deliveries__reminder__clock=poison)
    assert (dead.state, dead.attempts) == (MailState.DEAD, 5)
    assert Reminder.objects.get(clock=poison).state == ReminderState.DEAD
    assert dead.address == poison.owner.email
