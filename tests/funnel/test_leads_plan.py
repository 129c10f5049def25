"""Pages of leads at 100,000 leads: every one from an index, whatever the planner would rather do."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from funnel.selectors.leads import LeadFilter, lead_page, position_of
from leads.models import Lead
from smarketing.accounts.enums import Role
from smarketing.accounts.models import User
from tests.accounts.factories import make_user

LEADS = 100_000

FILL = """
INSERT INTO leads_lead ({columns})
SELECT {values} FROM generate_series(1, %(leads)s) AS n
"""
GIVEN = {
    "email": "'person' || n || '@company' || n %% 5000 || '.example'",
    "email_key": "'person' || n || '@company' || n %% 5000 || '.example'",
    "first_name": "(ARRAY['Ana', 'Bo', 'Eva', 'Joan'])[1 + n %% 4]",
    "last_name": "'Name' || n %% 20000",
    "source": "(ARRAY['paid', 'organic', 'mail'])[1 + n %% 3]",
    "created_at": "timestamptz '2026-01-01' + n * interval '1 minute'",
    "updated_at": "timestamptz '2026-01-01' + n * interval '1 minute'",
    "owner_id": "CASE WHEN n %% 500 = 0 THEN %(owner)s END",
    "persona_fixed": "false",
}
JOURNEYS = """
INSERT INTO funnel_journey (lead_id, number, is_current, stage, status, stage_since, reason, version,
    entered_at, source, landing_page)
SELECT id, 1, true, CASE WHEN id %% 1000 = 0 AND id < lowest + 20000 THEN 'sql' ELSE 'new_name' END,
    'active', created_at, '', 1, created_at, source, ''
FROM leads_lead, (SELECT min(id) AS lowest FROM leads_lead) AS first
"""

RECYCLED = """
INSERT INTO funnel_journey (lead_id, number, is_current, stage, status, stage_since, reason, version,
    entered_at, closed_at, source, landing_page)
SELECT id, 2, false, 'mql', 'recycled', created_at, 'timing', 1, created_at, created_at, source, ''
FROM leads_lead WHERE id % 10 = 0
"""


@pytest.fixture(scope="module")
def rep(django_db_setup: None, django_db_blocker: Any) -> Iterator[User]:
    """A rep with 200 leads among 100,000; twenty SQLs, all among the oldest: a burst of new
    names came afterwards, which is what lures the planner away from the stage's index."""
    with django_db_blocker.unblock(), transaction.atomic(), connection.cursor() as cursor:
        owner = make_user(role=Role.AE)
        fields = [field for field in Lead._meta.concrete_fields if not field.primary_key]
        values = [GIVEN.get(field.column) or _blank(field) for field in fields]
        columns = ", ".join(field.column for field in fields)
        filled = FILL.format(columns=columns, values=", ".join(values))
        cursor.execute(filled, {"leads": LEADS, "owner": owner.pk})
        # A session that checked keys while the table was empty would read all of it for each row.
        cursor.execute("ANALYZE leads_lead")
        cursor.execute(JOURNEYS, [])
        cursor.execute(RECYCLED)
        cursor.execute("ANALYZE leads_lead, funnel_journey")
        yield owner
        transaction.set_rollback(True)


def _blank(field: Any) -> str:
    if field.null:
        return f"NULL::{field.db_type(connection).split('(')[0]}"
    return {"JSONField": "'{}'::jsonb", "SmallIntegerField": "0"}.get(field.get_internal_type(), "''")


def plan_of(user: User, wanted: LeadFilter, sort: str, after: Any = None) -> str:
    with CaptureQueriesContext(connection) as queries:
        lead_page(user, wanted, sort=sort, after=after, size=26)
    plan = []
    with connection.cursor() as cursor:
        for query in queries:  # a search asks first whether few leads match
            cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, COSTS OFF, TIMING OFF) {query['sql']}")
            plan += [row[0] for row in cursor.fetchall()]
    return "\n".join(plan)


def buffers_of(user: User, wanted: LeadFilter, sort: str, after: Any = None) -> int:
    """Pages of 8 KiB that the query touched."""
    plan = plan_of(user, wanted, sort, after)
    return sum(
        int(number)
        for number in re.findall(r"(?:hit|read)=(\d+)", plan.partition("Buffers:")[2].split("\n")[0])
    )


@pytest.mark.parametrize(
    ("wanted", "sort", "index"),
    [
        (LeadFilter(), "-created_at", "lead_newest"),
        (LeadFilter(), "created_at", "lead_newest"),
        (LeadFilter(stage="sql"), "-stage_since", "journey_stage_newest"),
        (LeadFilter(stage="new_name"), "stage_since", "journey_stage_newest"),
        (LeadFilter(stage="sql", source="paid"), "-stage_since", "journey_stage_newest"),
        (LeadFilter(q="name77"), "-created_at", "lead_words"),
        (LeadFilter(q="ñame77"), "-created_at", "lead_words"),
        (LeadFilter(q="person777 company777"), "-created_at", "lead_words"),
    ],
)
def test_a_page_comes_from_its_index(rep: User, wanted: LeadFilter, sort: str, index: str):
    plan = plan_of(make_user(role=Role.MARKETER), wanted, sort)
    assert index in plan
    assert "Seq Scan on leads_lead" not in plan


def test_a_deep_page_reads_no_more_than_the_first(rep: User):
    user = make_user(role=Role.MARKETER)
    middle = Lead.objects.order_by("created_at")[LEADS // 2]
    reads = [
        buffers_of(user, LeadFilter(), "-created_at", after)
        for after in (None, position_of(middle, "-created_at"))
    ]
    assert reads[1] <= reads[0] * 1.5


def test_a_rare_old_stage_reads_little(rep: User):
    assert buffers_of(make_user(role=Role.MARKETER), LeadFilter(stage="sql"), "-stage_since") < 400


def test_a_rep_reads_their_own_leads_only(rep: User):
    assert "lead_owner_newest" in plan_of(rep, LeadFilter(), "-created_at")
    assert buffers_of(rep, LeadFilter(), "-created_at") < 400


@pytest.mark.parametrize(
    "wanted",
    [
        LeadFilter(source="nowhere"),
        LeadFilter(landing_page="/nowhere"),
        LeadFilter(grade="A1"),
        LeadFilter(status="lost"),
        LeadFilter(status="recycled"),  # earlier journeys are, current ones never
    ],
)
def test_what_no_lead_has_is_found_missing_at_once(rep: User, wanted: LeadFilter):
    assert buffers_of(make_user(role=Role.MARKETER), wanted, "-created_at") < 50
