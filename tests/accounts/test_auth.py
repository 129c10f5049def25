"""Who may call the API: tokens, sessions, scopes."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from smarketing.accounts.enums import Role, Scope
from smarketing.accounts.models import ApiToken
from smarketing.accounts.services.tokens import revoke_token
from smarketing.accounts.services.users import deactivate

from .factories import bearer, make_token, make_user

pytestmark = pytest.mark.django_db
ME = "/api/v1/me"


def test_a_token_opens_the_api(client: Client):
    user = make_user(role=Role.AE)
    assert client.get(ME, headers=bearer(user)).json()["email"] == user.email


def test_the_word_bearer_has_no_case(client: Client):
    _token, plain = make_token()
    assert client.get(ME, headers={"Authorization": f"bearer {plain}"}).status_code == 200


def test_a_token_tells_its_scopes(client: Client):
    headers = bearer(make_user(), scopes=[Scope.LEADS_READ])
    assert client.get(ME, headers=headers).json()["scopes"] == ["leads:read"]


def test_a_session_opens_the_api(client: Client):
    client.force_login(make_user())
    assert client.get(ME).status_code == 200


def test_nobody_is_asked_for_a_token(client: Client):
    answer = client.get(ME)
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, 'Bearer realm="api"')
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    "value", ["Bearer", "Bearer ", "Bearer smk_wrong", "Bearer a b", "Bearer ü", "bearer"]
)
def test_a_wrong_token_is_refused(client: Client, value: str):
    answer = client.get(ME, headers={"Authorization": value})
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, 'Bearer realm="api"')


def test_a_wrong_token_beats_a_session(client: Client):
    client.force_login(make_user())
    assert client.get(ME, headers={"Authorization": "Bearer smk_wrong"}).status_code == 401


def refused(client: Client, plain: str) -> bytes:
    answer = client.get(ME, headers={"Authorization": f"Bearer {plain}"})
    assert answer.status_code == 401
    return answer.content


def test_revoked_expired_unknown_and_inactive_look_the_same(client: Client):
    at = timezone.now()
    revoked, revoked_plain = make_token(at=at)
    revoke_token(token=revoked, at=at)
    _expired, expired_plain = make_token(at=at - timedelta(days=2), expires_at=at - timedelta(days=1))
    gone = make_user()
    _token, gone_plain = make_token(gone)
    deactivate(user=gone, at=at)
    answers = {refused(client, plain) for plain in [revoked_plain, expired_plain, gone_plain, "smk_x"]}
    assert len(answers) == 1


@pytest.mark.parametrize("plain", ["smk_wrong", None])
def test_any_token_costs_one_look_up(client: Client, django_assert_num_queries, plain: str | None):
    token, right = make_token()
    ApiToken.objects.filter(pk=token.pk).update(last_used_at=timezone.now())
    with django_assert_num_queries(1):
        client.get(ME, headers={"Authorization": f"Bearer {plain or right}"})


def test_use_is_noted(client: Client):
    token, plain = make_token()
    client.get(ME, headers={"Authorization": f"Bearer {plain}"})
    token.refresh_from_db()
    assert token.last_used_at is not None


def test_a_browser_needs_a_csrf_token():
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(make_user())
    answer = browser.post(ME, {}, content_type="application/json")
    assert (answer.status_code, answer["Content-Type"]) == (403, "application/problem+json")


def test_a_token_needs_no_csrf_token():
    caller = Client(enforce_csrf_checks=True)
    assert caller.post(ME, {}, content_type="application/json", headers=bearer()).status_code == 405
