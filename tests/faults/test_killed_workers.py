"""F1, F2: kill -9 loses nothing, and repeats at most the mail that was on its way."""

import random
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from sla.enums import MailState, ReminderState
from sla.models import Mail, MailAttempt, Reminder
from smarketing.accounts.enums import Role
from smarketing.accounts.models import User
from tests.faults.harness import MailServer, Worker, wait_until
from tests.sla.ladders import make_ladders

pytestmark = pytest.mark.django_db(transaction=True)

Start = Callable[..., Worker]


def overdue_steps(count: int, *, domain: str = "rep.example") -> None:
    """One overdue step for each of ``count`` reps: as many mails."""
    reps = User.objects.bulk_create(
        User(email=f"rep{serial}@{domain}", role=Role.SDR, password="!") for serial in range(count)
    )
    make_ladders(reps, due_at=timezone.now() - timedelta(minutes=1), steps=[(0, ["rep"])])


def all_sent(count: int) -> bool:
    return Reminder.objects.filter(state=ReminderState.SENT).count() == count


def test_f1_workers_killed_at_random_while_overdue_steps_are_swept(
    mail_server: MailServer, start_worker: Start, full: bool
):
    steps, kills = (10_000, 20) if full else (2_000, 5)
    overdue_steps(steps)
    chance = random.Random(1)
    workers = [start_worker() for _ in range(2)]
    for kill in range(1, kills + 1):
        # Spread over the sweep, so that every kill meets a worker at work.
        assert wait_until(lambda: len(mail_server.accepted()) >= steps * kill / (kills + 2), 300)  # noqa: B023
        time.sleep(chance.random() * 0.2)
        victim = chance.choice([worker for worker in workers if worker.is_alive])
        assert not all_sent(steps), "the sweep was over: nothing was interrupted"
        victim.kill()
        workers.append(start_worker())
    assert wait_until(lambda: all_sent(steps), 400), Reminder.objects.values_list("state").distinct()

    copies = mail_server.copies()
    assert Reminder.objects.count() == steps
    assert set(copies) == set(Mail.objects.values_list("message_id", flat=True))  # lost 0
    assert len(set(Reminder.objects.values_list("clock", "step"))) == len(copies) == steps
    duplicates = sum(copies.values()) - len(copies)
    assert duplicates <= kills
    print(f"F1: {steps} steps, {kills} kills, lost 0, duplicates {duplicates}")


def test_f2_killed_right_after_250(mail_server: MailServer, start_worker: Start, full: bool):
    kills = 20 if full else 3
    for round_ in range(kills):
        overdue_steps(1, domain=f"round{round_}.example")
        worker = start_worker(SLA_LEASE_SECONDS="3")
        mail_server.kill_after_250(worker)
        worker.wait()
        again = start_worker(SLA_LEASE_SECONDS="3")
        assert wait_until(lambda: all_sent(round_ + 1), 60)  # noqa: B023
        again.kill()
    assert list(mail_server.copies().values()) == [2] * kills
    assert [mail.tries.count() for mail in Mail.objects.all()] == [2] * kills
    assert MailAttempt.objects.filter(outcome="").count() == kills  # the ones nobody survived
    assert set(Mail.objects.values_list("state", flat=True)) == {MailState.SENT}
