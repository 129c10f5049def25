"""``GET /api/v1/funnel``: who sees what, filters, shape, cost."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from funnel.enums import Stage
from leads.models import Campaign
from smarketing.accounts.enums import Role, Scope
from tests.accounts.factories import bearer, make_team, make_user
from tests.funnel.factories import bare_lead, make_journey

pytestmark = pytest.mark.django_db
URL = "/api/v1/funnel"
LIST = "/api/v1/funnel/journeys"


def get(url: str, user: Any = None, **query: object) -> Any:
    return Client().get(url, query, headers=bearer(user or make_user(Role.EXECUTIVE)))


def errors(answer: Any) -> list[str]:
    return [error["field"] for error in answer.json()["errors"]]


@pytest.mark.parametrize("url", [URL, LIST])
def test_nobody_sees_nothing(url: str) -> None:
    assert Client().get(url).status_code == 401


@pytest.mark.parametrize("url", [URL, LIST])
def test_a_token_needs_the_scope(url: str) -> None:
    headers = bearer(make_user(Role.ADMIN), scopes=[Scope.LEADS_READ])
    assert Client().get(url, headers=headers).status_code == 403


@pytest.mark.parametrize("url", [URL, LIST])
def test_a_session_will_do(client: Client, url: str) -> None:
    client.force_login(make_user(Role.MARKETER))
    assert client.get(url).status_code == 200


@pytest.mark.parametrize("url", [URL, LIST])
def test_it_only_reads(url: str) -> None:
    assert Client().post(url, headers=bearer()).status_code == 405


@pytest.mark.parametrize("role", [Role.MARKETER, Role.MANAGER, Role.EXECUTIVE, Role.ADMIN])
def test_everybody_but_reps_sees_the_whole_funnel(role: Role) -> None:
    make_journey(lead=bare_lead(owner=make_user(Role.SDR)))
    assert get(URL, make_user(role)).json()["journeys"]["count"] == 1


@pytest.mark.parametrize("role", [Role.SDR, Role.AE])
def test_a_rep_sees_what_they_own(role: Role) -> None:
    rep = make_user(role)
    make_journey(lead=bare_lead(owner=rep))
    make_journey(lead=bare_lead(owner=make_user(role)))
    make_journey()
    assert get(URL, rep).json()["journeys"]["count"] == 1


def test_a_rep_who_asks_for_another_sees_nothing() -> None:
    other = make_user(Role.SDR)
    make_journey(lead=bare_lead(owner=other))
    assert get(URL, make_user(Role.SDR), owner=other.pk).json()["journeys"]["count"] == 0


def test_a_team_counts_with_the_teams_inside_it() -> None:
    team = make_team()
    rep = make_user(Role.SDR, team=make_team(parent=team))
    make_journey(lead=bare_lead(owner=rep))
    make_journey()
    assert get(URL, team=team.pk).json()["journeys"]["count"] == 1


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"entered_from": "yesterday"}, "entered_from"),
        ({"campaign": "-1"}, "campaign"),
        ({"owner": "me"}, "owner"),
        ({"by": "owner"}, "by"),
        ({"by": "total"}, "by"),
        ({"page": "0"}, "page"),
        ({"page_size": "201"}, "page_size"),
        ({"source": "a\x00"}, "source"),
        ({"sort": "name"}, "sort"),
    ],
)
def test_a_wrong_filter_is_named(query: dict[str, str], field: str) -> None:
    answer = get(URL, **query)
    assert (answer.status_code, errors(answer)) == (400, [field])


@pytest.mark.parametrize("name", ["campaign", "owner", "team"])
def test_what_does_not_exist_cannot_filter(name: str) -> None:
    answer = get(URL, **{name: 999_999})
    assert (answer.status_code, answer.json()["detail"][:16]) == (404, "There is no such")


@pytest.mark.parametrize(
    ("first", "last", "count"),
    [("0001-01-01", "9999-12-31", 1), ("2026-03-02", "2026-03-02", 1), ("2026-03-03", "2026-03-01", 0)],
)
def test_any_span_of_days_answers(first: str, last: str, count: int) -> None:
    make_journey()
    answer = get(URL, entered_from=first, entered_to=last)
    assert answer.json()["journeys"]["count"] == count


def test_an_empty_funnel_answers() -> None:
    answer = get(URL, by="source").json()
    assert (len(answer["stages"]), answer["cohorts"], answer["breakdown"]["count"]) == (7, [], 0)


def test_the_shape_of_a_stage() -> None:
    make_journey(Stage.MQL, source="social")
    stage = get(URL, source="social").json()["stages"][2]
    assert stage == {
        "stage": "target",
        "label": "Target",
        "balance": {"count": 0, "params": {"source": "social", "resting": "target"}},
        "entered": {"count": 1, "params": {"source": "social", "reached": "target"}},
        "left": {"count": 1, "params": {"source": "social", "left": "target"}},
        "conversion": 100.0,
        "mean_seconds": 3600.0,
        "median_seconds": pytest.approx(3600, rel=0.03),
    }


def test_every_number_of_the_answer_lists_its_journeys() -> None:
    user = make_user(Role.MARKETER)
    campaign = Campaign.objects.create(name="Spring", slug="spring")
    make_journey(Stage.CUSTOMER, source="social", campaign=campaign)
    make_journey(Stage.SQL, "lost", source="social", reason="price")
    make_journey(Stage.MQL, "recycled", source="", reason="timing", is_current=False)
    for query in ({}, {"source": "social"}, {"by": "campaign"}, {"by": "source"}, {"owner": user.pk}):
        for number in numbers(get(URL, user, **query).json()):
            assert get(LIST, user, **number["params"]).json()["count"] == number["count"]


def numbers(value: Any) -> list[dict[str, Any]]:
    if isinstance(value, dict) and value.keys() == {"count", "params"}:
        return [value]
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    return [number for part in inside for number in numbers(part)]


def test_a_manager_counts_a_lead_but_is_not_told_whose() -> None:
    make_journey(lead=bare_lead(owner=make_user(Role.SDR)))
    answer = get(LIST, make_user(Role.MANAGER)).json()
    assert (answer["count"], answer["results"][0]["lead"]) == (1, None)


def test_pages_of_journeys_follow_each_other() -> None:
    ids = [make_journey().pk for _ in range(3)]
    pages = [get(LIST, page=page, page_size=2).json() for page in (1, 2)]
    assert [row["id"] for page in pages for row in page["results"]] == ids[::-1]


@pytest.mark.parametrize("size", [1, 3])
def test_the_report_costs_seven_queries(size: int) -> None:
    """Five of the report, the token and the note of its use."""
    for number in range(size):
        campaign = Campaign.objects.create(name=str(number), slug=str(number))
        make_journey(Stage.CUSTOMER, source=str(number), campaign=campaign)
    headers = bearer(make_user(Role.MARKETER))
    with CaptureQueriesContext(connection) as queries:
        Client().get(URL, {"by": "campaign"}, headers=headers)
    assert len(queries) == 7


@pytest.mark.parametrize("size", [1, 3])
def test_the_list_costs_five_queries(size: int) -> None:
    for _ in range(size):
        make_journey()
    headers = bearer(make_user(Role.MARKETER))
    with CaptureQueriesContext(connection) as queries:
        Client().get(LIST, headers=headers)
    assert len(queries) == 5
