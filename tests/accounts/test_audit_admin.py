"""Django's admin tells the audit log."""

import pytest
from django.test import Client

from smarketing.accounts.enums import Role
from smarketing.accounts.models import ConfigChange, User

from .factories import make_team, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin() -> User:
    return make_user(role=Role.ADMIN)


@pytest.fixture
def signed_in(client: Client, admin: User) -> Client:
    client.force_login(admin)
    return client


def told() -> list[tuple[str, str, list[str]]]:
    rows = ConfigChange.objects.order_by("pk")
    return [(row.kind, row.action, [entry["field"] for entry in row.changes]) for row in rows]


def test_adding(signed_in: Client, admin: User):
    signed_in.post("/admin/accounts/team/add/", {"name": "Sales", "side": "sales"})
    row = ConfigChange.objects.get()
    assert told() == [("accounts.team", "created", ["name", "side"])]
    assert (row.actor, row.origin) == (admin, "admin")


def test_changing(signed_in: Client):
    team = make_team(name="Sales")
    signed_in.post(f"/admin/accounts/team/{team.pk}/change/", {"name": "Sales 2", "side": "sales"})
    assert ConfigChange.objects.get().changes == [{"field": "name", "before": "Sales", "after": "Sales 2"}]


def test_saving_without_a_change_tells_nothing(signed_in: Client):
    team = make_team(name="Sales", side="sales")
    signed_in.post(f"/admin/accounts/team/{team.pk}/change/", {"name": "Sales", "side": "sales"})
    assert told() == []


def test_deleting_one(signed_in: Client):
    team = make_team()
    signed_in.post(f"/admin/accounts/team/{team.pk}/delete/", {"post": "yes"})
    assert told() == [("accounts.team", "deleted", ["name", "side"])]


def test_deleting_several(signed_in: Client):
    teams = [make_team(), make_team()]
    data = {"action": "delete_selected", "_selected_action": [team.pk for team in teams], "post": "yes"}
    signed_in.post("/admin/accounts/team/", data)
    assert [row[:2] for row in told()] == [("accounts.team", "deleted")] * 2


def test_a_person_who_gets_a_boss_is_told_once(signed_in: Client):
    boss, user = make_user(), make_user()
    form = {
        "email": user.email,
        "first_name": "Eva",
        "last_name": user.last_name,
        "role": user.role,
        "language": "en",
        "time_zone": "UTC",
        "is_active": "on",
        "reports_to": boss.pk,
        "absences-TOTAL_FORMS": "0",
        "absences-INITIAL_FORMS": "0",
    }
    signed_in.post(f"/admin/accounts/user/{user.pk}/change/", form)
    assert told() == [("accounts.user", "changed", ["first_name", "reports_to"])]


def test_a_password_set_is_told_without_it(signed_in: Client):
    user = make_user()
    data = {"password1": "long-enough-7", "password2": "long-enough-7", "usable_password": "true"}
    signed_in.post(f"/admin/accounts/user/{user.pk}/password/", data)
    assert ConfigChange.objects.get().changes == [{"field": "password", "secret": True}]


def test_a_token_is_told_once(signed_in: Client):
    form = {"user": make_user().pk, "name": "site", "scopes": ["leads:read"]}
    signed_in.post("/admin/accounts/apitoken/add/", form)
    assert [row[:2] for row in told()] == [("accounts.apitoken", "created")]
    assert ConfigChange.objects.get().actor.role == Role.ADMIN
