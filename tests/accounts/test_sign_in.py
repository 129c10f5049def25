"""Signing in and out, and how often one may guess."""

import pytest
from django.test import Client

from smarketing.accounts.forms.signing_in import MOST_FAILURES

from .factories import make_user

pytestmark = pytest.mark.django_db
SIGN_IN = "/sign-in/"


def sign_in(client: Client, email: str, password: str = "secret", address: str = "192.0.2.1"):
    return client.post(SIGN_IN, {"username": email, "password": password}, REMOTE_ADDR=address)


def test_the_right_password_opens(client: Client):
    user = make_user()
    assert sign_in(client, user.email.upper()).status_code == 302
    assert client.session["_auth_user_id"] == str(user.pk)


def test_a_wrong_password_does_not(client: Client):
    assert sign_in(client, make_user().email, "wrong").status_code == 200
    assert "_auth_user_id" not in client.session


def test_somebody_inactive_cannot(client: Client):
    assert sign_in(client, make_user(is_active=False).email).status_code == 200


def test_signing_out_takes_a_post(client: Client):
    client.force_login(make_user())
    assert client.get("/sign-out/").status_code == 405
    client.post("/sign-out/")
    assert "_auth_user_id" not in client.session


def test_nobody_is_sent_elsewhere(client: Client):
    user = make_user()
    form = {"username": user.email, "password": "secret", "next": "https://evil.example/"}
    assert client.post(SIGN_IN, form)["Location"] == "/"


@pytest.fixture
def guessed(client: Client) -> str:
    """Somebody at whose account one address has failed as often as it may."""
    email = make_user().email
    for _ in range(MOST_FAILURES["person"]):
        assert sign_in(client, email, "wrong").status_code == 200
    return email


def test_after_ten_failures_even_the_right_password_waits(client: Client, guessed: str):
    answer = sign_in(client, guessed)
    assert (answer.status_code, answer["Retry-After"]) == (429, "600")


def test_who_comes_from_elsewhere_is_not_locked_out(client: Client, guessed: str):
    assert sign_in(client, guessed, address="192.0.2.2").status_code == 302


def test_a_forged_header_gains_nothing(client: Client, guessed: str):
    form = {"username": guessed, "password": "secret"}
    headers = {"X-Forwarded-For": "203.0.113.9"}
    assert client.post(SIGN_IN, form, headers=headers, REMOTE_ADDR="192.0.2.1").status_code == 429


def test_another_account_may_still_be_tried(client: Client, guessed: str):
    assert sign_in(client, make_user().email).status_code == 302


def test_one_address_cannot_try_everybody(client: Client):
    for number in range(MOST_FAILURES["address"]):
        sign_in(client, f"person{number}@example.com", "wrong")
    assert sign_in(client, make_user().email).status_code == 429


def test_odd_names_are_no_crash(client: Client):
    assert sign_in(client, "a\x00b").status_code == 200
