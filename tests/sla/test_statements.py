"""Statements that are put together once ask what they would if Django put them together each time."""

import datetime as dt
from typing import Any
from unittest.mock import Mock

import pytest
from django.db.models import Count
from django.db.models.expressions import RawSQL
from pytest_django import DjangoAssertNumQueries

from funnel.rules.periods import EVER, Span
from funnel.selectors.funnel_journeys import within
from sla.enums import ClockKind
from sla.models import Clock, PromiseDay
from sla.selectors.promises import Promised, promised
from sla.selectors.statements import Many, rows_of
from tests.sla.ladders import MONDAY, make_chain, make_ladders

DAY = dt.timedelta(days=1)


@pytest.fixture
def clocks(db: None) -> list[Clock]:
    """On Monday and on the four days after it."""
    rep, _, _ = make_chain()
    made = make_ladders([rep] * 5)
    for days, clock in enumerate(made):
        Clock.objects.filter(pk=clock.pk).update(started_at=MONDAY + days * DAY, due_at=MONDAY + days * DAY)
    return made


def by_outcome(wanted: Promised, at: dt.datetime) -> Any:
    found: Any = promised(wanted, at=at).order_by()
    return found.values_list("kind", "outcome").annotate(n=Count("pk"))


def test_days_and_moments_differ_from_one_time_to_the_next(clocks: list[Clock]) -> None:
    seen = []
    for first in range(5):
        span = Span(MONDAY.date() + first * DAY, MONDAY.date() + 3 * DAY)
        for wanted in (Promised(span), Promised(span, stretches=(span, Span(span.last, span.last)))):
            for at in (MONDAY, MONDAY + 2 * DAY + dt.timedelta(minutes=1)):
                found = sorted(rows_of(by_outcome, wanted, at))
                assert found == sorted(by_outcome(wanted, at))
                seen.append(found)
    assert [(ClockKind.FIRST_CONTACT, "missed", 3), (ClockKind.FIRST_CONTACT, "open", 1)] in seen


def test_a_span_without_an_end_is_another_statement(clocks: list[Clock]) -> None:
    since = Promised(Span(MONDAY.date() + DAY))
    assert [rows_of(by_outcome, wanted, MONDAY)[0][-1] for wanted in (Promised(EVER), since)] == [5, 4]


def test_what_is_asked_of_nobody_has_no_rows(
    clocks: list[Clock], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    nobodys = Promised(Span(MONDAY.date()), owner_ids=frozenset())
    with django_assert_num_queries(0):
        assert [rows_of(by_outcome, nobodys, MONDAY) for _ in range(2)] == [[], []]


def days(span: Span) -> Any:
    return PromiseDay.objects.filter(day__gte=span.first, day__lte=span.last).values_list("kept")


@pytest.mark.django_db
def test_days_stay_days(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    day = MONDAY.date()
    PromiseDay.objects.bulk_create(PromiseDay(day=day + n * DAY, time_zone="UTC", kept=n) for n in range(4))
    with django_assert_num_queries(2):
        found = [rows_of(days, Span(day + n * DAY, day + n * DAY)) for n in (3, 1)]
    assert found == [[(3,)], [(1,)]]


def of_some(ids: Many) -> Any:
    some = RawSQL("SELECT unnest(%s::bigint[])", [ids])
    return Clock.objects.filter(pk__in=some).order_by("pk").values_list("pk")


def test_of_any_number_of_ids(clocks: list[Clock], django_assert_num_queries: DjangoAssertNumQueries) -> None:
    for some in (clocks[:1], clocks[1:4], []):
        with django_assert_num_queries(1):
            assert rows_of(of_some, Many(clock.pk for clock in some)) == [(clock.pk,) for clock in some]


def begun(span: Span) -> Any:
    return Clock.objects.filter(within("started_at", span)).values_list("started_at")


def test_a_day_begins_when_the_project_has_it(clocks: list[Clock], settings: Any) -> None:
    Clock.objects.filter(pk=clocks[0].pk).update(started_at=dt.datetime(2026, 7, 1, 22, 30, tzinfo=dt.UTC))
    day = dt.date(2026, 7, 2)
    found = []
    for zone in ("UTC", "Europe/Madrid"):
        settings.TIME_ZONE = zone
        found.append(len(rows_of(begun, Span(day, day))))
    assert found == [0, 1]


@pytest.mark.django_db
def test_it_is_put_together_once() -> None:
    make = Mock(side_effect=begun)
    for n in range(3):
        rows_of(make, Span(MONDAY.date(), MONDAY.date() + n * DAY))
    assert make.call_count == 1


def some_days_ago(at: dt.datetime) -> Any:
    return Clock.objects.filter(started_at__gte=at - 3 * DAY).values_list("pk")


@pytest.mark.django_db
def test_a_moment_that_is_reckoned_with_is_refused() -> None:
    with pytest.raises(ValueError, match="reckoned"):
        rows_of(some_days_ago, MONDAY)
