"""What happened on a day: read from sums where there are some, from live rows where there are none."""

import datetime as dt
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from funnel.enums import Stage
from funnel.models import Journey, RollupCell
from funnel.rules.events import Events
from funnel.rules.periods import Span
from funnel.rules.report import Filters
from funnel.selectors.events import events_in
from funnel.services import rollups
from leads.models import Campaign, Lead, Persona
from tests.accounts.factories import make_user
from tests.funnel.factories import NOON, bare_lead, make_journey

MARCH = dt.date(2026, 3, 1)
DAY = Span(NOON.date(), NOON.date())


def test_verdicts_are_events_of_the_stage_too() -> None:
    events = Events([(MARCH, "mql", {"2:": 1, "2:accepted": 2, "2:back": 4, "3:back": 8})])
    assert events.reached(Stage.MQL, DAY) == 7
    assert (events.accepted(DAY), events.given_back(DAY)) == (2, 4)
    assert events.by_day(Stage.MQL) == {dt.date(2026, 3, 2): 7, dt.date(2026, 3, 3): 8}


def test_images_take_off_what_cells_hold() -> None:
    events = Events(
        [(MARCH, "recycled", {"2:timing": 3, "2:price": 1}), (MARCH, "recycled", {"2:price": -1})]
    )
    assert events.returned(DAY) == Counter(timing=3)


@pytest.mark.parametrize("day", [1, 3])
def test_another_day_is_not_in_the_span(day: int) -> None:
    events = Events([(MARCH, "sql", {f"{day}:": 1})])
    assert events.reached(Stage.SQL, DAY) == 0


def test_a_span_over_two_months_adds_both() -> None:
    events = Events([(MARCH, "sql", {"31:": 1}), (dt.date(2026, 4, 1), "sql", {"1:": 2, "2:": 4})])
    assert events.reached(Stage.SQL, Span(dt.date(2026, 3, 31), dt.date(2026, 4, 1))) == 3


@pytest.fixture
def world(db: None) -> dict[str, Any]:
    """An MQL of each filter's kind on one day and one of none, folded; and what each filter asks for."""
    campaign, persona = (
        Campaign.objects.create(name="Fair", slug="fair"),
        Persona.objects.create(name="Chief"),
    )
    rep = make_user(role="sdr")
    make_journey(Stage.MQL, source="event", landing_page="/fair", campaign=campaign)
    make_journey(Stage.MQL, lead=bare_lead(owner=rep, persona=persona))
    make_journey(Stage.MQL)
    rollups.refresh(at=NOON)
    return {
        "source": "event",
        "landing_page": "/fair",
        "campaign": campaign.pk,
        "owner_ids": frozenset({rep.pk}),
        "persona": persona.pk,
    }


SUMMED = [(), ("source",), ("campaign",), ("owner_ids",)]
LIVE = [("landing_page",), ("persona",), ("source", "campaign"), ("owner_ids", "persona")]


def asked(world: dict[str, Any], names: tuple[str, ...]) -> tuple[Events, str]:
    """The answer, and the statement that was asked."""
    filters = Filters(**{name: world[name] for name in names})
    with CaptureQueriesContext(connection) as queries:
        found = events_in(filters=filters, span=DAY)
    assert len(queries) == 1
    return found, queries[0]["sql"]


@pytest.mark.parametrize("names", [*SUMMED, *LIVE])
def test_every_filter_counts_only_its_own(world: dict[str, Any], names: tuple[str, ...]) -> None:
    events, sql = asked(world, names)
    assert events.reached(Stage.MQL, DAY) == (1 if names else 3)
    assert ("FROM funnel_journey" in sql) == (names in LIVE)


@pytest.mark.django_db
def test_days_of_entry_are_counted_from_the_journeys() -> None:
    make_journey(Stage.MQL, entered_at=NOON - timedelta(days=40), mql_at=NOON)
    make_journey(Stage.MQL)
    found = events_in(filters=Filters(entered=DAY), span=DAY)
    assert found.reached(Stage.MQL, DAY) == 1


@pytest.mark.django_db
def test_more_days_of_mqls_come_along() -> None:
    before = NOON - timedelta(days=60)
    make_journey(Stage.SQL, entered_at=before, mql_at=before, sql_at=NOON)
    for _ in range(2):
        weeks = Span((NOON - timedelta(days=70)).date(), DAY.last)
        events = events_in(filters=Filters(), span=DAY, mqls=weeks)
        assert events.by_day(Stage.MQL) == {before.date(): 1}
        assert (events.reached(Stage.MQL, DAY), events.reached(Stage.SQL, DAY)) == (0, 1)
        rollups.refresh(at=NOON)


@pytest.mark.django_db
def test_a_verdict_comes_later_and_counts_on_the_day_of_the_hand_off() -> None:
    journey = make_journey(Stage.MQL)
    rollups.refresh(at=NOON)
    late = NOON + timedelta(days=80)
    Journey.objects.filter(pk=journey.pk).update(
        status="recycled", reason="timing", closed_at=late, is_current=False
    )
    for _ in range(2):
        events = events_in(filters=Filters(), span=DAY)
        assert (events.given_back(DAY), events.returned(DAY)) == (1, Counter())
        came_back = Span(late.date(), late.date())
        assert events_in(filters=Filters(), span=came_back).returned(came_back) == Counter(timing=1)
        rollups.refresh(at=NOON)


@pytest.mark.django_db
def test_the_day_is_the_projects(settings: Any) -> None:
    settings.TIME_ZONE = "Europe/Madrid"
    make_journey(Stage.MQL, mql_at=NOON.replace(hour=23, minute=30))
    tomorrow = Span(dt.date(2026, 3, 3), dt.date(2026, 3, 3))
    for _ in range(2):
        assert events_in(filters=Filters(), span=tomorrow).reached(Stage.MQL, tomorrow) == 1
        rollups.refresh(at=NOON)


@pytest.mark.django_db
def test_no_cell_of_events_is_left_when_the_lead_is_erased() -> None:
    make_journey(Stage.CUSTOMER)
    rollups.refresh(at=NOON)
    assert RollupCell.objects.filter(measure="event", cube="total").count() == 7
    Lead.objects.all().delete()
    rollups.refresh(at=NOON)
    assert not RollupCell.objects.exists()
