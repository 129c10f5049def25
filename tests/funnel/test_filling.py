"""Filling an empty database costs as much for the last lead as for the first."""

import pytest
from django.db import connection

from funnel.enums import OpportunityStatus, Stage, Status
from funnel.models import Journey, Opportunity
from leads.models import Lead
from tests.accounts.factories import make_user
from tests.leads.factories import NOW

pytestmark = pytest.mark.django_db
TABLES = "leads_lead, funnel_journey, funnel_opportunity"
MANY = 1000


def rows_read_one_after_the_other() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(seq_tup_read) FROM pg_stat_xact_user_tables WHERE relname = ANY(%s)",
            [TABLES.split(", ")],
        )
        return int(cursor.fetchone()[0])


def fill(count: int) -> None:
    """``count`` won leads, then all given to somebody else."""
    before, after = make_user(), make_user()
    leads = Lead.objects.bulk_create(
        [Lead(created_at=NOW, updated_at=NOW, owner=before) for _ in range(count)]
    )
    bought = {"stage": Stage.CUSTOMER, "status": Status.WON, "entered_at": NOW, "stage_since": NOW}
    journeys = Journey.objects.bulk_create(
        [Journey(lead=lead, customer_at=NOW, closed_at=NOW, **bought) for lead in leads]
    )
    won = {"status": OpportunityStatus.WON, "amount": 1, "opened_at": NOW, "closed_at": NOW}
    Opportunity.objects.bulk_create([Opportunity(journey=journey, **won) for journey in journeys])
    Lead.objects.filter(pk__in=[lead.pk for lead in leads]).update(owner=after)


def test_a_session_that_began_on_empty_tables_looks_up_by_key():
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {TABLES} CASCADE")
        cursor.execute(f"ANALYZE {TABLES}")
    fill(20)  # every statement is planned for good now
    before = rows_read_one_after_the_other()
    fill(MANY)
    assert rows_read_one_after_the_other() - before < 10 * MANY
