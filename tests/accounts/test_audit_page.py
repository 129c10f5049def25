"""The page of the audit log."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from smarketing.accounts.enums import Role
from smarketing.accounts.models import User
from smarketing.accounts.selectors.changes import told
from smarketing.accounts.services.audit import record_created
from smarketing.accounts.services.people import update_person

from .factories import make_team, make_user

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 2, 10, tzinfo=UTC)
PAGE = "/settings/audit/"


@pytest.fixture
def admin(client: Client) -> User:
    user = make_user(role=Role.ADMIN)
    client.force_login(user)
    return user


def names(client: Client, **query: str) -> list[str]:
    return [told.change.object_name for told in client.get(PAGE, query).context["changes"]]


def test_the_newest_stands_first(client: Client, admin: User):
    record_created(make_team(name="Old"), actor=admin, at=AT)
    record_created(make_team(name="New"), actor=admin, at=AT + timedelta(days=1))
    assert names(client) == ["New", "Old"]


def test_by_who(client: Client, admin: User):
    other = make_user()
    record_created(make_team(name="Mine"), actor=admin, at=AT)
    record_created(make_team(name="Theirs"), actor=other, at=AT)
    assert names(client, who=str(other.pk)) == ["Theirs"]


def test_by_kind_and_object(client: Client, admin: User):
    team = make_team(name="Sales")
    record_created(team, actor=admin, at=AT)
    record_created(make_team(), actor=admin, at=AT)
    record_created(make_user(), actor=admin, at=AT)
    assert names(client, kind="accounts.team", object=str(team.pk)) == ["Sales"]


@pytest.mark.parametrize(
    ("zone", "seen"), [("UTC", ["Late"]), ("Europe/Madrid", [])], ids=["same day", "next day in Madrid"]
)
def test_days_are_the_readers_own(client: Client, admin: User, zone: str, seen: list[str]):
    User.objects.filter(pk=admin.pk).update(time_zone=zone)
    record_created(make_team(name="Late"), actor=admin, at=datetime(2026, 3, 2, 23, 30, tzinfo=UTC))
    assert names(client, since="2026-03-02", until="2026-03-02") == seen


def test_a_wrong_period_is_told(client: Client, admin: User):
    form = client.get(PAGE, {"since": "2026-03-02", "until": "2026-03-01"}).context["form"]
    assert form.errors.keys() == {"until"}


def test_values_are_said_in_words():
    team, user = make_team(name="Sales"), make_user(role=Role.SDR)
    update_person(user=user, values={"team": team, "role": Role.AE, "is_active": False}, actor=None, at=AT)
    change = told(type(user)._meta.apps.get_model("accounts.ConfigChange").objects.get())
    assert [(line.label, line.before, line.after) for line in change.lines] == [
        ("Active", ["yes"], ["no"]),
        ("Role", ["Sales development rep (SDR)"], ["Account executive (AE)"]),
        ("Team", [], ["Sales"]),
    ]


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_costs_the_same_whatever_it_shows(
    client: Client, admin: User, rows: int, django_assert_num_queries
):
    for _ in range(rows):
        record_created(make_team(), actor=make_user(), at=AT)
    client.get(PAGE)
    with django_assert_num_queries(5):  # session, person, people to choose, count, page
        client.get(PAGE)
