"""Every settings page by role and method; what is there, what is not."""

import re
from functools import partial

import pytest
from django.test import Client

from smarketing.accounts.enums import Role
from tests.accounts.factories import make_user
from tests.settings_routes import SETTINGS
from tests.undoing import undone

pytestmark = pytest.mark.django_db
MISSING = "2000000000"
METHODS = ("get", "post", "put", "patch", "delete")


def address(route: str) -> str:
    return "/" + re.sub(r"<\w+:\w+>", MISSING, route)


def expected(route: str, method: str, role: str) -> set[int]:
    """An allowed page answers 200; one about an object that is missing 404. Of a body nothing is said."""
    roles, methods = SETTINGS[route]
    if role == "nobody":
        return {302}
    if role not in roles:
        return {403}
    if method not in methods:
        return {405}
    if route.startswith("setup/"):
        return {302}
    if "<" in route:
        return {404}
    return {200, 422} if method == "post" else {200}


def ask(client: Client, method: str, route: str) -> int:
    return getattr(client, method)(address(route)).status_code


@pytest.mark.parametrize("role", [*Role, "nobody"])
def test_who_may_open_which_settings(role: str):
    client = Client()
    if role != "nobody":
        client.force_login(make_user(role=role))
    cases = [(method, route) for route in SETTINGS for method in METHODS]
    answers = {case: undone(client, partial(ask, client, *case)) for case in cases}
    wrong = {
        (method, route): (got, expected(route, method, role))
        for (method, route), got in answers.items()
        if got not in expected(route, method, role)
    }
    assert wrong == {}
