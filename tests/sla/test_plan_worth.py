"""What leads are worth, in a plan: measured, typed, agreed, promised, and what promises are measured by."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import InternalError, ProgrammingError, connection, transaction
from django.test import Client

from funnel.enums import Stage
from funnel.models import Opportunity
from leads.models import Company, Lead, Persona
from sla.enums import Feature, PromiseKind
from sla.models import Agreement, AgreementWorth
from sla.rules.document import worth_in
from sla.rules.wording import sections
from sla.rules.worth import Seen, weighed
from sla.selectors.documents import content_of, draft_content
from sla.selectors.measure import terms_of
from sla.selectors.terms import first_terms
from sla.selectors.worth import seen_groups
from sla.services.agreements import GroupWorth, save_plan
from sla.services.drafting import Promised, new_version
from sla.services.signing import propose
from smarketing.accounts.enums import Role
from smarketing.accounts.models import ConfigChange, User
from tests.accounts.factories import make_user
from tests.funnel.factories import make_journey

from .agreeing import HALVES, NOON, PLAN, drafted, sign_both, signed
from .test_agreements import make_agreement, typed

pytestmark = pytest.mark.django_db
TODAY = date(2026, 6, 1)
MIX = (
    GroupWorth("chief", Decimal(2), Decimal(25), 40, 6),
    GroupWorth("director", Decimal(1), Decimal(75), 90, 7, "Fewer deals, but larger ones to come"),
)
"""A quarter counts double: 1.25 average MQLs, so 640 instead of 800."""


def sold(level: str, *, won: int = 0, lost: int = 0, amount: int = 0, **lead: Any) -> None:
    """MQLs of last autumn."""
    at = datetime(2025, 10, 5, 12, tzinfo=UTC)
    stamps = {"opened_at": at, "closed_at": at}
    for number in range(won + lost):
        journey = make_journey(Stage.CUSTOMER if number < won else Stage.MQL, entered_at=at, mql_at=at)
        Lead.objects.filter(pk=journey.lead_id).update(seniority=level, **lead)
        if number < won:
            Opportunity.objects.create(
                journey=journey, amount=amount + number, currency="EUR", status="won", **stamps
            )


def groups(by: Feature = Feature.SENIORITY) -> Mapping[str, Seen]:
    return seen_groups(by=by, today=TODAY, currency="EUR").seen


def planned(worths: Any = MIX, **values: Any) -> Agreement:
    boss = make_user(role=Role.MANAGER)
    return save_plan(
        agreement=None, values={**PLAN, **values}, rates=HALVES, worths=worths, actor=boss, at=NOON
    )


def agreed(worths: Any = MIX, **changed: Any) -> Agreement:
    """A draft with promises, to which values of leads were added."""
    made = drafted(**changed)
    return save_plan(
        agreement=made, values=PLAN, rates=HALVES, worths=worths, actor=made.sales_head or User(), at=NOON
    )


@pytest.fixture
def head(client: Client) -> Client:
    client.force_login(make_user(role=Role.MANAGER))
    return client


class TestMeasured:
    SQL = """
        SELECT l.seniority, count(*),
               coalesce(sum(o.amount) FILTER (WHERE o.status = 'won' AND o.currency = 'EUR'), 0),
               count(*) FILTER (WHERE o.status = 'won' AND o.currency = 'EUR')
          FROM funnel_journey j JOIN leads_lead l ON l.id = j.lead_id
          LEFT JOIN funnel_opportunity o ON o.journey_id = j.id
         WHERE j.mql_at >= '2025-03-01' AND j.mql_at < '2026-03-01' GROUP BY 1"""

    def world(self) -> None:
        sold("chief", won=3, lost=5, amount=4000)
        sold("director", won=2, lost=20, amount=1000)
        sold("", lost=4)
        Opportunity.objects.filter(amount=4002).update(currency="USD")

    def test_by_level_as_plain_sql_and_plain_python_have_it(self) -> None:
        self.world()
        found = seen_groups(by=Feature.SENIORITY, today=TODAY, currency="EUR")
        with connection.cursor() as cursor:
            cursor.execute(self.SQL)
            rows = {level: (n, money, won) for level, n, money, won in cursor.fetchall()}
        assert {g: (s.leads, s.revenue, s.won) for g, s in found.seen.items()} == rows
        assert rows["chief"][1] == 8001
        leads, money = sum(n for n, _, _ in rows.values()), sum(m for _, m, _ in rows.values())
        lent = {level: (float(m) + 20 * float(money) / leads) / (n + 20) for level, (n, m, _) in rows.items()}
        unit = sum(rows[level][0] * value for level, value in lent.items()) / leads
        weights = {level: float(one.value or 0) for level, one in weighed(found.seen).items()}
        assert weights == pytest.approx({level: value / unit for level, value in lent.items()})

    def test_squares_are_those_of_each_deal(self) -> None:
        sold("chief", won=3, amount=10)
        found = seen_groups(by=Feature.SENIORITY, today=TODAY, currency="EUR").seen["chief"]
        assert found == Seen(3, ((Decimal(10), 1), (Decimal(11), 1), (Decimal(12), 1)))

    def test_by_persona_and_company_size(self) -> None:
        persona = Persona.objects.create(name="The chief")
        large = Company.objects.create(name="Large", employees=1000, created_at=NOON)
        sold("chief", won=1, lost=1, amount=100, persona=persona)
        sold("", lost=1, company=large)
        by = {
            one: {group: seen.leads for group, seen in groups(one).items()}
            for one in (Feature.PERSONA, Feature.SIZE)
        }
        assert by[Feature.PERSONA] == {str(persona.pk): 2, "": 1}
        assert by[Feature.SIZE]["large"] == 1

    def test_young_mqls_are_better_than_none_and_it_is_said(self) -> None:
        make_journey(Stage.MQL, mql_at=datetime(2026, 5, 20, tzinfo=UTC))
        found = seen_groups(by=Feature.SENIORITY, today=TODAY, currency="EUR")
        assert (found.is_ripe, sum(found.seen.values(), Seen()).leads) == (False, 1)


class TestStored:
    def test_what_leads_are_worth_is_kept_with_a_word_in_the_audit_log(self) -> None:
        made = planned()
        boss = make_user(role=Role.MANAGER)
        dearer = [GroupWorth("chief", Decimal(3), Decimal(25), 41, 7, "A larger product"), MIX[1]]
        save_plan(agreement=made, values=PLAN, rates=HALVES, worths=dearer, actor=boss, at=NOON)
        told = ConfigChange.objects.filter(kind="sla.agreement").latest("pk")
        assert {change["field"] for change in told.changes} == {"worths"}
        assert [(row.group, row.weight, row.leads) for row in made.worths.all()] == [
            ("chief", 3, 41), ("director", 1, 90),
        ]  # fmt: skip

    def test_who_changes_nothing_leaves_what_had_been_measured(self) -> None:
        made, boss = planned(), make_user(role=Role.MANAGER)
        today = [GroupWorth("chief", Decimal(2), Decimal(25), 900, 90), MIX[1]]
        save_plan(agreement=made, values=PLAN, rates=HALVES, worths=today, actor=boss, at=NOON)
        assert made.worths.get(group="chief").leads == 40

    def test_a_new_version_begins_with_them(self) -> None:
        made = sign_both(propose_of(agreed()))
        after = new_version(agreement=made, actor=made.sales_head or User(), at=NOON)
        assert [(row.group, row.reason) for row in after.worths.all()] == [
            (one.group, one.reason) for one in MIX
        ]

    def test_the_database_keeps_what_was_proposed(self) -> None:
        made = propose_of(agreed())
        with pytest.raises((InternalError, ProgrammingError)), transaction.atomic():
            AgreementWorth.objects.filter(agreement=made).update(weight=9)


def propose_of(made: Agreement) -> Agreement:
    return propose(agreement=made, actor=made.sales_head or User(), at=NOON)


class TestAgreed:
    def test_promises_begin_with_count_and_value(self) -> None:
        """640 MQLs and 100,000 in the 91 days of a quarter."""
        found = first_terms(planned())
        assert (found["mqls"], found["mql_value"]) == (215, 33448)

    def test_the_plan_says_what_the_promises_begin_with(self, head: Client) -> None:
        """640 MQLs in 91 days: 214.07 a month, and no lead of it is lost by rounding."""
        made = planned()
        value = head.get(f"/agreement/{made.pk}/plan/").context["value"]
        found = first_terms(made)
        assert (value["count_a_month"], value["value_a_month"]) == (found["mqls"], found["mql_value"])

    def test_a_plan_that_tells_no_leads_apart_promises_a_count(self) -> None:
        found = first_terms(make_agreement())
        assert (found["mqls"], "mql_value" in found) == (268, False)

    def test_the_document_says_it(self) -> None:
        said = {one.key: one.lines for one in sections(draft_content(planned().pk))}["worth"]
        assert [(line.what, line.words) for line in said] == [
            ("CEO or general manager", "250.00 EUR: 2 × an average MQL; 25 % of the MQLs"),
            (
                "Director",
                "125.00 EUR: 1 × an average MQL; 75 % of the MQLs · Fewer deals, but larger ones to come",
            ),
            ("MQLs of this mix", "640"),
        ]

    def test_of_a_group_without_a_share_nothing_is_promised(self) -> None:
        content = draft_content(planned().pk)
        content["worth"]["rows"][0]["share"] = "0"
        said = {one.key: one.lines for one in sections(content)}["worth"]
        assert said[0].words == "none planned; one that comes counts 250.00 EUR"

    def test_a_text_that_was_frozen_before_reads_as_it_did(self) -> None:
        content = {key: value for key, value in content_of(signed()).items() if key != "worth"}
        assert (worth_in(content), len(sections(content))) == (None, 10)

    def test_the_promise_is_measured_by_what_was_agreed(self) -> None:
        promises = (
            Promised(PromiseKind.MQL_VALUE, amount=Decimal(30_000)),
            Promised(PromiseKind.ATTEMPTS, amount=Decimal(6)),
        )
        made = sign_both(propose_of(agreed(promises=promises)))
        worth = {term.kind: term.worth for term in terms_of(made)}
        found = worth[PromiseKind.MQL_VALUE]
        assert worth[PromiseKind.ATTEMPTS] is None
        assert found is not None
        assert [found.of(group) for group in ("chief", "director", "student")] == [250, 125, 125]
        assert found.span is None


@pytest.mark.at("2026-06-01T12:00")
class TestPage:
    def test_a_better_mix_needs_fewer_leads(self, head: Client) -> None:
        made = planned()
        value = head.get(f"/agreement/{made.pk}/plan/").context["value"]
        assert (value["need"], value["count"], value["mix"]) == (800, 640, Decimal("1.25"))
        assert value["value"] == 100_000
        assert [(row["label"], row["leads"], row["value"], row["next"]) for row in value["rows"]] == [
            ("CEO or general manager", 160, 40_000, "Director"),
            ("Director", 480, 60_000, ""),
        ]
        assert [(one["role"], one["leads"], one["money"]) for one in value["quota"]] == [
            ("sdr", 160, 25_000), ("ae", 214, Decimal("33333.33")),
        ]  # fmt: skip

    def test_a_plan_that_begins_as_measured_needs_as_many_as_average_leads(self, head: Client) -> None:
        sold("chief", won=4, lost=9, amount=3000)
        sold("director", won=3, lost=30, amount=900)
        made = make_agreement(first_day=date(2026, 7, 1), last_day=date(2026, 9, 30))
        answer = head.get(f"/agreement/{made.pk}/plan/")
        assert answer.context["value"]["count"] == 800
        rows = {row.label: row for row in answer.context["worth"].rows()}
        chief = rows["CEO or general manager"]
        assert (str(chief.share.value()), chief.seen.won) == ("28.3", 4)
        assert "Too few deals" in answer.content.decode()

    def test_what_is_typed_is_worked_out_and_stored(self, head: Client) -> None:
        made = make_agreement()
        body = typed(
            worth_by="seniority",
            weight_seniority_chief="2.3", share_seniority_chief="50", reason_seniority_chief="They sign",
            weight_seniority_director="1", share_seniority_director="50",
        )  # fmt: skip
        path = f"/agreement/{made.pk}/plan/"
        tried = head.post(path, {**body, "try": "1"}, headers={"HX-Request": "true"})
        assert (tried.context["value"]["mix"], made.worths.count()) == (Decimal("1.65"), 0)
        assert head.post(path, body).status_code == 302
        row = made.worths.get(group="chief")
        assert (row.weight, row.share, row.reason) == (Decimal("2.3"), 50, "They sign")

    def test_another_choice_shows_its_groups(self, head: Client) -> None:
        persona = Persona.objects.create(name="The chief")
        sold("", won=1, amount=10, persona=persona)
        sold("", lost=3)
        body = typed(worth_by="persona", weight_seniority_chief="9", **{"try": "1"})
        headers = {"HX-Request": "true", "HX-Target": "worth-rows"}
        answer = head.post("/agreement/new/", body, headers=headers)
        text, rows = answer.content.decode(), answer.context["worth"].rows()
        assert [(row.label, str(row.share.value())) for row in rows] == [
            ("The chief", "25"), ("no buyer persona", "75"),
        ]  # fmt: skip
        assert ("The chief" in text, "no buyer persona" in text, "<html" in text) == (True, True, False)
        assert head.post("/agreement/new/", typed(worth_by="nonsense")).status_code == 422

    @pytest.mark.parametrize(
        ("name", "value"),
        [("weight", "-1"), ("weight", "1001"), ("weight", "NaN"), ("share", "101"), ("share", "x")],
    )
    def test_what_is_wrong_is_told_at_the_field(self, head: Client, name: str, value: str) -> None:
        field = f"{name}_seniority_chief"
        answer = head.post("/agreement/new/", typed(**{field: value}))
        assert (answer.status_code, list(answer.context["worth"].errors)) == (422, [field])
        assert (answer.context["shown"], Agreement.objects.count()) == (None, 0)

    def test_a_mix_that_is_worth_nothing_is_asked_about(self, head: Client) -> None:
        body = typed(weight_seniority_student="0", share_seniority_student="100")
        answer = head.post("/agreement/new/", body)
        assert (answer.status_code, list(answer.context["worth"].errors)) == (422, ["__all__"])
