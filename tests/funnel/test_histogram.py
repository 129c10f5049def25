"""Medians from buckets: exact where small, within 3 % elsewhere, and SQL agrees with Python."""

from collections import Counter
from datetime import timedelta
from statistics import median

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from funnel.enums import Measure, Stage
from funnel.models import RollupCell
from funnel.rules.histogram import EXACT, bucket_of, median_seconds, value_of
from funnel.rules.histogram import median as exact_median
from funnel.services import rollups
from tests.funnel.factories import NOON, make_journey

YEAR = 366 * 86400


def test_nothing_has_no_median() -> None:
    assert median_seconds({}) is None


@given(st.integers(0, EXACT - 1))
def test_small_values_are_kept_exactly(seconds: int) -> None:
    assert value_of(bucket_of(seconds)) == seconds


@given(st.integers(EXACT, 20 * YEAR))
def test_a_bucket_stands_for_a_value_at_most_three_percent_off(seconds: int) -> None:
    assert abs(value_of(bucket_of(seconds)) - seconds) <= 0.03 * seconds


@given(st.lists(st.integers(0, YEAR), min_size=1))
def test_the_median_is_at_most_three_percent_off(values: list[int]) -> None:
    estimate = median_seconds(Counter(map(bucket_of, values)))
    assert estimate is not None
    assert abs(estimate - median(values)) <= 0.03 * median(values)


@given(st.lists(st.integers(-5, 500), min_size=1))
def test_days_have_an_exact_median(values: list[int]) -> None:
    assert exact_median(Counter(values)) == median(values)


@pytest.mark.django_db
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(0, 2 * YEAR), min_size=1, max_size=10))
def test_the_database_puts_seconds_into_the_same_buckets(values: list[int]) -> None:
    RollupCell.objects.all().delete()
    for seconds in values:
        make_journey(Stage.ENGAGED, entered_at=NOON, engaged_at=NOON + timedelta(seconds=seconds))
    rollups.refresh(at=NOON)
    stays = RollupCell.objects.filter(cube="total", grain="all", measure=Measure.STAY)
    assert {int(code): n for cell in stays for code, n in cell.counts.items()} == Counter(
        map(bucket_of, values)
    )
