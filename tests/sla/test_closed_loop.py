"""What brings revenue: recomputed plainly to the cent, and every number opens exactly what it counts."""

from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from statistics import median
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from funnel.enums import Stage
from funnel.models import Journey, Opportunity
from funnel.rules.periods import Span
from funnel.rules.report import Filters
from leads.models import Lead, Persona, Submission
from sla.forms.closed_loop import By
from sla.rules.commission import Brought, shares, totals
from sla.selectors.closed_loop import loop_rows, wins_in
from smarketing.accounts.enums import Role
from tests.accounts.factories import make_user
from tests.funnel.factories import bare_lead, make_journey
from tests.leads.factories import make_campaign, make_form
from tests.sla.numbers import listed

db = pytest.mark.django_db
MARCH = datetime(2026, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)
QUERY = "period=own&entered_from=2026-03-01&entered_to=2026-03-31"


class TestCommission:
    def test_a_share_of_what_is_left_after_the_cost(self) -> None:
        rows = [
            Brought(1, "Guide", "EUR", Decimal("1000.10"), Decimal(200)),
            Brought(2, "Fair", "EUR", Decimal(300), Decimal(900)),
            Brought(3, "Abroad", "USD", Decimal(50), None),
        ]
        found = shares(rows, percent=Decimal("7.5"), deduct=True)
        assert [one.net for one in found] == [Decimal("800.10"), Decimal(-600), Decimal(50)]
        assert [one.amount for one in found] == [Decimal("60.01"), Decimal(0), Decimal("3.75")]
        assert totals(found)["EUR"] == (Decimal("1300.10"), Decimal("200.10"), Decimal("60.01"))

    def test_without_the_cost(self) -> None:
        rows = [Brought(2, "Fair", "EUR", Decimal(300), Decimal(900))]
        assert [one.amount for one in shares(rows, percent=Decimal(10), deduct=False)] == [Decimal(30)]

    @given(
        amounts=st.lists(st.decimals(0, 10**6, places=2), max_size=9), percent=st.decimals(0, 100, places=2)
    )
    def test_rows_add_up_and_never_pass_the_revenue(self, amounts: list[Decimal], percent: Decimal) -> None:
        found = shares((Brought(0, "", "EUR", one) for one in amounts), percent=percent, deduct=True)
        assert sum((one.amount for one in found), Decimal(0)) == totals(found).get("EUR", (0, 0, 0))[2]
        assert all(0 <= one.amount <= one.brought.revenue for one in found)


def world() -> None:
    """Leads of many origins that entered before, in and after March, some of them won."""
    persona = Persona.objects.create(name="The chief")
    campaigns = [
        make_campaign(name="Guide", cost=Decimal("99.99")),
        make_campaign(name="Fair", cost=5000),
        None,
    ]
    forms = [make_form(name="Guide form"), make_form(name="Fair form")]
    touches = [{"utm_source": "google"}, {"referrer": "https://www.Blog.example/x?y"}, {}]
    for number in range(36):
        entered = MARCH + (number - 6) * DAY
        campaign = campaigns[number % 3]
        source = ("google", "", "event")[(number // 2) % 3]
        lead = bare_lead(
            at=entered,
            persona=persona if number % 2 else None,
            first_touch=touches[number % 3],
            last_touch=touches[(number + 1) % 3],
        )
        if number % 3:
            send(lead, forms[number % 2], entered)
            send(lead, forms[(number + 1) % 2], entered + DAY)
        stage = Stage.CUSTOMER if number % 4 == 0 else Stage.MQL
        origin = {"source": source, "campaign": campaign}
        if stage == Stage.CUSTOMER:
            origin["customer_at"] = entered + (number + 1) * DAY / 2
        journey = make_journey(stage, lead=lead, entered_at=entered, **origin)
        if stage == Stage.CUSTOMER:
            Opportunity.objects.create(
                journey=journey,
                amount=Decimal(number * 101) + Decimal("0.37"),
                currency="USD" if number % 12 == 8 else "EUR",
                status="won",
                opened_at=entered,
            )


def send(lead: Lead, form: Any, at: datetime) -> None:
    Submission.objects.create(
        form=form, lead=lead, received_at=at, payload={}, fingerprint=str(at), status="processed"
    )


def plain_key(journey: Journey, by: str) -> str:
    lead = journey.lead
    if by == By.PERSONA:
        return str(lead.persona or "")
    if by == By.CAMPAIGN:
        return str(journey.campaign or "")
    if by == By.FORM:
        sent = sorted(lead.submissions.all(), key=lambda one: one.received_at)
        return str(sent[0].form) if sent else ""
    if by == By.SOURCE:
        return journey.source
    touch = getattr(lead, by)
    host = touch.get("referrer", "").partition("://")[2].partition("/")[0].removeprefix("www.")
    return touch.get("utm_source") or host


def in_march(at: datetime | None) -> bool:
    return at is not None and (at.year, at.month) == (2026, 3)


def plainly(by: str) -> dict[str, tuple[Any, ...]]:
    """Key to entered, became, won, revenue by currency and median days, counted one by one."""
    entered, became, won = Counter[str](), Counter[str](), Counter[str]()
    money: dict[str, Counter[str]] = defaultdict(Counter)
    days = defaultdict(list)
    for journey in Journey.objects.all():
        key = plain_key(journey, by)
        if in_march(journey.entered_at):
            entered[key] += 1
            became[key] += journey.stage == Stage.CUSTOMER
        if in_march(journey.customer_at):
            deal = journey.opportunity
            won[key] += 1
            money[key][deal.currency] += deal.amount  # type: ignore[assignment]
            assert journey.customer_at is not None
            days[key].append((journey.customer_at - journey.entered_at) / DAY)
    return {
        key: (entered[key], became[key], won[key], dict(money[key]), median(days[key]) if days[key] else None)
        for key in {*entered, *won}
    }


@db
@pytest.mark.parametrize("by", By.values)
def test_every_way_to_split_it_equals_a_plain_count(by: str) -> None:

    world()
    march = Span(MARCH.date(), (MARCH + 30 * DAY).date())
    wins = wins_in(filters=Filters(), span=march, by=by)
    found = {
        row.label: (
            row.entered.count,
            row.became.count,
            row.won.count,
            {one.currency: one.amount for one in row.revenue},
            row.days,
        )
        for row in loop_rows(filters=Filters(), span=march, by=by, wins=wins)
    }
    expected = plainly(by)
    assert {key: row[:4] for key, row in found.items()} == {key: row[:4] for key, row in expected.items()}
    assert {key: row[4] for key, row in found.items()} == pytest.approx(
        {key: row[4] for key, row in expected.items()}
    )


@db
@pytest.mark.parametrize("by", By.values)
def test_every_number_opens_exactly_what_it_counts(client: Client, by: str) -> None:
    world()
    client.force_login(make_user())
    page = client.get(f"/closed-loop/?{QUERY}&by={by}")
    table = page.context["table"]
    cells = [cell for row in table.rows for cell in row.cells if cell.url and isinstance(cell.value, int)]
    assert len(cells) > 3
    opened = listed(client, [cell.url for cell in cells])
    assert [opened[cell.url] for cell in cells] == [cell.value for cell in cells]


@db
def test_marketings_part_and_share_to_the_cent(client: Client) -> None:
    world()
    client.force_login(make_user())
    page = client.get(f"/closed-loop/?{QUERY}&percent=7.5&deduct=on")
    whole, brought, by_campaign = Decimal(0), Decimal(0), Counter[str]()
    for deal in Opportunity.objects.filter(currency="EUR"):
        journey = deal.journey
        if in_march(journey.customer_at):
            whole += deal.amount
            if journey.source or journey.campaign:
                brought += deal.amount
                by_campaign[str(journey.campaign or "no campaign")] += deal.amount  # type: ignore[assignment]
    [euro] = [one for one in page.context["marketing"] if one["currency"] == "EUR"]
    assert (euro["brought"], euro["whole"]) == (f"{brought:,.2f}", f"{whole:,.2f}")
    costs = {"Guide": Decimal("99.99"), "Fair": Decimal(5000), "no campaign": Decimal(0)}
    share = {
        name: (max(Decimal(revenue) - costs[name], Decimal(0)) * Decimal("7.5") / 100)
        for name, revenue in by_campaign.items()
    }
    lines = {one["name"]: one["amount"] for one in page.context["lines"] if one["currency"] == "EUR"}
    assert {name: Decimal(text.replace(",", "")) for name, text in lines.items()} == {
        name: pytest.approx(amount, abs=Decimal("0.005")) for name, amount in share.items()
    }


@db
def test_the_share_is_worked_out_while_typing(client: Client) -> None:
    world()
    client.force_login(make_user())
    headers = {"HX-Request": "true", "HX-Target": "commission"}
    answer = client.get(f"/closed-loop/?{QUERY}&percent=10", headers=headers)
    assert b"<html" not in answer.content
    assert len(answer.context["lines"]) > 1
    assert client.get(f"/closed-loop/?{QUERY}&percent=101", headers=headers).context["lines"] is None


@db
def test_it_is_a_file_too(client: Client) -> None:
    world()
    client.force_login(make_user())
    answer = client.get(f"/closed-loop/export.csv?{QUERY}&by=campaign")
    lines = answer.content.decode("utf-8-sig").splitlines()
    assert [line.split(",")[0] for line in lines[1:]] == [
        row.head.shown or row.head.value
        for row in client.get(f"/closed-loop/?{QUERY}&by=campaign").context["table"].rows
    ]


@db
def test_a_rep_sees_their_own_part(client: Client) -> None:
    world()
    rep = make_user(role=Role.AE)
    journey = Journey.objects.filter(customer_at__gte=MARCH).earliest("customer_at")
    Lead.objects.filter(pk=journey.lead_id).update(owner=rep)
    client.force_login(rep)
    rows = client.get(f"/closed-loop/?{QUERY}").context["table"].rows
    assert sum(row.cells[3].value for row in rows) == 1


@db
@pytest.mark.parametrize("query", ["by=x", "percent=x", "period=x", "persona=0&by=persona", "source=~"])
def test_nonsense_and_nothing_show_the_page(client: Client, query: str) -> None:
    client.force_login(make_user())
    assert client.get(f"/closed-loop/?{query}").status_code == 200
    assert client.get(f"/leads/?marketing=x&form={query}&first_touch=%00").status_code == 200


@db
@pytest.mark.parametrize("many", [1, 3])
def test_it_costs_the_same_at_any_size(client: Client, many: int, django_assert_num_queries: Any) -> None:
    for _one in range(many):
        make_journey(Stage.CUSTOMER, entered_at=MARCH, source="event")
    client.force_login(make_user())
    client.get(f"/closed-loop/?{QUERY}")
    with django_assert_num_queries(5):
        client.get(f"/closed-loop/?{QUERY}")
