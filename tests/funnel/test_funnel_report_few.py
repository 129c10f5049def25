"""A report over a few journeys: its shares, and what it costs."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from funnel.enums import Grouping, Stage
from funnel.rules.report import Filters
from funnel.selectors.funnel_report import funnel_report
from leads.models import Campaign
from tests.funnel.factories import make_journey

pytestmark = pytest.mark.django_db


def test_conversion_is_the_share_that_reached_the_next_stage() -> None:
    for stage in (Stage.MQL, Stage.MQL, Stage.SQL):
        make_journey(stage)
    rows = {row.stage: row.conversion for row in funnel_report(filters=Filters()).stages}
    assert (rows[Stage.MQL], rows[Stage.SQL], rows[Stage.CUSTOMER]) == (33.33, 0.0, None)


@pytest.mark.parametrize("size", [1, 3])
def test_a_report_takes_five_queries_whatever_it_counts(size: int) -> None:
    campaign = Campaign.objects.create(name="Spring", slug="spring")
    for number in range(size):
        make_journey(Stage.CUSTOMER, source=str(number), campaign=campaign)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        funnel_report(filters=Filters(), by=Grouping.CAMPAIGN)
    assert len(queries) == 5
