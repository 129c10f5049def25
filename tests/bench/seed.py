"""A funnel of any size, made by the database itself: a million journeys in about two minutes.

Two years of entries, 11 sources, 495 landing pages and 40 campaigns, the first of each far more
frequent than the last; some four history rows to a journey; about 6 % won. The same ``size``
gives the same funnel, except for the random numbers that a parallel plan might reorder.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import connection, models, transaction

from funnel.enums import RANK, STAGES, STAMPS
from funnel.models import Journey, Opportunity, StageChange
from funnel.services import rollups
from leads.models import Campaign, Lead

STAGE = """CASE WHEN depth < 0.10 THEN 0 WHEN depth < 0.30 THEN 1 WHEN depth < 0.50 THEN 2
                WHEN depth < 0.80 THEN 3 WHEN depth < 0.88 THEN 4 WHEN depth < 0.94 THEN 5 ELSE 6 END"""
PLAN = f"""
CREATE TEMP TABLE plan ON COMMIT DROP AS
SELECT id, entered_at, rank, (ARRAY{[stage.value for stage in STAGES]})[rank + 1] AS stage,
       'source ' || lpad(source::text, 2, '0') AS source,
       'https://www.example.com/page-' || lpad(page::text, 3, '0') AS landing_page,
       (SELECT min(id) FROM leads_campaign WHERE slug LIKE 'seed-%%') + campaign AS campaign_id,
       CASE WHEN rank = 6 THEN 'won' WHEN fate < 0.7 THEN 'active'
            WHEN fate < 0.8 OR rank < 3 THEN 'disqualified' WHEN rank = 5 THEN 'lost'
            WHEN fate < 0.9 THEN 'postponed' ELSE 'recycled' END AS status,
       hours
  FROM (SELECT id, %(at)s::timestamptz - random() * interval '730 days' AS entered_at, {STAGE} AS rank,
               floor(power(random(), 2) * 11)::int AS source, floor(power(random(), 2) * 495)::int AS page,
               floor(power(random(), 2) * 40)::int AS campaign, fate, hours
          FROM (SELECT id, random() AS depth, random() AS fate, power(random(), 3) * 300 AS hours
                  FROM generate_series(%(first)s, %(last)s) AS id) AS drawn) AS drawn
"""
REASONS = "(ARRAY['no_budget', 'timing', 'unreachable', 'wrong_fit'])[1 + id % 4]"
LEFT = "('disqualified', 'lost', 'recycled')"


def _stamp(rank: int) -> str:
    """When a stage was reached: each one takes the journey's own number of hours, a bit more each time."""
    return f"entered_at + hours * {rank} * (1 + {rank} * 0.3) * interval '1 hour'"


def seed_funnel(*, journeys: int, at: datetime) -> None:
    """Add that many leads with a journey each and refresh the rollups from scratch."""
    last = Lead.objects.aggregate(last=models.Max("id"))["last"] or 0
    with transaction.atomic(), connection.cursor() as cursor:
        if not Campaign.objects.filter(slug__startswith="seed-").exists():
            Campaign.objects.bulk_create(Campaign(name=f"Campaign {n}", slug=f"seed-{n}") for n in range(40))
        cursor.execute("SELECT setseed(0.5)")
        cursor.execute(PLAN, {"at": at, "first": last + 1, "last": last + journeys})
        # The sums are built from scratch below: an image of each row would be thrown away.
        cursor.execute("ALTER TABLE funnel_journey DISABLE TRIGGER USER")
        cursor.execute("ALTER TABLE funnel_opportunity DISABLE TRIGGER USER")
        _leads(cursor)
        _journeys(cursor)
        _changes(cursor)
        _deals(cursor)
        # Deferred checks of foreign keys must be over before a table can be altered again.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE funnel_journey ENABLE TRIGGER USER")
        cursor.execute("ALTER TABLE funnel_opportunity ENABLE TRIGGER USER")
    rollups.rebuild(at=at)
    with connection.cursor() as cursor:
        for model in (Lead, Journey, StageChange, Opportunity):
            cursor.execute(f"VACUUM ANALYZE {model._meta.db_table}")
        cursor.execute("VACUUM ANALYZE funnel_rollupcell")
        cursor.execute("VACUUM ANALYZE funnel_rollupdelta")


def _leads(cursor: Any) -> None:
    given = {
        "id": "id",
        "email": "'seed' || id || '@example.com'",
        "email_key": "'seed' || id || '@example.com'",
        "source": "source",
        "landing_page": "landing_page",
        "campaign_id": "campaign_id",
        "created_at": "entered_at",
        "updated_at": "entered_at",
        # Scored by the live rules, with nothing: no job finds anything to do for them.
        "rule_set_id": "(SELECT id FROM leads_ruleset WHERE status = 'live')",
    }
    insert(cursor, Lead, given, "plan ORDER BY plan.id")
    _advance(cursor, Lead)


def _journeys(cursor: Any) -> None:
    left = " ".join(f"WHEN {rank} THEN {_stamp(rank + 1)}" for rank in range(len(STAGES) - 1))
    since = " ".join(f"WHEN {rank} THEN {_stamp(rank)}" for rank in range(len(STAGES)))
    given = {
        "id": "id",
        "lead_id": "id",
        "number": "1",
        "stage": "stage",
        "status": "status",
        "reason": f"CASE WHEN status IN ('active', 'won') THEN '' ELSE {REASONS} END",
        "is_current": "status <> 'recycled'",
        "stage_since": f"CASE rank {since} END",
        "resume_at": "CASE WHEN status = 'postponed' THEN entered_at + interval '3 years' END",
        "closed_at": f"CASE WHEN status IN {LEFT} THEN CASE rank {left} END"
        f" WHEN status = 'won' THEN {_stamp(6)} END",
        "source": "source",
        "landing_page": "landing_page",
        "campaign_id": "campaign_id",
    }
    for stage in STAGES:
        rank = RANK[stage]
        given[STAMPS[stage]] = f"CASE WHEN rank >= {rank} THEN {_stamp(rank)} END"
    insert(cursor, Journey, given, "plan ORDER BY plan.id")
    _advance(cursor, Journey)


def _changes(cursor: Any) -> None:
    names = f"(ARRAY{[stage.value for stage in STAGES]})"
    moves = "(ARRAY['enter', 'advance', 'advance', 'advance', 'qualify', 'convert', 'win'])"
    at = " ".join(f"WHEN {rank} THEN {_stamp(rank)}" for rank in range(len(STAGES)))
    given = {
        "journey_id": "id",
        "lead_id": "id",
        "at": f"CASE step {at} END",
        "move": f"{moves}[step + 1]",
        "from_stage": f"coalesce({names}[step], '')",
        "to_stage": f"{names}[step + 1]",
        "from_status": "CASE WHEN step = 0 THEN '' ELSE 'active' END",
        "to_status": "CASE WHEN step = 6 THEN 'won' ELSE 'active' END",
        "seconds": "CASE WHEN step = 0 THEN 0 ELSE floor(hours * 3600)::bigint END",
    }
    insert(cursor, StageChange, given, "plan CROSS JOIN LATERAL generate_series(0, rank) AS step")
    closing = {
        **given,
        "at": "entered_at + hours * 30 * interval '1 hour'",
        "move": "(CASE status WHEN 'lost' THEN 'lose' WHEN 'recycled' THEN 'recycle'"
        " WHEN 'postponed' THEN 'postpone' ELSE 'disqualify' END)",
        "from_stage": "stage",
        "to_stage": "stage",
        "from_status": "'active'",
        "to_status": "status",
        "reason": REASONS,
    }
    insert(
        cursor,
        StageChange,
        closing,
        "plan CROSS JOIN (VALUES (1)) AS s (step) WHERE status NOT IN ('active', 'won')",
    )


def _deals(cursor: Any) -> None:
    status = "CASE status WHEN 'won' THEN 'won' WHEN 'lost' THEN 'lost' ELSE 'open' END"
    given = {
        "journey_id": "id",
        "amount": "(id % 90 + 10) * 100",
        "status": status,
        "opened_at": _stamp(5),
        "closed_at": f"CASE WHEN status IN ('won', 'lost') THEN {_stamp(6)} END",
    }
    insert(cursor, Opportunity, given, "plan WHERE rank >= 5")


def insert(cursor: Any, model: type[models.Model], given: Mapping[str, str], source: str) -> None:
    """INSERT … SELECT; columns not given get the model's default."""
    fields = [f for f in model._meta.concrete_fields if f.column in given or not f.primary_key]
    values = [given.get(str(field.column)) or _literal(field.get_default()) for field in fields]
    columns = ", ".join(f'"{field.column}"' for field in fields)
    cursor.execute(f"INSERT INTO {model._meta.db_table} ({columns}) SELECT {', '.join(values)} FROM {source}")


def _literal(value: object) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, dict | list):
        return f"'{json.dumps(value)}'::jsonb"
    return f"'{value}'"


def _advance(cursor: Any, model: type[models.Model]) -> None:
    """Ids were given: the sequence has to know."""
    table = model._meta.db_table
    cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")
