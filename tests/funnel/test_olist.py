"""The acceptance on real data: a public marketing funnel of 8,000 leads and 842 won deals.

Everything is computed a second time from the CSV files, with ``csv`` and ``statistics`` alone.
Days from MQL to won are whole days of 24 hours, rounded down, as the report defines them.
"""

import csv
import os
import tomllib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from statistics import mean, median
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client

from funnel.enums import Grouping, Stage
from funnel.models import Journey, Opportunity, StageChange
from funnel.rules.mapping import read_mapping
from funnel.rules.periods import Span
from funnel.rules.report import Filters
from funnel.selectors.funnel_report import funnel_report
from funnel.services.history import import_history
from leads.models import Lead
from sla.enums import Horizon
from sla.selectors.kept_forecasts import held
from sla.selectors.plan_as_of import plan_as_of
from sla.services.foresight import keep_forecasts
from smarketing.accounts.enums import Role
from smarketing.accounts.models import User
from tests.accounts.factories import bearer, make_user

ROOT = Path(__file__).resolve().parents[2]
FOLDER = Path(os.environ.get("SMARKETING_OLIST_DIR") or ROOT.parent / "shared" / "data" / "olist")
LEADS = FOLDER / "olist_marketing_qualified_leads_dataset.csv"
DEALS = FOLDER / "olist_closed_deals_dataset.csv"
AT = datetime(2026, 1, 1, tzinfo=UTC)

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(
        not (LEADS.exists() and DEALS.exists()),
        reason=f"the Olist CSV files are not in {FOLDER}; set SMARKETING_OLIST_DIR",
    ),
]
Row = dict[str, str]


def rows(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def load(tmp_path: Path) -> list[Any]:
    mapping = read_mapping(tomllib.loads((ROOT / "docs/examples/olist-mapping.toml").read_text()))
    return import_history(mapping=mapping, folder=FOLDER, report=tmp_path / "report.csv", at=AT)


@pytest.fixture(scope="module")
def funnel(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: Any) -> Iterator[Path]:
    """The data loaded once for all tests of this module; gone afterwards."""

    folder = tmp_path_factory.mktemp("olist")
    with django_db_blocker.unblock(), transaction.atomic():
        load(folder)
        # Checked here once; what a test's own end checks is rolled back, and every test would pay again.
        connection.check_constraints()
        yield folder
        transaction.set_rollback(True)


def won_days() -> dict[str, int]:
    """Lead id to whole days until won, for every won deal."""
    first = {row["mql_id"]: datetime.fromisoformat(row["first_contact_date"]) for row in rows(LEADS)}
    return {
        row["mql_id"]: (datetime.fromisoformat(row["won_date"]) - first[row["mql_id"]]).days
        for row in rows(DEALS)
    }


def grouped(of: Callable[[Row], str]) -> dict[str, tuple[int, int, float | None, float | None]]:
    """Key to leads, won deals, mean and median days."""
    days, leads, found = won_days(), Counter(), defaultdict(list)
    for row in rows(LEADS):
        leads[of(row)] += 1
        if row["mql_id"] in days:
            found[of(row)].append(days[row["mql_id"]])
    return {
        key: (
            n,
            len(found[key]),
            mean(found[key]) if found[key] else None,
            median(found[key]) if found[key] else None,
        )
        for key, n in leads.items()
    }


def shown(by: Grouping) -> dict[str, tuple[int, int, float | None, float | None]]:
    breakdown = funnel_report(filters=Filters(), by=by, page_size=1000).breakdown
    assert breakdown is not None
    return {
        row.key: (
            row.reached["mql"].count,
            row.reached["customer"].count,
            row.days_to_win.mean,
            row.days_to_win.median,
        )
        for row in breakdown.rows
    }


def test_leads_and_won_deals_in_total(funnel: Path) -> None:
    report = funnel_report(filters=Filters())
    assert (report.leads.count, report.won.count) == (len(rows(LEADS)), len(rows(DEALS)))


def test_leads_and_won_deals_by_origin(funnel: Path) -> None:
    assert shown(Grouping.SOURCE) == grouped(lambda row: row["origin"])


def test_leads_and_won_deals_by_landing_page(funnel: Path) -> None:
    pages = shown(Grouping.LANDING_PAGE)
    assert len(pages) == 495
    assert pages == grouped(lambda row: row["landing_page_id"])


def test_monthly_entry_cohorts_and_what_they_won(funnel: Path) -> None:
    expected = grouped(lambda row: row["first_contact_date"][:7])
    assert [
        (f"{cohort.month:%Y-%m}", cohort.reached["mql"].count, cohort.reached["customer"].count)
        for cohort in funnel_report(filters=Filters()).cohorts
    ] == [(month, leads, won) for month, (leads, won, *_) in sorted(expected.items())]


def test_days_from_mql_to_won(funnel: Path) -> None:
    days = list(won_days().values())
    found = funnel_report(filters=Filters()).days_to_win
    assert (found.count, found.mean, found.median) == (len(days), mean(days), median(days))


def test_declared_revenue(funnel: Path) -> None:
    declared = sum(float(row["declared_monthly_revenue"]) for row in rows(DEALS))
    money = funnel_report(filters=Filters()).revenue
    assert [(m.currency, m.deals, float(m.amount)) for m in money] == [("BRL", 842, declared)]


def test_every_person_is_there_once_and_inactive(funnel: Path) -> None:
    named = {row[column] for row in rows(DEALS) for column in ("sdr_id", "sr_id")}
    people = User.objects.filter(external_id__in=named)
    assert (people.count(), people.filter(is_active=True).count()) == (len(named), 0)


def test_what_is_odd_stands_in_the_report(funnel: Path) -> None:
    found = Counter((row["file"], row["outcome"]) for row in rows(funnel / "report.csv"))
    no_origin = sum(not row["origin"] for row in rows(LEADS))
    early = sum(days < 0 for days in won_days().values())
    assert found == {(LEADS.name, "noted"): no_origin, (DEALS.name, "noted"): early}


def test_postgresql_knows_how_many_there_are(funnel: Path) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname, reltuples FROM pg_class WHERE relname LIKE %s", ["funnel\\_%"])
        known = dict(cursor.fetchall())
    assert known["funnel_journey"] == 8000 and known["funnel_opportunity"] == 842


def test_a_second_run_adds_nothing(funnel: Path) -> None:
    models = (Lead, Journey, StageChange, Opportunity, User)
    before = [model.objects.count() for model in models]
    results = load(funnel)
    assert [(r.added, r.known, r.skipped) for r in results] == [(0, 8000, 0), (0, 842, 0)]
    assert [model.objects.count() for model in models] == before


def test_the_api_says_the_same(funnel: Path) -> None:
    query = {"by": "landing_page", "page_size": 200}
    user = bearer(make_user(Role.EXECUTIVE))
    pages = [Client().get("/api/v1/funnel", {**query, "page": n}, headers=user).json() for n in (1, 2, 3)]
    days = list(won_days().values())
    assert (pages[0]["leads"]["count"], pages[0]["won"]["count"]) == (8000, 842)
    assert pages[0]["days_to_win"] == {"count": 842, "mean": mean(days), "median": median(days)}
    assert {
        row["key"]: (
            row["reached"]["mql"]["count"],
            row["reached"]["customer"]["count"],
            row["days_to_win"]["mean"],
            row["days_to_win"]["median"],
        )
        for page in pages
        for row in page["breakdown"]["results"]
    } == grouped(lambda row: row["landing_page_id"])


MONTHS = [date(2018, month, 1) for month in range(2, 12)]


@pytest.fixture(scope="module")
def forecasts(funnel: Path, django_db_blocker: Any) -> None:
    """Made afterwards for each month start, from nothing but what was known then."""
    with django_db_blocker.unblock():
        keep_forecasts(today=date(2018, 12, 1), at=AT)


def passages() -> list[tuple[datetime, datetime | None]]:
    """When each lead entered, and when it was won."""
    won = {row["mql_id"]: datetime.fromisoformat(row["won_date"]) for row in rows(DEALS)}
    return [
        (datetime.fromisoformat(row["first_contact_date"]), won.get(row["mql_id"])) for row in rows(LEADS)
    ]


def won_between(first: date, last: date) -> int:
    return sum(
        1 for entered, won in passages() if won and first <= won.date() < last and entered.date() < last
    )


def months_later(day: date, months: int) -> date:
    number = day.year * 12 + day.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)


@pytest.mark.parametrize(("horizon", "months"), [(Horizon.MONTH, 1), (Horizon.THREE, 3)])
def test_forecasts_are_held_against_what_the_files_say(forecasts: None, horizon: str, months: int) -> None:
    figures = held(horizon).customers.kept
    assert [one.first_day for one in figures] == MONTHS[: 11 - months]
    assert [one.came for one in figures] == [
        won_between(one.first_day, months_later(one.first_day, months)) for one in figures
    ]


def test_forecasts_learn_from_the_ninety_days_before(forecasts: None) -> None:
    for one in held(Horizon.MONTH).customers.kept:
        since = one.first_day - timedelta(days=90)
        assert (one.snapshot.window, one.snapshot.wins) == (90, won_between(since, one.first_day))


def test_forecasts_count_the_leads_that_were_open_then(forecasts: None) -> None:
    for one in held(Horizon.MONTH).customers.kept:
        then = datetime.combine(one.first_day, time())
        still = sum(1 for entered, won in passages() if entered < then and not (won and won < then))
        assert sum(n for *_place, n, _chance in one.snapshot.cells) == still
        assert sum(row[2] for row in one.by_chance) == still


def test_what_the_open_leads_brought(forecasts: None) -> None:
    for one in held(Horizon.MONTH).customers.kept:
        then, end = (datetime.combine(day, time()) for day in (one.first_day, months_later(one.first_day, 1)))
        came = sum(1 for entered, won in passages() if entered < then and won and then <= won < end)
        assert sum(row[4] for row in one.by_chance) == came


def test_the_figures_of_the_document(forecasts: None) -> None:
    told = (ROOT / "docs/forecasting.md").read_text(encoding="utf-8")
    for horizon in Horizon.values:
        for one in held(horizon).customers.kept:
            kept = "yes" if one.held else "no"
            assert f"| {one.mean:.1f} | {one.low:.0f}–{one.high:.0f} | {one.came} | {kept} |" in told


def test_the_revenue_of_the_document(forecasts: None) -> None:
    told = (ROOT / "docs/forecasting.md").read_text(encoding="utf-8")
    month, three = (held(horizon).revenues["BRL"].kept for horizon in (Horizon.MONTH, Horizon.THREE))
    assert (len(month), len(three)) == (3, 1)
    for one in month:
        line = f"| {one.mean:,.0f} | {one.low:,.0f}–{one.high:,.0f} | {one.came:,.0f} |"
        assert f"{line} {'yes' if one.held else 'no'} |" in told
    assert f"({three[0].low:,.0f}–{three[0].high:,.0f}, came {three[0].came:,.0f})" in told


def test_what_revenue_came_is_what_the_files_say(forecasts: None) -> None:
    for horizon, months in ((Horizon.MONTH, 1), (Horizon.THREE, 3)):
        for one in held(horizon).revenues["BRL"].kept:
            first = one.figure.first_day
            came = [
                float(row["declared_monthly_revenue"])
                for row in rows(DEALS)
                if first <= datetime.fromisoformat(row["won_date"]).date() < months_later(first, months)
            ]
            assert float(one.came or 0) == sum(came)


def test_a_plan_from_what_was_known_before_march(funnel: Path) -> None:
    plan = plan_as_of(span=Span(date(2018, 3, 1), date(2018, 5, 31)), known_at=AT)
    march = datetime(2018, 3, 1)
    ripe = [(entered, won) for entered, won in passages() if entered < datetime(2017, 12, 1)]
    rate = plan.rates[Stage.SQL]
    assert (rate.entered, rate.reached) == (len(ripe), sum(1 for _e, won in ripe if won and won < march))
    spring = [(e, won) for e, won in passages() if march <= e < datetime(2018, 6, 1)]
    assert (plan.entered, plan.won) == (len(spring), sum(1 for _e, won in spring if won))
    assert plan.sold == won_between(date(2018, 3, 1), date(2018, 6, 1))
    assert (plan.count, plan.chance.low, plan.chance.high) == (1395, 3, 13)
