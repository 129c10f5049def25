"""What the audit log keeps, and that nobody rewrites it."""

from datetime import UTC, datetime

import pytest
from django.db import DatabaseError, transaction

from smarketing.accounts.enums import Origin, Role, Scope
from smarketing.accounts.models import ConfigChange
from smarketing.accounts.rules.changes import differences
from smarketing.accounts.services.audit import changing, coming_from, record_created, record_deleted, snapshot
from smarketing.accounts.services.people import create_person, update_person
from smarketing.accounts.services.tokens import issue_token, revoke_token
from smarketing.accounts.services.users import deactivate, set_boss
from tests.funnel.pools import make_pool

from .factories import make_team, make_user

AT = datetime(2026, 3, 2, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1}, {"a": 2}, [{"field": "a", "before": 1, "after": 2}]),
        ({}, {"a": "x"}, [{"field": "a", "before": None, "after": "x"}]),
        ({}, {"a": "", "b": None, "c": []}, []),
        ({"a": True}, {"a": False}, [{"field": "a", "before": True, "after": False}]),
        ({"a": ["x", "y"]}, {"a": ["x"]}, [{"field": "a", "before": ["x", "y"], "after": ["x"]}]),
    ],
)
def test_what_differs_is_told(before, after, told):
    assert differences(before, after) == told


def test_of_rows_those_that_went_and_came_are_told():
    before = {"steps": [{"n": 1}, {"n": 2}]}
    after = {"steps": [{"n": 2}, {"n": 3}]}
    assert differences(before, after) == [{"field": "steps", "before": [{"n": 1}], "after": [{"n": 3}]}]


def test_rows_in_another_order_are_no_change():
    assert differences({"s": [{"n": 1}, {"n": 2}]}, {"s": [{"n": 2}, {"n": 1}]}) == []


def test_a_secret_is_never_told():
    found = differences({"password": "old"}, {"password": "new"}, secrets=("password",))
    assert found == [{"field": "password", "secret": True}]


@pytest.mark.django_db
@pytest.mark.parametrize("act", ["update", "delete"])
def test_the_database_refuses_to_rewrite_the_log(act: str):
    record_created(make_team(), actor=None, at=AT)
    with pytest.raises(DatabaseError, match="only ever added to"), transaction.atomic():
        getattr(ConfigChange.objects.all(), act)(**({"object_name": "x"} if act == "update" else {}))


@pytest.mark.django_db
class TestServices:
    def test_a_person_is_created(self):
        admin = make_user(role=Role.ADMIN)
        user = create_person(
            email="Ana@example.com", values={"first_name": "Ana", "role": Role.SDR}, actor=admin, at=AT
        )
        change = ConfigChange.objects.get()
        told = {entry["field"]: entry.get("after") for entry in change.changes}
        assert (change.actor, change.at, change.action, change.object_id) == (
            admin,
            AT,
            "created",
            str(user.pk),
        )
        assert (told["email"], told["first_name"], told["role"]) == ("ana@example.com", "Ana", "sdr")
        assert "pbkdf2" not in str(change.changes)
        assert {"field": "password", "secret": True} in change.changes

    def test_what_changed_is_told_with_before_and_after(self):
        team, user = make_team(name="Sales"), make_user(role=Role.SDR)
        update_person(user=user, values={"team": team, "role": Role.AE}, actor=None, at=AT)
        assert ConfigChange.objects.get().changes == [
            {"field": "role", "before": "sdr", "after": "ae"},
            {"field": "team", "before": None, "after": {"id": team.pk, "name": "Sales"}},
        ]

    def test_one_act_is_told_once(self):
        boss, user = make_user(), make_user()
        update_person(user=user, values={"reports_to": boss, "first_name": "Eva"}, actor=None, at=AT)
        assert [entry["field"] for entry in ConfigChange.objects.get().changes] == [
            "first_name",
            "reports_to",
        ]

    def test_nothing_changed_is_not_told(self):
        user = make_user(first_name="Eva")
        update_person(user=user, values={"first_name": "Eva"}, actor=None, at=AT)
        assert ConfigChange.objects.count() == 0

    @pytest.mark.parametrize("size", [1, 3])
    def test_an_object_is_read_with_its_parts_and_what_they_point_at(self, size, django_assert_num_queries):
        people = [make_user() for _ in range(size)]
        pool = make_pool(*people)
        with django_assert_num_queries(2):
            found = snapshot(pool)
        assert [row["user"] for row in found["members"]] == [
            {"id": user.pk, "name": str(user)} for user in people
        ]

    def test_a_boss_set_alone_is_told(self):
        set_boss(user=make_user(), boss=(boss := make_user()), at=AT)
        (entry,) = ConfigChange.objects.get().changes
        assert (entry["field"], entry["after"]["id"]) == ("reports_to", boss.pk)

    def test_a_token_is_told_without_its_digest(self):
        token, plain = issue_token(user=make_user(), name="site", scopes=[Scope.LEADS_READ], at=AT)
        revoke_token(token=token, at=AT)
        created, revoked = ConfigChange.objects.order_by("pk")
        text = str(created.changes)
        assert (
            token.digest in text,
            plain in text,
            {"field": "digest", "secret": True} in created.changes,
        ) == (
            False,
            False,
            True,
        )
        assert [entry["field"] for entry in revoked.changes] == ["revoked_at"]

    def test_leaving_tells_of_the_person_and_their_tokens(self):
        user = make_user()
        issue_token(user=user, name="site", scopes=[Scope.LEADS_READ], at=AT)
        deactivate(user=user, at=AT, actor=(admin := make_user(role=Role.ADMIN)))
        told = [
            (row.kind, row.actor) for row in ConfigChange.objects.exclude(action="created").order_by("pk")
        ]
        assert told == [("accounts.user", admin), ("accounts.apitoken", admin)]

    def test_a_change_that_is_rolled_back_is_not_told(self):
        user = make_user()
        with pytest.raises(RuntimeError), changing(user, actor=None, at=AT):
            type(user).objects.filter(pk=user.pk).update(first_name="Eva")
            raise RuntimeError
        user.refresh_from_db()
        assert (ConfigChange.objects.count(), user.first_name == "Eva") == (0, False)

    def test_what_was_deleted_is_told(self):
        record_deleted(make_team(name="Sales"), actor=None, at=AT)
        assert ConfigChange.objects.get().changes[0] == {"field": "name", "before": "Sales", "after": None}

    @pytest.mark.parametrize("way", Origin)
    def test_the_way_in_is_told(self, way: Origin):
        with coming_from(way):
            record_created(make_team(), actor=None, at=AT)
        assert ConfigChange.objects.get().origin == way

    def test_without_a_request_it_was_a_command(self):
        record_created(make_team(), actor=None, at=AT)
        assert ConfigChange.objects.get().origin == Origin.COMMAND
