"""POST /api/v1/forms/{id}/submissions: who may post, in which format, and what the answers are."""

import io
import json
import logging
from typing import Any
from unittest import mock

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError
from django.http import HttpResponse
from django.test import Client
from django.test.client import MULTIPART_CONTENT
from pytest_django import Settings

from leads.models import Form, Lead, Submission
from leads.services import inbox
from tests.leads.factories import make_form

pytestmark = pytest.mark.django_db

SITE = "https://www.acme.example"
ANA = {"email": "ana@acme.example", "first_name": "Ana"}
PAGE = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "Sec-Fetch-Mode": "navigate"}
URLENCODED = "application/x-www-form-urlencoded"


def address(form: Form) -> str:
    return f"/api/v1/forms/{form.pk}/submissions"


def post(client: Client, form: Form, body: Any = None, **headers: str) -> HttpResponse:
    """JSON; a text or bytes body goes as it is."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    kind = names.pop("content-type", "application/json")
    if isinstance(body, bytes):  # as it is: Django's `post` would convert to the charset named
        return client.generic("POST", address(form), body, content_type=kind, headers=names)
    return client.post(address(form), ANA if body is None else body, content_type=kind, headers=names)


def fields(answer: HttpResponse) -> list[str]:
    return [error["field"] for error in answer.json()["errors"]]


def test_json_is_accepted(client: Client):
    answer = post(client, make_form())
    expected = {"submission": str(Submission.objects.get().pk), "status": "accepted"}
    assert (answer.status_code, answer.json(), Lead.objects.get().first_name) == (201, expected, "Ana")


@pytest.mark.parametrize("kind", [URLENCODED, MULTIPART_CONTENT])
def test_form_posts_of_scripts_are_accepted(client: Client, kind: str):
    body: Any = "email=ana%40acme.example&first_name=Ana"
    answer = client.post(address(make_form()), ANA if kind == MULTIPART_CONTENT else body, content_type=kind)
    assert (answer.status_code, Lead.objects.get().first_name) == (201, "Ana")


def test_a_group_of_boxes_is_one_value(client: Client):
    form = make_form(custom_fields=[{"name": "topics"}])
    client.post(address(form), "email=a%40b.com&topics=one&topics=two", content_type=URLENCODED)
    assert Lead.objects.get().custom == {"topics": "one, two"}


def test_a_plain_form_is_sent_to_the_thank_you_page(client: Client):
    form = make_form(thank_you_url="https://www.acme.example/thanks")
    answer = client.post(address(form), ANA, headers=PAGE)
    assert (answer.status_code, answer["Location"]) == (303, "https://www.acme.example/thanks")


@pytest.mark.parametrize(("language", "title"), [("en", "Thank you")])
def test_without_one_it_gets_a_small_page(client: Client, language: str, title: str):
    answer = client.post(address(make_form()), ANA, headers={**PAGE, "Accept-Language": language})
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert f"<h1>{title}</h1>" in answer.content.decode()


def test_the_page_may_load_only_styles_of_ours_and_post_only_here_and_to_the_customer(client: Client):
    form = make_form(thank_you_url="https://www.acme.example/thanks")
    answer = client.post(address(form), {"email": "x"}, headers=PAGE)
    assert answer["Content-Security-Policy"] == (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; "
        "frame-ancestors 'none'; form-action 'self' https://www.acme.example"
    )


def test_a_bad_plain_form_keeps_what_was_typed(client: Client):
    typed = {"email": "ana@", "first_name": '"><b>Ana', "need": "two\nlines", "website_url": ""}
    answer = client.post(address(make_form()), typed, headers=PAGE)
    page = answer.content.decode()
    assert answer.status_code == 400
    assert 'name="email" value="ana@" aria-invalid="true"' in page
    assert 'value="&quot;&gt;&lt;b&gt;Ana"' in page
    assert "two\nlines</textarea>" in page
    assert "website_url" not in page


def test_a_bad_plain_form_asks_for_what_was_left_out(client: Client):
    answer = client.post(address(make_form()), {"first_name": "Ana"}, headers=PAGE)
    assert 'name="email" value="" aria-invalid="true"' in answer.content.decode()


def test_a_refused_page_can_be_sent_again_from_here(client: Client):
    form = make_form(origins=[SITE])
    answer = client.post(address(form), ANA, headers={**PAGE, "Origin": "http://testserver"})
    assert answer.status_code == 200


def test_a_listed_origin_may_post_and_read(client: Client):
    answer = post(client, make_form(origins=[SITE]), Origin=SITE)
    assert (answer.status_code, answer["Access-Control-Allow-Origin"]) == (201, SITE)
    assert "Origin" in answer["Vary"]


def test_a_listed_origin_may_read_the_errors_too(client: Client):
    answer = post(client, make_form(origins=[SITE]), "{", Origin=SITE)
    assert (answer.status_code, answer["Access-Control-Allow-Origin"]) == (400, SITE)


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "http://www.acme.example", f"{SITE}.evil.example", "null", "", "x"]
)
def test_another_origin_is_refused_without_cors(client: Client, origin: str):
    answer = post(client, make_form(origins=[SITE]), Origin=origin)
    assert (answer.status_code, Submission.objects.count()) == (403, 0)
    assert "Access-Control-Allow-Origin" not in answer


def test_with_no_origins_scripts_of_other_sites_are_refused(client: Client):
    assert post(client, make_form(), Origin=SITE).status_code == 403


def test_with_no_origins_a_plain_form_may_come_from_anywhere(client: Client):
    answer = client.post(address(make_form()), ANA, headers={**PAGE, "Origin": SITE})
    assert (answer.status_code, "Access-Control-Allow-Origin" in answer) == (200, False)


def test_a_plain_form_of_another_site_is_refused_when_origins_are_listed(client: Client):
    form = make_form(origins=[SITE])
    answer = client.post(address(form), ANA, headers={**PAGE, "Origin": "https://evil.example"})
    assert (answer.status_code, Submission.objects.count()) == (403, 0)


def test_preflight_of_a_listed_origin(client: Client):
    answer = client.options(address(make_form(origins=[SITE + "/"])), headers={"Origin": SITE})
    assert (
        answer.status_code,
        answer["Access-Control-Allow-Origin"],
        answer["Access-Control-Allow-Methods"],
        answer["Access-Control-Allow-Headers"],
    ) == (204, SITE, "POST, OPTIONS", "Content-Type, Idempotency-Key")


@pytest.mark.parametrize(("origins", "active", "status"), [([], True, 403), ([SITE], False, 410)])
def test_preflight_of_others(client: Client, origins: list[str], active: bool, status: int):
    form = make_form(origins=origins, is_active=active)
    answer = client.options(address(form), headers={"Origin": SITE})
    assert (answer.status_code, "Access-Control-Allow-Origin" in answer) == (status, False)


def test_a_revoked_form_is_gone_without_cors(client: Client):
    answer = post(client, make_form(origins=[SITE], is_active=False), Origin=SITE)
    assert (answer.status_code, answer["Content-Type"], Submission.objects.count()) == (
        410,
        "application/problem+json",
        0,
    )
    assert "Access-Control-Allow-Origin" not in answer


def test_an_unknown_form_is_not_found(client: Client):
    answer = client.post("/api/v1/forms/00000000-0000-4000-8000-000000000000/submissions", ANA)
    assert answer.status_code == 404


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete"])
def test_other_methods_are_refused(client: Client, method: str):
    assert getattr(client, method)(address(make_form())).status_code == 405


def test_no_session_and_no_csrf_token_are_needed():
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(address(make_form()), ANA).status_code == 201


def test_the_same_key_replays_the_answer(client: Client):
    form = make_form()
    first, second = (post(client, form, Idempotency_Key='"k-1"') for _ in range(2))
    assert (second.status_code, second.json()) == (201, first.json())
    assert (second["Idempotency-Replayed"], Submission.objects.count()) == ("true", 1)


def test_the_same_key_quoted_or_bare_is_one_key(client: Client):
    form = make_form()
    answers = [post(client, form, Idempotency_Key=key).json() for key in ('"k-1"', "k-1")]
    assert answers[0] == answers[1]


def test_the_same_key_with_other_values_is_a_contradiction(client: Client):
    form = make_form()
    post(client, form, Idempotency_Key="k-1")
    answer = post(client, form, {**ANA, "first_name": "Eve"}, Idempotency_Key="k-1")
    assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")


def test_a_key_at_work_is_a_conflict(client: Client):
    form = make_form()
    post(client, form, Idempotency_Key="k-1")
    Submission.objects.update(status="received")
    answer = post(client, form, Idempotency_Key="k-1")
    assert (answer.status_code, answer["Retry-After"]) == (409, "5")


@pytest.mark.parametrize("key", ["", " ", "two words", "x" * 129, '"open', "ñ", '"a"b"'])
def test_a_bad_key_is_refused(client: Client, key: str):
    answer = post(client, make_form(), Idempotency_Key=key)
    assert (answer.status_code, Submission.objects.count()) == (400, 0)


def test_the_rate_holds_per_address(client: Client):
    form = make_form(rate_per_minute=3)
    answers = [post(client, form, {"email": f"a{n}@b.com"}) for n in range(5)]
    assert [answer.status_code for answer in answers] == [201, 201, 201, 429, 429]
    assert 1 <= int(answers[-1]["Retry-After"]) <= 61


def test_a_flood_is_logged_once_and_not_for_each_post(client: Client, monkeypatch: pytest.MonkeyPatch):
    form, log = make_form(rate_per_minute=2), io.StringIO()
    handler = next(one for one in logging.getLogger("django").handlers if one.formatter)
    monkeypatch.setattr(handler, "stream", log)
    answers = [post(client, form, {"email": f"a{n}@b.com"}).status_code for n in range(6)]
    assert (answers[2:], client.get("/api/v1/nowhere").status_code) == ([429] * 4, 404)
    assert [line.split(": ", 1)[1] for line in log.getvalue().splitlines()] == [
        f"Form {form.pk}: more than 2 posts a minute from 127.0.0.1, refused",
        "Not Found: /api/v1/nowhere",
    ]


def test_a_pretended_address_gains_nothing(client: Client):
    form = make_form(rate_per_minute=2)
    answers = [
        post(client, form, {"email": f"a{n}@b.com"}, X_Forwarded_For=f"6.6.6.{n}").status_code
        for n in range(4)
    ]
    assert answers == [201, 201, 429, 429]


def test_behind_a_proxy_visitors_are_told_apart(client: Client, settings: Settings):
    settings.TRUSTED_PROXIES = 1
    form = make_form(rate_per_minute=1)
    answers = [
        post(client, form, {"email": f"a{n}@b.com"}, X_Forwarded_For=f"1.1.1.1, {seen}").status_code
        for n, seen in enumerate(["8.8.8.8", "8.8.8.9", "8.8.8.8"])
    ]
    assert answers == [201, 201, 429]


@pytest.mark.parametrize("key", [{}, {"Idempotency_Key": "again"}])
def test_other_processes_count_too(client: Client, key: dict[str, str]):
    form = make_form(rate_per_minute=9)
    posted = [post(client, form, {"email": f"a{number}@b.com"}) for number in range(9)]
    inbox.hits._windows.clear()  # as if other processes had taken them all, and this one none
    refused = post(client, form, {"email": "a9@b.com"}, **key)
    assert (refused.status_code, 1 <= int(refused["Retry-After"]) <= 60) == (429, True)
    assert {answer.status_code for answer in posted} == {201}
    assert Submission.objects.count() == 9


def test_what_others_took_is_asked_once_a_minute(client: Client, django_assert_num_queries: Any):
    form = make_form(rate_per_minute=1)
    post(client, form)
    inbox.hits._windows.clear()
    for number, queries in enumerate((2, 1, 1)):  # the form and the storing, then the form alone
        with django_assert_num_queries(queries):
            assert post(client, form, {"email": f"a{number}@b.com"}).status_code == 429


def test_a_form_without_a_limit_counts_nobody(client: Client):
    form = make_form(rate_per_minute=0)
    assert {post(client, form, {"email": f"a{n}@b.com"}).status_code for n in range(70)} == {201}


def test_another_form_is_not_touched_by_a_flood(client: Client):
    flooded, other = make_form(rate_per_minute=1), make_form(rate_per_minute=1)
    for number in range(5):
        post(client, flooded, {"email": f"a{number}@b.com"})
    assert post(client, other).status_code == 201


def test_a_flood_costs_one_query_a_hit(client: Client, django_assert_num_queries: Any):
    form = make_form(rate_per_minute=1)
    post(client, form)
    post(client, form)
    with django_assert_num_queries(1):  # the form itself
        post(client, form)


@pytest.mark.parametrize(
    "body",
    [
        b'{"email": "a@b.com", "email": "c@d.com"}',
        b'{"email": "a@b.com", "x": NaN}',
        b'{"email": "a@b.com", "x": 1e999}',
        b'{"email": "a@b.com", "x": ' + b"9" * 4000 + b"}",
        b'{"email": "a@b.com", "x": "a\\u0000b"}',
        b'{"email": "a@b.com", "a\\u0000b": "x"}',
        b'{"email": "a@b.com", "x": "\\ud800"}',
        b'{"email": "a@b.com", "x": [1, 2]}',
        b'{"email": "a@b.com", "x": {"y": 1}}',
        b'{"email": "a@b.com", "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b"[" * 100_000,
        b'{"email": "a@b.com", "x": "\xff\xfe"}',
        b'[{"email": "a@b.com"}]',
        b'"a@b.com"',
        b"null",
        b"",
        b"{",
        b"{}",
    ],
)
def test_bad_json_is_a_problem(client: Client, body: bytes):
    answer = post(client, make_form(), body)
    assert (answer.status_code, answer["Content-Type"], Submission.objects.count()) == (
        400,
        "application/problem+json",
        0,
    )


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("application/json; charset=utf-7", json.dumps(ANA).encode(), 400),
        ("application/json; charset=klingon", json.dumps(ANA).encode(), 400),
        (f"{URLENCODED}; charset=klingon", b"email=a%40b.com", 400),
        (URLENCODED, b"email=a%40b.com&x=%FF", 400),
        (URLENCODED, b"email=a%40b.com&x=%00", 400),
        (URLENCODED, b"email=a%40b.com&" + b"&".join(b"f%d=1" % n for n in range(2000)), 400),
        ("multipart/form-data", b"no boundary", 400),
        ("application/xml", b"<lead><email>a@b.com</email></lead>", 415),
        ("text/plain", b"email=a@b.com", 415),
        ("application/json", b'{"x": "' + b"a" * 3_000_000 + b'"}', 413),
        (URLENCODED, b"x=" + b"a" * 3_000_000, 413),
    ],
)
def test_bodies_that_cannot_be_read(client: Client, kind: str, body: bytes, status: int):
    answer = post(client, make_form(), body, **{"content-type": kind})
    assert (answer.status_code, answer["Content-Type"], Submission.objects.count()) == (
        status,
        "application/problem+json",
        0,
    )


def test_two_thousand_multipart_fields_are_too_many(client: Client):
    answer = client.post(address(make_form()), {**ANA, **{f"f{n}": "1" for n in range(2000)}})
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")


def test_files_are_refused_by_name(client: Client):
    answer = client.post(address(make_form()), {**ANA, "cv": SimpleUploadedFile("cv.txt", b"x")})
    assert (answer.status_code, fields(answer), Submission.objects.count()) == (400, ["cv"], 0)


def test_three_megabytes_of_file_are_too_large(client: Client):
    answer = client.post(address(make_form()), {"cv": SimpleUploadedFile("cv.txt", b"x" * 3_000_000)})
    assert answer.status_code == 413


def test_the_fields_at_fault_are_named(client: Client):
    answer = post(client, make_form(required_fields=["first_name"]), {"email": "ana", "employees": "many"})
    assert sorted(fields(answer)) == ["email", "employees", "first_name"]


def test_a_problem_shows_no_trace_and_no_page(client: Client):
    body = post(client, make_form(), {"email": "<script>"}).content.decode()
    assert "Traceback" not in body and "<html" not in body


def test_while_the_database_is_away_the_answer_says_when_to_come_again(client: Client):
    with mock.patch("leads.api.submissions.current_setup", side_effect=OperationalError("down")):
        answer = post(client, make_form())
    assert (answer.status_code, answer["Content-Type"], answer["Retry-After"]) == (
        503,
        "application/problem+json",
        "5",
    )


def test_a_failure_after_storing_is_still_accepted(client: Client):
    with mock.patch("leads.services.intake.arrival_of", side_effect=RuntimeError("no")):
        answer = post(client, make_form())
    assert (answer.status_code, Submission.objects.get().status, Lead.objects.count()) == (201, "failed", 0)
