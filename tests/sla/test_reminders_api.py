"""GET /api/v1/reminders: the ledger, for whom and how much of it."""

from datetime import timedelta

import pytest
from django.core import mail as post

from sla.services.engine import tick
from smarketing.accounts.enums import Role, Scope
from tests.accounts.factories import bearer, make_user
from tests.sla.ladders import MONDAY, make_chain, make_ladders

pytestmark = pytest.mark.django_db

URL = "/api/v1/reminders"
MINUTE = timedelta(minutes=1)


def ledger(client, user=None, **query):
    answer = client.get(URL, query, headers=bearer(user, scopes=[Scope.REMINDERS_READ]))
    assert answer.status_code == 200, answer.content
    return answer.json()


def ids(page):
    return [(row["lead"]["id"], row["step"]) for row in page["results"]]


@pytest.fixture
def told():
    """A rep who was told of one lead a minute late."""
    rep, boss, _ = make_chain(first_name="Ana", last_name="Sol")
    [clock] = make_ladders([rep])
    tick(at=MONDAY + MINUTE)
    return rep, boss, clock


def test_it_says_who_was_told_what_and_when(client, told):
    rep, _, clock = told
    row = ledger(client, state="sent")["results"][0]
    [mail] = row.pop("told")
    assert row["lead"] == {"id": clock.lead_id, "name": str(clock.lead)}
    assert (row["kind"], row["step"], row["late_seconds"], row["why"]) == ("first_contact", 0, 60, "")
    assert (mail["person"], mail["role"], mail["state"]) == ({"id": rep.pk, "name": "Ana Sol"}, "rep", "sent")
    assert mail["message_id"] == post.outbox[0].extra_headers["Message-ID"]


def test_it_says_why_nobody_was_told(client):
    rep, _, _ = make_chain()
    [clock] = make_ladders([rep])
    clock.lead.owner = None
    clock.lead.save(update_fields=["owner"])
    tick(at=MONDAY)
    [row] = ledger(client)["results"]
    assert (row["state"], row["why"]) == ("skipped", "The lead has a new owner, with a clock of their own")


def test_it_names_the_roles_that_had_a_stand_in(client):
    rep, boss, _ = make_chain(is_active=False)
    make_ladders([rep])
    tick(at=MONDAY)
    row = ledger(client, state="sent")["results"][0]
    assert (row["stand_ins"], row["told"][0]["person"]["id"]) == (["rep"], boss.pk)


@pytest.mark.parametrize(
    ("query", "steps"),
    [
        ({"state": "pending"}, [1]),
        ({"kind": "decision"}, []),
        ({"due_from": "2026-03-09T10:05:00Z"}, [1]),
        ({"due_until": "2026-03-09T10:05:00Z"}, [0]),
        ({"lead": 2**62}, []),
    ],
)
def test_filters(client, told, query, steps):
    assert [row["step"] for row in ledger(client, **query)["results"]] == steps


def test_filter_by_lead_and_person(client, told):
    rep, boss, clock = told
    assert [row["step"] for row in ledger(client, person=rep.pk, lead=clock.lead_id)["results"]] == [0]
    assert ledger(client, person=boss.pk)["results"] == []


def test_pages_follow_each_other_without_gap_or_repeat(client):
    reps = [make_chain()[0] for _ in range(3)]
    clocks = make_ladders([*reps, *reps])
    first = ledger(client, page_size=4)
    second = client.get(first["next"], headers=bearer()).json()
    assert second["next"] is None
    assert ids(first) + ids(second) == [(clock.lead_id, 0) for clock in reversed(clocks)]


@pytest.mark.parametrize("rows", [1, 3])
def test_statements_do_not_grow_with_rows(client, django_assert_num_queries, rows):
    make_ladders([make_chain()[0] for _ in range(rows)])
    tick(at=MONDAY)
    headers = bearer()
    client.get(URL, {"state": "sent"}, headers=headers)
    with django_assert_num_queries(5):  # the token, the page, its deliveries, their mails, whom
        assert len(client.get(URL, {"state": "sent"}, headers=headers).json()["results"]) == rows


def test_a_rep_sees_their_own_a_boss_those_below_an_outsider_nothing(client, told):
    rep, boss, _ = told
    seen = [len(ledger(client, user)["results"]) for user in (rep, boss, make_user(role=Role.SDR))]
    assert seen == [2, 2, 0]


def test_without_a_token_it_is_401(client):
    assert client.get(URL).status_code == 401


def test_a_token_without_the_scope_is_403(client):
    assert client.get(URL, headers=bearer(scopes=[Scope.LEADS_READ])).status_code == 403


def test_it_is_only_read(client):
    assert client.post(URL, {}, headers=bearer()).status_code == 405


@pytest.mark.parametrize(
    "query",
    [
        {"state": "unknown"},
        {"lead": "x"},
        {"lead": 0},
        {"person": 2**64},
        {"due_from": "yesterday"},
        {"cursor": "AAAA"},
        {"page_size": 0},
        {"typo": 1},
        {"state": ["sent", "dead"]},
    ],
)
def test_what_it_does_not_understand_is_400(client, query):
    answer = client.get(URL, query, headers=bearer())
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")


def test_a_misspelt_parameter_is_told_with_those_there_are(client):
    (error,) = client.get(URL, {"typo": 1}, headers=bearer()).json()["errors"]
    assert error["field"] == "typo"
    assert error["message"].startswith("There is no such parameter. There are: cursor, due_from, ")
