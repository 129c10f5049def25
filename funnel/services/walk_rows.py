"""The rows of a walk: a new journey and its history in one statement."""

from collections.abc import Sequence
from functools import cache

from django.db import DEFAULT_DB_ALIAS, connection

from leads.selectors.prepared import Statement, is_gathering, send, write_made
from leads.services.statements import casts_of, columns_of, places_of, row_of

from ..models import Journey, StageChange

JOURNEY_WITH_CHANGES = """
WITH journey AS (INSERT INTO funnel_journey ({journey}) VALUES ({places}) RETURNING id),
changes AS (
    INSERT INTO funnel_stagechange (journey_id, {change})
    SELECT journey.id, passed.* FROM journey, (VALUES {rows}) AS passed RETURNING id
)
SELECT journey.id, (SELECT array_agg(id ORDER BY id) FROM changes) FROM journey
"""
WITHOUT_ANSWER = """
WITH journey AS (INSERT INTO funnel_journey ({journey}) VALUES ({places}) RETURNING id)
INSERT INTO funnel_stagechange (journey_id, {shared}, {change})
SELECT journey.id, {shared_values}, passed.* FROM journey, (VALUES {rows}) AS passed
"""
OF_JOURNEY = ("journey_id",)
SHARED = ("lead_id", "at", "actor_id", "fit", "interest", "intent")
"""Columns that are the same in all changes of one walk: said once, for PostgreSQL reads every value."""
STILL_EMPTY = ("resume_at", "closed_at", "sql_at", "opportunity_at", "customer_at", "imported_at")
"""Columns of a journey that is on its way to MQL at most."""


def insert_journey(journey: Journey, changes: Sequence[StageChange]) -> None:
    """Write a new journey with its history, oldest first, and set their ids.

    Where statements are gathered it waits, and has no id until ``assign`` keeps one for it: a lead
    that is no MQL needs none.
    """
    if is_gathering():
        write_made(lambda: _waiting(journey, changes))
        return
    with connection.cursor() as cursor:
        values = row_of(journey)
        for change in changes:
            values += row_of(change, but=OF_JOURNEY)
        send(cursor, (_statement(len(changes)), values))
        journey.pk, ids = cursor.fetchone()
    for row, pk in zip((journey, *changes), (journey.pk, *ids), strict=True):
        row.pk = pk
        row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS
    for change in changes:
        change.journey_id = journey.pk


def _waiting(journey: Journey, changes: Sequence[StageChange]) -> Statement:
    has_id = journey.pk is not None
    empty = STILL_EMPTY if all(journey.__dict__[name] is None for name in STILL_EMPTY) else ()
    values = row_of(journey, key=has_id, but=empty)
    values += [changes[0].__dict__[name] for name in SHARED]
    for change in changes:
        values += row_of(change, but=(*OF_JOURNEY, *SHARED))
    journey._state.adding, journey._state.db = False, DEFAULT_DB_ALIAS
    return _waiting_statement(len(changes), has_id, empty), values


@cache
def _statement(changes: int) -> str:
    row = f"({casts_of(StageChange, but=OF_JOURNEY)})"
    return JOURNEY_WITH_CHANGES.format(
        journey=", ".join(columns_of(Journey)),
        places=places_of(Journey),
        change=", ".join(columns_of(StageChange, but=OF_JOURNEY)),
        rows=", ".join([row] * changes),
    )


@cache
def _waiting_statement(changes: int, has_id: bool, empty: tuple[str, ...]) -> str:
    own = (*OF_JOURNEY, *SHARED)
    casts = dict(zip(columns_of(StageChange), casts_of(StageChange).split(", "), strict=True))
    return WITHOUT_ANSWER.format(
        journey=", ".join(columns_of(Journey, key=has_id, but=empty)),
        places=places_of(Journey, key=has_id, but=empty),
        shared=", ".join(SHARED),
        shared_values=", ".join(casts[name] for name in SHARED),
        change=", ".join(columns_of(StageChange, but=own)),
        rows=", ".join([f"({casts_of(StageChange, but=own)})"] * changes),
    )
