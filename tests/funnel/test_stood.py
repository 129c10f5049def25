"""Where leads stood at a moment: only by what was known then, and as counted plainly in Python."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from funnel.enums import STAGES, STAMPS, Move, Stage, Status
from funnel.models import Journey, Opportunity, StageChange
from funnel.rules.stood import Standing
from funnel.selectors.stood import (
    arrivals,
    came_true,
    cohorts,
    first_entry,
    midnight,
    sales,
    standing,
    stays,
    stood,
)
from leads.rules.scoring import grade
from tests.funnel.factories import make_journey

pytestmark = pytest.mark.django_db
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
T = date(2026, 3, 10)
AT = datetime(2026, 3, 10, tzinfo=UTC)


def came(journey: Journey, *, fit: int = 0, interest: int = 0, intent: int = 0) -> Journey:
    """With the history of its arrivals, all with these scores."""
    rank = STAGES.index(Stage(journey.stage))
    before = ""
    for stage in STAGES[: rank + 1]:
        StageChange.objects.create(
            journey=journey,
            lead=journey.lead,
            at=getattr(journey, STAMPS[stage]),
            move=Move.ENTER if not before else Move.ADVANCE,
            from_stage=before,
            to_stage=stage,
            to_status=Status.ACTIVE,
            fit=fit,
            interest=interest,
            intent=intent,
        )
        before = stage
    return journey


def world() -> None:
    """Leads of every kind before, across and after the moment."""
    for number, stage in enumerate(STAGES):
        for days in (0.1, 1, 3.5, 20, 200):
            journey = came(
                make_journey(stage, entered_at=AT - days * DAY - number * HOUR),
                fit=20 * number,
                interest=5 * number,
                intent=7 * number,
            )
            if stage == Stage.CUSTOMER:
                Opportunity.objects.create(
                    journey=journey, amount=100 + number, status="won", opened_at=journey.opportunity_at
                )
    for days in (-1, 2, 5):
        make_journey(Stage.MQL, Status.RECYCLED, entered_at=AT - 9 * DAY, closed_at=AT - days * DAY)
    make_journey(Stage.MQL, Status.POSTPONED, entered_at=AT - 9 * DAY)
    make_journey(Stage.SQL, entered_at=AT - 9 * DAY, sql_at=AT + DAY)
    make_journey(Stage.CUSTOMER, entered_at=AT - 9 * DAY, customer_at=AT + 5 * DAY)
    make_journey(Stage.NEW_NAME, entered_at=AT + DAY)
    # As an export may have it: won before it entered.
    odd = dict.fromkeys(("sql_at", "opportunity_at", "customer_at"), AT - 3 * DAY)
    make_journey(Stage.CUSTOMER, entered_at=AT - 2 * DAY, mql_at=AT - 2 * DAY, **odd)


def plainly(journey: Journey) -> tuple[str, str, int] | None:
    """Stage, score and whole days of a journey as of the moment; None when it was not open then."""
    if journey.entered_at >= AT or (journey.closed_at and journey.closed_at < AT):
        return None
    reached = [s for s in STAGES if (at := getattr(journey, STAMPS[s])) and at < AT]
    stage = reached[-1]
    row = journey.changes.filter(to_stage=stage).exclude(from_stage=stage).first()
    points = (row.fit, row.interest, row.intent) if row else (0, 0, 0)
    since = max(journey.entered_at, getattr(journey, STAMPS[stage]))
    return stage, grade(*points) if any(points) else "", (AT - since) // DAY


def test_who_stood_where_is_what_a_plain_count_finds() -> None:
    world()
    expected = Counter(found for journey in Journey.objects.all() if (found := plainly(journey)))
    assert {(row.stage, row.grade, row.days): row.n for row in stood(at=AT)} == expected
    assert sum(expected.values()) == 34


def test_every_count_opens_exactly_its_journeys() -> None:
    world()
    for row in stood(at=AT):
        wanted = Standing(T, row.stage, row.days, row.days, row.grade)
        found = standing(Journey.objects.all(), wanted)
        assert [plainly(journey) for journey in found] == [(row.stage, row.grade, row.days)] * row.n


def test_all_that_were_open() -> None:
    world()
    assert standing(Journey.objects.all(), Standing(T)).count() == sum(row.n for row in stood(at=AT))


def everything_known() -> list[Any]:
    since = AT - 100 * DAY
    return [
        sorted(map(repr, stays(at=AT, since=since))),
        sorted(map(repr, stood(at=AT))),
        arrivals(since=since, at=AT),
        sales(since=since, at=AT),
        cohorts(at=AT),
        first_entry(at=AT),
    ]


def test_what_happens_later_changes_nothing() -> None:
    world()
    before = everything_known()
    later = AT + timedelta(seconds=1)
    for journey in Journey.objects.filter(closed_at=None, stage=Stage.OPPORTUNITY):
        Journey.objects.filter(pk=journey.pk).update(
            stage=Stage.CUSTOMER, customer_at=later, status=Status.WON, closed_at=later
        )
        Opportunity.objects.create(journey=journey, amount=1, status="won", opened_at=later)
    Journey.objects.filter(closed_at=None, stage=Stage.NEW_NAME).update(
        stage=Stage.MQL, engaged_at=AT, target_at=AT, mql_at=AT
    )
    Journey.objects.filter(closed_at=None, stage=Stage.TARGET).update(
        status=Status.DISQUALIFIED, closed_at=later, is_current=False
    )
    came(make_journey(Stage.CUSTOMER, entered_at=later), fit=99)
    assert everything_known() == before


def test_stays_say_how_long_was_looked_and_how_it_ended() -> None:
    entered = AT - 10 * DAY
    came(make_journey(Stage.MQL, entered_at=entered, engaged_at=entered, target_at=AT - 4 * DAY, mql_at=AT))
    found = {(row.stage, row.first, row.last, row.end, row.n) for row in stays(at=AT, since=AT - 5 * DAY)}
    # Passed at once before the time looked at: not seen. Then six days, of which the last is looked at.
    assert found == {("engaged", 7, 7, "moved", 1), ("target", 0, 4, "", 1)}


def test_a_stay_that_ended_with_the_journey_left() -> None:
    make_journey(Stage.NEW_NAME, Status.DISQUALIFIED, entered_at=AT - 9 * DAY, closed_at=AT - 2 * DAY - HOUR)
    assert [(row.first, row.last, row.end) for row in stays(at=AT, since=AT - 90 * DAY)] == [(0, 7, "left")]


def test_what_came_true_of_those_that_stood() -> None:
    world()
    [row] = came_true(at=AT, until=AT + 6 * DAY)
    assert (row.stage, row.n) == (Stage.OPPORTUNITY, 1)
    assert came_true(at=AT, until=AT + 5 * DAY) == []


def test_sales_by_currency() -> None:
    for amount, currency in ((100, "EUR"), (300, "EUR"), (50, "USD")):
        journey = make_journey(Stage.CUSTOMER, entered_at=AT - 9 * DAY)
        Opportunity.objects.create(
            journey=journey, amount=amount, currency=currency, status="won", opened_at=journey.opportunity_at
        )
    make_journey(Stage.CUSTOMER, entered_at=AT - 9 * DAY)
    found = sales(since=AT - 10 * DAY, at=AT)
    assert (found.customers, found.amounts) == (4, {"EUR": (400, 100_000, 2), "USD": (50, 2500, 1)})


def test_cohorts_as_they_were_known() -> None:
    make_journey(Stage.SQL, entered_at=AT - 30 * DAY, mql_at=AT - 2 * DAY, sql_at=AT + DAY)
    found = cohorts(at=AT)[date(2026, 2, 1)]
    assert (found["new_name"], found["mql"], found["sql"]) == (1, 1, 0)


def test_a_day_begins_at_the_projects_midnight(settings: Any) -> None:
    settings.TIME_ZONE = "Europe/Madrid"
    assert midnight(date(2026, 7, 1)) == datetime(2026, 6, 30, 22, tzinfo=UTC)


@pytest.mark.parametrize("many", [1, 3])
def test_each_costs_one_statement(many: int, django_assert_num_queries: Any) -> None:
    for _one in range(many):
        make_journey(Stage.MQL, entered_at=AT - DAY)
    with django_assert_num_queries(6):
        everything_known()
    assert connection.vendor == "postgresql"
