"""POST /api/v1/activities."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from leads.models import Activity, Lead
from smarketing.accounts.enums import Role, Scope
from smarketing.accounts.models import User
from tests.accounts.factories import bearer, make_user
from tests.leads.factories import live_rule_set, make_lead

pytestmark = pytest.mark.django_db

URL = "/api/v1/activities"


def post(client: Client, body: Any, user: User | None = None) -> HttpResponse:
    return client.post(URL, body, content_type="application/json", headers=bearer(user))


def row(lead: Lead, **fields: Any) -> dict[str, Any]:
    return {"lead": {"id": lead.pk}, "kind": "download", **fields}


def many(client: Client, rows: list[Any], mode: str = "report", user: User | None = None) -> HttpResponse:
    return post(client, {"mode": mode, "activities": rows}, user)


def faults(answer: HttpResponse) -> list[str]:
    return [error["field"] for error in answer.json()["errors"]]


def test_one_is_recorded(client: Client):
    answer = post(client, row(make_lead(), asset="guide.pdf", occurred_at="2026-01-02T03:04:05+02:00"))
    found = Activity.objects.get()
    expected = {"activity": found.pk, "status": "recorded"}
    assert (answer.status_code, answer.json(), found.asset) == (201, expected, "guide.pdf")
    assert found.occurred_at.isoformat() == "2026-01-02T01:04:05+00:00"


@pytest.mark.parametrize("name", ["id", "email", "external_id"])
def test_a_lead_is_named_in_three_ways(client: Client, name: str):
    lead = make_lead(email="ana@acme.example", external_id="x-1")
    value = {"id": lead.pk, "email": "ANA@Acme.example", "external_id": "x-1"}[name]
    assert post(client, {"lead": {name: value}, "kind": "download"}).status_code == 201


@pytest.mark.parametrize(
    "name",
    [{}, {"id": 1, "email": "a@b.com"}, {"email": ""}, {"id": 0}, {"id": 2**63}, {"phone": "1"}, 5, None],
)
def test_a_lead_is_named_in_exactly_one_way(client: Client, name: Any):
    assert post(client, {"lead": name, "kind": "download"}).status_code == 400


def test_an_unknown_lead_is_named(client: Client):
    answer = post(client, {"lead": {"email": "nobody@acme.example"}, "kind": "download"})
    assert (answer.status_code, faults(answer)) == (400, ["lead"])


def test_a_repeat_is_harmless(client: Client):
    body = row(make_lead(), external_id="e-1")
    first, second = post(client, body).json(), post(client, body).json()
    assert second == {"activity": first["activity"], "status": "repeated"}


def test_a_call_of_a_persons_token_is_a_contact(client: Client):
    user = make_user(role=Role.ADMIN)
    post(client, row(make_lead(), kind="call", outcome="reached"), user)
    found = Activity.objects.get()
    assert (found.is_contact, found.actor, found.source) == (True, user, "api")


def test_an_automated_mail_is_none(client: Client):
    post(client, row(make_lead(), kind="email_sent", automated=True))
    assert (Activity.objects.get().is_contact, Activity.objects.get().is_scored) == (False, False)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"kind": "sorcery"}, "kind"),
        ({"kind": None}, "kind"),
        ({"outcome": "married"}, "outcome"),
        ({"occurred_at": "2026-02-30T10:00:00Z"}, "occurred_at"),
        ({"occurred_at": "2026-02-03T10:00:00"}, "occurred_at"),
        ({"occurred_at": "9999-12-31T23:59:59-14:00"}, "occurred_at"),
        ({"occurred_at": "1066-10-14T09:00:00Z"}, "occurred_at"),
        ({"occurred_at": 5}, "occurred_at"),
        ({"asset": "x" * 201}, "asset"),
        ({"asset": ["x"]}, "asset"),
        ({"note": "x" * 5001}, "note"),
        ({"data": {"x": "y" * 9000}}, "data"),
        ({"data": [1]}, "data"),
        ({"is_scored": False}, "is_scored"),
        ({"is_contact": True}, "is_contact"),
        ({"points": 99}, "points"),
    ],
)
def test_what_cannot_be_is_named(client: Client, fields: dict[str, Any], field: str):
    answer = post(client, row(make_lead(), **fields))
    assert (answer.status_code, faults(answer), Activity.objects.count()) == (400, [field], 0)


def test_what_has_not_happened_yet_is_refused(client: Client):
    in_an_hour = (timezone.now() + timedelta(hours=1)).isoformat()
    answer = post(client, row(make_lead(), occurred_at=in_an_hour))
    assert (answer.status_code, faults(answer), Activity.objects.count()) == (400, ["occurred_at"], 0)


def test_many_are_reported_row_by_row(client: Client):
    lead = make_lead()
    answer = many(
        client,
        [
            row(lead, external_id="e-1"),
            row(lead, kind="sorcery"),
            row(lead, external_id="e-1"),
            {"lead": {"email": "nobody@acme.example"}, "kind": "call"},
        ],
    )
    first = Activity.objects.get().pk
    assert (answer.status_code, answer.json()["recorded"], answer.json()["refused"]) == (200, 1, 2)
    assert [
        (r["status"], r["activity"], [e["field"] for e in r["errors"]]) for r in answer.json()["rows"]
    ] == [
        ("recorded", first, []),
        ("refused", None, ["kind"]),
        ("repeated", first, []),
        ("refused", None, ["lead"]),
    ]


def test_one_impossible_row_of_a_lead_does_not_take_its_others(client: Client):
    lead = make_lead()
    answer = many(client, [row(lead), row(lead, occurred_at="1066-10-14T09:00:00Z"), row(lead)])
    statuses = [r["status"] for r in answer.json()["rows"]]
    assert (statuses, Activity.objects.count()) == (["recorded", "refused", "recorded"], 2)


@pytest.mark.parametrize("bad", [{"kind": "sorcery"}, {"occurred_at": "1066-10-14T09:00:00Z"}])
def test_all_or_nothing_names_the_rows_and_records_nothing(client: Client, bad: dict[str, str]):
    lead = make_lead()
    answer = many(client, [row(make_lead()), row(lead), row(lead, **bad)], mode="all")
    assert (answer.status_code, faults(answer), Activity.objects.count()) == (
        400,
        [f"activities.2.{next(iter(bad))}"],
        0,
    )


def test_all_or_nothing_records_all(client: Client):
    answer = many(client, [row(make_lead()), row(make_lead())], mode="all")
    assert (answer.json()["recorded"], Activity.objects.count()) == (2, 2)


@pytest.mark.parametrize(("rows", "status"), [(0, 400), (500, 200), (501, 400)])
def test_up_to_five_hundred_in_one_call(client: Client, rows: int, status: int):
    lead = make_lead()
    assert many(client, [row(lead, kind="page_view")] * rows).status_code == status


@pytest.mark.parametrize("body", [{"activities": 5}, {"activities": [5]}, {"activities": [], "x": 1}, [], {}])
def test_other_shapes_are_refused(client: Client, body: Any):
    answer = post(client, json.dumps(body))
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")


def test_a_hundred_of_one_lead_cost_as_much_as_one(client: Client):
    live_rule_set()
    lead, headers, costs = make_lead(), bearer(), []
    for rows in (1, 1, 100):  # the first warms the caches
        body = {"activities": [row(lead, kind="page_view", asset="/p")] * rows}
        with CaptureQueriesContext(connection) as queries:
            client.post(URL, body, content_type="application/json", headers=headers)
        costs.append(len(queries))
    assert costs[2] == costs[1]


def test_without_a_token_nothing(client: Client):
    answer = client.post(URL, row(make_lead()), content_type="application/json")
    assert (answer.status_code, Activity.objects.count()) == (401, 0)


def test_the_scope_is_needed(client: Client):
    headers = bearer(scopes=[Scope.LEADS_WRITE])
    assert client.post(URL, {}, content_type="application/json", headers=headers).status_code == 403


def test_owner_and_boss_record_and_an_outsider_does_not_see_the_lead(client: Client):
    boss = make_user(role=Role.MANAGER)
    owner = make_user(role=Role.SDR, reports_to=boss)
    lead = make_lead(owner=owner)
    answers = [post(client, row(lead), user).status_code for user in (owner, boss, make_user(role=Role.SDR))]
    assert (answers, Activity.objects.count()) == ([201, 201, 400], 2)


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete"])
def test_other_methods_are_refused(client: Client, method: str):
    assert getattr(client, method)(URL, headers=bearer()).status_code == 405


@pytest.mark.parametrize("mode", ["one", "all", "report"])
def test_an_executive_records_nothing(client: Client, mode: str) -> None:
    lead, chief = make_lead(), make_user(role=Role.EXECUTIVE)
    answer = post(client, row(lead), chief) if mode == "one" else many(client, [row(lead)], mode, chief)
    assert (answer.status_code, Activity.objects.count()) == (403, 0)
