"""A form that was sent after the session had ended is not lost."""

import re

import pytest
from django.test import Client
from django.utils import translation

from smarketing.accounts.kept_forms import LONGEST, in_words, keep, kept
from smarketing.accounts.models import User

from .factories import make_user

pytestmark = pytest.mark.django_db
TYPED = {
    "first_name": "Ana <b>",
    "last_name": "Gil",
    "language": "en",
    "time_zone": "UTC",
    "colour_scheme": "auto",
    "told": ["assigned", "recycled"],
}


def hidden(page: str) -> list[tuple[str, str]]:
    return re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page)


@pytest.fixture
def signed_in_again(client: Client) -> tuple[User, str]:
    """The page after somebody without a session had sent their profile, and then signed in."""
    user = make_user()
    sent = client.post("/profile/", TYPED)
    assert (sent.status_code, User.objects.get().first_name) == (401, user.first_name)
    carried = dict(hidden(sent.content.decode()))["kept"]
    answer = client.post("/sign-in/", {"username": user.email, "password": "secret", "kept": carried})
    assert answer.status_code == 200
    return user, answer.content.decode()


def test_it_is_carried_through_signing_in(signed_in_again: tuple[User, str], client: Client):
    user, page = signed_in_again
    assert 'action="/profile/"' in page
    fields = [(name, value) for name, value in hidden(page) if name in TYPED]
    assert fields == [
        (name, str(one).replace("<", "&lt;").replace(">", "&gt;"))
        for name, value in TYPED.items()
        for one in (value if isinstance(value, list) else [value])
    ]
    assert User.objects.get().first_name == user.first_name  # nothing was sent by itself


def test_it_survives_a_wrong_password(client: Client):
    carried = dict(hidden(client.post("/profile/", TYPED).content.decode()))["kept"]
    again = client.post("/sign-in/", {"username": "x@example.com", "password": "no", "kept": carried})
    assert dict(hidden(again.content.decode()))["kept"] == carried


@pytest.mark.parametrize("text", ["", "x", keep(path="/leads/", values=[("a", "b")]) + "x"])
def test_what_we_did_not_sign_is_not_shown(client: Client, text: str):
    answer = client.post("/sign-in/", {"username": make_user().email, "password": "secret", "kept": text})
    assert answer.status_code == 302


def test_secrets_are_not_carried():
    found = kept(keep(path="/", values=[("csrfmiddlewaretoken", "t"), ("new_password1", "p"), ("note", "n")]))
    assert found is not None and found.values == [("note", "n")]


def test_what_is_too_long_is_not_carried():
    assert keep(path="/", values=[("note", "n" * LONGEST)]) == ""


def test_htmx_is_told_apart(client: Client):
    answer = client.post("/profile/", TYPED, headers={"HX-Request": "true"})
    assert (answer.status_code, answer.content) == (401, b"")


def test_signing_out_keeps_nothing(client: Client):
    client.force_login(make_user())
    assert client.post("/sign-out/", {"note": "n"}).status_code == 302


def test_what_was_typed_is_told_as_pages_name_it():
    values = [("first_name", "Ana"), ("colour_scheme", "dark"), ("expected", "2026-11-27"), ("note", " ")]
    values.append(("some_thing", "x"))
    assert in_words(values) == [("First name", "Ana"), ("Appearance", "Dark"), ("Some thing", "x")]
    with translation.override("es"):
        assert in_words(values)[0] == ("Nombre", "Ana")
