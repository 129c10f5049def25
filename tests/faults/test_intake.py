"""F7 to F10 and F17: what happens to a lead while something breaks at the door; the engine after F8."""

import http.client
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import psycopg2
import pytest

from leads.models import Form, Lead, Submission
from leads.services.inbox import STILL_RUNNING
from leads.services.statements import columns_of, row_of
from smarketing.embedded.cluster import SUPERUSER, Cluster
from tests import template
from tests.faults.harness import Environment, Worker, loop_command, wait_until
from tests.faults.proxy import Proxy
from tests.faults.test_brokers import WORKER, beat
from tests.faults.web import Answer, Visitor, WebServer, crowd, percentile
from tests.leads.factories import live_rule_set, make_form
from tests.servers import RedisServer

Start = Callable[..., WebServer]


def path_of(form: Form) -> str:
    return f"/api/v1/forms/{form.pk}/submissions"


def person(number: Any) -> dict[str, str]:
    return {"email": f"visitor{number}@company{number}.example", "first_name": "Ana", "job_title": "CEO"}


def broker_answers(port: int) -> bool:
    """What the web server itself sees of Redis."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", "/readyz")
    ready = json.loads(connection.getresponse().read())
    connection.close()
    return bool(ready["checks"]["broker"]["ok"])


@pytest.fixture
def start_web(worker_environment: Environment) -> Iterator[Start]:
    started: list[WebServer] = []

    def start(**environment: str) -> WebServer:
        server = WebServer({**worker_environment, **environment}).start()
        started.append(server)
        return server

    yield start
    for server in started:
        server.stop()


# --- On the tests' database ----------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("fault", ["refused", "black-holed"])
def test_f7_redis_away(fault: str, start_web: Start, redis_server: RedisServer, full: bool):
    proxy = Proxy(("127.0.0.1", redis_server.port))
    posts, form = (1_000 if full else 400), make_form(rate_per_minute=0)
    live_rule_set()
    web = start_web(REDIS_URL=f"redis://127.0.0.1:{proxy.port}/0")
    # Both workers and their threads have then read the rules and opened their connections.
    crowd(web.port, 16, [lambda v, n=n: v.post(path_of(form), person(f"w{n}")) for n in range(100)])
    assert broker_answers(web.port)
    (proxy.refuse if fault == "refused" else proxy.black_hole)()
    assert not broker_answers(web.port)
    jobs = [lambda v, n=n: v.post(path_of(form), person(n)) for n in range(posts)]
    answers = crowd(web.port, 4, jobs)
    proxy.close()

    assert [answer.status for answer in answers] == [201] * posts
    assert Lead.objects.filter(email__startswith="visitor").count() == posts + 100
    p95, p99 = percentile(answers, 0.95), percentile(answers, 0.99)
    print(f"F7 {fault}: {posts} posts, p95 {p95 * 1000:.0f} ms, p99 {p99 * 1000:.0f} ms")
    assert (p95 <= 0.3, p99 <= 1.0) == (True, True), (p95, p99)


@pytest.mark.django_db(transaction=True)
def test_f10_the_answer_gets_lost_after_the_commit(start_web: Start, full: bool):
    rounds, form = (50 if full else 15), make_form(rate_per_minute=0)
    web = start_web()
    proxy = Proxy(("127.0.0.1", web.port))
    pairs = []
    for number in range(rounds):
        key = f"key-{number}"
        proxy.drop_answer_to = b"POST "
        lost = Visitor(proxy.port).post(path_of(form), person(number), key)
        pairs.append((lost, Visitor(proxy.port).post(path_of(form), person(number), key)))
    proxy.close()

    assert ([lost.status for lost, _again in pairs], proxy.dropped) == ([0] * rounds, rounds)
    assert [(again.status, again.headers["Idempotency-Replayed"]) for _lost, again in pairs] == [
        (201, "true")
    ] * rounds
    stored = {str(pk) for pk in Submission.objects.values_list("pk", flat=True)}
    assert {again.body["submission"] for _lost, again in pairs} == stored
    assert (len(stored), Lead.objects.count()) == (rounds, rounds)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("key", ["one-key", ""])
def test_f17_fifty_parallel_posts_are_one_lead(key: str, start_web: Start):
    form, web = make_form(rate_per_minute=0), start_web(WEB_THREADS="16")
    begin = threading.Barrier(50)

    def job(visitor: Visitor) -> Answer:
        begin.wait(30)
        return visitor.post(path_of(form), person(1), key)

    answers = crowd(web.port, 50, [job] * 50)
    first = str(Submission.objects.get().pk)
    assert {answer.status for answer in answers} <= ({201, 409} if key else {201})
    assert {answer.body["submission"] for answer in answers if answer.status == 201} == {first}
    assert sum("Idempotency-Replayed" not in a.headers for a in answers if a.status == 201) == 1
    assert (Lead.objects.count(), Lead.objects.get().activities.count()) == (1, 1)
    if key:
        other = Visitor(web.port).post(path_of(form), person(2), key)
        assert (other.status, Lead.objects.count()) == (422, 1)


# --- On a PostgreSQL that promises durability, and is stopped ------------------------------------


class Durable:
    """A cluster of its own with fsync, migrated, with one form; asked without Django."""

    def __init__(self, folder: Path) -> None:
        self.cluster = Cluster(folder, {"max_connections": "100"})
        self.cluster.start()
        self.environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "DATABASE_URL": f"postgres://{SUPERUSER}@/postgres?host={quote(str(self.cluster.socket_dir))}",
            "VAR_DIR": str(folder / "var"),
        }
        if not template.fill(self.environment["DATABASE_URL"]):
            self.manage("migrate", "--verbosity", "0")
        self.form = Form(id=uuid4(), name="F", created_at=datetime(2026, 3, 2, tzinfo=UTC), rate_per_minute=0)
        columns = columns_of(Form, key=True)
        places = ", ".join(["%s"] * len(columns))
        self.run(
            f"INSERT INTO leads_form ({', '.join(columns)}) VALUES ({places})", row_of(self.form, key=True)
        )

    def manage(self, *arguments: str) -> None:
        subprocess.run([sys.executable, "manage.py", *arguments], env=self.environment, check=True)

    def retry(self) -> None:
        """The job's turn, with what waits for it due at once."""
        self.run("UPDATE leads_submission SET next_attempt_at = now() WHERE next_attempt_at IS NOT NULL")
        self.manage("shell", "-v", "0", "-c", "from leads.tasks import retry_submissions as r; r()")

    def run(self, sql: str, values: Any = None) -> list[Any]:
        connection = psycopg2.connect(
            host=str(self.cluster.socket_dir), user=SUPERUSER, dbname="postgres", connect_timeout=5
        )
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(sql, values)
                return list(cursor.fetchall()) if cursor.description else []
        finally:
            connection.close()

    def ticked_since(self, moment: float) -> bool:
        """Whether a round of the engine that began after this second since 1970 came to its end."""
        found = self.run("SELECT 1 FROM sla_enginebeat WHERE beat_at > to_timestamp(%s)", [moment])
        return found == [(1,)]

    def answers(self) -> bool:
        try:
            return self.run("SELECT 1") == [(1,)]
        except psycopg2.OperationalError:
            return False


@pytest.fixture(scope="module")
def durable() -> Iterator[Durable]:
    # Not in pytest's own folder: when root runs the tests, PostgreSQL's account may not enter that.
    found = Durable(Path(tempfile.mkdtemp(prefix="smarketing-durable-")).resolve())
    yield found
    found.cluster.remove()


@pytest.fixture
def durable_web(durable: Durable) -> Iterator[WebServer]:
    server = WebServer(durable.environment).start()
    yield server
    server.stop()


def test_f8_the_database_is_down(durable: Durable, durable_web: WebServer, full: bool):
    visitor, path = Visitor(durable_web.port), path_of(durable.form)
    assert visitor.post(path, person("before")).status == 201
    durable.cluster.stop(mode="immediate")
    down_until = time.monotonic() + (60 if full else 3)
    refused = []
    while time.monotonic() < down_until:
        refused.append(visitor.post(path, person("during")))
        time.sleep(0.1)
    durable.cluster.start()
    up = time.monotonic()
    healed = wait_until(lambda: visitor.post(path, person("after")).status == 201, 30)
    slowest = max(answer.seconds for answer in refused)
    print(f"F8: {len(refused)} refused, slowest {slowest:.2f} s, healed in {time.monotonic() - up:.2f} s")

    kinds = {
        (a.status, a.headers.get("Content-Type"), "Retry-After" in a.headers, a.body.get("status"))
        for a in refused
    }
    assert kinds == {(503, "application/problem+json", True, 503)}
    assert (slowest <= 2, healed) == (True, True), slowest


@pytest.mark.parametrize("how", ["loop", "beat and worker"])
def test_f8_workers_heal_without_a_restart(
    how: str, durable: Durable, redis_server: RedisServer, tmp_path: Path, full: bool
):
    environment = {**durable.environment, "REDIS_URL": redis_server.url, "LOG_LEVEL": "CRITICAL"}
    commands = [loop_command(1)] if how == "loop" else [WORKER, beat(tmp_path, 0)]
    durable.run("DELETE FROM sla_enginebeat")
    workers = [Worker(command, environment).start() for command in commands]
    try:
        assert wait_until(lambda: durable.ticked_since(0), 60), "the engine never ran"
        durable.cluster.stop(mode="immediate")
        time.sleep(60 if full else 3)
        durable.cluster.start()
        up, wall = time.monotonic(), time.time()
        healed = wait_until(lambda: durable.answers() and durable.ticked_since(wall), 30)
        print(f"F8 {how}: healed in {time.monotonic() - up:.1f} s")
        assert (healed, [worker.is_alive for worker in workers]) == (True, [True] * len(workers))
    finally:
        for worker in workers:
            worker.kill()


def test_f9_the_database_crashes_under_parallel_posts(durable: Durable, durable_web: WebServer, full: bool):
    chance, path, acknowledged, crashes = random.Random(9), path_of(durable.form), {}, []
    for round_ in range(10 if full else 2):
        stopped = threading.Event()

        def work(visitor: Visitor, round_: int = round_, stopped: threading.Event = stopped) -> Answer:
            answer = Answer(0, 0)
            for number in range(10_000):
                name = f"{round_}-{threading.get_ident()}-{number}"
                answer = visitor.post(path, person(name), key=name)
                if answer.status == 201:
                    acknowledged[answer.body["submission"]] = person(name)["email"]
                elif stopped.is_set():
                    break
            return answer

        def crash(stopped: threading.Event = stopped) -> None:
            enough = len(acknowledged) + 30
            crashes.append(wait_until(lambda: len(acknowledged) >= enough, 60, every=0.01))
            time.sleep(chance.random() * 0.2)
            durable.cluster.stop(mode="immediate")
            stopped.set()

        crasher = threading.Thread(target=crash)
        crasher.start()
        crowd(durable_web.port, 50 if full else 20, [work] * (50 if full else 20))
        crasher.join()
        durable.cluster.start()
        assert wait_until(durable.answers, 30)

    stored = {str(row[0]) for row in durable.run("SELECT id FROM leads_submission")}
    lost = len(set(acknowledged) - stored)
    durable.retry()
    leads = {row[0] for row in durable.run("SELECT email FROM leads_lead")}
    print(f"F9: {len(acknowledged)} acknowledged, {lost} lost")
    assert (lost, set(acknowledged.values()) - leads) == (0, set())
    assert crashes == [True] * (10 if full else 2), "a crash that met no posts"


@pytest.mark.parametrize(
    ("name", "cut", "answers"),
    [
        # Stored, but the server does not hear of it. Over a connection it had kept, it stores again and
        # finds that this is its own; over a new one it says so, and a repeat hears that it is at work.
        ("stored", b"INSERT INTO leads_submission", {(201, 201), (503, 409)}),
        # Processed, unheard of too; but a new connection says that what was stored is safe.
        ("processed", b"INSERT INTO leads_activity", {(201, 201)}),
    ],
)
def test_f10_the_database_connection_is_cut_after_the_commit(
    name: str, cut: bytes, answers: set[tuple[int, int]], durable: Durable, full: bool
):
    rounds, path = (50 if full else 10), path_of(durable.form)
    proxy = Proxy(f"{durable.cluster.socket_dir}/.s.PGSQL.5432")
    url = f"postgres://{SUPERUSER}@127.0.0.1:{proxy.port}/postgres"
    # Prepared statements would not be told apart by their text.
    web = WebServer({**durable.environment, "DATABASE_URL": url, "PREPARED_STATEMENTS": "0"}).start()
    visitor, keys = Visitor(web.port), [f"{name}-{number}" for number in range(rounds)]
    lost, at_once = [], []
    for key in keys:
        proxy.drop_answer_to = cut
        lost.append(visitor.post(path, person(key), key=key).status)
        at_once.append(visitor.post(path, person(key), key=key).status)
    visitor.leave()  # the web server does not keep an idle connection as long as we wait
    time.sleep(STILL_RUNNING.total_seconds())
    later = [visitor.post(path, person(key), key=key) for key in keys]
    web.stop()
    proxy.close()
    durable.retry()

    assert proxy.dropped == rounds
    assert set(zip(lost, at_once, strict=True)) <= answers
    assert [answer.status for answer in later] == [201] * rounds
    kept = f"SELECT id, idempotency_key FROM leads_submission WHERE idempotency_key LIKE '{name}-%'"
    stored = {(str(pk), key) for pk, key in durable.run(kept)}
    assert {(a.body.get("submission"), key) for a, key in zip(later, keys, strict=True)} == stored
    leads = durable.run(f"SELECT count(*) FROM leads_lead WHERE email LIKE 'visitor{name}-%'")
    assert leads == [(rounds,)]
