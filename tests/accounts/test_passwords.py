"""A new password by mail: for who is asked about, told to nobody else, and not too often."""

import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.core import mail
from django.test import Client
from django.utils import timezone

from sla.models import Mail, Notice
from sla.services.engine import tick
from sla.services.notices import tell_undeliverable
from smarketing.accounts.forms.passwords import MOST_ASKED
from smarketing.accounts.models import User
from smarketing.accounts.reset_tokens import reset_tokens

from .factories import make_user

pytestmark = pytest.mark.django_db
NEW = "a-long-new-password-7"


def ask(client: Client, email: str, address: str = "192.0.2.1"):
    return client.post("/password/", {"email": email}, REMOTE_ADDR=address)


@pytest.fixture
def user() -> User:
    return make_user(email="ana@example.com", language="es")


@pytest.fixture
def link(client: Client, user: User) -> str:
    """The address in the mail that came."""
    ask(client, "ANA@example.com")
    tick(at=timezone.now())
    (letter,) = mail.outbox
    assert (letter.to, letter.subject) == (["ana@example.com"], "Su contraseña nueva")
    found = re.search(rf"{settings.SITE_URL}(/password/\S+)", str(letter.body))
    assert found is not None
    return found.group(1)


def choose(client: Client, link: str, password: str = NEW):
    page = client.get(link, follow=True)
    return client.post(page.request["PATH_INFO"], {"new_password1": password, "new_password2": password})


def test_the_link_opens_a_new_password(client: Client, user: User, link: str):
    assert choose(client, link)["Location"] == "/sign-in/"
    user.refresh_from_db()
    assert user.check_password(NEW)


def test_the_link_works_once(client: Client, link: str):
    choose(client, link)
    answer = client.get(link)
    assert (answer.status_code, "no longer good" in answer.content.decode()) == (200, True)


@pytest.mark.parametrize(("seconds", "good"), [(3599, True), (3602, False)])
def test_the_link_ends_after_an_hour(user: User, seconds: int, good: bool, monkeypatch: pytest.MonkeyPatch):
    token = reset_tokens.make_token(user)
    later = reset_tokens._now() + timedelta(seconds=seconds)
    monkeypatch.setattr(reset_tokens, "_now", lambda: later)
    assert reset_tokens.check_token(user, token) is good


def test_an_invitation_opens_no_reset(user: User):
    assert reset_tokens.check_token(user, default_token_generator.make_token(user)) is False


def test_a_weak_password_is_refused(client: Client, user: User, link: str):
    assert choose(client, link, "12345").status_code == 200
    user.refresh_from_db()
    assert user.check_password("secret")


def test_no_store_holds_what_opens_an_account(client: Client, link: str):
    token = link.strip("/").split("/")[-1]
    assert token not in str(Mail.objects.values())


@pytest.mark.parametrize("email", ["nobody@example.com", "left@example.com"])
def test_who_may_not_sign_in_gets_no_mail_and_the_same_answer(client: Client, user: User, email: str):
    make_user(email="left@example.com", is_active=False)
    known, unknown = ask(client, user.email), ask(client, email)
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    assert list(Mail.objects.values_list("address", flat=True)) == [user.email]


def test_asking_often_sends_one_mail(client: Client, user: User):
    for number in range(3):
        ask(client, user.email, address=f"192.0.2.{number}")
    assert Mail.objects.count() in (1, 2)  # two when the tests run across the end of ten minutes


def test_one_address_cannot_ask_about_everybody(client: Client):
    for number in range(MOST_ASKED):
        assert ask(client, f"person{number}@example.com").status_code == 302
    answer = ask(client, "one-more@example.com")
    assert (answer.status_code, answer["Retry-After"]) == (429, "600")
    assert ask(client, "one-more@example.com", address="192.0.2.2").status_code == 302


def test_a_mail_that_does_not_arrive_is_told_to_nobody(client: Client, user: User, link: str):
    (letter,) = Mail.objects.all()
    tell_undeliverable(mail=letter, reminders=[], at=timezone.now() + timedelta(hours=1))
    assert not Notice.objects.exists()


def test_the_password_is_changed_with_the_old_one(client: Client, user: User):
    client.force_login(user)
    form = {"new_password1": NEW, "new_password2": NEW}
    assert client.post("/password/change/", {**form, "old_password": "wrong"}).status_code == 200
    assert client.post("/password/change/", {**form, "old_password": "secret"}).status_code == 302
    user.refresh_from_db()
    assert user.check_password(NEW)


def test_only_who_is_signed_in_changes_it(client: Client):
    assert client.get("/password/change/").status_code == 302
