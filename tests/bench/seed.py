"""A funnel of any size, made by the database itself: a million journeys in about two minutes.

Two years of entries, 11 sources, 495 landing pages, 40 campaigns, 5 personas and, from MQL on, 50
reps of 5 teams; the first of each far more frequent than the last; some four history rows to a
journey; about 6 % won. As in life, who entered later has the higher id. The same ``size`` gives
the same funnel, except for the random numbers that a parallel plan might reorder.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import connection, models, transaction

from funnel.enums import RANK, STAGES, STAMPS, Stage
from funnel.models import Assignment, Journey, Opportunity, StageChange
from funnel.services import rollups
from leads.models import Campaign, Lead, Persona
from smarketing.accounts.enums import Role, Side
from smarketing.accounts.models import Team, User

CAMPAIGNS, PERSONAS, TEAMS, REPS = 40, 5, 5, 50
MANY = 100_000
"""From so many rows on indexes are made anew afterwards instead of being kept row by row."""
FILLED = (Lead, Journey, StageChange, Opportunity, Assignment)

STAGE = """CASE WHEN depth < 0.10 THEN 0 WHEN depth < 0.30 THEN 1 WHEN depth < 0.50 THEN 2
                WHEN depth < 0.80 THEN 3 WHEN depth < 0.88 THEN 4 WHEN depth < 0.94 THEN 5 ELSE 6 END"""
PLAN = f"""
CREATE TEMP TABLE plan ON COMMIT DROP AS
SELECT %(last)s + row_number() OVER (ORDER BY entered_at) AS id, entered_at, rank,
       (ARRAY{[stage.value for stage in STAGES]})[rank + 1] AS stage,
       'source ' || lpad(source::text, 2, '0') AS source,
       'https://www.example.com/page-' || lpad(page::text, 3, '0') AS landing_page,
       %(campaign)s + campaign AS campaign_id, %(persona)s + persona AS persona_id,
       CASE WHEN rank >= 3 THEN %(rep)s + rep END AS owner_id,
       CASE WHEN rank = 6 THEN 'won' WHEN fate < 0.7 THEN 'active'
            WHEN fate < 0.8 OR rank < 3 THEN 'disqualified' WHEN rank = 5 THEN 'lost'
            WHEN fate < 0.9 THEN 'postponed' ELSE 'recycled' END AS status,
       hours
  FROM (SELECT %(at)s::timestamptz - random() * interval '730 days' AS entered_at, {STAGE} AS rank,
               floor(power(random(), 2) * 11)::int AS source, floor(power(random(), 2) * 495)::int AS page,
               floor(power(random(), 2) * {CAMPAIGNS})::int AS campaign,
               floor(power(random(), 2) * {PERSONAS})::int AS persona,
               floor(power(random(), 2) * {REPS})::int AS rep, fate, hours
          FROM (SELECT random() AS depth, random() AS fate, power(random(), 3) * 300 AS hours
                  FROM generate_series(1, %(journeys)s)) AS drawn) AS drawn
"""
REASONS = "(ARRAY['no_budget', 'timing', 'unreachable', 'wrong_fit'])[1 + id % 4]"
LEFT = "('disqualified', 'lost', 'recycled')"


def _stamp(rank: int) -> str:
    """When a stage was reached: each one takes the journey's own number of hours, a bit more each time."""
    return f"entered_at + hours * {rank} * (1 + {rank} * 0.3) * interval '1 hour'"


def seed_funnel(*, journeys: int, at: datetime) -> None:
    """Add that many leads with a journey each and refresh the rollups from scratch."""
    last = Lead.objects.aggregate(last=models.Max("id"))["last"] or 0
    given = {"at": at, "last": last, "journeys": journeys, **_whose()}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '128MB'; SET LOCAL maintenance_work_mem = '256MB'")
        cursor.execute("SELECT setseed(0.5)")
        cursor.execute(PLAN, given)
        cursor.execute("ANALYZE plan")
        silence_triggers(cursor)
        with _indexes_later(cursor, FILLED if journeys >= MANY else ()):
            _leads(cursor)
            _journeys(cursor)
            _changes(cursor)
            _deals(cursor)
            _assignments(cursor)
    with connection.cursor() as cursor:
        # Before the sums: PostgreSQL would plan them for the tables as they were.
        for model in FILLED:
            cursor.execute(f"VACUUM ANALYZE {model._meta.db_table}")
        rollups.rebuild(at=at)
        cursor.execute("VACUUM ANALYZE funnel_rollupcell")
        cursor.execute("VACUUM ANALYZE funnel_rollupdelta")


def _whose() -> dict[str, int]:
    """The lowest ids of campaigns, personas and reps, which are made the first time."""
    if not Campaign.objects.filter(slug__startswith="seed-").exists():
        Campaign.objects.bulk_create(
            Campaign(name=f"Campaign {n}", slug=f"seed-{n}") for n in range(CAMPAIGNS)
        )
        Persona.objects.bulk_create(Persona(name=f"Seeded persona {n}") for n in range(PERSONAS))
        teams = Team.objects.bulk_create(Team(name=f"Seeded team {n}", side=Side.SALES) for n in range(TEAMS))
        User.objects.bulk_create(
            User(email=f"seeded{n}@example.com", role=Role.SDR, team=teams[n % TEAMS]) for n in range(REPS)
        )
    lowest = {
        "campaign": Campaign.objects.filter(slug__startswith="seed-"),
        "persona": Persona.objects.filter(name__startswith="Seeded"),
        "rep": User.objects.filter(email__startswith="seeded"),
    }
    return {name: rows.order_by("pk").values_list("pk", flat=True)[0] for name, rows in lowest.items()}


def silence_triggers(cursor: Any) -> None:
    """Until the commit no trigger fires and no foreign key is looked up (all of them are right).

    The sums are built from scratch afterwards, so an image of each row would be thrown away. Who
    may not ask for it waits for the triggers, and gets the same funnel.
    """
    cursor.execute("SELECT has_parameter_privilege('session_replication_role', 'SET')")
    if cursor.fetchone()[0]:
        cursor.execute("SET LOCAL session_replication_role = replica")


@contextmanager
def _indexes_later(cursor: Any, tables: Sequence[type[models.Model]]) -> Iterator[None]:
    """Drop the indexes that hold no constraint, and make them again at the end."""
    cursor.execute(
        "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index"
        " WHERE indrelid::regclass::text = ANY(%s) AND NOT indisunique",
        [[model._meta.db_table for model in tables]],
    )
    found = cursor.fetchall()
    for name, _definition in found:
        cursor.execute(f"DROP INDEX {name}")
    yield
    for _name, definition in found:
        cursor.execute(definition)


def _leads(cursor: Any) -> None:
    given = {
        "id": "id",
        "email": "'seed' || id || '@example.com'",
        "email_key": "'seed' || id || '@example.com'",
        "source": "source",
        "landing_page": "landing_page",
        "campaign_id": "campaign_id",
        "persona_id": "persona_id",
        "owner_id": "owner_id",
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


def _assignments(cursor: Any) -> None:
    """Each lead from MQL on to whom it is now."""
    given = {
        "journey_id": "id",
        "lead_id": "id",
        "user_id": "owner_id",
        "assigned_at": _stamp(RANK[Stage.MQL]),
        "ended_at": f"CASE WHEN status IN {LEFT} THEN entered_at + hours * 30 * interval '1 hour' END",
    }
    insert(cursor, Assignment, given, "plan WHERE owner_id IS NOT NULL")


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
