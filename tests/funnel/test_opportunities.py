"""Deals: the board by expected close, the list with its sums, whose and how many queries."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone

from funnel.enums import Reason, Stage, Status
from funnel.models import Opportunity
from funnel.rules.pipeline import Column, column_of, next_month
from smarketing.accounts.enums import Role
from smarketing.accounts.models import User
from tests.accounts.factories import make_user
from tests.funnel.factories import NOON, bare_lead, make_journey
from tests.leads.factories import make_company

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 22)


def deal(owner: User | None = None, *, status: str = "open", amount: int = 100, **fields) -> Opportunity:
    lead = bare_lead(owner=owner, company=make_company())
    stage = {"won": Stage.CUSTOMER}.get(status, Stage.OPPORTUNITY)
    journey = make_journey(stage, Status.LOST if status == "lost" else "", lead=lead)
    fields = {"currency": "EUR", "opened_at": NOON, "expected_close": timezone.localdate(), **fields}
    if status != "open":
        fields["closed_at"] = NOON
    return Opportunity.objects.create(journey=journey, status=status, amount=amount, **fields)


@pytest.fixture
def marketer(client: Client) -> Client:
    client.force_login(make_user())
    return client


def board(client: Client, **params: str) -> dict[str, list[int]]:
    columns = client.get("/opportunities/", params).context["columns"]
    return {str(c.column): [card.pk for card in c.cards] for _label, c, _query in columns if c.cards}


def listed(client: Client, **params: str) -> list[int]:
    page = client.get("/opportunities/", {"view": "list", **params}).context["page"]
    return [found.pk for found in page]


@pytest.mark.parametrize(
    ("day", "column"),
    [
        (None, Column.UNDATED),
        (date(2026, 11, 21), Column.OVERDUE),
        (date(2026, 11, 22), Column.THIS_MONTH),
        (date(2026, 11, 30), Column.THIS_MONTH),
        (date(2026, 12, 1), Column.NEXT_MONTH),
        (date(2027, 1, 31), Column.MONTH_AFTER),
        (date(2027, 2, 1), Column.LATER),
    ],
)
def test_every_day_has_its_column(day: date | None, column: Column) -> None:
    assert column_of(day, TODAY) is column


def test_december_is_followed_by_january() -> None:
    assert next_month(date(2026, 12, 31)) == date(2027, 1, 1)


def test_the_board_shows_open_deals_by_column(marketer: Client) -> None:
    today = timezone.localdate()
    late, now = deal(expected_close=today - timedelta(days=1)), deal()
    undated = deal(expected_close=None)
    deal(status="won"), deal(status="lost")
    assert board(marketer) == {"overdue": [late.pk], "this_month": [now.pk], "undated": [undated.pk]}


def test_the_first_to_close_are_shown_whatever_their_currency_and_all_are_summed(
    marketer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("funnel.selectors.opportunities.MOST_CARDS", 3)
    today = timezone.localdate()
    days = ((3, "EUR"), (1, "USD"), (2, "EUR"), (0, "USD"), (9, "USD"))
    late = {n: deal(expected_close=today - timedelta(days=n), currency=money) for n, money in days}
    deal(expected_close=None)
    assert board(marketer)["overdue"] == [late[9].pk, late[3].pk, late[2].pk]
    columns = [column for _label, column, _query in marketer.get("/opportunities/").context["columns"]]
    assert [(column.total, column.hidden) for column in columns if column.total] == [(4, 1), (1, 1), (1, 1)]


def test_a_board_without_deals_says_where_they_come_from(marketer: Client) -> None:
    deal(status="won")
    page = marketer.get("/opportunities/").content
    deal()
    assert (b"when an account executive converts" in page, b"board-column" in page) == (True, False)
    assert b"board-column" in marketer.get("/opportunities/").content


def test_currencies_are_summed_apart(marketer: Client) -> None:
    deal(amount=100), deal(amount=250), deal(amount=70, currency="USD")
    columns = marketer.get("/opportunities/").context["columns"]
    sums = {(money.currency, money.amount, money.count) for _label, c, _query in columns for money in c.money}
    assert sums == {("EUR", Decimal("350.00"), 2), ("USD", Decimal("70.00"), 1)}


def test_the_columns_count_what_the_list_shows(marketer: Client) -> None:
    today = timezone.localdate()
    for days in (-40, -1, 0, 20, 45, 90, 400):
        deal(expected_close=today + timedelta(days=days))
    deal(expected_close=None)
    columns = [column for _label, column, _query in marketer.get("/opportunities/").context["columns"]]
    counts = [
        (column.total, len(listed(marketer, status="open", column=column.column))) for column in columns
    ]
    assert sum(total for total, _n in counts) == 8
    assert all(total == n for total, n in counts)


def test_the_list_tells_how_deals_ended(marketer: Client) -> None:
    won, lost = deal(status="won"), deal(status="lost", reason=Reason.PRICE)
    assert (listed(marketer, status="won"), listed(marketer, reason="price")) == ([won.pk], [lost.pk])
    assert b"Too expensive" in marketer.get("/opportunities/?view=list").content


def test_the_sums_of_the_list_are_by_state(marketer: Client) -> None:
    deal(status="won", amount=5), deal(status="won", amount=7), deal(amount=9)
    totals = marketer.get("/opportunities/?view=list").context["totals"]
    assert [str(label) for label, _money, _query in totals] == ["Open", "Won"]
    assert {str(label): [money.amount] for label, money, _query in totals} == {
        "Open": [Decimal("9.00")],
        "Won": [Decimal("12.00")],
    }


def test_a_rep_sees_their_own_and_a_manager_their_teams(client: Client) -> None:
    boss = make_user(role=Role.MANAGER)
    ae = make_user(role=Role.AE, reports_to=boss)
    mine = deal(ae)
    deal(make_user(role=Role.AE))
    seen = []
    for user in (ae, boss):
        client.force_login(user)
        seen.append(listed(client))
    assert seen == [[mine.pk], [mine.pk]]


def test_one_owners_deals(marketer: Client) -> None:
    ae = make_user(role=Role.AE)
    mine = deal(ae)
    deal(make_user(role=Role.AE))
    assert (listed(marketer, owner=str(ae.pk)), board(marketer, owner=str(ae.pk))) == (
        [mine.pk],
        {"this_month": [mine.pk]},
    )


@pytest.mark.parametrize("query", ["view=x", "status=x", "owner=x", "column=x", "currency=1", "page=x"])
def test_nonsense_shows_the_deals(marketer: Client, query: str) -> None:
    deal()
    assert marketer.get(f"/opportunities/?{query}").status_code == 200


def test_an_empty_list_teaches(marketer: Client) -> None:
    assert b"empty" in marketer.get("/opportunities/?view=list").content


@pytest.mark.parametrize("many", [1, 3])
@pytest.mark.parametrize(("view", "queries"), [("board", 6), ("list", 6)])
def test_the_pages_cost_the_same_at_any_size(
    marketer: Client, django_assert_num_queries, many: int, view: str, queries: int
) -> None:
    for _ in range(many):
        deal(make_user(role=Role.AE))
    with django_assert_num_queries(queries):
        marketer.get("/opportunities/", {"view": view})


def test_a_board_without_filters_has_no_empty_filter_bar(client: Client) -> None:
    client.force_login(make_user(role=Role.AE))
    found = [
        b'class="card-box filters"' in client.get(f"/opportunities/?view={v}").content
        for v in ("board", "list")
    ]
    assert found == [False, True]
