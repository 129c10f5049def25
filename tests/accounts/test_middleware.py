from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.utils import timezone, translation

from smarketing.accounts.middleware import PersonMiddleware
from smarketing.accounts.models import User
from smarketing.accounts.rules.zones import zone_named

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


def seen_by(user: User, **cookies: str) -> tuple[str | None, str]:
    """Language and wall time of NOON inside a request of that user."""
    seen: list[tuple[str | None, str]] = []

    def view(request: HttpRequest) -> HttpResponse:
        seen.append((translation.get_language(), f"{timezone.localtime(NOON):%H:%M}"))
        return HttpResponse()

    request = RequestFactory().get("/")
    request.user = user
    request.COOKIES = {"sessionid": "x", **cookies}
    with translation.override("en"):
        PersonMiddleware(view)(request)
    return seen[0]


def test_language_and_time_zone_are_the_persons() -> None:
    assert seen_by(User(language="es", time_zone="Europe/Madrid")) == ("es", "14:00")


def test_a_language_chosen_in_the_browser_wins() -> None:
    assert seen_by(User(language="es"), django_language="en") == ("en", "12:00")


def test_an_unknown_time_zone_reads_as_utc() -> None:
    assert zone_named("Mars/Olympus") == ZoneInfo("UTC")


@pytest.mark.django_db
def test_no_query_without_a_session(client: Client, django_assert_num_queries) -> None:
    with django_assert_num_queries(0):
        client.get("/healthz")
