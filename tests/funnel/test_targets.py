"""The plan by month: what it says of a span of days, who sets it, and the page."""

from datetime import date

import pytest
from django.test import Client

from funnel.enums import Stage
from funnel.errors import NotAllowed
from funnel.models import StageTarget
from funnel.rules.periods import Span
from funnel.rules.targets import planned, until
from funnel.selectors.flow import targets_in
from funnel.services.targets import set_targets
from smarketing.accounts.enums import Role
from smarketing.accounts.models import ConfigChange
from tests.accounts.factories import make_user
from tests.funnel.pools import NOON

MARCH, APRIL = date(2026, 3, 1), date(2026, 4, 1)
PLAN = {MARCH: 31, APRIL: 60}


@pytest.mark.parametrize(
    ("first", "last", "leads"),
    [
        (date(2026, 3, 1), date(2026, 3, 31), 31),
        (date(2026, 3, 1), date(2026, 3, 10), 10),
        (date(2026, 3, 31), date(2026, 4, 1), 3),
        (date(2026, 2, 1), date(2026, 3, 2), 2),
        (date(2026, 3, 1), date(2026, 4, 30), 91),
        (date(2026, 5, 1), date(2026, 5, 31), None),
    ],
)
def test_a_months_plan_is_spread_over_its_days(first: date, last: date, leads: int | None) -> None:
    assert planned(PLAN, Span(first, last)) == leads


def test_halves_are_rounded_up() -> None:
    assert planned({MARCH: 31 // 2}, Span(MARCH, MARCH)) == 0
    assert planned({APRIL: 45}, Span(APRIL, APRIL)) == 2


def test_a_plan_of_nothing_is_a_plan() -> None:
    assert planned({MARCH: 0}, Span(MARCH, MARCH)) == 0


def test_days_add_up_to_the_month() -> None:
    days = [planned({MARCH: 310}, Span(date(2026, 3, day), date(2026, 3, day))) for day in range(1, 32)]
    assert sum(filter(None, days)) == 310


def test_until_today() -> None:
    assert until(Span(MARCH, date(2026, 3, 31)), date(2026, 3, 9)) == Span(MARCH, date(2026, 3, 9))


@pytest.mark.django_db
class TestSetting:
    def test_what_is_left_out_stays_and_none_takes_away(self) -> None:
        boss = make_user(role=Role.MANAGER)
        set_targets(month=MARCH, counts={Stage.MQL: 5, Stage.SQL: 3}, actor=boss, at=NOON)
        set_targets(month=date(2026, 3, 17), counts={Stage.MQL: None, Stage.CUSTOMER: 1}, actor=boss, at=NOON)
        assert targets_in(Span(MARCH, MARCH)) == {Stage.SQL: {MARCH: 3}, Stage.CUSTOMER: {MARCH: 1}}

    @pytest.mark.parametrize("role", [Role.MARKETER, Role.SDR, Role.AE, Role.EXECUTIVE])
    def test_only_the_heads_set_it(self, role: Role) -> None:
        with pytest.raises(NotAllowed):
            set_targets(month=MARCH, counts={Stage.MQL: 5}, actor=make_user(role=role), at=NOON)

    def test_each_difference_is_in_the_audit_log(self) -> None:
        boss = make_user(role=Role.MANAGER)
        for count in (5, 5, 6, None, None):
            set_targets(month=MARCH, counts={Stage.MQL: count}, actor=boss, at=NOON)
        told = ConfigChange.objects.filter(kind="funnel.stagetarget").order_by("pk")
        assert [(row.action, row.actor, row.at) for row in told] == [
            (action, boss, NOON) for action in ("created", "changed", "deleted")
        ]

    def test_who_left_does_not(self) -> None:
        with pytest.raises(NotAllowed):
            set_targets(
                month=MARCH,
                counts={Stage.MQL: 5},
                actor=make_user(role=Role.MANAGER, is_active=False),
                at=NOON,
            )


@pytest.fixture
def boss(client: Client) -> Client:
    client.force_login(make_user(role=Role.MANAGER))
    return client


@pytest.mark.django_db
class TestPage:
    def test_it_saves_and_shows(self, boss: Client) -> None:
        answer = boss.post("/targets/?month=2026-03", {"mql": "12", "customer": "2"})
        assert answer.headers["Location"] == "/targets/?month=2026-03"
        assert dict(StageTarget.objects.values_list("stage", "count")) == {"mql": 12, "customer": 2}
        assert boss.get("/targets/?month=2026-03").context["form"].initial == {"mql": 12, "customer": 2}

    def test_a_stage_holds_no_more_than_the_one_before(self, boss: Client) -> None:
        page = boss.post("/targets/?month=2026-03", {"mql": "12", "sql": "13"})
        assert (page.status_code, list(page.context["form"].errors)) == (200, ["sql"])
        assert not StageTarget.objects.exists()

    def test_what_was_typed_stays_when_it_is_wrong(self, boss: Client) -> None:
        page = boss.post("/targets/?month=2026-03", {"mql": "a dozen", "new_name": "40"})
        assert (page.context["form"]["mql"].value(), page.context["form"]["new_name"].value()) == (
            "a dozen",
            "40",
        )

    def test_last_months_can_be_taken(self, boss: Client) -> None:
        boss.post("/targets/?month=2026-02", {"mql": "12"})
        assert boss.get("/targets/?month=2026-03&copy=last").context["form"].initial == {"mql": 12}

    @pytest.mark.parametrize("month", ["", "2026", "2026-13", "x", "0000-01"])
    def test_nonsense_is_this_month(self, boss: Client, month: str) -> None:
        assert boss.get("/targets/", {"month": month}).status_code == 200

    @pytest.mark.parametrize("many", [1, 3])
    def test_the_page_costs_the_same_at_any_size(
        self, boss: Client, django_assert_num_queries, many: int
    ) -> None:
        for stage in list(Stage)[:many]:
            StageTarget.objects.create(month=MARCH, stage=stage, count=1)
        with django_assert_num_queries(6):
            boss.get("/targets/?month=2026-03")


AGREED = Span(date(2026, 3, 29), date(2026, 6, 10))
"""A plan made for the end of March until the beginning of June."""


@pytest.mark.parametrize(
    ("first", "last", "leads"),
    [
        (date(2026, 3, 1), date(2026, 3, 31), 9),
        (date(2026, 3, 1), date(2026, 3, 28), None),
        (date(2026, 3, 1), date(2026, 3, 29), 3),
        (date(2026, 3, 30), date(2026, 4, 15), 21),
        (date(2026, 6, 10), date(2026, 6, 30), 2),
        (date(2026, 2, 1), date(2026, 2, 14), 7),
    ],
)
def test_a_month_that_was_agreed_in_part_has_its_plan_on_those_days(
    first: date, last: date, leads: int | None
) -> None:
    plan = {date(2026, 2, 1): 14, MARCH: 9, APRIL: 30, date(2026, 6, 1): 20}
    assert planned(plan, Span(first, last), AGREED) == leads
