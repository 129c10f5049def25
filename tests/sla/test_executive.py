"""The executive's page: what escalated to the top, and both promises."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from funnel.enums import Stage
from funnel.models import Journey, Opportunity, StageTarget
from funnel.rules.periods import Span
from leads.models import Lead
from sla.enums import ClockKind, ClockState
from sla.forms.dashboard import Period, span_of
from sla.models import Clock
from sla.selectors.executive import escalated, escalations, two_promises, weeks_before
from sla.services.engine import tick
from smarketing.accounts.enums import Role
from smarketing.accounts.models import User
from tests.accounts.factories import make_user
from tests.funnel.factories import make_journey
from tests.sla.factories import make_handed_off
from tests.sla.ladders import MONDAY, make_chain, make_ladders

pytestmark = pytest.mark.django_db
TODAY = MONDAY.date()
MINUTE, WEEK = timedelta(minutes=1), timedelta(weeks=1)


def climb(due_at: Any = MONDAY, leads: int = 1, minutes: int = 17) -> list[Clock]:
    """Promises overdue since ``due_at`` whose ladders were told for so many minutes (17: to the CEO).

    A step waits for its gap after the one before was sent, which takes moments: hence not 10 and 15.
    """
    rep, _boss, _ceo = make_chain()
    clocks = make_ladders([rep] * leads, due_at=due_at)
    for late in (0, 11, 17):
        if late <= minutes:
            tick(at=due_at + late * MINUTE)
    return clocks


def shown(at: Any = MONDAY + 20 * MINUTE) -> list[Clock]:
    return list(escalated(at=at))


@pytest.mark.parametrize(("minutes", "reached"), [(11, 0), (17, 1)])
def test_only_what_reached_the_ceo_is_there(minutes: int, reached: int) -> None:
    climb(minutes=minutes)
    assert len(shown()) == reached


def test_it_says_how_late_whose_and_since_when() -> None:
    (clock,) = climb()
    (one,) = escalations(escalated(at=MONDAY + 20 * MINUTE), at=MONDAY + 20 * MINUTE)
    assert (one.late, one.rep, one.boss, one.told_at.replace(microsecond=0), one.is_open) == (
        "20 minutes",
        clock.owner,
        clock.owner.reports_to,
        MONDAY + 17 * MINUTE,
        True,
    )


def test_open_ones_come_first_the_longest_overdue_before() -> None:
    first, second = climb()[0], climb(MONDAY + 5 * MINUTE)[0]
    over = climb(MONDAY - 60 * MINUTE)[0]
    Clock.objects.filter(pk=over.pk).update(state=ClockState.MET_LATE, ended_at=MONDAY)
    assert [clock.pk for clock in shown()] == [first.pk, second.pk, over.pk]


@pytest.mark.parametrize(("age", "seen"), [(8 * WEEK - MINUTE, 1), (8 * WEEK, 0)])
def test_what_is_over_is_remembered_for_eight_weeks(age: timedelta, seen: int) -> None:
    (clock,) = climb()
    Clock.objects.filter(pk=clock.pk).update(state=ClockState.MET_LATE, ended_at=MONDAY + 18 * MINUTE)
    assert len(shown(MONDAY + 18 * MINUTE + age)) == seen


def delivered(day: date) -> Journey:
    at = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    return make_journey(Stage.MQL, mql_at=at, stage_since=at, entered_at=at)


def test_the_month_is_held_against_its_plan() -> None:
    StageTarget.objects.create(month=date(2026, 3, 1), stage=Stage.MQL, count=31)
    delivered(date(2026, 3, 1)), delivered(date(2026, 3, 9)), delivered(date(2026, 2, 28))
    found = two_promises(span=span_of(Period.THIS_MONTH, TODAY), at=MONDAY, today=TODAY)
    assert (found.mql.reached.count, found.mql.plan, found.mql.plan_by_now) == (2, 31, 9)


def test_of_a_month_that_is_agreed_in_part_only_those_days_are_due() -> None:
    """As *How it is kept* has it; before the first of them nothing was due."""
    StageTarget.objects.create(month=date(2026, 3, 1), stage=Stage.MQL, count=23)
    agreed = Span(TODAY, date(2026, 6, 30))
    found = two_promises(span=span_of(Period.THIS_MONTH, TODAY), at=MONDAY, today=TODAY, agreed=agreed).mql
    assert (found.plan, found.plan_by_now, found.plan_by_yesterday) == (23, 1, None)
    later = TODAY + timedelta(days=1)
    found = two_promises(span=span_of(Period.THIS_MONTH, TODAY), at=MONDAY, today=later, agreed=agreed).mql
    assert (found.plan_by_now, found.plan_by_yesterday) == (2, 1)


def test_eight_full_weeks_the_latest_first() -> None:
    delivered(date(2026, 3, 8)), delivered(date(2026, 3, 2)), delivered(TODAY), delivered(date(2026, 1, 11))
    lines = weeks_before(at=MONDAY, today=TODAY)
    assert ([line.delivered.count for line in lines], lines[0].span.first) == (
        [2, 0, 0, 0, 0, 0, 0, 0],
        date(2026, 3, 2),
    )


def test_a_weeks_promises_are_those_given_in_it() -> None:
    climb(MONDAY - WEEK)
    lines = weeks_before(at=MONDAY, today=TODAY)
    kept = [line.kept[ClockKind.FIRST_CONTACT].decided for line in lines]
    assert kept == [1, 0, 0, 0, 0, 0, 0, 0]


@pytest.fixture
def chief(client: Client) -> Client:
    client.force_login(make_user(role=Role.EXECUTIVE))
    return client


def test_executives_begin_here(chief: Client) -> None:
    assert chief.get("/")["Location"] == "/executive/"


def test_nothing_escalated_is_taught(chief: Client) -> None:
    assert b"Nothing has escalated" in chief.get("/executive/").content


def test_the_page_names_the_value(chief: Client) -> None:
    (clock,) = climb(timezone.now() - 20 * MINUTE)
    Opportunity.objects.create(journey=clock.journey, amount=5000, opened_at=MONDAY)
    page = chief.get("/executive/")
    assert (page.context["waiting"], "5,000.00 EUR" in page.content.decode()) == (1, True)


def test_every_number_opens_as_many_rows(chief: Client) -> None:
    now = timezone.now()
    for weeks in (0, 1, 3):
        climb(now - weeks * WEEK - 20 * MINUTE)
        delivered((now - weeks * WEEK).date())
    context = chief.get("/executive/").context
    links = [(context["marketing"]["delivered"].value, context["marketing"]["delivered"].url)]
    links += [(one["n"], one["url"]) for meter in context["sales"] for one in meter["outcomes"]]
    cells = [cell for row in context["weeks"].rows for cell in row.cells[:1] if cell.url]
    links += [(cell.value, cell.url) for cell in cells]
    opened = [chief.get(url).context["page"].paginator.count for _n, url in links]
    assert (opened, bool(cells)) == ([n for n, _url in links], True)


@pytest.mark.parametrize("many", [1, 3])
def test_the_page_costs_the_same_at_any_size(chief: Client, django_assert_num_queries, many: int) -> None:
    climb(timezone.now() - 20 * MINUTE, leads=many)
    chief.get("/executive/")
    with django_assert_num_queries(20):
        chief.get("/executive/")


@pytest.mark.parametrize(
    ("role", "status"),
    [(Role.EXECUTIVE, 200), (Role.ADMIN, 200), (Role.MANAGER, 403), (Role.MARKETER, 403), (Role.SDR, 403)],
)
def test_who_may_open_it(client: Client, role: str, status: int) -> None:
    client.force_login(make_user(role=role))
    assert client.get("/executive/").status_code == status


def test_the_profile_switches_the_weekly_mail_off(chief: Client) -> None:
    typed = {"first_name": "Ana", "language": "en", "time_zone": "UTC", "colour_scheme": "auto"}
    chief.post("/profile/", typed)
    off = User.objects.get(role=Role.EXECUTIVE).weekly_mail
    chief.post("/profile/", {**typed, "weekly_mail": "on"})
    assert (off, User.objects.get(role=Role.EXECUTIVE).weekly_mail) == (False, True)


def test_others_are_not_asked_about_it(client: Client) -> None:
    user = make_user(role=Role.SDR)
    client.force_login(user)
    form = client.get("/profile/").context["form"]
    typed = {"first_name": "Ana", "language": "en", "time_zone": "UTC", "colour_scheme": "auto"}
    client.post("/profile/", typed)
    user.refresh_from_db()
    assert ("weekly_mail" in form.fields, user.weekly_mail) == (False, True)


def test_a_merged_duplicate_is_not_told_twice() -> None:
    (clock,) = climb()
    kept = make_handed_off().lead
    Lead.objects.filter(pk=clock.lead_id).update(merged_into=kept)
    assert shown() == []
