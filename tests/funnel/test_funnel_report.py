"""Filters, breakdowns and the journeys behind each number, against a plain count."""

import datetime as dt
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from funnel.enums import Grouping, Reason, Stage, Status
from funnel.models import Journey, Opportunity
from funnel.rules.periods import Span
from funnel.rules.report import Filters, FunnelReport, Number
from funnel.selectors.funnel_journeys import Behind, journeys_behind
from funnel.selectors.funnel_report import funnel_report
from funnel.services import rollups
from leads.models import Campaign, Lead
from smarketing.accounts.models import User
from tests.accounts.factories import make_user
from tests.funnel.factories import NOON, bare_lead, make_journey
from tests.funnel.sums import counted
from tests.funnel.test_rollups import figures

pytestmark = pytest.mark.django_db
CLOSED = [Status.RECYCLED, Status.DISQUALIFIED, Status.LOST]


@pytest.fixture(scope="module")
def funnel(django_db_setup: None, django_db_blocker: Any) -> Iterator[Campaign]:
    """Made once for this module, all of whose tests ask for it; gone afterwards."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield fill()
        transaction.set_rollback(True)


def fill() -> Campaign:
    """120 journeys over four months, of which the last 20 are not folded yet."""
    dice = random.Random(7)
    campaign = Campaign.objects.create(name="Spring", slug="spring")
    owner = make_user(role="sdr", email="rep@example.com")
    for turn in range(120):
        stage = dice.choice(list(Stage))
        status = Status.WON if stage == Stage.CUSTOMER else dice.choice([Status.ACTIVE, *CLOSED])
        journey = make_journey(
            stage,
            status,
            lead=bare_lead(owner=dice.choice([owner, None])),
            entered_at=NOON + timedelta(hours=dice.randrange(24 * 120)),
            source=dice.choice(["", "social", "paid"]),
            landing_page=dice.choice(["a", "b", "c"]),
            campaign=dice.choice([campaign, None]),
            reason=dice.choice(Reason.values) if status in CLOSED else "",
            is_current=status != Status.RECYCLED,
        )
        if status == Status.WON:
            Opportunity.objects.create(
                journey=journey, amount=dice.randrange(1000), status="won", opened_at=NOON, closed_at=NOON
            )
        if turn == 99:
            rollups.refresh(at=NOON)
    return campaign


SPANS = [
    Span(dt.date(2026, 3, 1), dt.date(2026, 3, 31)),
    Span(dt.date(2026, 3, 10), dt.date(2026, 5, 20)),
    Span(dt.date(2026, 4, 3), dt.date(2026, 4, 9)),
    Span(dt.date(2026, 4, 30), None),
    Span(None, dt.date(2026, 4, 30)),
    Span(dt.date(2026, 4, 15), dt.date(2026, 5, 1)),
]
FILTERS = {
    **{f"span {number}": Filters(entered=span) for number, span in enumerate(SPANS)},
    "source": Filters(source="social"),
    "no source": Filters(source=""),
    "landing page": Filters(landing_page="a"),
    "no campaign": Filters(campaign=0),
    "source in span": Filters(source="paid", entered=SPANS[1]),
    "landing page in span": Filters(landing_page="b", entered=SPANS[1]),
    "landing page in month": Filters(landing_page="b", entered=SPANS[0]),
    "two dimensions": Filters(source="paid", landing_page="b"),
    "two dimensions in span": Filters(source="paid", landing_page="b", entered=SPANS[1]),
    "source without campaign": Filters(source="paid", campaign=0),
    "source without campaign in span": Filters(source="paid", campaign=0, entered=SPANS[1]),
    "landing page without campaign": Filters(landing_page="b", campaign=0),
    "three dimensions": Filters(source="paid", landing_page="b", campaign=0),
    "nobody": Filters(owner_ids=frozenset()),
    "unknown": Filters(source="nowhere"),
}


@pytest.mark.parametrize("name", FILTERS)
def test_a_filtered_report_counts_exactly_its_journeys(funnel: Campaign, name: str) -> None:
    filters = FILTERS[name]
    journeys = list(journeys_behind(filters=filters, behind=Behind()))
    assert figures(funnel_report(filters=filters)) == counted(journeys)


def test_a_campaign_filter_counts_exactly_its_journeys(funnel: Campaign) -> None:
    report = funnel_report(filters=Filters(campaign=funnel.pk, entered=SPANS[1]))
    journeys = [
        j
        for j in funnel.journeys.all()
        if dt.date(2026, 3, 10) <= j.entered_at.date() <= dt.date(2026, 5, 20)
    ]
    assert figures(report) == counted(journeys)


OWNED = {
    "owner": Filters(),
    "owner in span": Filters(entered=SPANS[1]),
    "owner since": Filters(entered=SPANS[3]),
    "owner and source": Filters(source="paid"),
    "owner and source in span": Filters(source="paid", entered=SPANS[1]),
    "owner and landing page": Filters(landing_page="b", entered=SPANS[0]),
}


@pytest.mark.parametrize("name", OWNED)
def test_an_owner_filter_counts_the_leads_they_own_now(funnel: Campaign, name: str) -> None:
    """Given to somebody else, some before and some after the last refresh."""
    team = [User.objects.get(), make_user(role="sdr", email="other@example.com")]
    leads = list(Journey.objects.order_by("-id").values_list("lead", flat=True)[:60])
    for place, lead in enumerate(leads):
        if place == 30:
            rollups.refresh(at=NOON)
        Lead.objects.filter(pk=lead).update(owner=[*team, None][place % 3])
    for owners in (team[:1], team):
        filters = replace(OWNED[name], owner_ids=frozenset(owner.pk for owner in owners))
        found = list(journeys_behind(filters=filters, behind=Behind()))
        assert {journey.lead.owner for journey in found} == {*owners}
        assert figures(funnel_report(filters=filters)) == counted(found)


GROUPS: dict[Grouping, Callable[[Journey], str]] = {
    Grouping.SOURCE: lambda journey: journey.source,
    Grouping.LANDING_PAGE: lambda journey: journey.landing_page,
    Grouping.CAMPAIGN: lambda journey: str(journey.campaign_id or ""),
}


@pytest.mark.parametrize(
    "filters",
    [Filters(), FILTERS["span 1"], FILTERS["source"], FILTERS["source in span"], FILTERS["landing page"]],
    ids=["all", "span", "source", "source in span", "landing page"],
)
@pytest.mark.parametrize("by", GROUPS)
def test_each_group_counts_its_own_journeys(funnel: Campaign, by: Grouping, filters: Filters) -> None:
    breakdown = funnel_report(filters=filters, by=by).breakdown
    assert breakdown is not None
    expected = {}
    for journey in journeys_behind(filters=filters, behind=Behind()):
        expected.setdefault(GROUPS[by](journey), []).append(journey)
    assert {
        row.key: (row.reached["new_name"].count, row.reached["customer"].count) for row in breakdown.rows
    } == {key: (len(found), sum(j.stage == "customer" for j in found)) for key, found in expected.items()}
    for row in breakdown.rows:
        plain = counted(expected[row.key])
        assert {money.currency: money.amount for money in row.revenue} == plain["revenue"]
        assert (row.days_to_win.count, row.days_to_win.mean, row.days_to_win.median) == plain["days"]


def test_pages_of_a_breakdown_follow_each_other(funnel: Campaign) -> None:
    pages = [
        funnel_report(filters=Filters(), by=Grouping.SOURCE, page=n, page_size=2).breakdown for n in (1, 2)
    ]
    assert [(page.count, len(page.rows)) for page in pages if page] == [(3, 2), (3, 1)]


def numbers(report: FunnelReport) -> Iterator[Number]:
    yield from (report.leads, report.journeys, report.won)
    for row in report.stages:
        yield from (row.balance, row.entered, row.left)
    yield from (detour.number for detour in report.detours)
    for cohort in report.cohorts:
        yield from cohort.reached.values()
    for group in report.breakdown.rows if report.breakdown else []:
        yield from group.reached.values()


def behind(number: Number) -> int:
    """The count of the list that a number's parameters select."""
    params = dict(number.params)
    filters = Filters(
        entered=Span(
            *(
                dt.date.fromisoformat(d) if (d := params.pop(k, "")) else None
                for k in ("entered_from", "entered_to")
            )
        ),
        source=params.pop("source", None),
        landing_page=params.pop("landing_page", None),
        campaign=int(c) if (c := params.pop("campaign", None)) is not None else None,
    )
    current = params.pop("current", None)
    return journeys_behind(
        filters=filters, behind=Behind(**params, current=None if current is None else current == "true")
    ).count()


@pytest.mark.parametrize("by", GROUPS)
def test_every_number_equals_the_list_behind_it(funnel: Campaign, by: Grouping) -> None:
    span = {"entered_from": "2026-03-10", "entered_to": "2026-05-20"}
    for filters in (Filters(), Filters(entered=SPANS[1], params=span)):
        found = list(numbers(funnel_report(filters=filters, by=by)))
        assert [behind(number) for number in found] == [number.count for number in found]


def test_entered_is_left_plus_balance(funnel: Campaign) -> None:
    stages = funnel_report(filters=Filters()).stages
    assert [row.entered.count for row in stages] == [row.left.count + row.balance.count for row in stages]


def test_every_lead_stands_in_a_stage_or_on_a_detour(funnel: Campaign) -> None:
    report = funnel_report(filters=Filters())
    closed = Journey.objects.filter(is_current=True, status__in=CLOSED).count()
    assert sum(row.balance.count for row in report.stages) + closed == report.leads.count
