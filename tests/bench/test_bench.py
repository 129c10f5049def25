"""The measurements themselves, at sizes that take seconds: that they run, not how fast it is."""

from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from tests.bench import engine, funnel_report, intake, pages, rescore, restore
from tests.bench.daily import live_through
from tests.bench.figures import Figure, at_least, at_most, percentile, table
from tests.bench.seed import seed_funnel
from tests.bench.sql import script_of
from tests.bench.visitors import install_site

Environment = dict[str, str]


def by_name(figures: list[Figure]) -> dict[str, Figure]:
    return {figure.name: figure for figure in figures}


@pytest.fixture
def bench_environment(worker_environment: Environment) -> Environment:
    return {**worker_environment, "ALLOWED_HOSTS": "127.0.0.1", "SECRET_KEY": "only-for-tests-" * 4}


def test_every_acknowledged_lead_is_found_after_an_intake_run(
    bench_environment: Environment, tmp_path: Path
) -> None:
    try:
        found = by_name(intake.measure(bench_environment, tmp_path, seconds=0.5, rounds=1, connections=(2,)))
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS bare_event, bare_person, bare_company")
    assert found["acknowledged submissions"].value > 0
    assert found["acknowledged and without a lead"].value == 0
    assert found["leads less journeys in all stages"].value == 0


@pytest.mark.django_db(transaction=True)
def test_an_mql_costs_more_statements_than_a_lead() -> None:
    paper, advice = install_site()
    _plain, few = script_of(paper, qualified=False)
    _full, many = script_of(advice, qualified=True, token="8" * 12)
    assert 0 < few < many <= 20


@pytest.mark.django_db(transaction=True)
def test_the_captured_post_leaves_the_sequences_as_they_were() -> None:
    paper, _advice = install_site()
    script_of(paper, qualified=False)
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('leads_lead_id_seq')")
        assert cursor.fetchone()[0] < 4_000_000_000


def test_all_due_steps_are_handed_over(bench_environment: Environment, tmp_path: Path) -> None:
    install_site()
    figures = engine.measure(bench_environment, tmp_path, clocks=300, due=20, seconds=1, every=0.5)
    assert by_name(figures)["steps due within 1 s, each of another person"].value == 20


@pytest.mark.django_db(transaction=True)
def test_every_lead_is_scored_again() -> None:
    install_site()
    assert by_name(rescore.measure(leads=50))["share whose score changed"].value == 1


@pytest.mark.django_db(transaction=True)
def test_a_backup_gives_everything_back(tmp_path: Path) -> None:
    install_site()
    found = by_name(restore.measure(tmp_path, leads=30))
    assert found["rows of all tables"].value > 100
    assert (found["rows that were lost"].value, list(tmp_path.iterdir())) == (0, [])


NAMES = (*funnel_report.QUERIES, *funnel_report.PAGES)


@pytest.mark.django_db(transaction=True)
def test_the_reports_need_as_many_statements_at_both_sizes() -> None:
    install_site()
    found = by_name(funnel_report.compare([50, 100], rounds=2))
    at = {
        size: {name: found[f"{name}, {size} leads, statements"].value for name in NAMES} for size in (50, 100)
    }
    pages = set(funnel_report.PAGES)
    assert [name for name in NAMES if name not in pages and at[50][name] != at[100][name]] == []
    # How late somebody is takes the calendars of now: one more where a lead is at risk.
    assert [name for name in pages if abs(at[50][name] - at[100][name]) > 1] == []


@pytest.mark.django_db(transaction=True)
def test_a_page_is_weighed_with_what_it_links() -> None:
    install_site()
    some = [page for page in pages.PAGES if page.path in (pages.BARE, "/queue/", "/leads/{lead}/")]
    found = pages.measure(leads=60, rounds=1, pages=some)
    weights = [figure.value for figure in found if figure.name == "… first visit, gzip"]
    assert len(weights) == len(some) == 3
    assert min(weights) > 20  # Bootstrap's style sheet alone has more


@pytest.mark.django_db(transaction=True)
def test_the_pages_of_what_was_agreed_open() -> None:
    install_site()
    at = timezone.now()
    seed_funnel(journeys=300, at=at)
    live_through(at=at)
    world, more = pages.furnished(at=at)
    looks = pages.look_at_all(world, more, rounds=1)
    parts = {page.path.split("/")[1] for page, _look in looks}
    agreed = {"agreement", "reviews", "disputes", "feedback", "closed-loop", "definitions"}
    assert parts == agreed | {"forecast"}
    assert min(look.processor for _page, look in looks) > 0


def test_a_missed_target_is_said() -> None:
    text = table("t", [at_most("slow", 7.0, "ms", 5.0), at_least("fast", 120.0, "leads/s", 100.0)])
    assert text.splitlines()[-2:] == [
        "| slow | 7 ms | ≤ 5 ms | **no** |",
        "| fast | 120 leads/s | ≥ 100 leads/s | yes |",
    ]


def test_percentile_of_a_hundred() -> None:
    assert [percentile(range(100), part) for part in (0.5, 0.99)] == [50, 99]
