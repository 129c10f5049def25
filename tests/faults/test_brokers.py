"""F4, F6: several schedulers at once, and a broker that forgets everything."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import redis

from sla.enums import ReminderState
from sla.models import EngineBeat, Mail, Reminder
from tests.faults.harness import MailServer, Worker, loop_command, wait_until
from tests.faults.test_killed_workers import all_sent, overdue_steps
from tests.servers import RedisServer

pytestmark = pytest.mark.django_db(transaction=True)

Start = Callable[..., Worker]
CELERY = [sys.executable, "-m", "celery", "-A", "tests.faults.quick_beat"]
WORKER = [
    *CELERY,
    "worker",
    "--concurrency",
    "2",
    "--loglevel",
    "ERROR",
    "--without-gossip",
    "--without-mingle",
]


def beat(folder: Path, number: int) -> list[str]:
    return [
        *CELERY,
        "beat",
        "--schedule",
        str(folder / f"beat{number}"),
        "--pidfile",
        "",
        "--loglevel",
        "ERROR",
    ]


def test_f4_three_beats_and_two_loops_together(
    mail_server: MailServer, start_worker: Start, redis_server: RedisServer, tmp_path: Path, full: bool
):
    steps = 5_000 if full else 400
    everybody = [start_worker(WORKER, REDIS_URL=redis_server.url)]
    everybody += [start_worker(beat(tmp_path, number), REDIS_URL=redis_server.url) for number in range(3)]
    # No loop runs yet: this tick came from a beat, through the broker.
    assert wait_until(EngineBeat.objects.exists, 60)
    everybody += [start_worker(loop_command(0.5)) for _ in range(2)]
    overdue_steps(steps)
    assert wait_until(lambda: all_sent(steps), 300)
    assert all(worker.is_alive for worker in everybody)
    assert mail_server.copies() == dict.fromkeys(Mail.objects.values_list("message_id", flat=True), 1)


def test_f6_the_broker_forgets_everything_mid_sweep(
    mail_server: MailServer, start_worker: Start, redis_server: RedisServer, tmp_path: Path, full: bool
):
    """Worker and beat only, both supervised; no loop helps out.

    A worker that is connecting while Redis goes away may die of an AttributeError in kombu's
    clean-up (celery/kombu#582), and is started again wherever we run it.
    """
    batch = 1_000 if full else 20
    team = [
        start_worker(WORKER, REDIS_URL=redis_server.url),
        start_worker(beat(tmp_path, 0), REDIS_URL=redis_server.url),
    ]

    def accepted(count: int) -> bool:
        return all(one.revive() for one in team) and len(mail_server.accepted()) >= count

    client = redis.Redis.from_url(redis_server.url)
    for flush in range(5):
        overdue_steps(batch, domain=f"flush{flush}.example")
        assert wait_until(lambda: accepted(flush * batch + 1), 60)  # noqa: B023
        client.flushall()
    overdue_steps(batch, domain="restart.example")
    redis_server.stop()
    redis_server.start()
    assert wait_until(lambda: accepted(6 * batch) and all_sent(6 * batch), 120)
    assert set(mail_server.copies()) == set(Mail.objects.values_list("message_id", flat=True))
    assert Reminder.objects.exclude(state=ReminderState.SENT).count() == 0  # lost 0
