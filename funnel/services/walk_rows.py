"""The rows of a walk: a new journey and its history in one statement."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from django.db import connection

from leads.selectors.prepared import send
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
OF_JOURNEY = ("journey_id",)


def insert_journey(journey: Journey, changes: Sequence[StageChange]) -> None:
    """Write a new journey with its history, oldest first, and set their ids."""
    values: list[Any] = row_of(journey)
    for change in changes:
        values += row_of(change, but=OF_JOURNEY)
    with connection.cursor() as cursor:
        send(cursor, (_statement(len(changes)), values))
        journey.pk, ids = cursor.fetchone()
    for row, pk in zip((journey, *changes), (journey.pk, *ids), strict=True):
        row.pk = pk
        row._state.adding, row._state.db = False, connection.alias
    for change in changes:
        change.journey_id = journey.pk


@cache
def _statement(changes: int) -> str:
    row = f"({casts_of(StageChange, but=OF_JOURNEY)})"
    return JOURNEY_WITH_CHANGES.format(
        journey=", ".join(columns_of(Journey)),
        places=places_of(Journey),
        change=", ".join(columns_of(StageChange, but=OF_JOURNEY)),
        rows=", ".join([row] * changes),
    )
