"""The funnel report equals a plain count of the journeys, folded or not, at any moment."""

import datetime as dt
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from funnel.enums import Grouping, Stage
from funnel.models import Journey, Opportunity, RollupCell, RollupDelta
from funnel.rules.events import Events
from funnel.rules.periods import EVER, Span
from funnel.rules.report import Filters, FunnelReport
from funnel.selectors.events import events_in
from funnel.selectors.funnel_journeys import Behind, journeys_behind
from funnel.selectors.funnel_report import funnel_report
from funnel.services import rollups
from leads.models import Campaign, Lead
from smarketing.accounts.models import User
from tests.accounts.factories import make_user
from tests.funnel.factories import NOON, bare_lead, make_journey
from tests.funnel.sums import counted, happened
from tests.threads import check_in_snapshots, uncommitted

pytestmark = pytest.mark.django_db


def figures(report: FunnelReport) -> dict[str, Any]:
    """The report in the shape of ``sums.counted``."""
    return {
        "journeys": report.journeys.count,
        "leads": report.leads.count,
        "reached": {row.stage.value: row.entered.count for row in report.stages},
        "balance": {row.stage.value: row.balance.count for row in report.stages},
        "detours": {(d.status, d.stage, d.reason): d.number.count for d in report.detours},
        "revenue": {money.currency: money.amount for money in report.revenue},
        "days": (report.days_to_win.count, report.days_to_win.mean, report.days_to_win.median),
        "months": {f"{c.month:%Y-%m}": c.reached["new_name"].count for c in report.cohorts},
        "mean_seconds": {row.stage.value: row.mean_seconds for row in report.stages},
    }


def truth() -> dict[str, Any]:
    return counted(list(Journey.objects.all()))


def shown() -> dict[str, Any]:
    return figures(funnel_report(filters=Filters()))


def won(journey: Journey, amount: int = 100, currency: str = "EUR") -> Opportunity:
    return Opportunity.objects.create(
        journey=journey, amount=amount, currency=currency, status="won", opened_at=NOON, closed_at=NOON
    )


def test_an_empty_funnel_is_a_report_of_zeros() -> None:
    report = funnel_report(filters=Filters(), by=Grouping.SOURCE)
    assert [row.balance.count for row in report.stages] == [0] * 7
    assert [row.conversion for row in report.stages] == [None] * 7
    assert (report.detours, report.revenue, report.cohorts) == ([], [], [])
    assert report.breakdown is not None and report.breakdown.rows == []


def test_a_journey_counts_before_any_refresh() -> None:
    make_journey(Stage.MQL)
    assert shown() == truth()


def test_a_journey_counts_once_after_a_refresh() -> None:
    make_journey(Stage.MQL)
    assert rollups.refresh(at=NOON) == 1
    assert RollupDelta.objects.count() == 0
    assert shown() == truth()


def test_a_move_after_the_refresh_takes_the_old_stage_back() -> None:
    journey = make_journey(Stage.MQL)
    rollups.refresh(at=NOON)
    Journey.objects.filter(pk=journey.pk).update(stage=Stage.SQL, sql_at=NOON + timedelta(days=1))
    assert shown() == truth()
    rollups.refresh(at=NOON)
    assert shown() == truth()


def test_cells_that_become_empty_disappear() -> None:
    journey = make_journey(Stage.CUSTOMER)
    won(journey)
    rollups.refresh(at=NOON)
    journey.lead.delete()
    rollups.refresh(at=NOON)
    assert RollupCell.objects.count() == 0


def test_erasing_a_lead_takes_its_deal_along_before_a_refresh() -> None:
    journey = make_journey(Stage.CUSTOMER)
    won(journey)
    Lead.objects.filter(pk=journey.lead_id).delete()
    assert shown() == truth()


def test_a_journey_deleted_by_hand_before_its_deal_is_counted_once() -> None:
    journey = make_journey(Stage.CUSTOMER)
    won(journey)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM funnel_journey WHERE id = %s", [journey.pk])
        cursor.execute("DELETE FROM funnel_opportunity WHERE journey_id = %s", [journey.pk])
    assert funnel_report(filters=Filters()).revenue == []


def test_a_corrected_amount_corrects_the_revenue() -> None:
    deal = won(make_journey(Stage.CUSTOMER))
    rollups.refresh(at=NOON)
    Opportunity.objects.filter(pk=deal.pk).update(amount=250)
    assert [money.amount for money in funnel_report(filters=Filters()).revenue] == [Decimal(250)]


def test_a_deleted_campaign_takes_its_revenue_to_no_campaign() -> None:
    campaign = Campaign.objects.create(name="Fair", slug="fair")
    won(make_journey(Stage.CUSTOMER, campaign=campaign))
    rollups.refresh(at=NOON)
    campaign.delete()
    rollups.refresh(at=NOON)
    breakdown = funnel_report(filters=Filters(), by=Grouping.CAMPAIGN).breakdown
    assert breakdown is not None
    assert [(row.key, row.revenue[0].amount) for row in breakdown.rows] == [("", Decimal(100))]


def test_as_many_images_as_a_first_import_leaves_are_not_folded(monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[int] = []
    monkeypatch.setattr(rollups, "FEW", 3)
    monkeypatch.setattr(rollups, "rebuild", lambda *, at: counted.append(RollupDelta.objects.count()))
    for new in (2, 10, 3):  # few, more than a half of all, less than a half
        RollupDelta.objects.all().delete()
        for _ in range(new):
            make_journey()
        rollups.refresh(at=NOON)
    assert (counted, RollupDelta.objects.count()) == ([10], 0)


def test_another_time_zone_counts_the_months_anew(settings: Any) -> None:
    make_journey(entered_at=datetime(2026, 1, 31, 23, 30, tzinfo=UTC))
    rollups.refresh(at=NOON)
    settings.TIME_ZONE = "Europe/Madrid"
    rollups.refresh(at=NOON)
    assert [c.month.month for c in funnel_report(filters=Filters()).cohorts] == [2]


STEPS = st.tuples(
    st.sampled_from(
        [
            "enter",
            "move",
            "hand off",
            "lose",
            "recycle",
            "win",
            "edit",
            "give",
            "hand on",
            "erase",
            "refresh",
        ]
    ),
    st.integers(0, 5),
    st.integers(0, 200_000),
)
ODD = Span(dt.date(2026, 3, 5), dt.date(2026, 4, 11))
"""Not whole months, neither of entry nor of what happened."""
DIMENSIONS = st.sets(st.sampled_from(["owner_ids", "source", "landing_page", "campaign"]), max_size=3)


@pytest.fixture
def reps() -> list[User]:
    """A funnel in which nothing was entered yet, and two to own its leads."""
    Campaign.objects.create(name="Fair", slug="fair")
    return [make_user(role="sdr", email=f"{name}@example.com") for name in ("ana", "ben")]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(STEPS, max_size=25), DIMENSIONS, st.sampled_from([EVER, ODD]))
def test_any_history_counts_right_and_a_rebuild_changes_nothing(
    reps: list[User], steps: list[tuple[str, int, int]], dimensions: set[str], span: Span
) -> None:
    with transaction.atomic():
        for step in steps:
            take(*step)
        asked = {
            "owner_ids": frozenset({reps[0].pk}),
            "source": "s1",
            "landing_page": "p1",
            "campaign": Campaign.objects.get().pk,
        }
        narrow = Filters(entered=span, **{name: asked[name] for name in dimensions})
        for _ in range(2):
            assert shown() == truth()
            few = list(journeys_behind(filters=narrow, behind=Behind()))
            assert figures(funnel_report(filters=narrow)) == counted(few)
            assert told(events_in(filters=narrow, span=ODD), ODD) == happened(few, ODD)
            rollups.refresh(at=NOON)
        folded = cells()
        rollups.rebuild(at=NOON)
        assert cells() == folded
        transaction.set_rollback(True)


def told(events: Events, span: Span) -> dict[str, Any]:
    """Events in the shape of ``sums.happened``."""
    mqls = events.by_day(Stage.MQL).items()
    return {
        "reached": +Counter({stage: events.reached(stage, span) for stage in Stage}),
        "mqls": Counter({day: n for day, n in mqls if span.first <= day <= span.last and n}),  # type: ignore[operator]
        "accepted": events.accepted(span),
        "given back": events.given_back(span),
        "returned": events.returned(span),
    }


def cells() -> list[tuple[Any, ...]]:
    fields = ("cube", "grain", "measure", "within", "key", "period", "part", "n", "total")
    return list(RollupCell.objects.order_by(*fields).values_list(*fields, "counts"))


def take(step: str, which: int, seconds: int) -> None:
    """Do ``step`` to some journey, ``seconds`` after it entered."""
    if step == "refresh":
        rollups.refresh(at=NOON)
        return
    journeys = list(Journey.objects.order_by("id"))
    if step == "enter" or not journeys:
        entered = NOON + timedelta(days=which * 11, seconds=seconds)
        make_journey(
            list(Stage)[which],
            entered_at=entered,
            source=f"s{which % 3}",
            landing_page=f"p{which % 4}",
            campaign=Campaign.objects.get() if seconds % 2 else None,
            lead=bare_lead(at=entered, owner=User.objects.order_by("id")[which % 2]),
        )
        return
    journey = journeys[which % len(journeys)]
    change(
        step, Journey.objects.filter(pk=journey.pk), journey, journey.entered_at + timedelta(seconds=seconds)
    )


def change(step: str, row: Any, journey: Journey, at: datetime) -> None:
    if step == "move":
        row.update(
            stage=Stage.OPPORTUNITY, opportunity_at=at, status="active", closed_at=None, resume_at=None
        )
    elif step == "hand off":
        row.update(
            stage=Stage.MQL,
            mql_at=at,
            sql_at=None,
            status="active",
            closed_at=None,
            resume_at=None,
            reason="",
        )
    elif step == "lose":
        row.update(status="lost", reason="price", closed_at=at, resume_at=None)
    elif step == "recycle":
        row.update(status="recycled", reason="timing", closed_at=at, is_current=False, resume_at=None)
    elif step == "win":
        row.update(
            stage=Stage.CUSTOMER,
            status="won",
            mql_at=journey.entered_at,
            customer_at=at,
            closed_at=at,
            resume_at=None,
        )
        if not Opportunity.objects.filter(journey=journey).exists():
            won(journey, amount=journey.pk % 7)
    elif step == "edit":
        row.update(source="edited", entered_at=at)
    elif step == "give":
        owner = User.objects.order_by("id")[:3][journey.pk % 3 :].first()
        Lead.objects.filter(pk=journey.lead_id).update(owner=owner)
    elif step == "hand on":  # what a merge does
        row.update(lead=bare_lead(owner=User.objects.order_by("id").last()))
    elif step == "erase":
        journey.lead.delete()


@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_commits_late_is_neither_lost_nor_counted_twice() -> None:
    with uncommitted(lambda: make_journey(Stage.SQL)):
        make_journey(Stage.MQL)  # a later row that commits first
        rollups.refresh(at=NOON)
        assert shown() == truth()
    assert shown() == truth()
    rollups.refresh(at=NOON)
    assert shown() == truth()


@pytest.mark.django_db(transaction=True)
def test_sums_stay_true_while_four_threads_write_and_two_refresh() -> None:
    """Each report must equal a count taken in the same snapshot, in the middle of it all."""

    def write(seed: int) -> None:
        for turn in range(25):
            with transaction.atomic():
                journey = make_journey(Stage.ENGAGED, source=f"s{seed}")
                Journey.objects.filter(pk=journey.pk).update(stage=Stage.MQL, mql_at=NOON)
            if turn % 5 == 0:
                journey.lead.delete()

    def check() -> None:
        assert shown() == truth()

    fold = partial(rollups.refresh, at=NOON)
    check_in_snapshots(check, writers=[partial(write, seed) for seed in range(4)], keeper=fold)
    assert (Journey.objects.count(), shown()) == (80, truth())
