"""Statements that are planned once per connection."""

import re
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from itertools import count
from typing import Any
from unittest import mock

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from leads.models import Campaign
from leads.selectors.arrivals import asking
from leads.selectors.prepared import (
    NOT_WAITING,
    REACH_DISK,
    gathering,
    one_transaction,
    send,
    send_ahead,
    write,
    write_made,
)
from leads.services.inbox import WITHOUT_KEY, _filled

pytestmark = pytest.mark.django_db

ADD = "SELECT %s::int + %s::int"


def added(*values: object) -> object:
    with connection.cursor() as cursor:
        send(cursor, (ADD, values))
        return cursor.fetchone()[0]


def names() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%%$1::int + $2::int%%'"
        )
        return int(cursor.fetchone()[0])


def test_a_statement_is_prepared_once_and_used_again() -> None:
    assert (added(1, 2), added(3, 4), names()) == (3, 7, 1)


def test_a_pooler_gets_the_text_each_time(settings: Any) -> None:
    settings.PREPARED_STATEMENTS = False
    before = names()
    assert (added(1, 2), names()) == (3, before)


@pytest.mark.parametrize("is_prepared", [True, False])
def test_the_last_of_several_answers(is_prepared: bool, settings: Any) -> None:
    settings.PREPARED_STATEMENTS = is_prepared
    with connection.cursor() as cursor:
        send(cursor, ("SELECT set_config('smarketing.test', %s, true)", ["x"]), (ADD, [5, 6]))
        answer = cursor.fetchone()
        cursor.execute("SELECT current_setting('smarketing.test')")
        assert (answer, cursor.fetchone()) == ((11,), ("x",))


def test_it_survives_a_rollback() -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        added(1, 1)
        raise ZeroDivisionError
    assert (added(2, 2), names()) == (4, 1)


def test_values_are_only_values() -> None:
    with connection.cursor() as cursor:
        send(cursor, ("SELECT %s::text", ["'); DROP TABLE leads_lead; --"]))
        assert cursor.fetchone() == ("'); DROP TABLE leads_lead; --",)


def test_errors_are_those_of_django() -> None:
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        send(cursor, ("SELECT nothing FROM nowhere", []))


@pytest.mark.django_db(transaction=True)
def test_a_new_connection_prepares_anew() -> None:
    added(1, 2)
    connection.close()
    assert (added(1, 2), names()) == (3, 1)


ADD_CAMPAIGN = """
INSERT INTO leads_campaign (name, slug, source, cost, currency) VALUES (%s, gen_random_uuid(), '', 0, 'EUR')
"""


def test_what_needs_no_answer_leaves_with_the_next_message(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1), gathering():
        write("SELECT set_config('smarketing.test', %s, true)", ["one"])
        write(
            "SELECT set_config('smarketing.test', current_setting('smarketing.test') || %s, true)", [" two"]
        )
        with connection.cursor() as cursor:
            send(cursor, ("SELECT current_setting('smarketing.test')", []))
            assert cursor.fetchone() == ("one two",)


def test_what_is_left_leaves_at_the_end(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1), gathering():
        write("SELECT set_config('smarketing.test', %s, true)", ["left"])
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('smarketing.test')")
        assert cursor.fetchone() == ("left",)


@pytest.mark.parametrize("is_prepared", [True, False])
def test_the_orm_finds_what_waits(is_prepared: bool, settings: Any) -> None:
    settings.PREPARED_STATEMENTS = is_prepared
    with gathering():
        write(ADD_CAMPAIGN, ["Spring"])
        assert list(Campaign.objects.values_list("name", flat=True)) == ["Spring"]


def test_an_inner_block_is_part_of_the_outer(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1), gathering():
        with gathering():
            write(ADD_CAMPAIGN, ["Spring"])
        write(ADD_CAMPAIGN, ["Autumn"])


def test_nothing_is_sent_after_an_exception(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0), pytest.raises(ZeroDivisionError), gathering():
        write(ADD_CAMPAIGN, ["Spring"])
        raise ZeroDivisionError
    write(ADD_CAMPAIGN, ["Autumn"])
    assert list(Campaign.objects.values_list("name", flat=True)) == ["Autumn"]


def made() -> list[str]:
    return list(Campaign.objects.order_by("name").values_list("name", flat=True))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_prepared", [True, False])
def test_a_transaction_without_questions_is_one_message(
    is_prepared: bool, settings: Any, django_assert_num_queries: Any
) -> None:
    settings.PREPARED_STATEMENTS = is_prepared
    with django_assert_num_queries(1), _only_statements(), one_transaction():
        write(ADD_CAMPAIGN, ["Autumn"])
        write(ADD_CAMPAIGN, ["Spring"])
    assert (made(), connection.in_atomic_block, connection.get_autocommit()) == (
        ["Autumn", "Spring"],
        False,
        True,
    )


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_prepared", [True, False])
def test_begin_and_commit_leave_with_the_statements(
    is_prepared: bool, settings: Any, django_assert_num_queries: Any
) -> None:
    settings.PREPARED_STATEMENTS = is_prepared
    with django_assert_num_queries(2), _only_statements(), one_transaction():
        write(ADD_CAMPAIGN, ["Autumn"])
        assert added(1, 2) == 3
        write(ADD_CAMPAIGN, ["Spring"])
    connection.close()  # what is not committed is gone with it
    assert made() == ["Autumn", "Spring"]


@pytest.mark.django_db(transaction=True)
def test_what_others_may_wait_for_is_let_go_before_the_disk_is_waited_for() -> None:
    with CaptureQueriesContext(connection) as queries, one_transaction():
        added(1, 2)
        write(ADD_CAMPAIGN, ["Spring"])
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT statement FROM pg_prepared_statements WHERE name = ANY(%s)",
            [re.findall(r"EXECUTE (\w+)", queries[1]["sql"])],
        )
        known = " ".join(row[0] for row in cursor.fetchall())
    _campaign, off, commit, wait = queries[1]["sql"].split("; ")
    assert (commit, NOT_WAITING in known, REACH_DISK in known, off != wait) == ("COMMIT", True, True, True)


@pytest.mark.django_db(transaction=True)
def test_an_exception_undoes_what_was_sent() -> None:
    with pytest.raises(ZeroDivisionError), one_transaction():
        Campaign.objects.create(name="Spring", slug="spring")
        raise ZeroDivisionError
    assert (made(), connection.connection.info.transaction_status) == ([], 0)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("asks_before", [True, False])
def test_the_last_message_fails_as_a_whole(asks_before: bool) -> None:
    with pytest.raises(DatabaseError), one_transaction():
        write(ADD_CAMPAIGN, ["Autumn"])
        if asks_before:
            added(1, 2)
        write(ADD_CAMPAIGN, ["Spring"])
        write("SELECT nothing FROM nowhere", [])
    assert (made(), connection.in_atomic_block) == ([], False)


@pytest.mark.django_db(transaction=True)
def test_what_is_marked_for_rollback_is_undone() -> None:
    with one_transaction():
        Campaign.objects.create(name="Autumn", slug="autumn")
        write(ADD_CAMPAIGN, ["Spring"])
        transaction.set_rollback(True)
    assert made() == []


@pytest.mark.django_db(transaction=True)
def test_a_savepoint_inside_undoes_its_part_only() -> None:
    with one_transaction():
        write(ADD_CAMPAIGN, ["Autumn"])
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            Campaign.objects.create(name="Spring", slug="spring")
            raise ZeroDivisionError
    assert made() == ["Autumn"]


@pytest.mark.django_db(transaction=True)
def test_what_waits_for_the_commit_comes_after_it() -> None:
    seen: list[int] = []
    with one_transaction():
        write(ADD_CAMPAIGN, ["Autumn"])
        transaction.on_commit(lambda: seen.append(Campaign.objects.count()))
        assert seen == []
    assert seen == [1]


def test_a_question_ahead_leaves_the_rest_waiting() -> None:
    with gathering(), connection.cursor() as cursor:
        write(ADD_CAMPAIGN, ["Spring"])
        send_ahead(cursor, ("SELECT count(*) FROM leads_campaign", []))
        assert cursor.fetchone() == (0,)
    assert made() == ["Spring"]


def test_a_row_is_written_as_it_is_when_it_leaves() -> None:
    name = ["Spring"]
    with gathering():
        write_made(lambda: (ADD_CAMPAIGN, name))
        name[0] = "Summer"
    assert made() == ["Summer"]


@contextmanager
def _only_statements() -> Iterator[None]:
    """Django counts its own end of a transaction, for which the driver sends nothing."""
    with (
        mock.patch.object(connection, "_commit", new=lambda: None),
        mock.patch("django.db.backends.base.base.debug_transaction", return_value=nullcontext()),
    ):
        yield


@pytest.mark.parametrize(
    ("index", "condition"),
    [("submission_repeat", "fingerprint = "), ("submission_address", "remote_address = ")],
)
def test_posts_are_looked_up_by_their_index_even_when_planned_on_an_empty_table(
    index: str, condition: str
) -> None:
    """By the form alone every post of the last minutes would be read, until the next ANALYZE."""
    ask, _ = asking(email_key=None, domain="")
    with connection.cursor() as cursor:
        # As on a new database: what other tests left behind may have been analysed meanwhile.
        cursor.execute("TRUNCATE leads_submission CASCADE")
        cursor.execute("DELETE FROM pg_statistic WHERE starelid = 'leads_submission'::regclass")
        cursor.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        places = count(1)
        sql = re.sub("%s", lambda _: f"${next(places)}", _filled(WITHOUT_KEY, ask))
        cursor.execute(f"PREPARE storing AS {sql}")
        cursor.execute(f"EXPLAIN EXECUTE storing({', '.join(['NULL'] * (next(places) - 1))})")
        plan = [line for (line,) in cursor.fetchall()]
        cursor.execute("DEALLOCATE storing")
    used = [n for n, line in enumerate(plan) if "on leads_submission " in line and "Scan" in line]
    assert [condition in plan[n + 1] for n in used if index in plan[n]] == [True], "\n".join(plan)
