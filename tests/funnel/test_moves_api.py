"""Moves, timeline and opportunities over the API: who may, what comes back, what is refused."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from funnel.enums import Move, Reason
from funnel.models import Journey, Opportunity, StageChange
from funnel.selectors.journeys import showing_interest, unassigned_journeys
from funnel.services.moving import move_journey
from leads.models import Activity, Lead
from leads.services.merging import merge_leads
from smarketing.accounts.enums import Role, Scope
from tests.accounts.factories import bearer, make_user
from tests.funnel.pools import MONEY, NOON, Crew, entered_lead, journey_of

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=1)


@pytest.fixture
def crew() -> Crew:
    return Crew()


def post(client: Client, journey: Journey, who: Any, **body: Any) -> Any:
    headers = who if isinstance(who, dict) else bearer(who)
    address = f"/api/v1/leads/{journey.lead_id}/moves"
    return client.post(address, body, content_type="application/json", headers=headers)


def get(client: Client, address: str, who: Any) -> Any:
    answer = client.get(f"/api/v1/{address}", headers=bearer(who))
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_the_owner_moves_the_lead(client: Client, crew: Crew) -> None:
    answer = post(client, crew.journey_at("mql"), crew.sdr, move="qualify")
    told = answer.json()
    assert (answer.status_code, told["journey"]["stage"], told["owner"]["id"]) == (200, "sql", crew.ae.pk)


def test_after_a_recycling_the_next_journey_is_told(client: Client, crew: Crew) -> None:
    told = post(client, crew.journey_at("mql"), crew.sdr, move="recycle", reason="no_need").json()
    assert (told["journey"]["cycle"], told["journey"]["stage"], told["owner"]) == (2, "new_name", None)


def test_money_comes_as_text_or_number(client: Client, crew: Crew) -> None:
    close = (timezone.now() + timedelta(days=30)).date().isoformat()
    deal = {"amount": "1250.50", "currency": "USD", "expected_close": close}
    journey = crew.journey_at("sql")
    post(client, journey, crew.ae, move="convert", **deal)
    kept = Opportunity.objects.get(journey=journey)
    assert (str(kept.amount), kept.currency, kept.expected_close.isoformat()) == ("1250.50", "USD", close)


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("sdr", 200),
        ("manager", 200),
        ("admin", 200),
        ("marketer", 403),
        ("executive", 403),
        ("ae", 404),
        ("other_manager", 404),
    ],
)
def test_who_may_not_see_it_gets_404_and_who_may_not_do_it_403(
    client: Client, crew: Crew, who: str, status: int
) -> None:
    answer = post(client, crew.journey_at("mql"), getattr(crew, who), move="qualify")
    assert answer.status_code == status


def test_a_team_mate_gets_404(client: Client, crew: Crew) -> None:
    mate = make_user(Role.SDR, reports_to=crew.manager)
    assert post(client, crew.journey_at("mql"), mate, move="qualify").status_code == 404


def test_a_missing_lead_is_404(client: Client, crew: Crew) -> None:
    answer = post(client, Journey(lead_id=987_654), crew.admin, move="qualify")
    assert answer.status_code == 404


def test_without_a_token_401(client: Client, crew: Crew) -> None:
    assert post(client, crew.journey_at("mql"), {}, move="qualify").status_code == 401


def test_a_reading_token_moves_nothing(client: Client, crew: Crew) -> None:
    reader = bearer(crew.admin, scopes=[Scope.LEADS_READ])
    assert post(client, crew.journey_at("mql"), reader, move="qualify").status_code == 403


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_other_methods_are_405(client: Client, crew: Crew, method: str) -> None:
    address = f"/api/v1/leads/{crew.journey_at('mql').lead_id}/moves"
    assert getattr(client, method)(address, headers=bearer(crew.admin)).status_code == 405


def test_a_stale_tab_gets_409_with_the_present_state(client: Client, crew: Crew) -> None:
    journey = crew.journey_at("mql")
    post(client, journey, crew.sdr, move="qualify", expected_version=journey.version)
    answer = post(client, journey, crew.admin, move="qualify", expected_version=journey.version)
    state = {"id": journey.pk, "number": 1, "stage": "sql", "status": "active", "version": 5}
    assert (answer.status_code, answer.json()["journey"]) == (409, state)


def test_a_double_submit_is_one_change(client: Client, crew: Crew) -> None:
    journey = crew.journey_at("mql")
    codes = [post(client, journey, crew.admin, move="qualify").status_code for _ in range(2)]
    assert (codes, StageChange.objects.filter(journey=journey, move="qualify").count()) == ([200, 409], 1)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "move"),
        ({"move": "advance"}, "move"),
        ({"move": ["qualify"]}, "move"),
        ({"move": "recycle"}, "reason"),
        ({"move": "recycle", "reason": "bored"}, "reason"),
        ({"move": "postpone", "reason": "timing"}, "resume_at"),
        ({"move": "postpone", "reason": "timing", "resume_at": "2020-01-01T00:00:00Z"}, "resume_at"),
        ({"move": "postpone", "reason": "timing", "resume_at": "2026-02-30T00:00:00Z"}, "resume_at"),
        ({"move": "qualify", "to_user": 987654}, "to_user"),
        ({"move": "qualify", "owner": 1}, "owner"),
        ({"move": "qualify", "stage": "customer"}, "stage"),
    ],
)
def test_what_is_wrong_is_named(client: Client, crew: Crew, body: dict[str, Any], field: str) -> None:
    answer = post(client, crew.journey_at("mql"), crew.admin, **body)
    told = [error["field"] for error in answer.json()["errors"]]
    assert (answer.status_code, answer["Content-Type"], told) == (400, "application/problem+json", [field])


@pytest.mark.parametrize("amount", ["NaN", "-1", "1e20", "0.001", [1], True])
def test_odd_amounts_are_refused(client: Client, crew: Crew, amount: Any) -> None:
    body = {"currency": "EUR", "expected_close": "2090-01-01", "amount": amount}
    answer = post(client, crew.journey_at("sql"), crew.ae, move="convert", **body)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "amount")


def test_open_moves_are_told_with_what_they_need(client: Client, crew: Crew) -> None:
    journey = crew.journey_at("sql")
    told = get(client, f"leads/{journey.lead_id}/moves", crew.ae)
    needs = {row["move"]: row["needs"] for row in told["moves"]}
    assert (told["journey"]["version"], needs) == (
        journey.version,
        {
            "convert": ["amount", "currency", "expected_close"],
            "postpone": ["reason", "resume_at"],
            "recycle": ["reason"],
        },
    )


def test_an_executive_has_no_open_moves(client: Client, crew: Crew) -> None:
    told = get(client, f"leads/{crew.journey_at('sql').lead_id}/moves", crew.executive)
    assert told["moves"] == []


def act(lead: Lead, minutes: int = 0) -> Activity:
    at = NOON + timedelta(minutes=minutes)
    return Activity.objects.create(lead=lead, kind="download", source="api", occurred_at=at, recorded_at=at)


def kinds(told: dict[str, Any]) -> list[str]:
    return [row["kind"] for row in told["results"]]


def test_the_timeline_tells_everything_newest_first(client: Client, crew: Crew) -> None:
    journey = crew.journey_at("engaged")
    act(journey.lead)
    move_journey(journey_id=journey.pk, move=Move.HAND_OFF, actor=crew.marketer, at=LATER, note="Now.")
    told = get(client, f"leads/{journey.lead_id}/timeline", crew.admin)
    assert kinds(told) == ["assignment", "move", "move", "move", "move", "activity"]


def test_each_kind_of_entry_tells_its_own(client: Client, crew: Crew) -> None:
    journey = crew.journey_at("mql")
    act(journey.lead, minutes=-1)
    move_journey(journey_id=journey.pk, move=Move.RECYCLE, actor=crew.sdr, at=LATER, reason=Reason.NO_NEED)
    rows = get(client, f"leads/{journey.lead_id}/timeline", crew.admin)["results"]
    entered, recycled, assigned = rows[0], rows[1], next(row for row in rows if row["assignment"])
    assert (entered["move"]["move"], entered["move"]["cycle"]) == ("enter", 2)
    assert (recycled["move"]["reason"], recycled["actor"]["id"]) == ("no_need", crew.sdr.pk)
    assert (assigned["assignment"]["user"]["id"], assigned["assignment"]["why"]) == (
        crew.sdr.pk,
        "lowest_level",
    )
    assert (rows[-1]["activity"]["kind"], rows[-1]["move"]) == ("download", None)


@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_pages_follow_each_other_without_gap_or_repeat(client: Client, crew: Crew, size: int) -> None:
    journey = crew.journey_at("mql")
    for minutes in (-1, 0, 0, 1):
        act(journey.lead, minutes)
    address = f"leads/{journey.lead_id}/timeline"
    whole = [(row["kind"], row["id"]) for row in get(client, address, crew.admin)["results"]]
    link, seen = f"/api/v1/{address}?page_size={size}", []
    headers = bearer(crew.admin)
    while link:
        page = client.get(link, headers=headers).json()
        seen += [(row["kind"], row["id"]) for row in page["results"]]
        link = page["next"] and "{0.path}?{0.query}".format(urlsplit(page["next"]))
    assert seen == whole


def test_the_timeline_of_a_survivor_includes_its_duplicate(client: Client, crew: Crew) -> None:
    kept, other = crew.journey_at("mql"), crew.journey_at("engaged")
    merge_leads(survivor_id=kept.lead_id, duplicate_id=other.lead_id, actor=None, at=LATER)
    told = get(client, f"leads/{kept.lead_id}/timeline", crew.admin)
    reasons = [row["move"]["reason"] for row in told["results"] if row["kind"] == "move"]
    assert (len(reasons), reasons.count("duplicate")) == (4 + 3, 1)


@pytest.mark.parametrize("rows", [1, 3])
def test_the_timeline_costs_the_same_for_one_and_three_rows(
    client: Client, crew: Crew, rows: int, django_assert_num_queries: Any
) -> None:
    journey = crew.journey_at("mql")
    for minutes in range(rows):
        act(journey.lead, minutes)
    headers = bearer(crew.admin)
    client.get("/api/v1/opportunities", headers=headers)
    with django_assert_num_queries(8):  # token; lead; duplicates; five sources
        client.get(f"/api/v1/leads/{journey.lead_id}/timeline", headers=headers)


@pytest.mark.parametrize(
    ("who", "status"), [("sdr", 200), ("executive", 200), ("ae", 404), ("other_manager", 404)]
)
def test_the_timeline_is_seen_by_who_sees_the_lead(client: Client, crew: Crew, who: str, status: int) -> None:
    address = f"/api/v1/leads/{crew.journey_at('mql').lead_id}/timeline"
    assert client.get(address, headers=bearer(getattr(crew, who))).status_code == status


@pytest.mark.parametrize("query", ["cursor=x", "page_size=0", "page_size=a", "sort=at", "cursor=a&cursor=b"])
@pytest.mark.parametrize("address", ["leads/{}/timeline", "opportunities"])
def test_abused_paging_is_400(client: Client, crew: Crew, address: str, query: str) -> None:
    lead = crew.journey_at("mql").lead_id
    answer = client.get(f"/api/v1/{address.format(lead)}?{query}", headers=bearer(crew.admin))
    assert answer.status_code == 400


def test_opportunities_are_listed_newest_first_in_pages(client: Client, crew: Crew) -> None:
    deals = [Opportunity.objects.get(journey=crew.journey_at("opportunity")) for _ in range(3)]
    first = get(client, "opportunities?page_size=2", crew.admin)
    second = get(client, "opportunities?" + urlsplit(first["next"]).query, crew.admin)
    found = [row["id"] for row in first["results"] + second["results"]]
    assert (found, second["next"]) == ([deal.pk for deal in reversed(deals)], None)


def test_opportunities_by_status(client: Client, crew: Crew) -> None:
    won, _open = crew.journey_at("opportunity"), crew.journey_at("opportunity")
    move_journey(journey_id=won.pk, move=Move.WIN, actor=crew.ae, at=LATER)
    rows = get(client, "opportunities?status=won", crew.admin)["results"]
    assert [(row["lead"], row["amount"], row["currency"]) for row in rows] == [
        (won.lead_id, f"{MONEY['amount']}.00", "EUR")
    ]


@pytest.mark.parametrize(("who", "sees"), [("ae", 1), ("manager", 1), ("sdr", 0), ("other_manager", 0)])
def test_opportunities_of_others_are_not_listed(client: Client, crew: Crew, who: str, sees: int) -> None:
    crew.journey_at("opportunity")
    assert len(get(client, "opportunities", getattr(crew, who))["results"]) == sees


@pytest.mark.parametrize("rows", [1, 3])
def test_opportunities_cost_the_same_for_one_and_three_rows(
    client: Client, crew: Crew, rows: int, django_assert_num_queries: Any
) -> None:
    for _ in range(rows):
        crew.journey_at("opportunity")
    headers = bearer(crew.admin)
    client.get("/api/v1/opportunities", headers=headers)
    with django_assert_num_queries(2):  # token; page
        client.get("/api/v1/opportunities", headers=headers)


@pytest.mark.parametrize("move", [Move.POSTPONE, Move.DISQUALIFY])
@pytest.mark.parametrize(("hours", "shown"), [(0, False), (1, False), (2, True)])
def test_new_interest_of_resting_leads_is_shown(crew: Crew, move: str, hours: int, shown: bool) -> None:
    journey = crew.journey_at("mql")
    until = LATER + timedelta(days=9) if move == Move.POSTPONE else None
    details = {"reason": Reason.TIMING, "resume_at": until}
    move_journey(journey_id=journey.pk, move=move, actor=crew.sdr, at=LATER, **details)
    Lead.objects.filter(pk=journey.lead_id).update(last_meaningful_at=NOON + timedelta(hours=hours))
    assert list(showing_interest(crew.marketer)) == ([journey] if shown else [])


def test_waiting_leads_are_seen_by_managers_and_marketing() -> None:
    lead = entered_lead(reached="mql")
    seen = {
        role: list(unassigned_journeys(make_user(role))) for role in (Role.MANAGER, Role.MARKETER, Role.SDR)
    }
    waiting = [journey_of(lead)]
    assert seen == {Role.MANAGER: waiting, Role.MARKETER: waiting, Role.SDR: []}
