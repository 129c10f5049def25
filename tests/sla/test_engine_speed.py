"""What a round asks the database: few statements, each served by a partial index."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sla.models import Clock, EngineBeat, Mail, PolicyRevision, Reminder
from sla.selectors.letters import Letters
from sla.services.delivery import deliver_due
from sla.services.engine import tick
from sla.services.outbox import lease_due
from sla.services.reminders import decide_due
from tests.leads.factories import live_rule_set
from tests.sla.ladders import MONDAY, make_chain, make_ladders
from tests.undoing import taken_back

pytestmark = pytest.mark.django_db

SECOND = timedelta(seconds=1)
HISTORY = 30_000


@pytest.fixture(scope="class")
def history(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), taken_back():
        rep = long_history()
        connection.check_constraints()  # here, or after each test again
        yield rep


def long_history():
    """Long sent reminders, mails and notices, and as many reminders that are not due yet."""
    rep, _, _ = make_chain()
    make_ladders([rep], due_at=MONDAY + timedelta(days=9), minutes=5)
    columns = [field.column for field in Clock._meta.concrete_fields if not field.primary_key]
    names = ", ".join(columns)
    with connection.cursor() as cursor:
        # Only one clock of a journey may tick: these have ended.
        values = names.replace("ended_at", "started_at").replace("state", "'cancelled'", 1)
        cursor.execute(
            f"INSERT INTO sla_clock ({names}) SELECT {values} FROM sla_clock, generate_series(1, %s)",
            [HISTORY],
        )
        cursor.execute("ANALYZE sla_clock")  # or each reminder's key is looked for in all clocks
        cursor.execute(
            """
            INSERT INTO sla_reminder (clock_id, step, due_at, state, attempts, error, context)
            SELECT id, step, %s + (id %% 9000 + 1) * interval '1 minute' * (1 - 2 * step),
                CASE step WHEN 0 THEN 'pending' ELSE 'sent' END, 0, '', '{}'
            FROM sla_clock, generate_series(0, 1) step WHERE state = 'cancelled'
            """,
            [MONDAY],
        )
        cursor.execute(
            """
            INSERT INTO sla_mail (key, message_id, kind, recipient_id, address, context, state, created_at,
                next_attempt_at, attempts, failures, error)
            SELECT 'old' || id, 'old' || id, 'reminder', owner_id, 'a@b.example', '{}', 'sent',
                %s, %s, 1, 0, ''
            FROM sla_clock
            """,
            [MONDAY - timedelta(days=1)] * 2,
        )
        cursor.execute(
            """
            INSERT INTO sla_notice (key, kind, recipient_id, context, created_at, mail_id)
            SELECT key, 'recycled', recipient_id, '{}', created_at, id FROM sla_mail
            """
        )
        cursor.execute("ANALYZE sla_clock, sla_reminder, sla_mail, sla_notice")
    return rep


def plan_of(queries: CaptureQueriesContext, beginning: str, table: str) -> str:
    asked = [one["sql"] for one in queries if one["sql"].startswith(beginning)]
    sql = next(one for one in asked if f'FROM "{table}"' in one)
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {sql}")
        return "\n".join(row[0] for row in cursor.fetchall())


class TestLongHistory:
    def test_an_idle_round_is_one_statement(self, history, django_assert_num_queries):
        with django_assert_num_queries(1):  # is anything due? if not, I am alive
            tick(at=MONDAY)

    def test_an_idle_round_says_that_the_engine_lives(self, history):
        tick(at=MONDAY)
        assert EngineBeat.objects.get().beat_at == MONDAY

    def test_a_round_with_work_beats_when_it_is_done(self, history):
        make_ladders([history])
        tick(at=MONDAY)
        assert EngineBeat.objects.get().beat_at == MONDAY

    def test_a_round_that_fails_does_not_beat(self, history, monkeypatch):
        make_ladders([history])
        monkeypatch.setattr("sla.services.engine.decide_due", lambda **_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            tick(at=MONDAY)
        assert not EngineBeat.objects.exists()

    def test_a_fresh_beat_is_not_written_again(self, history):
        tick(at=MONDAY)
        tick(at=MONDAY + 4 * SECOND)
        assert EngineBeat.objects.get().beat_at == MONDAY
        tick(at=MONDAY + 6 * SECOND)
        assert EngineBeat.objects.get().beat_at == MONDAY + 6 * SECOND

    def test_deciding_reads_the_partial_index(self, history):
        make_ladders([history])
        with CaptureQueriesContext(connection) as queries:
            assert decide_due(at=MONDAY) == 1
        assert "reminder_due" in plan_of(queries, "SELECT", "sla_reminder")

    def test_leasing_reads_the_partial_index(self, history):
        make_ladders([history])
        decide_due(at=MONDAY)
        with CaptureQueriesContext(connection) as queries:
            assert len(lease_due(at=MONDAY, limit=25)) == 1
        assert "Seq Scan" not in plan_of(queries, "SELECT", "sla_mail")

    def test_asking_whether_anything_is_due_reads_no_big_table(self, history):
        with CaptureQueriesContext(connection) as queries:
            tick(at=MONDAY)
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN {queries[0]['sql']}")
            plan = "\n".join(row[0] for row in cursor.fetchall())
        # The beats are a handful of rows, for which the planner rightly reads the one page they are on.
        assert set(re.findall(r"Seq Scan on (\w+)", plan)) <= {"sla_enginebeat"}


@pytest.mark.parametrize("count", [1, 3])
def test_deciding_costs_the_same_statements_for_many(django_assert_num_queries, count):
    make_ladders([make_chain()[0] for _ in range(count)])
    # a savepoint and its end, the claim, people, journeys, contacts, waiting mails and addresses are
    # read; mails, deliveries, notifications and reminders are written
    with django_assert_num_queries(12):
        assert decide_due(at=MONDAY) == count
    assert Mail.objects.count() == Reminder.objects.count() == count


@pytest.mark.parametrize("count", [1, 3])
def test_all_letters_of_a_batch_are_read_at_once(django_assert_num_queries, count):
    live_rule_set()
    PolicyRevision.objects.create(token=uuid4())
    make_ladders([make_chain()[0] for _ in range(count)])
    decide_due(at=MONDAY)
    mails = lease_due(at=MONDAY, limit=count)
    Letters(mails, at=MONDAY).message(mails[0])  # policies and rules are compiled once per process
    # deliveries, readers, leads, attempts, the policies' token, the live rules, events
    with django_assert_num_queries(7):
        letters = Letters(mails, at=MONDAY)
        assert [letters.message(mail).to for mail in mails] == [[mail.address] for mail in mails]


def statements(count: int) -> int:
    make_ladders([make_chain()[0] for _ in range(count)])
    decide_due(at=MONDAY)
    with CaptureQueriesContext(connection) as queries:
        assert deliver_due(at=MONDAY).sent == count
    return len(queries)


def test_one_more_mail_of_a_batch_costs_one_statement():
    """Its attempt, in which the mail before it is noted; what was sent is booked together."""
    PolicyRevision.objects.create(token=uuid4())
    statements(1)
    assert statements(4) - statements(3) == 1
