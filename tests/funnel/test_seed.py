"""The funnel that benchmarks are run on is a funnel: its report counts right, its sums add up."""

from datetime import UTC, datetime

import pytest

from funnel.models import Journey, RollupDelta, StageChange
from funnel.rules.report import Filters
from funnel.selectors.funnel_report import funnel_report
from funnel.tasks import refresh_rollups
from tests.bench.seed import seed_funnel
from tests.funnel.factories import make_journey
from tests.funnel.sums import counted
from tests.funnel.test_rollups import figures

AT = datetime(2026, 6, 30, 12, tzinfo=UTC)

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_seeded_funnel_reports_what_it_holds() -> None:
    seed_funnel(journeys=400, at=AT)
    seed_funnel(journeys=100, at=AT)
    assert (Journey.objects.count(), RollupDelta.objects.count()) == (500, 0)
    assert 3 * 500 < StageChange.objects.count() < 5 * 500
    assert figures(funnel_report(filters=Filters())) == counted(list(Journey.objects.all()))


def test_a_seeded_funnel_goes_on_counting() -> None:
    seed_funnel(journeys=50, at=AT)
    make_journey()
    assert funnel_report(filters=Filters()).journeys.count == 51


def test_the_job_folds_what_was_written() -> None:
    make_journey()
    assert (refresh_rollups(), RollupDelta.objects.count()) == (1, 0)
