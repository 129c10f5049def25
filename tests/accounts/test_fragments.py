"""What an htmx request is told beside its fragment."""

import json

import pytest
from django.contrib.messages.storage.fallback import FallbackStorage
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from smarketing.accounts.middleware import FragmentMiddleware
from smarketing.accounts.toasts import toast

from .factories import make_user

HTMX = {"HX-Request": "true"}


def answered(answer: HttpResponse, headers: dict[str, str] = HTMX) -> HttpResponse:
    """What becomes of a view's answer that left one message with an undo."""

    def view(request: HttpRequest) -> HttpResponse:
        toast(request, "Postponed <b>", undo_url="/undo/7/")
        return answer

    request = RequestFactory().get("/", headers=headers)
    request.session = {}  # type: ignore[assignment]
    request._messages = FallbackStorage(request)  # type: ignore[attr-defined]
    return FragmentMiddleware(view)(request)


def test_a_fragment_carries_its_message():
    told = json.loads(answered(HttpResponse())["HX-Trigger"])
    assert told == {"toasts": {"toasts": [{"text": "Postponed <b>", "level": "success", "undo": "/undo/7/"}]}}


def test_an_event_of_the_view_is_kept_beside_it():
    told = json.loads(answered(HttpResponse(headers={"HX-Trigger": '{"moved": {}}'}))["HX-Trigger"])
    assert sorted(told) == ["moved", "toasts"]


@pytest.mark.parametrize(
    ("answer", "headers"),
    [
        (HttpResponse(), {}),
        (HttpResponse(status=302, headers={"Location": "/leads/"}), HTMX),
        (HttpResponse(status=409), HTMX),
        (HttpResponse(headers={"HX-Refresh": "true"}), HTMX),
        (HttpResponse(headers={"HX-Redirect": "/leads/"}), HTMX),
    ],
)
def test_the_message_waits_for_the_page_that_comes_next(answer: HttpResponse, headers: dict[str, str]):
    assert "HX-Trigger" not in answered(answer, headers)


@pytest.mark.django_db
def test_a_fragment_never_becomes_the_sign_in_page(client: Client):
    assert client.get("/leads/", headers=HTMX).status_code == 401
    assert client.get("/leads/").status_code == 302


@pytest.mark.django_db
def test_a_fragment_of_who_is_signed_in_passes(client: Client):
    client.force_login(make_user())
    assert client.get("/leads/", headers=HTMX).status_code == 200
