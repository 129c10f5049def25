"""People and tokens in the admin."""

import re

import pytest
from django.test import Client

from smarketing.accounts.enums import Role
from smarketing.accounts.models import ApiToken, User

from .factories import make_team, make_token, make_user

pytestmark = pytest.mark.django_db
TOKENS = "/admin/accounts/apitoken/"


@pytest.fixture
def admin(client: Client) -> Client:
    client.force_login(make_user(role=Role.ADMIN))
    return client


def test_others_do_not_get_in(client: Client):
    client.force_login(make_user(role=Role.MANAGER))
    assert client.get("/admin/accounts/user/").status_code == 302


@pytest.mark.parametrize("model", ["user", "team", "absence", "apitoken"])
@pytest.mark.parametrize("page", ["", "add/"])
def test_every_page_opens(admin: Client, model: str, page: str):
    make_token(make_user(team=make_team(), reports_to=make_user()))
    assert admin.get(f"/admin/accounts/{model}/{page}").status_code == 200


def issue(admin: Client, user: User, **fields: str):
    form = {"user": user.pk, "name": "site", "scopes": ["leads:read"], **fields}
    return admin.post(f"{TOKENS}add/", form, follow=True)


def test_a_new_token_is_shown_once_and_works(admin: Client, client: Client):
    user = make_user()
    shown = re.search(r"smk_[\w-]{43}", issue(admin, user).content.decode())
    assert shown is not None
    assert shown[0] not in admin.get(TOKENS).content.decode()
    answer = Client().get("/api/v1/me", headers={"Authorization": f"Bearer {shown[0]}"})
    assert answer.json()["email"] == user.email


def test_a_token_that_has_expired_is_not_issued(admin: Client):
    issue(admin, make_user(), expires_at_0="2020-01-01", expires_at_1="00:00")
    assert ApiToken.objects.count() == 0


def test_a_token_is_revoked(admin: Client):
    token, _plain = make_token()
    admin.post(TOKENS, {"action": "revoke", "_selected_action": [token.pk]})
    token.refresh_from_db()
    assert token.revoked_at is not None


@pytest.mark.parametrize("page", ["delete/", "change/"])
def test_a_token_is_neither_changed_nor_deleted(admin: Client, page: str):
    token, _plain = make_token()
    assert admin.post(f"{TOKENS}{token.pk}/{page}", {"post": "yes", "name": "x"}).status_code == 403


def change(admin: Client, user: User, **changes: object):
    form = {
        "email": user.email,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "role": user.role,
        "language": "en",
        "time_zone": "UTC",
        "is_active": "on",
        "reports_to": user.reports_to_id or "",
        "absences-TOTAL_FORMS": "0",
        "absences-INITIAL_FORMS": "0",
        **changes,
    }
    answer = admin.post(
        f"/admin/accounts/user/{user.pk}/change/", {k: v for k, v in form.items() if v is not None}
    )
    user.refresh_from_db()
    return answer


def test_a_boss_is_set(admin: Client):
    boss, user = make_user(), make_user()
    assert change(admin, user, reports_to=boss.pk).status_code == 302
    assert user.reports_to == boss


def test_a_cycle_is_told_at_the_field(admin: Client):
    boss = make_user()
    make_user(reports_to=(middle := make_user(reports_to=boss)))
    answer = change(admin, boss, reports_to=middle.pk)
    assert answer.context["adminform"].form.errors.keys() == {"reports_to"}
    assert boss.reports_to is None


def test_who_leaves_loses_their_tokens(admin: Client):
    token, _plain = make_token(user := make_user())
    change(admin, user, is_active=None)
    token.refresh_from_db()
    assert (user.is_active, token.revoked_at is None) == (False, False)


def test_a_person_is_made(admin: Client):
    form = {
        "email": "new@example.com",
        "first_name": "New",
        "last_name": "Person",
        "role": "sdr",
        "password1": "long-enough-7",
        "password2": "long-enough-7",
        "absences-TOTAL_FORMS": "0",
        "absences-INITIAL_FORMS": "0",
    }
    admin.post("/admin/accounts/user/add/", form)
    assert User.objects.get(email="new@example.com").role == "sdr"


def test_people_are_not_deleted(admin: Client):
    assert admin.post(f"/admin/accounts/user/{make_user().pk}/delete/", {"post": "yes"}).status_code == 403
