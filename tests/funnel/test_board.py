"""The board: leads by stage, and the moves that lead on."""

import json
from typing import Any

import pytest
from django.test import Client

from funnel.enums import STAGES, Stage, Status
from funnel.models import Journey, Opportunity
from smarketing.accounts.enums import Role
from smarketing.accounts.models import User
from tests.accounts.factories import make_user
from tests.funnel.factories import bare_lead, make_journey

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss() -> User:
    return make_user(role=Role.MANAGER)


@pytest.fixture
def manager(client: Client, boss: User) -> Client:
    client.force_login(boss)
    return client


def owned(boss: User, stage: str, status: str = "", **fields: Any) -> Journey:
    rep = make_user(role=Role.SDR, reports_to=boss)
    return make_journey(stage, status, lead=bare_lead(owner=rep), **fields)


def counts(client: Client, **params: str) -> dict[str, int]:
    lanes = client.get("/leads/board/", params).context["lanes"]
    return {lane.stage.value: lane.count for lane in lanes if lane.count}


def test_each_stage_counts_who_stands_there(manager: Client, boss: User) -> None:
    owned(boss, Stage.MQL)
    owned(boss, Stage.MQL, Status.POSTPONED)
    owned(boss, Stage.MQL, Status.DISQUALIFIED)
    owned(boss, Stage.CUSTOMER)
    assert counts(manager) == {"mql": 2, "customer": 1}


def test_it_shows_only_leads_in_sight(manager: Client, boss: User) -> None:
    owned(boss, Stage.SQL)
    owned(make_user(role=Role.MANAGER), Stage.SQL)
    assert counts(manager) == {"sql": 1}


def test_it_filters_as_the_list_does(manager: Client, boss: User) -> None:
    owned(boss, Stage.SQL, source="fair")
    owned(boss, Stage.SQL, source="web")
    assert counts(manager, source="fair") == {"sql": 1}


def test_a_crowded_stage_shows_its_latest_and_how_many_more(
    manager: Client, boss: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("funnel.selectors.board.PER_STAGE", 2)
    journeys = [owned(boss, Stage.MQL) for _ in range(3)]
    lane = manager.get("/leads/board/").context["lanes"][STAGES.index(Stage.MQL)]
    assert ([card.journey for card in lane.cards], lane.more) == ([journeys[2], journeys[1]], 1)


def targets(client: Client, stage: Stage) -> str:
    lane = client.get("/leads/board/").context["lanes"][STAGES.index(stage)]
    return str(lane.cards[0].targets)


@pytest.mark.parametrize(
    ("role", "stage", "expected"),
    [
        (Role.MANAGER, Stage.ENGAGED, "mql:hand_off"),
        (Role.MANAGER, Stage.MQL, "sql:qualify"),
        (Role.MARKETER, Stage.MQL, ""),
        (Role.EXECUTIVE, Stage.ENGAGED, ""),
    ],
)
def test_only_allowed_moves_are_offered(client: Client, role: Role, stage: Stage, expected: str) -> None:
    user = make_user(role=role)
    client.force_login(user)
    owned(user, stage)
    assert targets(client, stage) == expected


def post(client: Client, journey: Journey, move: str, **body: str) -> Any:
    data = {"version": str(journey.version), **body}
    return client.post(f"/leads/board/{journey.pk}/{move}/", data)


def test_a_move_is_made(manager: Client, boss: User) -> None:
    journey = owned(boss, Stage.MQL)
    post(manager, journey, "qualify")
    journey.refresh_from_db()
    assert journey.stage == Stage.SQL


def test_a_move_says_what_it_must(manager: Client, boss: User) -> None:
    journey = owned(boss, Stage.SQL)
    body = {"amount": "1200", "currency": "EUR", "expected_close": "2099-01-31"}
    post(manager, journey, "convert", **body)
    assert Opportunity.objects.get().amount == 1200


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"currency": "EUR", "expected_close": "2099-01-31"}, "amount"),
        ({"amount": "1", "currency": "XYZ", "expected_close": "2099-01-31"}, "currency"),
        ({"amount": "1", "currency": "EUR", "expected_close": "2001-01-31"}, "expected_close"),
    ],
)
def test_what_is_missing_is_asked_for(manager: Client, boss: User, body: dict[str, str], field: str) -> None:
    journey = owned(boss, Stage.SQL)
    page = post(manager, journey, "convert", **body)
    assert (page.status_code, list(page.context["form"].errors)) == (422, [field])


def test_a_stale_board_moves_nothing(manager: Client, boss: User) -> None:
    journey = owned(boss, Stage.MQL)
    Journey.objects.update(version=5)
    answer = post(manager, journey, "qualify")
    assert (answer.status_code, Journey.objects.get().stage) == (409, Stage.MQL)


@pytest.mark.parametrize("move", ["convert", "advance", "recycle", "nonsense"])
def test_a_move_that_leads_nowhere_is_not_there(manager: Client, boss: User, move: str) -> None:
    assert manager.get(f"/leads/board/{owned(boss, Stage.MQL).pk}/{move}/").status_code == 404


@pytest.mark.parametrize(
    ("role", "status"), [(Role.SDR, 404), (Role.MARKETER, 404), (Role.EXECUTIVE, 404), (Role.ADMIN, 200)]
)
def test_who_may_move_anothers_lead(client: Client, boss: User, role: Role, status: int) -> None:
    client.force_login(make_user(role=role))
    assert client.get(f"/leads/board/{owned(boss, Stage.MQL).pk}/qualify/").status_code == status


def test_the_dialog_is_only_the_form(manager: Client, boss: User) -> None:
    address = f"/leads/board/{owned(boss, Stage.MQL).pk}/qualify/"
    page = manager.get(address, headers={"HX-Request": "true"})
    assert (b"<html" in page.content, b"hx-post" in page.content) == (False, True)


def dropped(client: Client, journey: Journey, on: str) -> Any:
    return client.get(f"/leads/board/{journey.pk}/?to={on}", headers={"HX-Request": "true"})


def test_a_drop_that_no_move_allows_says_why(manager: Client, boss: User) -> None:
    answer = dropped(manager, owned(boss, Stage.MQL), "opportunity")
    (told,) = json.loads(answer["HX-Trigger"])["toasts"]["toasts"]
    assert (answer.status_code, told["level"]) == (204, "warning")
    assert "cannot go to Opportunity. One stage at a time: it goes to SQL first." in told["text"]


def test_a_board_that_is_out_of_date_says_so(manager: Client, boss: User) -> None:
    """What its page did not allow is allowed by now."""
    assert "out of date" in dropped(manager, owned(boss, Stage.MQL), "sql")["HX-Trigger"]


def test_where_a_lead_can_go_is_a_page_and_a_dialog(manager: Client, boss: User) -> None:
    journey = owned(boss, Stage.MQL)
    address = f"/leads/board/{journey.pk}/"
    page, dialog = manager.get(address), manager.get(address, headers={"HX-Request": "true"})
    assert [stage for stage, edge, _why in page.context["rows"] if edge] == [Stage.SQL]
    assert [b"<html" in answer.content for answer in (page, dialog)] == [True, False]
    assert f"{address}qualify/" in page.content.decode()


@pytest.mark.parametrize(
    ("role", "status"), [(Role.SDR, 404), (Role.MARKETER, 200), (Role.EXECUTIVE, 200), (Role.ADMIN, 200)]
)
def test_who_is_told_where_anothers_lead_can_go(client: Client, boss: User, role: Role, status: int) -> None:
    client.force_login(make_user(role=role))
    assert client.get(f"/leads/board/{owned(boss, Stage.MQL).pk}/").status_code == status


@pytest.mark.parametrize("many", [1, 3])
def test_it_costs_the_same_at_any_size(
    manager: Client, boss: User, django_assert_num_queries, many: int
) -> None:
    for stage in STAGES:
        for _ in range(many):
            owned(boss, stage)
    with django_assert_num_queries(9):
        manager.get("/leads/board/")
