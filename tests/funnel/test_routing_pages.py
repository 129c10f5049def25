"""Routing rules in the settings pages, and who would get a lead."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from funnel.models import Assignment, Journey, RoutingMember, RoutingRule
from funnel.rules.routing import why_passed_by
from funnel.services.pool_rows import lock_pool
from funnel.services.trying import try_routing
from leads.models import Company, Lead
from smarketing.accounts.enums import Role
from smarketing.accounts.models import Absence, ConfigChange, User
from tests.accounts.factories import make_user

from .pools import entered_lead, make_pool

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def admin(client: Client) -> User:
    user = make_user(role=Role.ADMIN)
    client.force_login(user)
    return user


@pytest.fixture
def reps() -> list[User]:
    return [make_user(role=Role.SDR) for _ in range(3)]


@pytest.mark.parametrize("countries", [[], ["ES"], ["ES", "PT"]])
@pytest.mark.parametrize(("least", "most"), [(None, None), (200, None), (None, 200), (100, 200)])
@pytest.mark.parametrize("country", ["", "ES", "FR"])
@pytest.mark.parametrize("employees", [None, 0, 99, 100, 200, 201])
def test_the_words_agree_with_the_database(countries, least, most, country, employees):
    make_pool(countries=countries, min_employees=least, max_employees=most)
    lead = Lead(country=country, company=Company(employees=employees))
    covered = lock_pool(journey=Journey(lead=lead), role="sdr", at=AT).rule_id is not None
    why = why_passed_by(countries=countries, least=least, most=most, country=country, employees=employees)
    assert (not why) == covered


def test_the_trial_says_what_routing_does(reps: list[User]):
    from tests.leads.factories import live_rule_set

    live_rule_set(at=AT)
    make_pool(reps[0], countries=["PT"])
    make_pool(*reps[1:])
    said = try_routing(role="sdr", country="ES", employees=None, at=AT)
    lead = entered_lead(reached="mql", country="ES", at=AT)
    lead.refresh_from_db()
    assert (said.chosen, [one.why for one in said.passed]) == (lead.owner, ["country"])


def test_everybody_skipped_is_explained(reps: list[User]):
    left, away, full = reps
    paused, wrong = make_user(role=Role.SDR), make_user(role=Role.MARKETER)
    rule = make_pool(left, away, full, paused, wrong)
    User.objects.filter(pk=left.pk).update(is_active=False)
    RoutingMember.objects.filter(user=paused).update(is_active=False)
    RoutingMember.objects.filter(user=full).update(capacity=0)
    Absence.objects.create(user=away, starts_at=AT, ends_at=AT + timedelta(days=1))
    said = try_routing(role="sdr", country="", employees=None, at=AT)
    assert (said.rule, said.chosen) == (rule, None)
    assert {one.user: one.why for one in said.members} == {
        left: "inactive",
        away: "absent",
        full: "capacity",
        paused: "paused",
        wrong: "role",
    }


def test_asking_changes_nobodys_turn(client: Client, admin: User, reps: list[User]):
    make_pool(*reps)
    before = list(RoutingMember.objects.order_by("pk").values())
    chosen = {
        client.get("/settings/routing/test/", {"role": "sdr"}).context["trial"].chosen for _ in range(3)
    }
    assert chosen == {reps[0]}
    assert (list(RoutingMember.objects.order_by("pk").values()), Assignment.objects.count()) == (before, 0)


def test_of_equals_whoever_is_longer_in_the_pool_goes_first(client: Client, admin: User, reps: list[User]):
    make_pool(*reps)
    RoutingMember.objects.filter(user=reps[2]).update(assigned=9)
    text = client.get("/settings/routing/test/", {"role": "sdr"}).content.decode()
    told = [text.count(words) for words in ("lowest level", "longer goes first", "more for their weight")]
    assert told == [1, 1, 1]


def test_without_a_rule_nobody_gets_it(client: Client, admin: User):
    trial = client.get("/settings/routing/test/", {"role": "ae", "country": "es"}).context["trial"]
    assert (trial.rule, trial.chosen) == (None, None)


def body(members: list[dict[str, Any]] | None = None, **fields: Any) -> dict[str, Any]:
    rows = members or []
    data = {"members-TOTAL_FORMS": len(rows), "members-INITIAL_FORMS": 0}
    data |= {f"members-{n}-{key}": value for n, row in enumerate(rows) for key, value in row.items()}
    return {
        "name": "Iberia",
        "role": "sdr",
        "position": 1,
        "countries": "es, pt",
        "is_active": "on",
        **data,
        **fields,
    }


def member(user: User, **fields: Any) -> dict[str, Any]:
    return {"user": user.pk, "weight": 1, "is_active": "on", **fields}


def test_a_rule_is_made_with_its_pool(client: Client, admin: User, reps: list[User]):
    client.post("/settings/routing/new/", body([member(reps[0], weight=2, capacity=30), member(reps[1])]))
    rule = RoutingRule.objects.get()
    assert (rule.countries, list(rule.members.values_list("user", "weight", "capacity"))) == (
        ["ES", "PT"],
        [(reps[0].pk, 2, 30), (reps[1].pk, 1, None)],
    )
    assert ConfigChange.objects.get().action == "created"


def test_a_change_is_told_with_its_members(client: Client, admin: User, reps: list[User]):
    rule = make_pool(*reps[:2], name="Iberia", position=1, countries=["ES", "PT"])
    client.post(f"/settings/routing/{rule.pk}/", body([member(reps[1]), member(reps[2])]))
    (entry,) = ConfigChange.objects.get().changes
    assert entry["field"] == "members"
    assert [row["user"]["id"] for row in entry["before"]] == [reps[0].pk]
    assert [row["user"]["id"] for row in entry["after"]] == [reps[2].pk]


def test_a_newcomer_starts_at_the_level_of_the_pool(client: Client, admin: User, reps: list[User]):
    rule = make_pool(*reps[:2], name="Iberia", position=1)
    RoutingMember.objects.update(assigned=10)
    client.post(f"/settings/routing/{rule.pk}/", body([member(user) for user in reps]))
    newest = RoutingMember.objects.get(user=reps[2])
    assert newest.calibration + newest.assigned == 10


def test_members_keep_their_count(client: Client, admin: User, reps: list[User]):
    rule = make_pool(*reps[:2], name="Iberia", position=1)
    RoutingMember.objects.update(assigned=10)
    client.post(f"/settings/routing/{rule.pk}/", body([member(user) for user in reps[:2]]))
    assert list(rule.members.values_list("assigned", flat=True)) == [10, 10]


def test_a_pool_of_everybody_is_filled(client: Client, admin: User, reps: list[User]):
    client.post("/settings/routing/new/", body(takes_everybody="on"))
    assert set(RoutingMember.objects.values_list("user", flat=True)) == {user.pk for user in reps}


@pytest.mark.parametrize(
    "fields", [{"countries": "Spain"}, {"name": ""}, {"min_employees": 10, "max_employees": 5}]
)
def test_what_makes_no_sense_is_refused(client: Client, admin: User, fields: dict[str, Any]):
    assert client.post("/settings/routing/new/", body(**fields)).status_code == 422
    assert RoutingRule.objects.count() == 0


def test_somebody_twice_is_refused(client: Client, admin: User, reps: list[User]):
    answer = client.post("/settings/routing/new/", body([member(reps[0]), member(reps[0])]))
    assert (answer.status_code, RoutingRule.objects.count()) == (422, 0)


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_costs_the_same_at_any_length(
    client: Client, admin: User, rows: int, django_assert_num_queries
):
    for _ in range(rows):
        make_pool(make_user(role=Role.SDR), make_user(role=Role.SDR))
    client.get("/settings/routing/")
    with django_assert_num_queries(5):  # session, person, rules, members, users
        client.get("/settings/routing/")


@pytest.mark.parametrize("rows", [1, 3])
def test_a_rule_costs_the_same_at_any_length(
    client: Client, admin: User, rows: int, django_assert_num_queries
):
    rule = make_pool(*(make_user(role=Role.SDR) for _ in range(rows)))
    client.get(f"/settings/routing/{rule.pk}/")
    with django_assert_num_queries(
        7
    ):  # session, person, rule, members, its last changes, people to choose, name
        client.get(f"/settings/routing/{rule.pk}/")


@pytest.mark.parametrize("rows", [1, 3])
def test_a_trial_costs_the_same_at_any_length(
    client: Client, admin: User, rows: int, django_assert_num_queries
):
    make_pool(*(make_user(role=Role.SDR) for _ in range(rows)))
    client.get("/settings/routing/test/", {"role": "sdr"})
    with django_assert_num_queries(4):  # session, person, rules, members
        client.get("/settings/routing/test/", {"role": "sdr"})
