"""Every error under /api/ is a problem document."""

from typing import Any

import pytest
from django.core.exceptions import RequestDataTooBig, ValidationError
from django.db import DataError, IntegrityError, InterfaceError, OperationalError
from django.test import Client, override_settings
from django.urls import include, path
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

import funnel.errors
import leads.errors
import sla.errors
from leads.models import Lead
from smarketing import urls
from smarketing.accounts.api.parsers import StrictFormParser, StrictJSONParser, StrictMultiPartParser
from smarketing.accounts.errors import ReportingCycle

ERRORS: dict[str, tuple[Exception, int]] = {
    "invalid-value": (leads.errors.InvalidValue("No such code.", field="country"), 400),
    "key-reused": (leads.errors.KeyReused("Other body."), 422),
    "still-running": (leads.errors.StillRunning("Wait."), 409),
    "leads-not-allowed": (leads.errors.NotAllowed("No."), 403),
    "move-not-allowed": (funnel.errors.MoveNotAllowed("Closed."), 409),
    "stale": (funnel.errors.StaleJourney("Moved."), 409),
    "invalid-move": (funnel.errors.InvalidMove("Needs an amount.", field="amount"), 400),
    "funnel-not-allowed": (funnel.errors.NotAllowed("No."), 403),
    "empty-calendar": (sla.errors.EmptyCalendar("No time."), 400),
    "invalid-policy": (sla.errors.InvalidPolicy("No.", field="steps"), 400),
    "cycle": (ReportingCycle("Round."), 409),
    "missing": (Lead.DoesNotExist("Lead matching query does not exist."), 404),
    "too-big": (RequestDataTooBig("limit"), 413),
    "django-validation": (ValidationError({"email": ["Bad."]}), 400),
    "down": (OperationalError("could not connect to 10.0.0.7"), 503),
    "closed": (InterfaceError("connection already closed"), 503),
    "data": (DataError("integer out of range"), 400),
    "integrity": (IntegrityError("duplicate key leads_lead_email_key"), 409),
    "recursion": (RecursionError("maximum recursion depth exceeded"), 400),
    "nul": (ValueError("A string literal cannot contain NUL (0x00) characters."), 400),
    "throttled": (exceptions.Throttled(wait=7.2), 429),
    "media": (exceptions.UnsupportedMediaType("text/xml"), 415),
}


class Raise(APIView):
    authentication_classes: list[Any] = []
    permission_classes: list[Any] = []
    throttle_classes: list[Any] = []
    parser_classes = [StrictJSONParser, StrictFormParser, StrictMultiPartParser]

    def get(self, request: Request, name: str) -> Response:
        if name == "crash":
            raise KeyError("secret detail")
        raise ERRORS[name][0]

    def post(self, request: Request, name: str) -> Response:
        return Response(request.data)


urlpatterns = [
    path("api/v1/raise/<str:name>", Raise.as_view()),
    path("", include(urls)),
]
pytestmark = pytest.mark.urls(__name__)


def problem_of(answer: Any, status: int) -> dict[str, Any]:
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    document = answer.json()
    assert (document["status"], sorted(document)) == (
        status,
        ["detail", "errors", "status", "title", "type"],
    )
    assert document["type"].startswith("urn:smarketing:problem:")
    return document


@pytest.mark.parametrize("name", ERRORS)
def test_an_error_has_its_status(client: Client, name: str):
    problem_of(client.get(f"/api/v1/raise/{name}"), ERRORS[name][1])


@pytest.mark.parametrize(
    ("name", "field"),
    [("invalid-value", "country"), ("invalid-move", "amount"), ("django-validation", "email")],
)
def test_the_field_is_named(client: Client, name: str, field: str):
    document = problem_of(client.get(f"/api/v1/raise/{name}"), 400)
    assert [error["field"] for error in document["errors"]] == [field]


@pytest.mark.parametrize("name", ["down", "integrity", "missing", "data", "nul", "too-big"])
def test_developers_texts_stay_inside(client: Client, name: str):
    assert client.get(f"/api/v1/raise/{name}").json()["detail"] == ""


@pytest.mark.parametrize(("name", "seconds"), [("down", "5"), ("still-running", "5"), ("throttled", "8")])
def test_a_retry_is_told_when(client: Client, name: str, seconds: str):
    assert client.get(f"/api/v1/raise/{name}")["Retry-After"] == seconds


@pytest.mark.parametrize("debug", [True, False])
def test_a_crash_tells_nothing(client: Client, debug: bool):
    client.raise_request_exception = False
    with override_settings(DEBUG=debug):
        answer = client.get("/api/v1/raise/crash")
    assert "secret" not in str(problem_of(answer, 500))


@pytest.mark.parametrize("debug", [True, False])
def test_an_unknown_path(client: Client, debug: bool):
    with override_settings(DEBUG=debug):
        problem_of(client.get("/api/v1/nowhere"), 404)


def test_a_wrong_method_tells_the_right_ones(client: Client):
    answer = client.delete("/api/v1/raise/x")
    problem_of(answer, 405)
    assert answer["Allow"] == "GET, POST, HEAD, OPTIONS"


def test_a_foreign_host(client: Client):
    problem_of(client.get("/api/v1/raise/x", headers={"Host": "evil.example"}), 400)


def test_titles_are_translated(client: Client):
    titles = {
        client.get("/api/v1/nowhere", headers={"Accept-Language": language}).json()["title"]
        for language in ("en", "es")
    }
    assert titles >= {"Nothing here, or nothing that you may see"}


def test_pages_keep_their_own_errors(client: Client):
    assert client.get("/nowhere")["Content-Type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b'{"a": 1, "a": 2}', "a"),
        (b'{"a": {"b": "\\u0000"}}', "a.b"),
        (b'{"a": ["\\ud800"]}', "a.0"),
    ],
)
def test_json_faults_name_the_field(client: Client, body: bytes, field: str):
    answer = client.post("/api/v1/raise/x", body, content_type="application/json")
    assert problem_of(answer, 400)["errors"][0]["field"] == field


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b"null",
        b"1",
        b'"a"',
        b"NaN",
        b'{"a": NaN}',
        b'{"a": "\xff"}',
        b'{"a": %s}' % (b"9" * 4_000),
        b'{"a":' * 100_000,
        b"[" * 100_000,
        b"\x00",
        b" ",
    ],
    ids=range(13),
)
def test_json_faults(client: Client, body: bytes):
    problem_of(client.post("/api/v1/raise/x", body, content_type="application/json"), 400)


@pytest.mark.parametrize("kind", ["application/json", "application/x-www-form-urlencoded"])
@pytest.mark.parametrize("charset", ["bogus", "utf-16", "bz2_codec", "latin-1"])
def test_other_charsets(client: Client, kind: str, charset: str):
    answer = client.generic("POST", "/api/v1/raise/x", b"{}", content_type=f"{kind}; charset={charset}")
    problem_of(answer, 400)


@pytest.mark.parametrize("kind", ["text/xml", "application/xml", "text/plain", "nonsense"])
def test_other_content_types(client: Client, kind: str):
    problem_of(client.post("/api/v1/raise/x", b"<a/>", content_type=kind), 415)


MULTIPART = "multipart/form-data; boundary=x"


def part(name: str, value: str) -> str:
    return f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'


@pytest.mark.parametrize("kind", ["application/json", "application/x-www-form-urlencoded", MULTIPART])
def test_three_megabytes(client: Client, kind: str):
    problem_of(client.post("/api/v1/raise/x", b"a" * 3_000_000, content_type=kind), 413)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/x-www-form-urlencoded", "&".join(f"f{n}=1" for n in range(2_000))),
        (MULTIPART, "".join(part(f"f{n}", "1") for n in range(2_000)) + "--x--\r\n"),
        ("application/x-www-form-urlencoded", "a=%ff"),
        ("application/x-www-form-urlencoded", "a=%00"),
        ("application/x-www-form-urlencoded", "a%00=1"),
        (MULTIPART, part("a", "\x00") + "--x--\r\n"),
        ("multipart/form-data", part("a", "1") + "--x--\r\n"),
    ],
    ids=["many", "many-parts", "utf8", "nul", "nul-key", "nul-part", "no-boundary"],
)
def test_form_faults(client: Client, kind: str, body: str):
    problem_of(client.post("/api/v1/raise/x", body.encode(), content_type=kind), 400)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", '{"a": "ñ"}'),
        ("application/json; charset=UTF-8", '{"a": "\\u00f1"}'),
        ("application/x-www-form-urlencoded", "a=%C3%B1"),
        ("application/x-www-form-urlencoded; charset=utf-8", "a=ñ"),
        (MULTIPART, part("a", "ñ") + "--x--\r\n"),
    ],
)
def test_the_same_value_in_each_format(client: Client, kind: str, body: str):
    answer = client.post("/api/v1/raise/x", body.encode(), content_type=kind)
    assert answer.json() == {"a": "ñ"}
