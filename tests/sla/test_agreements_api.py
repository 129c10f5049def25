"""GET /api/v1/agreements: what was agreed, for programs."""

from typing import Any

import pytest
from django.test import Client

from smarketing.accounts.enums import Role, Scope
from tests.accounts.factories import bearer, make_user

from .agreeing import drafted, signed

pytestmark = pytest.mark.django_db
URL = "/api/v1/agreements"


def get(client: Client, path: str = "", role: str = Role.SDR, **query: Any) -> Any:
    headers = bearer(make_user(role=role), scopes=[Scope.FUNNEL_READ])
    return client.get(URL + path, query, headers=headers)


def test_one_agreement_says_what_was_signed(client: Client) -> None:
    made = signed()
    found = get(client, f"/{made.pk}").json()
    assert (found["name"], found["version"], found["status"]) == ("Spring", 1, "ended")
    assert (found["in_force_from"], found["in_force_until"]) == ("2026-04-01", "2026-06-30")
    assert found["content"]["promises"][1] == {
        "kind": "first_contact",
        "side": "sales",
        "source": "",
        "amount": None,
        "minutes": 10,
        "days": None,
        "target_percent": "90",
    }
    assert found["content"]["scoring"] == {
        "version": 1,
        "thresholds": [{"stage": "mql", "fit": 30, "interest": 0, "intent": 40}],
    }
    assert [(row["side"], row["person"]["id"]) for row in found["signatures"]] == [
        ("marketing", made.marketing_head_id),
        ("sales", made.sales_head_id),
    ]
    assert {row["fingerprint"] for row in found["signatures"]} == {found["fingerprint"]}


def test_a_draft_has_no_signatures(client: Client) -> None:
    found = get(client, f"/{drafted().pk}").json()
    assert (found["status"], found["signatures"], found["signed_at"]) == ("draft", [], None)


def test_the_list_goes_page_by_page_and_by_status(client: Client) -> None:
    made = [signed(), drafted(), drafted()]
    first = get(client, page_size=2).json()
    rest = client.get(first["next"], headers=bearer(scopes=[Scope.FUNNEL_READ])).json()
    listed = [row["id"] for page in (first, rest) for row in page["results"]]
    assert (listed, rest["next"]) == ([one.pk for one in reversed(made)], None)
    assert [row["id"] for row in get(client, status="ended").json()["results"]] == [made[0].pk]
    assert get(client, status="nonsense").status_code == 400


def test_nothing_is_written_here(client: Client) -> None:
    made = signed()
    headers = bearer(make_user(role=Role.ADMIN))
    for path in ("", f"/{made.pk}"):
        answers = [
            getattr(client, method)(URL + path, headers=headers) for method in ("post", "patch", "delete")
        ]
        assert [answer.status_code for answer in answers] == [405, 405, 405]


def test_what_is_missing_is_missing(client: Client) -> None:
    assert get(client, "/2000000000").status_code == 404


@pytest.mark.parametrize("many", [1, 3])
def test_the_list_costs_the_same_at_any_length(
    client: Client, many: int, django_assert_num_queries: Any
) -> None:
    for _one in range(many):
        drafted()
    headers = bearer(make_user(role=Role.SDR), scopes=[Scope.FUNNEL_READ])
    client.get(URL, headers=headers)
    with django_assert_num_queries(2):
        client.get(URL, headers=headers)
