"""Campaigns: what they cost and brought."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.test import Client

from funnel.enums import Stage, Status
from funnel.models import Journey, Opportunity
from funnel.rules.costs import costs_of
from funnel.services import rollups
from leads.models import Campaign
from smarketing.accounts.enums import Role
from smarketing.accounts.models import ConfigChange
from tests.accounts.factories import make_user
from tests.funnel.factories import NOON, make_journey
from tests.leads.factories import make_campaign, make_form

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def marketer(client: Client) -> Client:
    client.force_login(make_user(role=Role.MARKETER))
    return client


def won(campaign: Campaign, amount: str, currency: str = "EUR") -> None:
    journey = make_journey(Stage.CUSTOMER, campaign=campaign)
    Opportunity.objects.create(
        journey=journey,
        amount=Decimal(amount),
        currency=currency,
        status="won",
        opened_at=NOON,
        closed_at=NOON,
    )


@pytest.fixture
def campaign() -> Campaign:
    """Costs 300; four leads: one engaged, one MQL recycled, two customers of 500 in all."""
    found = make_campaign(cost=Decimal(300))
    make_journey(Stage.ENGAGED, campaign=found)
    make_journey(Stage.MQL, Status.RECYCLED, reason="no_budget", campaign=found)
    won(found, "200")
    won(found, "300")
    make_journey(Stage.MQL)
    return found


def test_the_list_says_what_each_brought(marketer: Client, campaign: Campaign) -> None:
    (row,) = marketer.get("/campaigns/").context["rows"]
    counts = [row.reached[stage].count for stage in (Stage.NEW_NAME, Stage.MQL, Stage.CUSTOMER)]
    assert (counts, row.costs.per_mql, row.costs.return_percent) == ([4, 3, 2], Decimal("100.00"), 167)


@pytest.mark.parametrize("folded", [False, True])
def test_the_page_says_the_same(marketer: Client, campaign: Campaign, folded: bool) -> None:
    if folded:
        rollups.refresh(at=NOON)
    found = marketer.get(f"/campaigns/{campaign.pk}/").context["found"]
    assert (found.costs.per_mql, found.costs.per_customer, found.report.revenue[0].amount) == (
        Decimal("100.00"),
        Decimal("150.00"),
        Decimal(500),
    )


def test_every_number_opens_as_many_leads(marketer: Client, campaign: Campaign) -> None:
    report = marketer.get(f"/campaigns/{campaign.pk}/").context["found"].report
    numbers = [number for row in report.stages for number in (row.entered, row.balance)]
    numbers += [detour.number for detour in report.detours]
    opened = [marketer.get("/leads/", number.params).context["page"].paginator.count for number in numbers]
    assert opened == [number.count for number in numbers]


@pytest.mark.parametrize("folded", [False, True])
@pytest.mark.parametrize(
    ("asked", "leads", "customers"),
    [
        ("", 4, 2),
        ("entered_from=2026-02-01", 3, 2),
        ("period=own&entered_to=2026-01-31", 1, 0),
        ("period=this_month&was=own&entered_from=2020-01-01", 0, 0),
        ("period=nonsense", 4, 2),
        ("period=&was=own&entered_from=2026-01-01&entered_to=2026-01-31", 4, 2),
        ("entered_from=2026-02-01&entered_to=2026-01-01", 3, 2),
    ],
)
def test_a_period_counts_who_entered_in_it_and_opens_them(
    marketer: Client, campaign: Campaign, asked: str, leads: int, customers: int, folded: bool
) -> None:
    Journey.objects.filter(campaign=campaign).update(entered_at=datetime(2026, 2, 1, tzinfo=UTC))
    Journey.objects.filter(campaign=campaign, stage=Stage.ENGAGED).update(entered_at=NOON - 60 * DAY)
    if folded:
        rollups.rebuild(at=NOON)
    page = marketer.get(f"/campaigns/?{asked}")
    (row,) = page.context["rows"]
    numbers = [row.reached[Stage.NEW_NAME], row.reached[Stage.CUSTOMER]]
    assert [number.count for number in numbers] == [leads, customers]
    report = marketer.get(f"/campaigns/{campaign.pk}/?{page.context['of_period']}").context["found"].report
    numbers += [line.entered for line in report.stages if line.stage in (Stage.NEW_NAME, Stage.CUSTOMER)]
    opened = [marketer.get("/leads/", number.params).context["page"].paginator.count for number in numbers]
    assert opened == [leads, customers] * 2


def test_days_in_the_wrong_order_are_told(marketer: Client, campaign: Campaign) -> None:
    for path in ("/campaigns/", f"/campaigns/{campaign.pk}/"):
        page = marketer.get(f"{path}?entered_from=2026-05-05&entered_to=2026-01-01")
        assert b"This day lies before the first one." in page.content


def test_the_whole_cost_is_not_divided_by_the_leads_of_a_period(marketer: Client, campaign: Campaign) -> None:
    costs = marketer.get(f"/campaigns/{campaign.pk}/?period=this_year").context["found"].costs
    assert (costs.amount, costs.per_mql, costs.return_percent) == (Decimal(300), None, None)


@pytest.mark.parametrize(
    ("revenue", "expected"), [({"EUR": Decimal(50)}, 50), ({}, 0), ({"USD": Decimal(50)}, None)]
)
def test_the_return_is_not_guessed_over_currencies(revenue: dict[str, Decimal], expected: int | None) -> None:
    costs = costs_of(cost=Decimal(100), currency="EUR", mqls=0, customers=0, revenue=revenue)
    assert costs.return_percent == expected


def test_no_cost_and_no_leads_divide_nothing(marketer: Client) -> None:
    found = marketer.get(f"/campaigns/{make_campaign().pk}/").context["found"]
    assert (found.costs.per_mql, found.costs.return_percent) == (None, None)


def test_a_campaign_is_made(marketer: Client) -> None:
    make_campaign(slug="spring-fair")
    marketer.post("/campaigns/new/", {"name": "Spring fair", "cost": "120.50", "currency": "eur"})
    made = Campaign.objects.get(name="Spring fair")
    assert (made.slug, made.cost, made.currency) == ("spring-fair-2", Decimal("120.50"), "EUR")


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", ""), ("cost", "-1"), ("currency", "EURO"), ("slug", "a b"), ("ends_on", "2020-01-01")],
)
def test_a_mistake_is_told_at_its_field(marketer: Client, field: str, value: str) -> None:
    body = {"name": "Fair", "cost": "0", "currency": "EUR", "starts_on": "2026-01-01", field: value}
    answer = marketer.post("/campaigns/new/", body)
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, [field])


def test_a_change_is_told_in_the_audit_log(marketer: Client) -> None:
    marketer.post("/campaigns/new/", {"name": "Fair", "cost": "1", "currency": "EUR"})
    campaign = Campaign.objects.get()
    marketer.post(
        f"/campaigns/{campaign.pk}/edit/", {"name": "Fair", "slug": "fair", "cost": "2", "currency": "EUR"}
    )
    told = ConfigChange.objects.order_by("pk").values_list("action", flat=True)
    assert list(told) == ["created", "changed"]


def test_a_change_is_stored(marketer: Client, campaign: Campaign) -> None:
    body = {"name": "Other", "slug": campaign.slug, "cost": "600", "currency": "EUR"}
    marketer.post(f"/campaigns/{campaign.pk}/edit/", body)
    assert marketer.get(f"/campaigns/{campaign.pk}/").context["found"].costs.per_mql == Decimal("200.00")


@pytest.mark.parametrize(
    "path", ["/campaigns/", "/campaigns/{pk}/", "/campaigns/new/", "/campaigns/{pk}/edit/"]
)
@pytest.mark.parametrize("role", [Role.SDR, Role.AE])
def test_reps_have_no_campaigns(client: Client, path: str, role: Role) -> None:
    client.force_login(make_user(role=role))
    assert client.get(path.format(pk=make_campaign().pk)).status_code == 403


@pytest.mark.parametrize("path", ["/campaigns/new/", "/campaigns/{pk}/edit/"])
def test_executives_change_none(client: Client, path: str) -> None:
    client.force_login(make_user(role=Role.EXECUTIVE))
    assert client.post(path.format(pk=make_campaign().pk)).status_code == 403


@pytest.mark.parametrize("many", [1, 3])
def test_the_list_costs_the_same_at_any_size(marketer: Client, django_assert_num_queries, many: int) -> None:
    for _ in range(many):
        won(make_campaign(), "10")
    with django_assert_num_queries(7):
        marketer.get("/campaigns/")


@pytest.mark.parametrize("many", [1, 3])
def test_a_page_costs_the_same_at_any_size(marketer: Client, django_assert_num_queries, many: int) -> None:
    campaign = make_campaign()
    for _ in range(many):
        won(campaign, "10")
        make_form(campaign=campaign)
    with django_assert_num_queries(7):
        marketer.get(f"/campaigns/{campaign.pk}/")
