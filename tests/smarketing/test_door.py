"""The short way of posts from landing pages owes visitors and browsers what the long one does."""

from uuid import uuid4

import pytest
from django.db import connection, connections
from django.test import Client

from leads.selectors.forms import form_for_intake
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
def test_a_kept_connection_that_died_costs_the_visitor_nothing() -> None:
    form = make_form()
    connection.close_if_unusable_or_obsolete()  # as a request begins
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        dead = cursor.fetchone()[0]
    other = connections.create_connection("default")
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [dead])
    other.close()
    assert form_for_intake(form.pk) == form


@pytest.mark.django_db(transaction=True)
def test_a_kept_connection_is_not_asked_beforehand(monkeypatch: pytest.MonkeyPatch) -> None:
    form = make_form()
    monkeypatch.setattr(connection, "is_usable", lambda: pytest.fail("asked"))
    connection.close_if_unusable_or_obsolete()
    assert form_for_intake(form.pk) == form
