"""The short way of posts from landing pages owes visitors and browsers what the long one does."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import pytest
from django.db import OperationalError, connection, connections
from django.http import HttpResponse
from django.test import Client

from leads.models import Lead, Submission
from leads.selectors import prepared
from tests.leads.factories import make_form
from tests.leads.test_submissions_api import ANA, address

SAFETY = (
    "Content-Security-Policy",
    "X-Frame-Options",
    "X-Content-Type-Options",
    "Referrer-Policy",
    "Cross-Origin-Opener-Policy",
)


@pytest.mark.django_db
@pytest.mark.parametrize(("kind", "status"), [("known", 201), ("unknown", 404)])
def test_its_answers_are_as_safe_as_those_of_the_long_way(client: Client, kind: str, status: int) -> None:
    path = address(make_form()) if kind == "known" else f"/api/v1/forms/{uuid4()}/submissions"
    short = client.post(path, ANA, content_type="application/json")
    long = client.get("/api/v1/leads")
    assert (short.status_code, {n: short.get(n) for n in SAFETY}) == (status, {n: long[n] for n in SAFETY})


@pytest.mark.django_db
def test_it_sets_no_cookie(client: Client) -> None:
    assert not client.post(address(make_form()), ANA, content_type="application/json").cookies


@pytest.mark.django_db
@pytest.mark.parametrize(("language", "title"), [("en", "Nothing here"), ("es", "Aquí no hay nada")])
def test_a_wrong_address_is_a_problem_in_the_visitors_language(
    client: Client, language: str, title: str
) -> None:
    answer = client.post("/api/v1/forms/nobody/submissions", headers={"Accept-Language": language})
    assert (answer["Content-Type"], answer.json()["title"][: len(title)]) == (
        "application/problem+json",
        title,
    )


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("key", ["", "one-key"])
def test_a_kept_connection_that_died_costs_the_visitor_nothing(client: Client, key: str) -> None:
    path = f"/api/v1/forms/{make_form().pk}/submissions"
    post(client, path, "warm@up.example")
    connection.close_if_unusable_or_obsolete()  # as a request begins
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        dead = cursor.fetchone()[0]
    other = connections.create_connection("default")
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [dead])
    other.close()
    answer = post(client, path, "ana@acme.example", key=key)
    assert (answer.status_code, "Idempotency-Replayed" in answer) == (201, False)
    assert Lead.objects.filter(email="ana@acme.example").exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("key", ["", "one-key"])
def test_what_was_stored_over_a_dying_connection_is_no_repeat(
    client: Client, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message was carried out, the connection died before it said so."""
    path = f"/api/v1/forms/{make_form().pk}/submissions"
    post(client, path, "warm@up.example")
    answers = prepared._answer

    def unheard(given: Sequence[Any]) -> Any:
        monkeypatch.setattr(prepared, "_answer", answers)
        answers(given)
        connection.connection.close()
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(prepared, "_answer", unheard)
    answer = post(client, path, "ana@acme.example", key=key)
    assert (answer.status_code, "Idempotency-Replayed" in answer) == (201, False)
    assert [(s.status, s.lead.email) for s in Submission.objects.order_by("-received_at")[:1]] == [
        ("processed", "ana@acme.example")
    ]


@pytest.mark.django_db(transaction=True)
def test_a_kept_connection_is_not_asked_beforehand(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    path = f"/api/v1/forms/{make_form().pk}/submissions"
    post(client, path, "warm@up.example")
    monkeypatch.setattr(connection, "is_usable", lambda: pytest.fail("asked"))
    connection.close_if_unusable_or_obsolete()
    assert post(client, path, "ana@acme.example").status_code == 201


def post(client: Client, path: str, email: str, *, key: str = "") -> HttpResponse:
    headers = {"Idempotency-Key": key} if key else {}
    return client.post(path, {"email": email}, content_type="application/json", headers=headers)
