"""Plans of agreements: who makes them, what is stored, what is shown while typing."""

from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from django.test import Client

from funnel.enums import STAGES, Stage
from funnel.errors import NotAllowed
from sla.forms.plan import percent_of
from sla.models import Agreement
from sla.rules.goal import STEPS, Measured
from sla.selectors.agreements import past
from sla.services.agreements import Rate, save_plan
from smarketing.accounts.enums import Role
from smarketing.accounts.models import ConfigChange, User
from tests.accounts.factories import make_user
from tests.funnel.factories import make_journey

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
PLAN = {
    "name": "Spring",
    "first_day": date(2026, 4, 1),
    "last_day": date(2026, 6, 30),
    "currency": "EUR",
    "revenue": Decimal(100_000),
    "sale": Decimal(1000),
    "sdrs": 4,
    "aes": 3,
}
HALVES = {after: Rate(Decimal(100 if after == Stage.TARGET else 50)) for _before, after in STEPS}
"""The domain's worked example."""


def make_agreement(actor: User | None = None, **values: Any) -> Agreement:
    actor = actor or make_user(role=Role.MANAGER)
    return save_plan(agreement=None, values={**PLAN, **values}, rates=HALVES, actor=actor, at=NOON)


def typed(**changed: Any) -> dict[str, Any]:
    rates = {f"rate_{after}": str(rate.percent) for after, rate in HALVES.items()}
    return {**{name: str(value) for name, value in PLAN.items()}, **rates, **changed}


@pytest.fixture
def head(client: Client) -> Client:
    client.force_login(make_user(role=Role.MANAGER))
    return client


class TestStoring:
    def test_a_plan_is_made_and_changed_with_a_word_in_the_audit_log(self) -> None:
        boss = make_user(role=Role.MANAGER)
        made = make_agreement(boss)
        rates = {**HALVES, Stage.MQL: Rate(Decimal("62.5"), 80, 40, "A better guide")}
        save_plan(agreement=made, values={**PLAN, "sdrs": 5}, rates=rates, actor=boss, at=NOON)
        told = ConfigChange.objects.filter(kind="sla.agreement").order_by("pk")
        assert [(row.action, row.actor) for row in told] == [("created", boss), ("changed", boss)]
        assert {change["field"] for change in told[1].changes} == {"sdrs", "rates"}
        row = made.rates.get(stage=Stage.MQL)
        assert (row.rate, row.entered, row.reached, row.reason) == (Fraction(5, 8), 80, 40, "A better guide")

    @pytest.mark.parametrize("role", [Role.MARKETER, Role.SDR, Role.AE, Role.EXECUTIVE])
    def test_only_the_heads_plan(self, role: Role) -> None:
        with pytest.raises(NotAllowed):
            make_agreement(make_user(role=role))
        assert Agreement.objects.count() == 0


class TestThePast:
    def test_rates_and_pace_are_those_of_ripe_cohorts(self) -> None:
        for month in (1, 2):
            for stage in (Stage.NEW_NAME, Stage.MQL, Stage.MQL, Stage.SQL):
                make_journey(stage, entered_at=datetime(2026, month, 5, tzinfo=UTC))
        make_journey(Stage.NEW_NAME, entered_at=datetime(2026, 5, 20, tzinfo=UTC))  # too young to count
        found = past(today=date(2026, 6, 1))
        assert (found.is_ripe, str(found.span.first), str(found.span.last)) == (
            True,
            "2025-03-01",
            "2026-02-28",
        )
        assert found.rates[Stage.ENGAGED] == Measured(8, 6)
        assert found.rates[Stage.SQL] == Measured(6, 2)
        assert found.entered_a_month == 4

    def test_young_cohorts_are_better_than_none_and_it_is_said(self) -> None:
        make_journey(Stage.MQL, entered_at=datetime(2026, 5, 20, tzinfo=UTC))
        found = past(today=date(2026, 6, 1))
        assert (found.is_ripe, found.rates[Stage.MQL]) == (False, Measured(1, 1))

    @pytest.mark.parametrize(
        ("rate", "percent"), [(Fraction(1, 3), "33.3"), (Fraction(1, 2), "50"), (Fraction(1, 9000), "0.1")]
    )
    def test_a_rate_is_shown_with_a_place(self, rate: Fraction, percent: str) -> None:
        assert str(percent_of(rate)) == percent

    def test_a_rate_of_nothing_is_not_planned_with(self) -> None:
        assert (percent_of(Fraction(0)), percent_of(None)) == (None, None)


class TestPages:
    def test_the_worked_example_is_shown(self, head: Client) -> None:
        made = make_agreement()
        shown = head.get(f"/agreement/{made.pk}/plan/").context["shown"]
        assert [(row.total, sum(row.months), sum(row.weeks)) for row in shown.rows] == [
            (n, n, n) for n in (3200, 1600, 1600, 800, 400, 200, 100)
        ]
        assert [row.each for row in shown.rows if row.heads is not None] == [200, 134]
        row = head.get("/agreement/").context["rows"][0]
        assert (row["agreement"], row["needs"][Stage.MQL]) == (made, 800)

    def test_what_is_typed_is_worked_out_and_not_stored(self, head: Client) -> None:
        made = make_agreement()
        answer = head.post(
            f"/agreement/{made.pk}/plan/",
            typed(revenue="200000", have="1600", have_stage="new_name", **{"try": "1"}),
            headers={"HX-Request": "true"},
        )
        back = answer.context["shown"].backward
        assert (answer.context["shown"].customers, back.revenue, back.gap) == (200, 50_000, 150_000)
        assert "<html" not in answer.content.decode()
        made.refresh_from_db()
        assert made.revenue == 100_000

    @pytest.mark.parametrize(
        ("have", "texts"),
        [
            ("1600", ["+50 points", "Or every rate together, each by 15 % of itself."]),
            ("3200", ["is enough"]),
            ("99", ["not by itself", "Even if nobody were lost on the way"]),
        ],
    )
    def test_it_tells_by_how_much_a_rate_or_all_would_have_to_rise(
        self, head: Client, have: str, texts: list[str]
    ) -> None:
        page = head.post("/agreement/new/", typed(have=have, have_stage="new_name", **{"try": "1"}))
        content = page.content.decode()
        assert [text for text in texts if text not in content] == []
        assert ("Or every rate together" in content) == (have == "1600")

    def test_a_new_plan_is_stored(self, head: Client) -> None:
        answer = head.post("/agreement/new/", typed(rate_sql="12.5", reason_sql="Two new SDRs"))
        made = Agreement.objects.get()
        assert answer.headers["Location"] == f"/agreement/{made.pk}/plan/"
        row = made.rates.get(stage=Stage.SQL)
        assert (row.percent, row.reason) == (Decimal("12.5"), "Two new SDRs")

    def test_a_new_plan_begins_with_what_was_measured(self, head: Client) -> None:
        for stage in (Stage.NEW_NAME, Stage.CUSTOMER):
            make_journey(stage, entered_at=datetime(2026, 1, 5, tzinfo=UTC))
        form = head.get("/agreement/new/").context["form"]
        assert {str(form[f"rate_{after}"].value()) for _before, after in STEPS} <= {"50", "100", "None"}

    @pytest.mark.parametrize(
        ("changed", "field"),
        [
            ({"revenue": "0"}, "revenue"),
            ({"sale": "-1"}, "sale"),
            ({"sale": "1e400"}, "sale"),
            ({"rate_mql": "0"}, "rate_mql"),
            ({"rate_mql": "100.1"}, "rate_mql"),
            ({"rate_mql": "NaN"}, "rate_mql"),
            ({"last_day": "2026-03-01"}, "last_day"),
            ({"last_day": "2036-03-01"}, "last_day"),
            ({"currency": "EURO"}, "currency"),
            ({"have": "-1"}, "have"),
        ],
    )
    def test_what_is_wrong_is_told_at_the_field(
        self, head: Client, changed: dict[str, str], field: str
    ) -> None:
        answer = head.post("/agreement/new/", typed(**changed))
        assert (answer.status_code, list(answer.context["form"].errors)) == (422, [field])
        assert (answer.context["shown"], Agreement.objects.count()) == (None, 0)

    @pytest.mark.parametrize("role", [Role.MARKETER, Role.SDR, Role.EXECUTIVE])
    def test_others_read_and_try_but_store_nothing(self, client: Client, role: Role) -> None:
        made = make_agreement()
        client.force_login(make_user(role=role))
        path = f"/agreement/{made.pk}/plan/"
        answers = [client.get(path), client.post(path, typed(**{"try": "1"})), client.post(path, typed())]
        assert [answer.status_code for answer in answers] == [200, 200, 403]
        assert client.get("/agreement/new/").status_code == 403

    @pytest.mark.parametrize("many", [1, 3])
    def test_the_list_costs_the_same_at_any_length(
        self, head: Client, many: int, django_assert_num_queries: Any
    ) -> None:
        for _one in range(many):
            make_agreement()
        with django_assert_num_queries(6):
            head.get("/agreement/")

    def test_a_plan_costs_what_it_costs(self, head: Client, django_assert_num_queries: Any) -> None:
        path = f"/agreement/{make_agreement().pk}/plan/"
        with django_assert_num_queries(21):
            head.get(path)


def test_every_stage_but_the_first_has_a_rate() -> None:
    assert [after for _before, after in STEPS] == list(STAGES[1:])


def test_a_rate_that_is_left_keeps_what_had_been_measured() -> None:
    boss = make_user(role=Role.MANAGER)
    rates = {**HALVES, Stage.MQL: Rate(Decimal(40), 10, 4, "As measured"), Stage.SQL: Rate(Decimal(50), 4, 2)}
    made = save_plan(agreement=None, values=PLAN, rates=rates, actor=boss, at=NOON)
    today = {**rates, Stage.MQL: Rate(Decimal(40), 90, 1, "As measured"), Stage.SQL: Rate(Decimal(60), 90, 9)}
    save_plan(agreement=made, values={**PLAN, "name": "Mended"}, rates=today, actor=boss, at=NOON)
    found = {row.stage: (row.entered, row.reached) for row in made.rates.all()}
    assert (found[Stage.MQL], found[Stage.SQL]) == ((10, 4), (90, 9))


def test_rates_that_were_meant_as_shares_are_asked_about(client: Client) -> None:
    client.force_login(make_user(role=Role.MANAGER))
    shares = {f"rate_{after}": "0.1" for _before, after in STEPS}
    answer = client.post("/agreement/new/", typed(**shares))
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["__all__"])


def test_months_without_leads_slow_the_pace_down() -> None:
    for _one in range(12):
        make_journey(Stage.NEW_NAME, entered_at=datetime(2025, 3, 5, tzinfo=UTC))
    assert past(today=date(2026, 6, 1)).entered_a_month == 1
