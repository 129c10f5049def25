"""The deadline engine: a tick with nothing to do among many clocks, and a full minute of work."""

import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from leads.models import Lead
from sla.models import Clock, Mail, Policy, Reminder
from sla.services import engine, reminders
from smarketing.accounts.enums import Role
from smarketing.accounts.models import User
from tests.faults.harness import MailServer, Worker, wait_until

from .figures import Figure, at_most, middle, percentile
from .place import Environment
from .seed import insert, seed_funnel

REPS = 500
WORKERS = 2
"""What `make run` and the containers start."""
STEPS = """[{"offset": -2, "recipients": ["rep"]}, {"offset": 0, "recipients": ["rep"]},
 {"offset": 10, "recipients": ["rep", "boss"]}, {"offset": 15, "recipients": ["ceo"]}]"""
IDLE_ROUNDS = 300


def measure(
    environment: Environment, folder: Path, *, clocks: int, due: int, seconds: int, every: float = 15.0
) -> list[Figure]:
    """``due`` of the clocks fall due within ``seconds``; the others are far away. ``every``: seconds between
    two ticks, by default as beat has it."""
    far = timezone.now() + timedelta(days=300)
    if (missing := clocks - Lead.objects.count()) > 0:
        seed_funnel(journeys=missing, at=timezone.now())
    _start_clocks(clocks, far)
    figures = [
        Figure("running clocks", Clock.objects.filter(ended_at=None).count()),
        Figure("rows of the ledger", Reminder.objects.count()),
        at_most("idle tick, median", middle(_idle()), "ms", 1.0),
    ]
    begins = timezone.now() + timedelta(seconds=5)
    _make_due(due, begins, seconds)
    figures.append(
        at_most(
            f"claim of the next {reminders.BATCH} due steps: the rows",
            _claim(begins + timedelta(seconds=seconds), lock=False),
            "ms",
            5.0,
        )
    )
    figures.append(
        Figure(
            "… read, locked and made objects, with clock and lead",
            _claim(begins + timedelta(seconds=seconds), lock=True),
            "ms",
        )
    )
    return figures + _deliver(environment, folder, due, begins, seconds, every)


def _start_clocks(number: int, far: datetime) -> None:
    """First-contact clocks of as many journeys; two steps told, the third waiting: 3 rows a clock."""
    policy = Policy.objects.filter(kind="first_contact").first()
    assert policy is not None
    User.objects.bulk_create(
        User(email=f"rep{n}@sales.example", first_name="Rep", last_name=str(n), role=Role.SDR)
        for n in range(REPS - User.objects.filter(email__startswith="rep").count())
    )
    first = User.objects.filter(email__startswith="rep").order_by("pk").values_list("pk", flat=True)[0]
    deadline = f"'{far.isoformat()}'::timestamptz + (journey.id % 86400) * interval '1 second'"
    given = {
        "journey_id": "journey.id",
        "lead_id": "journey.lead_id",
        "kind": "'first_contact'",
        "owner_id": f"{first} + journey.id % {REPS}",
        "policy_id": str(policy.pk),
        "calendar_id": str(policy.calendar_id),
        "minutes": "5",
        "time_base": "'working'",
        "attempts": "5",
        "steps": f"'{STEPS}'::jsonb",
        "started_at": "now()",
        "lead_started_at": "now()",
        "due_at": deadline,
    }
    steps = {
        "clock_id": "clock.id",
        "step": "step",
        "due_at": "CASE step WHEN 2 THEN clock.due_at ELSE now() - interval '1 day' END",
        "state": "CASE step WHEN 2 THEN 'pending' ELSE 'sent' END",
        "ended_at": "CASE step WHEN 2 THEN NULL ELSE now() - interval '1 day' END",
    }
    with connection.cursor() as cursor:
        insert(
            cursor,
            Clock,
            given,
            "funnel_journey journey WHERE is_current"
            f" ORDER BY (stage = 'mql' AND status = 'active') DESC LIMIT {number}",
        )
        insert(cursor, Reminder, steps, "sla_clock clock CROSS JOIN generate_series(0, 2) step")
        cursor.execute("VACUUM ANALYZE sla_clock")
        cursor.execute("VACUUM ANALYZE sla_reminder")


def _idle() -> list[float]:
    times = []
    for _ in range(IDLE_ROUNDS):
        began = time.perf_counter()
        done = engine.tick(at=timezone.now())
        times.append((time.perf_counter() - began) * 1000)
        assert (done.rung, done.decided, done.delivered.sent) == (0, 0, 0)
    return times


def _make_due(number: int, begins: datetime, seconds: int) -> None:
    """The step "to the rep, at due" of clocks of open MQLs, evenly over the time, each of another person."""
    people = User.objects.bulk_create(
        User(email=f"person{n}@sales.example", first_name="Person", last_name=str(n), role=Role.SDR)
        for n in range(number)
    )
    with connection.cursor() as cursor:
        cursor.execute(
            """
            CREATE TEMP TABLE soon AS
            SELECT clock.id, %s + (row_number() OVER () - 1) * (%s::float / %s) * interval '1 second' AS due,
                %s + row_number() OVER () - 1 AS owner
            FROM sla_clock clock JOIN funnel_journey journey ON journey.id = clock.journey_id
            WHERE journey.stage = 'mql' AND journey.status = 'active' LIMIT %s
            """,
            [begins, seconds, number, people[0].pk, number],
        )
        assert cursor.rowcount == number, f"only {cursor.rowcount} open MQLs"
        cursor.execute(
            "UPDATE sla_clock SET due_at = soon.due, owner_id = soon.owner FROM soon"
            " WHERE soon.id = sla_clock.id"
        )
        cursor.execute(
            "UPDATE leads_lead SET owner_id = clock.owner_id FROM soon JOIN sla_clock clock USING (id)"
            " WHERE clock.lead_id = leads_lead.id"
        )
        cursor.execute("DELETE FROM sla_reminder USING soon WHERE clock_id = soon.id AND step = 2")
        cursor.execute(
            "UPDATE sla_reminder SET due_at = soon.due, state = 'pending', ended_at = NULL"
            " FROM soon WHERE clock_id = soon.id AND step = 1"
        )
        cursor.execute("DROP TABLE soon")


def _claim(at: datetime, *, lock: bool) -> float:
    """Median of 20, each rolled back."""
    times = []
    for _ in range(20):
        with transaction.atomic():
            began = time.perf_counter()
            if lock:
                found = len(reminders._claim(at, reminders.BATCH, None))
            else:
                ids = (
                    Reminder.objects.due(at)
                    .select_for_update(skip_locked=True, no_key=True)
                    .values_list("pk")
                )
                found = len(ids[: reminders.BATCH])
            times.append((time.perf_counter() - began) * 1000)
            assert found > 0
            transaction.set_rollback(True)
    return middle(times)


def _deliver(
    environment: Environment, folder: Path, due: int, begins: datetime, seconds: int, every: float
) -> list[Figure]:
    sink = MailServer(folder / "sink")
    sink.folder.mkdir()
    sink.start()
    command = [sys.executable, "-m", "tests.bench.ticker", str(every)]
    workers = [Worker(command, {**environment, "EMAIL_URL": sink.url}).start() for _ in range(WORKERS)]
    ends = begins + timedelta(seconds=seconds)
    try:
        waiting = (ends - timezone.now()).total_seconds() + 300
        assert wait_until(lambda: _told(ends).count() >= due, max(waiting, 60), every=0.5), (
            "not all were handed over"
        )
    finally:
        for worker in workers:
            assert worker.process is not None
            worker.process.terminate()
            worker.wait()
        sink.stop()
    rows = _told(ends).values_list("due_at", "ended_at")
    late = [(ended - due_at).total_seconds() for due_at, ended in rows]
    last = max(ended for _due, ended in rows)
    mails = Mail.objects.filter(state="sent").count()
    assert sum(sink.copies().values()) == mails
    return [
        Figure(f"steps due within {seconds} s, each of another person", len(late)),
        Figure(f"mails they became, by {WORKERS} workers", mails),
        at_most("handed over after the last was due", (last - ends).total_seconds(), "s", 60.0),
        Figure("lateness, median", percentile(late, 0.5), "s"),
        at_most("lateness, p99", percentile(late, 0.99), "s", 60.0),
        at_most("lateness, greatest", max(late), "s", 120.0),
    ]


def _told(until: datetime) -> QuerySet[Reminder]:
    return Reminder.objects.filter(
        step=1, state="sent", due_at__gt=until - timedelta(hours=1), due_at__lte=until
    )
