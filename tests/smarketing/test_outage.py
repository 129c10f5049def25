"""Pages while something is broken."""

import importlib

import pytest
from django.db import OperationalError
from django.test import Client

from smarketing.accounts.models import User
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
    answer = failing[0].get("/funnel/")
    assert (answer.status_code, answer["Retry-After"], b"Volvemos" in answer.content) == (503, "10", True)


def test_a_defect_is_told_without_details(failing: tuple[Client, type]) -> None:
    failing[1].error = ValueError("secret detail")
    answer = failing[0].get("/funnel/")
    assert (answer.status_code, b"secret detail" in answer.content, User.objects.count()) == (500, False, 1)
