"""The list of bad input, at every call of the API that takes a body."""

import json
from typing import Any

import pytest
from django.test import Client

from funnel.models import Journey, Opportunity
from leads.models import Lead
from smarketing.accounts.enums import Role
from tests.accounts.factories import bearer, make_user
from tests.funnel.factories import NOON
from tests.leads.factories import make_form
from tests.test_permissions import API, WRITES, World, world

pytestmark = pytest.mark.django_db
JSON = "application/json"

BODIES: dict[str, tuple[bytes, str, int]] = {
    "nul in a value": (b'{"email": "a\\u0000@b.example"}', JSON, 400),
    "nul in a key": (b'{"email\\u0000": "a@b.example"}', JSON, 400),
    "raw nul": (b'{"email": "a\x00@b.example"}', JSON, 400),
    "lone surrogate": (b'{"email": "\\ud800@b.example"}', JSON, 400),
    "100,000 levels": (b'{"custom":' * 100_000, JSON, 400),
    "100,000 lists": (b"[" * 100_000, JSON, 400),
    "duplicate keys": (b'{"email": "a@b.example", "email": "c@d.example"}', JSON, 400),
    "bogus charset": (b'{"email": "a@b.example"}', f"{JSON}; charset=bogus", 400),
    "other charset": ('{"email": "a@b.example"}'.encode("utf-16"), f"{JSON}; charset=utf-16", 400),
    "4,000 digits": (b'{"email": %s}' % (b"9" * 4_000), JSON, 400),
    "NaN": (b'{"email": NaN}', JSON, 400),
    "Infinity": (b'{"email": -Infinity}', JSON, 400),
    "list": (b"[]", JSON, 400),
    "null": (b"null", JSON, 400),
    "text": (b'"email"', JSON, 400),
    "number": (b"1", JSON, 400),
    "white space": (b"  ", JSON, 400),
    "half": (b'{"email": "a@b', JSON, 400),
    "invalid utf-8": (b'{"email": "\xff\xfe@b.example"}', JSON, 400),
    "3 MB": (b'{"email": "%s"}' % (b"a" * 3_000_000), JSON, 413),
    "xml": (b"<email>a@b.example</email>", "application/xml", 415),
    "plain text": (b"a@b.example", "text/plain", 415),
    "no type": (b"{}", "", 415),
}


def send(caller: World, route: str, method: str, body: bytes, kind: str) -> Any:
    path = f"/{route}".replace("<int:lead_id>", str(caller.lead_id("own")))
    if "<uuid:form_id>" in path:
        path = path.replace("<uuid:form_id>", str(make_form().pk))
    if "<int:opportunity_id>" in path:
        journey = Journey.objects.get()  # of the lead made above
        deal = Opportunity.objects.create(journey=journey, amount=1, opened_at=NOON)
        path = path.replace("<int:opportunity_id>", str(deal.pk))
    return caller.client.generic(method.upper(), path, body, content_type=kind, headers=caller.headers)


@pytest.mark.parametrize(("route", "method"), WRITES)
@pytest.mark.parametrize("fault", BODIES)
def test_a_bad_body_is_refused_everywhere(route: str, method: str, fault: str):
    body, kind, status = BODIES[fault]
    caller = world(Role.ADMIN, api=True)
    answer = send(caller, route, method, body, kind)
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    assert Lead.objects.filter(budget="").count() == Lead.objects.count() <= 1


@pytest.fixture
def headers() -> dict[str, str]:
    return bearer(make_user(role=Role.MARKETER))


def post(client: Client, headers: dict[str, str], **values: Any) -> Any:
    body = json.dumps({"email": "ana@acme.example", **values})
    return client.post("/api/v1/leads", body, content_type=JSON, headers=headers)


def test_no_body_at_all(client: Client, headers: dict[str, str]):
    answer = client.generic("POST", "/api/v1/leads", b"", content_type=JSON, headers=headers)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "email")


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("Ana\r\nBcc: everybody@example.com", "Ana Bcc: everybody@example.com"),
        ("\u202eanA\u202c", "anA"),
        ("\u200bA\u200dna\ufeff", "Ana"),
        ("\u200b\u2060", ""),
        ("Jose\u0301", "José"),
        ("x" * 121, None),
    ],
)
def test_names_are_cleaned_or_refused(client: Client, headers: dict[str, str], name: str, kept: str | None):
    answer = post(client, headers, first_name=name)
    assert answer.json().get("first_name") == kept
    assert answer.status_code == (400 if kept is None else 201)


MARKUP = "<script>alert(1)</script>{{ 7*7 }}{% now %}'\"><img src=x onerror=alert(1)>"
FIELDS = ["first_name", "last_name", "job_title", "company_name", "budget", "need", "source", "landing_page"]


def test_markup_stays_text_and_is_shown_as_text(client: Client, headers: dict[str, str]):
    lead = post(client, headers, **dict.fromkeys(FIELDS, MARKUP), custom={"note": MARKUP}).json()
    assert {lead[name] for name in FIELDS} == {MARKUP}
    client.force_login(make_user(role=Role.MARKETER))
    for path in (f"/leads/{lead['id']}/", "/leads/"):
        page = client.get(path).content.decode()
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "&lt;script&gt;alert(1)" in page


@pytest.mark.parametrize("value", ["2026-02-30T00:00Z", "0000-01-01", "now", "9" * 400, "2026-13-01"])
def test_impossible_dates(client: Client, headers: dict[str, str], value: str):
    answer = client.get("/api/v1/leads", {"created_from": value}, headers=headers)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "created_from")


LISTS = [route for route, rules in API.items() if "get" in rules and "<" not in route]
OPEN_LISTS = {"api/v1/schema", "api/v1/docs", "api/v1/me"}


@pytest.mark.parametrize("route", sorted(set(LISTS) - OPEN_LISTS))
@pytest.mark.parametrize(
    "query", ["nonsense=1", "page_size=-1", "cursor=%00", "sort=password", "page_size=1&page_size=2"]
)
def test_abuse_of_lists(client: Client, headers: dict[str, str], route: str, query: str):
    answer = client.get(f"/{route}?{query}", headers=headers)
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
