"""The dashboard: what it says, that every number opens exactly what it counts, and what it costs."""

from datetime import date, timedelta

import pytest
from django.http import QueryDict
from django.test import Client
from django.utils import timezone

from funnel.enums import Stage
from funnel.rules.periods import Span
from sla.forms.dashboard import DashboardForm, Period, span_of
from sla.models import Clock
from sla.services.defaults import install_defaults
from sla.views.dashboard import share_of_plan
from sla.views.tables import csv_value
from smarketing.accounts.enums import Role
from smarketing.accounts.models import User
from tests.accounts.factories import make_team, make_user
from tests.funnel.pools import Crew, entered_lead
from tests.sla.agreeing import signed

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        (Period.THIS_MONTH, date(2026, 5, 1), date(2026, 5, 31)),
        (Period.LAST_MONTH, date(2026, 4, 1), date(2026, 4, 30)),
        (Period.LAST_30_DAYS, date(2026, 4, 18), date(2026, 5, 17)),
        (Period.THIS_QUARTER, date(2026, 4, 1), date(2026, 6, 30)),
        (Period.THIS_YEAR, date(2026, 1, 1), date(2026, 12, 31)),
    ],
)
def test_periods(period: str, first: date, last: date) -> None:
    assert span_of(period, date(2026, 5, 17)) == Span(first, last)


def sign_in(client: Client, user: User) -> Client:
    client.force_login(user)
    return client


def test_an_empty_house_is_shown_as_such(client: Client) -> None:
    page = sign_in(client, make_user(role=Role.EXECUTIVE)).get("/dashboard/")
    assert (page.status_code, page.context["shown"].mql.reached.count) == (200, 0)


MARCH = {"entered_from": "2026-03-02", "entered_to": "2026-03-09"}


@pytest.mark.parametrize(
    ("sent", "span"),
    [
        (MARCH, (date(2026, 3, 2), date(2026, 3, 9))),
        ({**MARCH, "period": "this_month", "was": "this_month"}, (date(2026, 3, 2), date(2026, 3, 9))),
        ({**MARCH, "period": "own", "was": "own"}, (date(2026, 3, 2), date(2026, 3, 9))),
        ({**MARCH, "period": "this_month", "was": "own"}, (date(2026, 5, 1), date(2026, 5, 31))),
        ({"period": "own", "was": "this_month"}, (date(2026, 5, 1), date(2026, 5, 17))),
    ],
)
def test_dates_that_are_typed_count_whatever_the_menu_says(
    db: None, sent: dict[str, str], span: tuple[date, date]
) -> None:
    query = QueryDict(mutable=True)
    query.update(sent)
    assert DashboardForm(query).span(date(2026, 5, 17)) == Span(*span)


@pytest.mark.parametrize("query", ["period=x", "entered_from=y", "team=0", "by=z", "entered_from=2026-03-09"])
def test_nonsense_shows_the_dashboard(client: Client, query: str) -> None:
    assert sign_in(client, make_user(role=Role.MANAGER)).get(f"/dashboard/?{query}").status_code == 200


def test_another_table_is_none(client: Client) -> None:
    assert sign_in(client, make_user(role=Role.MANAGER)).get("/dashboard/salaries.csv").status_code == 404


@pytest.mark.parametrize(
    ("plan", "after", "percent"),
    [(200, 50, 25.0), (200, 0, 0.0), (0, 0, None), (None, 5, None), (5, None, None)],
)
def test_the_planned_share_is_that_of_the_two_targets(
    plan: int | None, after: int | None, percent: float | None
) -> None:
    assert share_of_plan(plan, after) == percent


def test_what_is_agreed_stands_beside_each_step(client: Client) -> None:
    crew = Crew()
    day = timezone.localdate()
    signed(first_day=day, last_day=day + timedelta(days=90), at=timezone.now())
    crew.journey_at("mql", at=timezone.now())
    page = sign_in(client, crew.manager).get("/dashboard/")
    text = " ".join(page.content.decode().split())
    plans = {line.stage: line.plan for line in page.context["shown"].stages}
    assert "(agreed: decide within 5 days)" in text
    planned = f"planned {100 * plans[Stage.SQL] / plans[Stage.MQL]:.1f} %"
    assert text.count(f'<span class="muted">({planned})</span>') >= 1


@pytest.mark.parametrize(
    ("value", "told"), [("=1+1", "'=1+1"), ("-2", "'-2"), ("@x", "'@x"), ("a=b", "a=b"), (-2, -2), (None, "")]
)
def test_a_spreadsheet_runs_no_formula(value: object, told: object) -> None:
    assert csv_value(value) == told


@pytest.mark.at("2026-11-20T11:00")
def test_on_the_first_day_of_an_agreement_nothing_is_behind(client: Client) -> None:
    """Its November has eleven days, and 99 of 270 MQLs."""
    today = timezone.localdate()
    signed(timezone.now(), first_day=today, last_day=date(2027, 1, 31))
    sign_in(client, make_user(role=Role.MARKETER))
    page = client.get("/dashboard/")
    assert (page.context["marketing"]["due"], page.context["marketing"]["plan"]) == (9, 99)
    assert page.context["marketing"]["look"] == "plain"
    assert "behind plan" not in page.content.decode()


@pytest.mark.parametrize("many", [1, 3])
def test_the_page_costs_the_same_at_any_size(client: Client, django_assert_num_queries, many: int) -> None:
    at = timezone.now()
    install_defaults(at=at)
    crew = Crew()
    for _ in range(many):
        crew.journey_at("opportunity", at=at)
        crew.journey_at("mql", at=at)
    sign_in(client, crew.manager)
    with django_assert_num_queries(14):
        client.get("/dashboard/")


@pytest.mark.parametrize("query", ["", "?by=campaign", "?period=this_year", "?team={}"])
@pytest.mark.parametrize("role", list(Role))
def test_nobody_needs_more_than_fifteen_statements(
    client: Client, django_assert_max_num_queries, role: Role, query: str
) -> None:
    crew = Crew()
    crew.journey_at("mql", at=timezone.now())
    team = make_team()
    sign_in(client, make_user(role=role, team=team))
    with django_assert_max_num_queries(15):
        client.get(f"/dashboard/{query.format(team.pk)}")


@pytest.mark.parametrize("many", [1, 3])
@pytest.mark.parametrize(("part", "queries"), [("people", 7), ("sources", 7)])
def test_its_parts_cost_the_same_at_any_size(
    client: Client, django_assert_num_queries, many: int, part: str, queries: int
) -> None:
    crew = Crew()
    for _ in range(many):
        crew.journey_at("mql", at=timezone.now())
    sign_in(client, crew.manager)
    with django_assert_num_queries(queries):
        client.get(f"/dashboard/{part}/")


def test_a_part_that_is_none_is_not_found(client: Client) -> None:
    assert sign_in(client, make_user(role=Role.MANAGER)).get("/dashboard/weeks/").status_code == 404


@pytest.mark.parametrize("many", [1, 3])
def test_the_list_costs_the_same_at_any_size(client: Client, django_assert_num_queries, many: int) -> None:
    at = timezone.now()
    install_defaults(at=at)
    crew = Crew()
    for _ in range(many):
        crew.journey_at("mql", at=at)
    sign_in(client, crew.manager)
    with django_assert_num_queries(9):
        client.get("/promises/")


@pytest.mark.parametrize("path", ["/dashboard/", "/promises/", "/dashboard/weeks.csv"])
def test_they_are_only_read(client: Client, path: str) -> None:
    assert sign_in(client, make_user(role=Role.MANAGER)).post(path).status_code == 405


@pytest.fixture
def overdue(client: Client) -> Crew:
    """Three leads that wait since an hour, two of them from an event; the manager looks."""
    at = timezone.now()
    install_defaults(at=at)
    crew = Crew()
    for source in ("event", "event", "ads"):
        entered_lead(reached="mql", at=at, source=source)
    Clock.objects.update(due_at=at - timedelta(hours=1), started_at=at - timedelta(hours=2))
    sign_in(client, crew.manager)
    return crew


@pytest.mark.parametrize(("query", "count"), [("", 3), ("?source=event", 2), ("?source=none", 0)])
def test_leads_at_risk_follow_the_filter_and_open_exactly_those(
    client: Client, overdue: Crew, query: str, count: int
) -> None:
    page = client.get(f"/dashboard/{query}")
    assert (page.context["at_risk_count"], len(page.context["at_risk"])) == (count, count)
    behind = client.get(page.context["at_risk_url"]).context["page"].paginator
    assert behind.count == count


def test_another_teams_manager_has_nobody_at_risk_in_page_and_list(client: Client, overdue: Crew) -> None:
    page = sign_in(client, overdue.other_manager).get("/dashboard/")
    behind = client.get(page.context["at_risk_url"]).context["page"].paginator
    assert (page.context["at_risk_count"], behind.count) == (0, 0)
    assert b"Nothing overdue among these leads" in page.content
    assert b"No promise is overdue" not in page.content


@pytest.mark.parametrize(("query", "says_all"), [("", True), ("?source=zzz", False)])
def test_nothing_overdue_in_a_part_is_not_said_of_all(client: Client, query: str, says_all: bool) -> None:
    page = sign_in(client, make_user(role=Role.MARKETER)).get(f"/dashboard/{query}")
    assert (b"No promise is overdue" in page.content, b"among these leads" in page.content) == (
        says_all,
        not says_all,
    )


def test_how_late_is_told_as_the_queue_tells_it(client: Client, overdue: Crew) -> None:
    [first, *_rest] = client.get("/dashboard/").context["at_risk"]
    queue = client.get("/queue/?who=team&state=late").context["rows"]
    assert abs(first.row.countdown.seconds - queue[0].countdown.seconds) <= 60


def test_leads_at_risk_keep_the_page_within_fifteen_statements(
    client: Client, overdue: Crew, django_assert_max_num_queries
) -> None:
    client.get("/dashboard/")  # compiles the policies of this process
    with django_assert_max_num_queries(15):
        client.get("/dashboard/")


def test_every_number_of_people_and_teams_opens_exactly_what_it_counts(client: Client, overdue: Crew) -> None:
    """A team with two people, one without a team, and a lead that was nobody's."""
    User.objects.filter(pk=overdue.sdr.pk).update(team=make_team(name="Inside sales"))
    first, second, _third = Clock.objects.order_by("pk")
    Clock.objects.filter(pk=first.pk).update(owner=None)
    Clock.objects.filter(pk=second.pk).update(owner=overdue.ae)
    span = "?entered_from=2020-01-01"
    table = client.get(f"/dashboard/people/{span}").context["table"]
    counts = [cell for row in table.rows for cell in row.cells if cell.url and isinstance(cell.value, int)]
    assert len(counts) >= 8
    for cell in counts:
        assert client.get(cell.url).context["page"].paginator.count == cell.value


def test_owners_that_are_none_of_the_shape_filter_nothing(client: Client, overdue: Crew) -> None:
    page = client.get("/promises/?owners=1;drop")
    assert (page.status_code, page.context["page"].paginator.count) == (200, 3)


def test_a_rep_sees_no_more_by_naming_others(client: Client, overdue: Crew) -> None:
    page = sign_in(client, overdue.ae).get(f"/promises/?owners={overdue.sdr.pk},none")
    assert page.context["page"].paginator.count == 0
