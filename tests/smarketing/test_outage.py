"""Pages while something is broken."""

import importlib
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client, RequestFactory

from funnel.errors import FunnelError, NotAllowed, StaleJourney
from smarketing.accounts.models import User
from smarketing.outage import LAST_WORDS, server_error
from tests.accounts.factories import make_user


@pytest.fixture
def failing(client: Client, monkeypatch: pytest.MonkeyPatch, db: None) -> tuple[Client, type]:
    """A signed-in client whose pages raise ``error``."""
    client.raise_request_exception = False
    client.force_login(make_user())

    class Broken:
        error: Exception = OperationalError("connection refused")

        @classmethod
        def report(cls, **_: object) -> None:
            raise cls.error

    # Imported by name: in the package the view of the same name hides its module.
    monkeypatch.setattr(importlib.import_module("funnel.views.report"), "funnel_report", Broken.report)
    return client, Broken


def test_a_page_without_its_database_says_when_to_come_back(failing: tuple[Client, type]) -> None:
    answer = failing[0].get("/funnel/?by=source")
    page = answer.content.decode()
    assert (answer.status_code, answer["Retry-After"], "Back in a moment" in page) == (503, "10", True)
    assert 'href="/funnel/?by=source"' in page


def test_the_page_asks_the_database_nothing(
    rf: RequestFactory, db: None, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(0):
        assert server_error(rf.get("/")).status_code == 500


@pytest.mark.parametrize(("error", "words"), [(OperationalError, "Volvemos"), (ValueError, "Algo falló")])
def test_it_speaks_the_browsers_language(failing: tuple[Client, type], error: type, words: str) -> None:
    failing[1].error = error("x")
    failing[0].cookies["django_language"] = "es"
    assert words in failing[0].get("/funnel/").content.decode()


def test_a_defect_is_told_without_details(failing: tuple[Client, type]) -> None:
    failing[1].error = ValueError("secret detail")
    answer = failing[0].get("/funnel/")
    assert (answer.status_code, b"secret detail" in answer.content, User.objects.count()) == (500, False, 1)


def test_a_broken_page_about_a_defect_still_says_something(
    failing: tuple[Client, type], monkeypatch: pytest.MonkeyPatch
) -> None:
    failing[1].error = ValueError("x")
    monkeypatch.setattr("smarketing.outage.loader.get_template", Path)  # has no render()
    answer = failing[0].get("/funnel/")
    assert (answer.status_code, answer.content.decode()) == (500, LAST_WORDS)


@pytest.mark.parametrize(
    ("error", "status", "headline"),
    [
        (StaleJourney("Ana <b> moved on."), 409, "Somebody was faster"),
        (NotAllowed("Only <b> managers may."), 403, "You may not see this page"),
        (FunnelError("No <b> amount."), 400, "This could not be done"),
    ],
)
def test_what_a_room_refuses_has_a_page(
    failing: tuple[Client, type], error: Exception, status: int, headline: str
) -> None:
    failing[1].error = error
    answer = failing[0].get("/funnel/")
    page = answer.content.decode()
    assert (answer.status_code, headline in page, "&lt;b&gt;" in page) == (status, True, True)
    assert 'id="content"' in page  # within the frame, with the navigation
