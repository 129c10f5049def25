"""Who gets a lead, and what is kept of the decision."""

from datetime import timedelta

import pytest

from funnel.models import Assignment, RoutingMember, RoutingRule
from funnel.services.defaults import install_defaults
from funnel.services.pools import calibrate, fill_pools, join_pool
from leads.models import Company, Lead
from smarketing.accounts.enums import Role
from smarketing.accounts.models import Absence, User
from tests.accounts.factories import make_user
from tests.funnel.pools import NOON, entered_lead, make_pool

pytestmark = pytest.mark.django_db


def sdr(**fields: object) -> User:
    return make_user(Role.SDR, **fields)


def mql(**fields: object) -> Assignment:
    """The decision about a lead that has just become an MQL."""
    return Assignment.objects.get(lead=entered_lead(reached="mql", **fields), ended_at=None)


def owners(n: int) -> list[User | None]:
    return [mql().user for _ in range(n)]


def why(assignment: Assignment) -> dict[int, str]:
    return {row["user"]: row["why"] for row in assignment.decision["skipped"]}


def test_members_take_turns() -> None:
    a, b, c = sdr(), sdr(), sdr()
    make_pool(a, b, c)
    assert owners(6) == [a, b, c, a, b, c]


def test_weight_two_gets_twice_as_many() -> None:
    a, b = sdr(), sdr()
    rule = make_pool(a, b)
    RoutingMember.objects.filter(rule=rule, user=b).update(weight=2)
    given = owners(9)
    assert (given.count(a), given.count(b)) == (3, 6)


@pytest.mark.parametrize(
    ("country", "employees", "pool"),
    [
        ("ES", 500, "big iberia"),
        ("ES", 199, "rest"),
        ("ES", 200, "big iberia"),
        ("ES", None, "rest"),
        ("FR", 500, "rest"),
        ("", 500, "rest"),
    ],
)
def test_territory_and_size_choose_the_pool(country: str, employees: int | None, pool: str) -> None:
    make_pool(sdr(), name="big iberia", countries=["ES", "PT"], min_employees=200)
    make_pool(sdr(), name="rest")
    company = Company.objects.create(employees=employees, created_at=NOON)
    assignment = mql(country=country, company=company)
    assert assignment.rule is not None and assignment.rule.name == pool


def test_the_country_of_the_company_counts_when_the_lead_names_none() -> None:
    make_pool(sdr(), name="iberia", countries=["ES"])
    assignment = mql(company=Company.objects.create(country="ES", created_at=NOON))
    assert assignment.decision["rule"] == "iberia"


def test_an_upper_size_is_included() -> None:
    make_pool(sdr(), name="small", max_employees=50)
    at_bound = mql(company=Company.objects.create(employees=50, created_at=NOON))
    above = mql(company=Company.objects.create(employees=51, created_at=NOON))
    assert (at_bound.decision["rule"], above.decision["rule"]) == ("small", None)


@pytest.mark.parametrize(
    ("starts", "ends", "skipped"), [(0, 1, True), (-1, 0, False), (-1, 1, True), (1, 2, False)]
)
def test_absent_people_are_skipped_while_they_are_absent(starts: int, ends: int, skipped: bool) -> None:
    away, there = sdr(), sdr()
    make_pool(away, there)
    hour = timedelta(hours=1)
    Absence.objects.create(user=away, starts_at=NOON + starts * hour, ends_at=NOON + ends * hour)
    assert (mql().user == there) == skipped


def test_everybody_skipped_is_named_with_the_reason() -> None:
    gone, paused, absent, full, ae = sdr(is_active=False), sdr(), sdr(), sdr(), make_user(Role.AE)
    there = sdr()
    rule = make_pool(gone, paused, absent, full, ae, there)
    RoutingMember.objects.filter(rule=rule, user=paused).update(is_active=False)
    RoutingMember.objects.filter(rule=rule, user=full).update(capacity=0)
    Absence.objects.create(user=absent, starts_at=NOON, ends_at=NOON + timedelta(days=1))
    assignment = mql()
    assert (assignment.user, why(assignment)) == (
        there,
        {gone.pk: "inactive", paused.pk: "paused", absent.pk: "absent", full.pk: "capacity", ae.pk: "role"},
    )


@pytest.mark.parametrize(("days", "gets"), [(29, False), (30, True)])
def test_capacity_counts_the_last_thirty_days(days: int, gets: bool) -> None:
    a = sdr()
    rule = make_pool(a)
    RoutingMember.objects.filter(rule=rule).update(capacity=1)
    mql(at=NOON)
    assert (mql(at=NOON + timedelta(days=days)).user == a) == gets


def test_who_returns_from_leave_is_not_flooded() -> None:
    away, a, b = sdr(), sdr(), sdr()
    make_pool(away, a, b)
    Absence.objects.create(user=away, starts_at=NOON, ends_at=NOON + timedelta(days=7))
    for _ in range(20):
        mql()
    back = [mql(at=NOON + timedelta(days=7)).user for _ in range(6)]
    assert back == [away, away, a, b, away, a]


def test_nobody_eligible_leaves_the_lead_visibly_unassigned() -> None:
    gone = sdr(is_active=False)
    make_pool(gone, name="left")
    assignment = mql()
    assert (assignment.user, assignment.decision, assignment.journey.unassigned_since) == (
        None,
        {
            "rule": "left",
            "why": "nobody_eligible",
            "level": None,
            "skipped": [{"user": gone.pk, "why": "inactive"}],
        },
        NOON,
    )


def test_without_a_matching_rule_the_lead_is_visibly_unassigned() -> None:
    make_pool(sdr(), countries=["PT"])
    assignment = mql(country="ES")
    assert (assignment.user, assignment.decision["why"], assignment.journey.unassigned_since) == (
        None,
        "no_rule",
        NOON,
    )


def test_inactive_rules_and_rules_for_others_do_not_count() -> None:
    make_pool(sdr(), is_active=False)
    make_pool(make_user(Role.AE), role=RoutingRule.Target.AE)
    assert mql().decision["why"] == "no_rule"


def test_the_lead_belongs_to_the_chosen_one() -> None:
    a = sdr()
    make_pool(a)
    assert Lead.objects.get(pk=mql().lead_id).owner == a


def test_a_newcomer_starts_at_the_level_of_the_pool() -> None:
    a, b = sdr(), sdr()
    rule = make_pool(a, b)
    owners(10)
    c = sdr()
    join_pool(rule_id=rule.pk, user_id=c.pk)
    given = owners(9)
    assert sorted(given.count(user) for user in (a, b, c)) == [3, 3, 3]


def test_joining_twice_is_joining_once() -> None:
    rule, a = make_pool(), sdr()
    first = join_pool(rule_id=rule.pk, user_id=a.pk, weight=2)
    assert join_pool(rule_id=rule.pk, user_id=a.pk) == first


def test_a_member_added_by_hand_is_brought_to_the_level() -> None:
    rule = make_pool(sdr())
    owners(5)
    member = RoutingMember.objects.create(rule=rule, user=sdr(), weight=2)
    calibrate(member_id=member.pk)
    member.refresh_from_db()
    assert member.calibration == 10


def test_a_pool_of_everybody_takes_newcomers_with_its_role() -> None:
    rule = make_pool(takes_everybody=True)
    a = sdr()
    sdr(is_active=False)
    make_user(Role.AE)
    assert (fill_pools(), list(rule.members.values_list("user", flat=True)), fill_pools()) == (1, [a.pk], 0)


def test_defaults_are_installed_once() -> None:
    sdr()
    make_user(Role.AE)
    install_defaults(at=NOON)
    install_defaults(at=NOON)
    rules = RoutingRule.objects.values_list("role", "takes_everybody", "members__user__role")
    assert list(rules) == [("ae", True, "ae"), ("sdr", True, "sdr")]


def test_defaults_leave_own_rules_alone() -> None:
    make_pool(name="ours")
    install_defaults(at=NOON)
    assert list(RoutingRule.objects.filter(role="sdr").values_list("name", flat=True)) == ["ours"]


def test_a_reps_own_find_stays_theirs() -> None:
    finder = sdr()
    make_pool(sdr())
    assignment = mql(owner=finder)
    assert (assignment.user, assignment.decision["why"]) == (finder, "own_find")


@pytest.mark.parametrize("fields", [{"role": Role.AE}, {"role": Role.SDR, "is_active": False}])
def test_a_finder_who_cannot_work_it_hands_it_to_the_pool(fields: dict[str, object]) -> None:
    next_one = sdr()
    make_pool(next_one)
    assert mql(owner=make_user(**fields)).user == next_one
