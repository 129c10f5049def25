"""F3, F13: many workers at once, and a rep who calls while the sweep runs."""

import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from time import monotonic, sleep

import pytest
from django.core.mail import EmailMessage
from django.db import connections, transaction

from leads.models import Lead
from leads.services.activities import record_activity
from sla.models import Delivery, Mail, Reminder
from sla.services.engine import tick
from sla.services.reminders import decide_due
from tests.sla.ladders import MONDAY, make_chain, make_ladders

pytestmark = pytest.mark.django_db(transaction=True)

SECOND = timedelta(seconds=1)


class Server:
    """Counts what it is given; slow enough for others to come in between."""

    def __init__(self) -> None:
        self.given: Counter[str] = Counter()
        self.lock = threading.Lock()

    def open(self) -> bool:
        return True

    def close(self) -> None:
        pass

    def send_messages(self, email_messages: list[EmailMessage]) -> int:
        sleep(0.002)
        with self.lock:
            self.given.update(message.extra_headers["Message-ID"] for message in email_messages)
        return len(email_messages)


def run_at_once(count: int, job: Callable[[int], None]) -> None:
    """`job` in that many threads that start together; an error in one fails the test."""
    together, errors = threading.Barrier(count), []

    def run(number: int) -> None:
        try:
            together.wait(30)
            job(number)
        except Exception as error:
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


def test_f3_eight_workers_race_on_one_due_row(full: bool):
    rounds = 200 if full else 25
    # A rep for each round: rows that one round left to the next would share one mail to one person.
    reps = [make_chain()[0] for _ in range(rounds)]
    server = Server()
    gate = threading.Barrier(8)
    dues = [MONDAY + round_ * SECOND for round_ in range(rounds)]

    def race(number: int) -> None:
        for at, rep in zip(dues, reps, strict=True):
            if gate.wait(30) == 0:
                with transaction.atomic():
                    make_ladders([rep], due_at=at, steps=[(0, ["rep"])])
            gate.wait(30)
            tick(at=at, connection=server)

    run_at_once(8, race)
    tick(at=dues[-1] + 10 * SECOND, connection=server)  # what everybody had to leave to somebody else
    assert list(server.given.values()) == [1] * rounds
    assert len(set(Delivery.objects.values_list("reminder", flat=True))) == Delivery.objects.count() == rounds
    assert set(Reminder.objects.values_list("state", flat=True)) == {"sent"}


def test_f13_a_contact_while_the_sweep_runs(full: bool):
    """No reminder is decided after the contact was committed: neither by a round that began later,
    nor by one that was under way and overwrites what the contact did."""
    size = 1000 if full else 150
    reps = [make_chain()[0] for _ in range(5)]
    clocks = make_ladders(reps * (size // 5), steps=[(0, ["rep"])])
    contacted: dict[int, float] = {}
    decided: dict[int, float] = {}
    spared: set[int] = set()
    still_calling = threading.Event()
    still_calling.set()

    def call() -> None:
        for clock in reversed(clocks):
            lead = Lead.objects.get(pk=clock.lead_id)
            with transaction.atomic():
                record_activity(
                    lead=lead, kind="call", at=MONDAY, source="ui", actor=lead.owner, outcome="reached"
                )
                if Reminder.objects.get(clock=clock, step=0).state == "skipped":
                    spared.add(clock.pk)
            contacted[clock.lead_id] = monotonic()

    def sweep() -> None:
        while True:
            last_round, began = not still_calling.is_set(), monotonic()
            taken = decide_due(at=MONDAY, limit=5)
            now_decided = Reminder.objects.filter(state="claimed", clock__kind="first_contact")
            for lead_id in now_decided.values_list("clock__lead_id", flat=True):
                decided.setdefault(lead_id, began)
            if last_round and not taken:
                return

    def work(number: int) -> None:
        if number:
            sweep()
            return
        try:
            call()
        finally:
            still_calling.clear()

    run_at_once(2, work)
    too_late = [lead for lead, began in decided.items() if began > contacted[lead]]
    assert too_late == []
    assert not Delivery.objects.filter(reminder__clock__in=spared).exists()
    assert Reminder.objects.filter(clock__in=spared, step=0, state="skipped").count() == len(spared)
    assert len(contacted) == size
    assert spared, "no contact came before its reminder: nothing was spared"
    assert 0 < len(decided) < size, "the two never met: nothing was tested"
    assert Mail.objects.count() <= len(decided)
