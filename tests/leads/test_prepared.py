"""Statements that are planned once per connection."""

from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from leads.models import Campaign
from leads.selectors.prepared import gathering, send, write

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
