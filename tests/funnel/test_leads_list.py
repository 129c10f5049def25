"""The list of leads over the API: who sees what, filters, order, pages."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client

from funnel.enums import Stage, Status
from funnel.rules.paging import InvalidCursor, Position, from_cursor, to_cursor
from leads.models import Campaign, Lead
from smarketing.accounts.enums import Role, Scope
from smarketing.accounts.models import ApiToken, User
from tests.accounts.factories import bearer, make_user

from .factories import NOON, bare_lead, make_journey

pytestmark = pytest.mark.django_db
LEADS = "/api/v1/leads"


@pytest.fixture
def marketer() -> dict[str, str]:
    return bearer(make_user(role=Role.MARKETER))


def ids(answer: Any) -> list[int]:
    assert answer.status_code == 200, answer.content
    return [row["id"] for row in answer.json()["results"]]


def make_lead(minutes: int = 0, *, stage: str = Stage.NEW_NAME, status: str = "", **fields: Any) -> Lead:
    lead = bare_lead(at=NOON + timedelta(minutes=minutes), **fields)
    make_journey(stage, status, lead=lead, entered_at=lead.created_at)
    return lead


def test_newest_first(client: Client, marketer: dict[str, str]):
    first, second = make_lead(0), make_lead(1)
    assert ids(client.get(LEADS, headers=marketer)) == [second.pk, first.pk]


def test_oldest_first(client: Client, marketer: dict[str, str]):
    first, second = make_lead(0), make_lead(1)
    assert ids(client.get(LEADS, {"sort": "created_at"}, headers=marketer)) == [first.pk, second.pk]


def test_a_row_tells_where_the_lead_stands(client: Client, marketer: dict[str, str]):
    lead = make_lead(stage=Stage.SQL, owner=make_user(role=Role.AE, first_name="Eva", last_name="Ruiz"))
    row = client.get(LEADS, headers=marketer).json()["results"][0]
    assert (row["id"], row["journey"]["stage"], row["journey"]["status"]) == (lead.pk, "sql", "active")
    assert row["owner"]["name"] == "Eva Ruiz"


def test_a_lead_before_its_first_journey_is_listed(client: Client, marketer: dict[str, str]):
    bare_lead()
    assert [row["journey"] for row in client.get(LEADS, headers=marketer).json()["results"]] == [None]


def test_only_the_current_journey_counts(client: Client, marketer: dict[str, str]):
    lead = bare_lead()
    make_journey(Stage.MQL, Status.RECYCLED, lead=lead, is_current=False, number=1)
    make_journey(Stage.ENGAGED, lead=lead, number=2)
    assert ids(client.get(LEADS, {"stage": "mql"}, headers=marketer)) == []
    assert ids(client.get(LEADS, headers=marketer)) == [lead.pk]


def test_merged_duplicates_are_not_listed(client: Client, marketer: dict[str, str]):
    survivor = make_lead()
    make_lead(merged_into=survivor)
    assert ids(client.get(LEADS, headers=marketer)) == [survivor.pk]


@pytest.fixture
def crowd() -> dict[str, Lead]:
    campaign = Campaign.objects.create(name="Spring", slug="spring")
    ae = make_user(role=Role.AE)
    return {
        "ana": make_lead(
            0,
            first_name="Ana",
            last_name="García",
            email="ana@acme.example",
            source="paid",
            country="ES",
            fit=40,
            last_meaningful_at=NOON,
        ),
        "bo": make_lead(1, stage=Stage.MQL, owner=ae, campaign=campaign, company_name="Big-Box Ltd"),
        "eva": make_lead(2, stage=Stage.SQL, status=Status.LOST, grade="A1", landing_page="/guide"),
    }


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"stage": "mql"}, ["bo"]),
        ({"status": "lost"}, ["eva"]),
        ({"owner": "none"}, ["eva", "ana"]),
        ({"source": "paid"}, ["ana"]),
        ({"campaign": "spring"}, ["bo"]),
        ({"landing_page": "/guide"}, ["eva"]),
        ({"grade": "A1"}, ["eva"]),
        ({"created_from": "2026-03-02T12:01:00Z"}, ["eva", "bo"]),
        ({"created_until": "2026-03-02T12:01:00Z"}, ["ana"]),
        ({"q": "garc ana"}, ["ana"]),
        ({"q": "garcia"}, ["ana"]),
        ({"q": "ACME"}, ["ana"]),
        ({"q": "box big"}, ["bo"]),
        ({"q": "arc"}, []),
        ({"q": "& | !"}, []),
        ({"q": "\u200b"}, ["eva", "bo", "ana"]),
        ({"stage": "sql", "status": "active"}, []),
        ({"owner": "999999999"}, []),
        ({"reason": "no_budget"}, []),
        ({"persona": "none", "fit_min": "0"}, ["eva", "bo", "ana"]),
        ({"persona": "999999999"}, []),
        ({"country": "es"}, ["ana"]),
        ({"team": "999999999"}, []),
        ({"fit_min": "40", "fit_max": "40"}, ["ana"]),
        ({"intent_max": "-0"}, ["eva", "bo", "ana"]),
        ({"interest_min": "1"}, []),
        ({"entered_until": "2026-03-02T12:01:00Z"}, ["ana"]),
        ({"stage_since_from": "2026-03-02T12:02:00Z"}, ["eva", "bo"]),
        ({"last_meaningful_from": "2026-03-02T12:00:00Z"}, ["ana"]),
    ],
)
def test_filters(client: Client, marketer, crowd: dict[str, Lead], query: dict[str, str], found: list[str]):
    assert ids(client.get(LEADS, query, headers=marketer)) == [crowd[name].pk for name in found]


def test_my_own(client: Client, crowd: dict[str, Lead]):
    owner = crowd["bo"].owner
    assert owner is not None
    assert ids(client.get(LEADS, {"owner": "me"}, headers=bearer(owner))) == [crowd["bo"].pk]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"stage": "nowhere"}, "stage"),
        ({"owner": "-1"}, "owner"),
        ({"created_from": "2026-02-30"}, "created_from"),
        ({"page_size": "0"}, "page_size"),
        ({"page_size": "many"}, "page_size"),
        ({"sort": "email"}, "sort"),
        ({"sort": "stage_since"}, "sort"),
        ({"stage": "mql", "sort": "created_at"}, "sort"),
        ({"cursor": "x"}, "cursor"),
        ({"cursor": "W10"}, "cursor"),
        ({"stages": "mql"}, "stages"),
        ({"stage": ["mql", "sql"]}, "stage"),
        ({"q": "a\x00"}, "q"),
        ({"q": "a" * 201}, "q"),
        ({"reason": "none"}, "reason"),
        ({"persona": "Chief"}, "persona"),
        ({"country": "Spain"}, "country"),
        ({"team": "0"}, "team"),
        ({"team": "9" * 30}, "team"),
        ({"fit_min": "101"}, "fit_min"),
        ({"entered_from": "yesterday"}, "entered_from"),
    ],
)
def test_abuse_is_refused_by_name(client: Client, marketer, query: dict[str, Any], field: str):
    answer = client.get(LEADS, query, headers=marketer)
    assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (400, [field])


def walk(client: Client, headers: dict[str, str], query: dict[str, Any]) -> list[list[int]]:
    """The ids of every page, by following `next`."""
    pages, answer = [], client.get(LEADS, query, headers=headers)
    while True:
        pages.append(ids(answer))
        if (link := answer.json()["next"]) is None:
            return pages
        parts = urlsplit(link)
        answer = client.get(f"{parts.path}?{parts.query}", headers=headers)


@pytest.mark.parametrize("sort", ["-created_at", "created_at"])
def test_pages_leave_nothing_out_when_times_are_equal(client: Client, marketer, sort: str):
    leads = [make_lead(minutes) for minutes in (0, 1, 1, 1, 2)]
    pages = walk(client, marketer, {"page_size": 2, "sort": sort})
    expected = [lead.pk for lead in leads][:: -1 if sort.startswith("-") else 1]
    assert pages == [expected[:2], expected[2:4], expected[4:]]


@pytest.mark.parametrize("sort", ["-stage_since", "stage_since"])
def test_pages_of_a_stage(client: Client, marketer, sort: str):
    leads = [make_lead(minutes, stage=Stage.MQL) for minutes in (0, 1, 1, 2)]
    make_lead(1, stage=Stage.SQL)
    pages = walk(client, marketer, {"page_size": 1, "stage": "mql", "sort": sort})
    assert pages == [[lead.pk] for lead in leads][:: -1 if sort.startswith("-") else 1]


def test_a_lead_that_comes_meanwhile_shifts_nothing(client: Client, marketer):
    old = [make_lead(minutes) for minutes in (0, 1)]
    first = client.get(LEADS, {"page_size": 1}, headers=marketer).json()
    make_lead(5)
    parts = urlsplit(first["next"])
    assert ids(client.get(f"{parts.path}?{parts.query}", headers=marketer)) == [old[0].pk]


def test_a_page_has_200_rows_at_most(client: Client, marketer):
    Lead.objects.bulk_create(
        Lead(email=f"x{n}@x.example", created_at=NOON, updated_at=NOON) for n in range(202)
    )
    assert len(ids(client.get(LEADS, {"page_size": "100000"}, headers=marketer))) == 200


def test_a_cursor_of_another_order_is_refused(client: Client, marketer):
    cursor = to_cursor(Position("created_at", NOON, 1))
    assert client.get(LEADS, {"cursor": cursor}, headers=marketer).status_code == 400


def test_a_cursor_comes_back():
    position = Position("-created_at", NOON, 2**63 - 1)
    assert from_cursor(to_cursor(position), sort="-created_at") == position


@pytest.mark.parametrize("pk", [0, -1, 2**63, "1", True, None])
def test_a_cursor_names_a_possible_row(pk: Any):
    with pytest.raises(InvalidCursor):
        from_cursor(to_cursor(Position("created_at", NOON, pk)), sort="created_at")


@pytest.mark.parametrize("rows", [1, 3])
def test_a_page_costs_two_queries(client: Client, django_assert_num_queries, rows: int):
    user = make_user(role=Role.MARKETER)
    headers = bearer(user)
    for minutes in range(rows):
        make_lead(minutes, owner=make_user(role=Role.AE))
    ApiToken.objects.filter(user=user).update(last_used_at="2999-01-01T00:00Z")
    with django_assert_num_queries(2):  # the token with its user, the page
        client.get(LEADS, headers=headers)


def people(lead: Lead) -> dict[str, User]:
    manager = make_user(role=Role.MANAGER)
    owner = make_user(role=Role.AE, reports_to=manager)
    Lead.objects.filter(pk=lead.pk).update(owner=owner)
    return {
        "owner": owner,
        "team-mate": make_user(role=Role.AE, reports_to=manager),
        "manager": manager,
        "other manager": make_user(role=Role.MANAGER),
        "marketer": make_user(role=Role.MARKETER),
        "executive": make_user(role=Role.EXECUTIVE),
        "admin": make_user(role=Role.ADMIN),
    }


@pytest.mark.parametrize(
    ("who", "sees"),
    [
        ("owner", True),
        ("team-mate", False),
        ("manager", True),
        ("other manager", False),
        ("marketer", True),
        ("executive", True),
        ("admin", True),
    ],
)
def test_who_sees_a_lead(client: Client, who: str, sees: bool):
    lead = make_lead()
    headers = bearer(people(lead)[who])
    assert ids(client.get(LEADS, headers=headers)) == [lead.pk] * sees
    assert client.get(f"{LEADS}/{lead.pk}", headers=headers).status_code == (200 if sees else 404)


def test_a_token_without_the_scope_reads_nothing(client: Client):
    headers = bearer(scopes=[Scope.FUNNEL_READ])
    assert client.get(LEADS, headers=headers).status_code == 403


def test_a_missing_lead(client: Client, marketer):
    assert client.get(f"{LEADS}/999999999", headers=marketer).status_code == 404


def test_an_impossible_id(client: Client, marketer):
    assert client.get(f"{LEADS}/{'9' * 40}", headers=marketer).status_code == 404


def test_a_lead_has_an_entity_tag(client: Client, marketer):
    lead = make_lead()
    answer = client.get(f"{LEADS}/{lead.pk}", headers=marketer)
    assert answer["ETag"] == f'"{answer.json()["version"]}"'
