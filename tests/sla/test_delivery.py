"""Handing mails over: what a refusal means, for the mail, its ladder and everybody else."""

import smtplib
from collections.abc import Callable
from datetime import timedelta
from time import monotonic

import pytest
from django.core.mail import EmailMessage

from sla.enums import MailKind, MailState, ReminderState
from sla.models import Clock, Mail, MailAttempt, Reminder
from sla.services import delivery
from sla.services.delivery import deliver_due
from sla.services.engine import tick
from sla.services.outbox import LEASE, begin_attempt, lease_due, note_taken
from sla.services.reminders import decide_due
from smarketing.accounts.enums import Role
from tests.accounts.factories import make_user
from tests.leads.factories import make_activity
from tests.sla.ladders import MONDAY, make_chain, make_ladders

pytestmark = pytest.mark.django_db

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


class Server:
    """A mail server by rule: `answers[address or domain]` raises what the server would say."""

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []
        self.tried: list[str] = []
        self.answers: dict[str, Callable[[str], Exception]] = {}
        self.is_down = False

    def open(self) -> bool:
        if self.is_down:
            raise ConnectionRefusedError("refused")
        return True

    def close(self) -> None:
        pass

    def send_messages(self, email_messages: list[EmailMessage]) -> int:
        [message] = email_messages
        address = message.to[0]
        self.tried.append(address)
        for rule in (address, address.rpartition("@")[2]):
            if rule in self.answers:
                raise self.answers[rule](address)
        self.taken.append(message)
        return 1

    @property
    def heard(self) -> list[str]:
        return [message.to[0] for message in self.taken]


def refused(address: str) -> Exception:
    return smtplib.SMTPRecipientsRefused({address: (550, b"5.1.1 no such mailbox")})


def put_off(address: str) -> Exception:
    return smtplib.SMTPRecipientsRefused({address: (451, b"4.7.1 come back later")})


def hung(address: str) -> Exception:
    error = smtplib.SMTPServerDisconnected("Connection unexpectedly closed: timed out")
    error.__context__ = TimeoutError("timed out")
    return error


@pytest.fixture
def server() -> Server:
    return Server()


def run(server: Server, *, start=MONDAY, minutes: int, every: timedelta = MINUTE) -> None:
    for moment in range(int(minutes * MINUTE / every) + 1):
        tick(at=start + moment * every, connection=server)


def test_a_refused_rep_kills_the_step_and_the_boss_hears_in_the_same_tick(server):
    rep, boss, _ = make_chain()
    [clock] = make_ladders([rep])
    server.answers[rep.email] = refused
    tick(at=MONDAY, connection=server)
    assert server.heard == [boss.email]
    assert Mail.objects.get(recipient=boss).kind == MailKind.UNDELIVERABLE
    assert Reminder.objects.get(clock=clock, step=0).state == ReminderState.DEAD
    assert Reminder.objects.get(clock=clock, step=1).state == ReminderState.PENDING


def test_the_notice_says_to_whom_and_why(server):
    rep, _, _ = make_chain()
    make_ladders([rep])
    server.answers[rep.email] = refused
    tick(at=MONDAY, connection=server)
    assert rep.email in server.taken[0].body
    assert "550 5.1.1 no such mailbox" in server.taken[0].body


def test_the_ladder_goes_on_past_a_refused_rep(server):
    rep, boss, ceo = make_chain()
    make_ladders([rep])
    server.answers[rep.email] = refused
    run(server, minutes=20)
    assert server.heard == [boss.email, boss.email, ceo.email]


def test_a_step_that_reached_somebody_is_sent(server):
    rep, _, _ = make_chain()
    [clock] = make_ladders([rep], steps=[(0, ["rep", "boss"])])
    server.answers[rep.email] = refused
    tick(at=MONDAY, connection=server)
    assert Reminder.objects.get(clock=clock).state == ReminderState.SENT


def test_the_boss_is_not_told_twice_about_the_same_step(server):
    rep, boss, _ = make_chain()
    make_ladders([rep], steps=[(0, ["rep", "boss"])])
    server.answers[rep.email] = refused
    tick(at=MONDAY, connection=server)
    assert server.heard == [boss.email]


def test_when_nobody_up_the_line_can_be_reached_the_administrators_hear(server):
    rep, boss, ceo = make_chain()
    admin = make_user(role=Role.ADMIN)
    make_ladders([rep])
    for person in (rep, boss, ceo):
        server.answers[person.email] = refused
    tick(at=MONDAY, connection=server)
    assert server.heard == [admin.email]


def test_the_chain_of_notices_ends_when_nobody_at_all_can_be_reached(server):
    rep, _, _ = make_chain()
    make_user(role=Role.ADMIN)
    make_ladders([rep])
    server.answers = {"rep.example": refused, "boss.example": refused, "ceo.example": refused}
    server.answers["example.com"] = refused
    tick(at=MONDAY, connection=server)
    assert set(Mail.objects.values_list("state", flat=True)) == {MailState.DEAD}
    assert Mail.objects.count() == 4


def test_a_rep_who_is_put_off_for_long_does_not_keep_the_boss_from_hearing(server):
    rep, boss, _ = make_chain()
    make_ladders([rep])
    server.answers[rep.email] = put_off
    run(server, minutes=14)
    assert server.heard == [boss.email]


def test_a_rep_who_is_put_off_once_still_hears_first(server):
    rep, boss, _ = make_chain()
    make_ladders([rep])
    server.answers[rep.email] = put_off
    tick(at=MONDAY, connection=server)
    del server.answers[rep.email]
    run(server, start=MONDAY + MINUTE, minutes=11)
    assert server.heard == [rep.email, rep.email, boss.email]


def test_a_mail_that_gets_through_late_gives_the_waiting_next_step_its_gap(server):
    """The server put off everybody for half an hour: rep and boss both wait in the outbox."""
    rep, boss, _ = make_chain()
    make_ladders([rep], steps=[(0, ["rep"]), (10, ["boss"])])
    server.answers = {"rep.example": put_off, "boss.example": put_off}
    run(server, minutes=30)
    assert {mail.recipient for mail in Mail.objects.all()} == {rep, boss}
    server.answers.clear()
    back = MONDAY + 31 * MINUTE
    heard: dict[str, float] = {}
    for minute in range(40):
        tick(at=back + minute * MINUTE, connection=server)
        for address in server.heard:
            heard.setdefault(address, minute)
    assert heard[boss.email] - heard[rep.email] in (10, 11)


@pytest.mark.parametrize("outage", [16, 18, 23, 29])
def test_whenever_the_server_comes_back_the_rep_hears_before_the_boss(server, outage):
    rep, boss, _ = make_chain()
    make_ladders([rep], steps=[(0, ["rep"]), (10, ["boss"])])
    server.answers = {"rep.example": put_off, "boss.example": put_off}
    run(server, minutes=outage)
    server.answers.clear()
    run(server, start=MONDAY + (outage + 1) * MINUTE, minutes=40)
    assert server.heard == [rep.email, boss.email]


@pytest.fixture
def overtaken(server) -> list[tuple[str, str]]:
    """(rep, boss) twice: the reps' mails failed so often that their bosses' wait beside them; then
    ``BACK``, when the bosses' are due and the reps' not yet."""
    chains = [make_chain()[:2] for _ in range(2)]
    make_ladders([rep for rep, _ in chains], steps=[(0, ["rep"]), (10, ["boss"])])
    server.answers = {"rep.example": put_off, "boss.example": put_off}
    run(server, minutes=18)
    server.answers.clear()
    for rep, boss in chains:
        assert Mail.objects.filter(recipient=rep).update(next_attempt_at=BACK + 10 * MINUTE) == 1
        assert Mail.objects.filter(recipient=boss).update(next_attempt_at=BACK + SECOND / 2) == 1
    return [(rep.email, boss.email) for rep, boss in chains]


BACK = MONDAY + 30 * MINUTE


def slow(server: Server, monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Each mail takes that long by the watch of the round."""
    monkeypatch.setattr(delivery, "monotonic", lambda: monotonic() + seconds * len(server.tried))


def test_a_boss_whose_mail_comes_due_during_a_round_hears_after_the_rep(server, overtaken, monkeypatch):
    other, _, _ = make_chain()
    make_ladders([other], due_at=BACK, steps=[(0, ["rep"])])
    server.tried.clear()
    slow(server, monkeypatch, 2)
    tick(at=BACK, connection=server)
    assert server.heard == [other.email, *(rep for rep, _ in overtaken)]


def test_a_domain_that_used_much_time_does_not_lose_its_turn_to_the_boss(server, overtaken, monkeypatch):
    """Mails for domains that used less time go first, but not before the step they follow."""
    others = [make_chain()[0] for _ in range(2)]
    make_ladders(others, due_at=BACK - SECOND, steps=[(0, ["rep"])])
    decide_due(at=BACK - SECOND)
    Mail.objects.filter(address__endswith="boss.example").update(next_attempt_at=BACK)
    server.tried.clear()
    monkeypatch.setattr(delivery, "LEASED_AT_ONCE", 3)  # the second rep shares a batch with the bosses
    slow(server, monkeypatch, 2)
    tick(at=BACK, connection=server)
    assert sorted(server.heard) == sorted([*(one.email for one in others), *(rep for rep, _ in overtaken)])


def test_bosses_do_not_wait_for_a_domain_that_hangs(server, overtaken):
    server.tried.clear()
    server.answers["rep.example"] = hung
    tick(at=BACK + SECOND, connection=server)
    assert sorted(server.heard) == sorted(boss for _, boss in overtaken)
    assert len(server.tried) == 3


def test_a_day_of_being_put_off_is_enough(server):
    rep, _, _ = make_chain()
    make_ladders([rep], steps=[(0, ["rep"])])
    server.answers[rep.email] = put_off
    run(server, minutes=24 * 60 + 20, every=20 * MINUTE)
    assert Mail.objects.get(recipient=rep).state == MailState.DEAD


def test_a_server_that_is_down_is_no_mails_failure(server):
    rep, _, _ = make_chain()
    make_ladders([rep])
    server.is_down = True
    run(server, minutes=30)
    mail = Mail.objects.get()
    assert (mail.state, mail.failures) == (MailState.PENDING, 0)
    assert mail.attempts > 10


def test_after_the_server_was_down_rep_and_boss_hear_in_order_with_the_gap(server):
    rep, boss, ceo = make_chain()
    make_ladders([rep])
    server.is_down = True
    run(server, minutes=30)
    server.is_down = False
    back = MONDAY + 31 * MINUTE
    heard: dict[str, int] = {}
    for minute in range(25):
        tick(at=back + minute * MINUTE, connection=server)
        for address in server.heard:
            heard.setdefault(address, minute)
    assert list(heard) == [rep.email, boss.email, ceo.email]
    assert heard[boss.email] - heard[rep.email] in (10, 11)


def test_a_down_server_costs_one_try_per_tick(server):
    reps = [make_chain()[0] for _ in range(30)]
    make_ladders(reps)
    server.is_down = True
    tick(at=MONDAY, connection=server)
    assert MailAttempt.objects.count() == 1


def test_a_hanging_domain_is_tried_once_and_the_others_hear_in_the_same_tick(server):
    stuck = [make_chain(email=f"stuck{i}@tarpit.example")[0] for i in range(30)]
    fine = [make_chain()[0] for _ in range(10)]
    make_ladders(stuck + fine)
    server.answers["tarpit.example"] = hung
    tick(at=MONDAY, connection=server)
    assert server.tried.count(stuck[0].email) + len(fine) == len(server.tried)
    assert set(server.heard) == {rep.email for rep in fine}
    tick(at=MONDAY + 5 * SECOND, connection=server)
    assert len(server.tried) == len(fine) + 1


def test_what_cannot_be_written_is_given_up_and_shown_after_five_tries(server):
    rep, _, _ = make_chain()
    [clock] = make_ladders([rep], steps=[(0, ["rep"])])
    Clock.objects.filter(pk=clock.pk).update(kind="nonsense")
    run(server, minutes=20)
    mail = Mail.objects.get(recipient=rep)
    assert (mail.state, mail.attempts) == (MailState.DEAD, 5)
    assert "nonsense" in mail.error


def test_one_unwritable_line_does_not_hold_up_a_digest(server):
    rep, _, _ = make_chain()
    bad, *_fine = make_ladders([rep] * 4)
    Clock.objects.filter(pk=bad.pk).update(kind="nonsense")
    tick(at=MONDAY, connection=server)
    assert server.taken[0].subject == "3 leads are waiting"
    assert Reminder.objects.get(clock=bad).state == ReminderState.CLAIMED
    run(server, start=MONDAY + MINUTE, minutes=20)
    assert Reminder.objects.get(clock=bad, step=0).state == ReminderState.DEAD


def test_contact_made_while_the_mail_waited_makes_it_pointless(server):
    rep, _, _ = make_chain()
    [clock] = make_ladders([rep])
    server.is_down = True
    tick(at=MONDAY, connection=server)
    Clock.objects.filter(pk=clock.pk).update(state="met_late", ended_at=MONDAY + MINUTE, breached_at=MONDAY)
    server.is_down = False
    tick(at=MONDAY + 2 * MINUTE, connection=server)
    assert server.heard == []
    assert Mail.objects.get().state == MailState.SKIPPED
    assert Reminder.objects.get().state == ReminderState.SKIPPED


def test_a_contact_whose_signal_was_missed_still_stops_the_reminder(server):
    rep, _, _ = make_chain()
    [clock] = make_ladders([rep])
    make_activity(clock.lead, "call", at=MONDAY - SECOND, is_contact=True)
    tick(at=MONDAY, connection=server)
    assert server.heard == []
    assert Reminder.objects.get().error == "contacted"


def test_a_killed_workers_mail_is_taken_up_again_with_the_same_message_id(server):
    rep, _, _ = make_chain()
    make_ladders([rep])
    decide_due(at=MONDAY)
    [leased] = lease_due(at=MONDAY, limit=10)
    assert deliver_due(at=MONDAY + LEASE - SECOND, connection=server).sent == 0
    assert deliver_due(at=MONDAY + LEASE + SECOND, connection=server).sent == 1
    assert server.taken[0].extra_headers["Message-ID"] == leased.message_id


def test_what_was_accepted_before_a_kill_is_booked_and_not_sent_again(server):
    """Killed after the next mail was begun, before anything was booked."""
    rep, _, _ = make_chain()
    [clock] = make_ladders([rep])
    decide_due(at=MONDAY)
    [mail] = lease_due(at=MONDAY, limit=10)
    attempt = begin_attempt(mail=mail, at=MONDAY)
    note_taken(attempt=attempt, at=MONDAY + SECOND)
    deliver_due(at=MONDAY + LEASE + SECOND, connection=server)
    assert server.heard == []
    assert Mail.objects.get().sent_at == MONDAY + SECOND
    assert Reminder.objects.get(clock=clock, step=0).state == ReminderState.SENT


def test_a_try_notes_the_one_before_it():
    rep, _, _ = make_chain()
    other, _, _ = make_chain()
    make_ladders([rep, other])
    decide_due(at=MONDAY)
    first, second = lease_due(at=MONDAY, limit=10)
    taken = begin_attempt(mail=first, at=MONDAY)
    begin_attempt(mail=second, at=MONDAY + SECOND, taken=taken)
    tries = MailAttempt.objects.values_list("mail", "ended_at", "outcome")
    assert set(tries) == {(first.pk, MONDAY + SECOND, "sent"), (second.pk, None, "")}


def test_nothing_joins_a_mail_that_is_on_its_way():
    """Held back while it is being handed over, it has no lease any more and looks like one that waits."""
    rep, _, _ = make_chain()
    make_ladders([rep])
    decide_due(at=MONDAY)
    [mail] = lease_due(at=MONDAY, limit=10)
    begin_attempt(mail=mail, at=MONDAY)
    Mail.objects.update(leased_until=None)
    make_ladders([rep])
    decide_due(at=MONDAY)
    assert Mail.objects.filter(recipient=rep).count() == 2


def test_a_lease_ends_within_two_minutes():
    assert timedelta(seconds=120) >= LEASE
