"""Can the team work the leads of a plan? Arithmetic by hand, what must hold for any numbers, the page."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from funnel.enums import Stage
from funnel.models import RoutingMember
from funnel.rules.periods import Span
from sla.enums import Fit, PromiseKind
from sla.models import Agreement
from sla.rules.calendar import WorkingCalendar
from sla.rules.capacity import Effort, Load, Worker, can_work, joined, load_of, working_seconds
from sla.selectors.capacity import workers
from sla.selectors.documents import draft_content
from sla.selectors.policies import company_calendar
from sla.selectors.terms import first_terms
from sla.services.defaults import install_defaults
from sla.services.drafting import Promised, save_terms
from smarketing.accounts.enums import Role
from smarketing.accounts.models import Absence, Team, User
from tests.accounts.factories import make_user
from tests.funnel.pools import make_pool

from .agreeing import NOON, drafted
from .test_agreements import make_agreement, typed

unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
UTC_ZONE = ZoneInfo("UTC")
OFFICE = WorkingCalendar(UTC_ZONE, ((((540, 1020),),) * 5) + ((), ()))
"""Nine to five on weekdays."""
APRIL, MAY = (Span(date(2026, 4, 1), date(2026, 4, 30)), Span(date(2026, 5, 1), date(2026, 5, 31)))
HOUR = 3600
EFFORT = Effort(attempts=6, attempt_minutes=10, sql_minutes=240, lead_percent=50)
PLANNED = {"attempts": 6, "attempt_minutes": 10, "sql_minutes": 240, "lead_percent": 50}

efforts = st.builds(
    Effort,
    attempts=st.integers(1, 100),
    attempt_minutes=st.integers(1, 600),
    sql_minutes=st.integers(1, 10_000),
    lead_percent=st.integers(1, 100),
)
someone = st.builds(
    Worker,
    id=st.just(1),
    name=st.just(""),
    team=st.just(""),
    stage=st.sampled_from([Stage.MQL, Stage.SQL]),
    seconds=st.tuples(st.integers(0, 800_000), st.integers(0, 800_000)),
    most=st.none() | st.integers(0, 500),
)


def at(day: int, hour: int = 0) -> datetime:
    return datetime(2026, 4, day, hour, tzinfo=UTC)


def sdr(hours: int = 176, most: int | None = None) -> Worker:
    return Worker(1, "Anna", "SDR", Stage.MQL, (hours * HOUR, hours * HOUR), most)


class TestWorkingTime:
    def test_april_has_22_working_days(self) -> None:
        assert working_seconds(OFFICE, [APRIL, MAY], (), zone=UTC_ZONE) == (22 * 8 * HOUR, 21 * 8 * HOUR)

    def test_absences_that_overlap_count_once_and_only_in_their_month(self) -> None:
        away = [(at(29), at(30)), (at(29, 12), at(30) + timedelta(days=4))]
        assert working_seconds(OFFICE, [APRIL, MAY], away, zone=UTC_ZONE) == (20 * 8 * HOUR, 20 * 8 * HOUR)

    def test_what_touches_is_one(self) -> None:
        assert joined([(at(3), at(4)), (at(1), at(3)), (at(6), at(7))]) == [(at(1), at(4)), (at(6), at(7))]


class TestArithmetic:
    def test_half_of_176_hours_at_an_hour_a_lead(self) -> None:
        assert can_work(sdr(), EFFORT, [APRIL, MAY]) == [88, 88]

    def test_an_ae_takes_four_hours_for_an_sql(self) -> None:
        one = Worker(1, "Ben", "AE", Stage.SQL, (176 * HOUR,))
        assert can_work(one, EFFORT, [APRIL]) == [22]

    def test_routing_bounds_it(self) -> None:
        assert can_work(sdr(most=60), EFFORT, [APRIL, MAY]) == [60, 62]

    def test_the_plans_people_work_as_much_as_todays_on_average(self) -> None:
        found = load(heads=4, people=[sdr(), sdr(88)])
        assert found.can == [264, 264]

    def test_without_anybody_they_are_never_away(self) -> None:
        assert load(heads=2, people=[]).can == [2 * 88, 2 * 84]

    @pytest.mark.parametrize(
        ("planned", "heads", "fit", "needed"),
        [
            (352, 2, Fit.RIGHT, 2),
            (353, 2, Fit.MANY, 3),
            (236, 2, Fit.RIGHT, 2),
            (234, 2, Fit.FEW, 2),
            (100, 2, Fit.FEW, 1),
            (10, 0, Fit.NOBODY, None),
            (0, 0, Fit.RIGHT, None),
        ],
    )
    def test_too_many_and_too_few(self, planned: int, heads: int, fit: Fit, needed: int | None) -> None:
        found = load(heads=heads, people=[sdr()], planned=[planned // 2, planned - planned // 2])
        assert (found.fit, found.heads_needed) == (fit, needed)

    def test_a_tight_month_is_seen_though_the_whole_fits(self) -> None:
        found = load(heads=1, people=[sdr()], planned=[100, 20])
        assert (found.fit, found.tight) == (Fit.RIGHT, [0])

    @unhurried
    @given(one=someone, effort=efforts, more=st.integers(0, 50))
    def test_more_work_for_a_lead_never_means_more_leads(
        self, one: Worker, effort: Effort, more: int
    ) -> None:
        harder = replace(
            effort,
            attempts=effort.attempts + more,
            attempt_minutes=effort.attempt_minutes + more,
            sql_minutes=effort.sql_minutes + more,
        )
        pairs = zip(can_work(one, harder, [APRIL, MAY]), can_work(one, effort, [APRIL, MAY]), strict=True)
        assert all(hard <= easy for hard, easy in pairs)

    @unhurried
    @given(people=st.lists(someone, max_size=4), effort=efforts, heads=st.integers(0, 50))
    def test_more_heads_never_work_fewer_leads(
        self, people: list[Worker], effort: Effort, heads: int
    ) -> None:
        few, many = (load(heads=n, people=people, effort=effort) for n in (heads, heads + 1))
        assert all(less <= more for less, more in zip(few.can, many.can, strict=True))

    @unhurried
    @given(people=st.lists(someone, min_size=1, max_size=4), effort=efforts, planned=st.integers(0, 5000))
    def test_the_people_needed_are_enough(self, people: list[Worker], effort: Effort, planned: int) -> None:
        before = load(heads=3, people=people, effort=effort, planned=[planned, planned])
        needed = before.heads_needed
        if needed is not None:
            assert needed * before.all_can >= 3 * before.all_planned


def load(
    *, heads: int, people: list[Worker], planned: list[int] | None = None, effort: Effort = EFFORT
) -> Load:
    return load_of(
        Stage.MQL,
        heads=heads,
        planned=planned or [0, 0],
        workers=people,
        effort=effort,
        months=[APRIL, MAY],
        full_time=working_seconds(OFFICE, [APRIL, MAY], (), zone=UTC_ZONE),
    )


class Desk:
    """Two SDRs of a manager (Anna away for a week, Ben bounded by routing), an AE, and a stranger."""

    def __init__(self) -> None:
        install_defaults(at=NOON)
        team = Team.objects.create(name="Inside", side="sales")
        self.boss = make_user(role=Role.MANAGER)
        self.anna = make_user(role=Role.SDR, reports_to=self.boss, team=team, first_name="Anna")
        self.ben = make_user(role=Role.SDR, reports_to=self.boss, team=team, first_name="Ben")
        self.ae = make_user(role=Role.AE, first_name="Zoe")
        make_user(role=Role.SDR, is_active=False)
        Absence.objects.create(user=self.anna, starts_at=at(6), ends_at=at(13))
        make_pool(self.ben)
        RoutingMember.objects.filter(user=self.ben).update(capacity=30)


def plan_of(**values: Any) -> Agreement:
    return make_agreement(**{**PLANNED, **values})


@pytest.mark.django_db
class TestPage:
    @pytest.fixture
    def desk(self) -> Desk:
        return Desk()

    def shown(self, client: Client, reader: User, made: Agreement) -> dict[str, Any]:
        client.force_login(reader)
        found: dict[str, Any] = client.get(f"/agreement/{made.pk}/plan/").context["capacity"]
        return found

    def test_hours_as_plain_sql_has_them(self, desk: Desk) -> None:
        """Days of April by the calendar's hours, without the days that Anna is away."""
        calendar = company_calendar()
        assert calendar is not None
        with connection.cursor() as cursor:
            cursor.execute(
                """SELECT u.id, sum(h.end_minute - h.start_minute) FROM accounts_user u
                     CROSS JOIN generate_series('2026-04-01'::date, '2026-04-30', '1 day') d
                     JOIN sla_workinghours h ON h.weekday = extract(isodow FROM d)::int - 1
                     JOIN sla_policy p ON p.calendar_id = h.calendar_id AND p.kind = 'first_contact'
                    WHERE NOT EXISTS (SELECT FROM accounts_absence a WHERE a.user_id = u.id
                                         AND d >= a.starts_at AND d < a.ends_at)
                    GROUP BY 1"""
            )
            minutes = dict(cursor.fetchall())
        assert {one.id: one.seconds[0] for one in workers([APRIL], calendar)} == {
            person.pk: minutes[person.pk] * 60 for person in (desk.anna, desk.ben, desk.ae)
        }

    def test_too_many_leads_is_a_finding(self, client: Client, desk: Desk) -> None:
        made = plan_of(sdrs=2, aes=1)
        found = self.shown(client, desk.boss, made)
        assert [load["fit"] for load in found["loads"]] == [Fit.MANY, Fit.MANY]
        assert "Too many MQLs for the team: 800 are planned" in found["loads"][0]["words"]

    def test_too_few_and_nobody_are_findings_too(self, client: Client, desk: Desk) -> None:
        found = self.shown(client, desk.boss, plan_of(sdrs=40, aes=0))
        assert [load["fit"] for load in found["loads"]] == [Fit.FEW, Fit.NOBODY]

    def test_teams_are_for_everybody_and_people_for_whom_they_concern(
        self, client: Client, desk: Desk
    ) -> None:
        made = plan_of()
        readers = {
            desk.boss: ["Anna", "Ben"],
            desk.anna: ["Anna"],
            make_user(role=Role.MARKETER): [],
            make_user(role=Role.EXECUTIVE): ["Zoe", "Anna", "Ben"],
        }
        for reader, names in readers.items():
            found = self.shown(client, reader, made)
            seen = [one["name"].split()[0] for one in found["people"]]
            assert sorted(seen) == sorted(names), reader.role
            assert {(team["name"], team["heads"]) for team in found["teams"]} == {("Inside", 2), ("", 1)}

    def test_what_is_typed_is_worked_out_and_kept(self, client: Client, desk: Desk) -> None:
        client.force_login(desk.boss)
        made = plan_of()
        body = typed(attempts="3", attempt_minutes="5", sql_minutes="60", lead_percent="80")
        path = f"/agreement/{made.pk}/plan/"
        tried = client.post(path, {**body, "try": "1"}, headers={"HX-Request": "true"})
        assert [load["minutes"] for load in tried.context["capacity"]["loads"]] == [15, 60]
        assert client.post(path, body).status_code == 302
        made.refresh_from_db()
        assert (made.attempts, made.attempt_minutes, made.sql_minutes, made.lead_percent) == (3, 5, 60, 80)
        assert draft_content(made.pk)["effort"]["sql_minutes"] == 60
        assert first_terms(made)["attempts"] == 3

    @pytest.mark.parametrize(
        ("field", "value"),
        [("attempts", "0"), ("attempts", "101"), ("lead_percent", "101"), ("sql_minutes", "x")],
    )
    def test_what_is_wrong_is_told_at_the_field(self, client: Client, field: str, value: str) -> None:
        client.force_login(make_user(role=Role.MANAGER))
        answer = client.post("/agreement/new/", typed(**{field: value}))
        assert (answer.status_code, list(answer.context["form"].errors)) == (422, [field])

    def test_what_is_missing_is_asked_for(self, client: Client) -> None:
        boss = make_user(role=Role.MANAGER)
        assert self.shown(client, boss, plan_of()) == {"has_calendar": False}
        install_defaults(at=NOON)
        client.force_login(boss)
        answer = client.post("/agreement/new/", {**typed(attempts=""), "try": "1"})
        assert (answer.context["capacity"], "Fill in attempts" in answer.content.decode()) == (
            {"has_calendar": True},
            True,
        )

    def test_other_attempts_than_promised_are_told(self, client: Client, desk: Desk) -> None:
        made = drafted(**PLANNED)
        assert self.shown(client, desk.boss, made)["promised"] is None
        attempts = Promised(PromiseKind.ATTEMPTS, amount=Decimal(4))
        save_terms(agreement=made, values={}, promises=[attempts], persona_ids=(), actor=desk.boss, at=NOON)
        assert self.shown(client, desk.boss, made)["promised"] == 4

    @pytest.mark.parametrize("people", [1, 3])
    def test_it_costs_the_same_for_any_number_of_people(
        self, client: Client, desk: Desk, people: int, django_assert_num_queries: Any
    ) -> None:
        calendar = company_calendar()
        assert calendar is not None
        for _one in range(people):
            make_user(role=Role.SDR)
        with django_assert_num_queries(3):
            workers([APRIL, MAY], calendar)
