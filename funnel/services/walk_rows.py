"""The rows of a walk: a new journey and its history in one statement."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from django.db import connection

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
INSERT INTO funnel_stagechange (journey_id, {change})
SELECT journey.id, passed.* FROM journey, (VALUES {rows}) AS passed
"""
OF_JOURNEY = ("journey_id",)


def insert_journey(journey: Journey, changes: Sequence[StageChange]) -> None:
    """Write a new journey with its history, oldest first, and set their ids.

    Where statements are gathered it waits, and has no id until ``assign`` keeps one for it: a lead
    that is no MQL needs none.
    """
    if is_gathering():
        write_made(lambda: _waiting(journey, changes))
        return
    with connection.cursor() as cursor:
        send(cursor, (_statement(JOURNEY_WITH_CHANGES, len(changes), False), _values(journey, changes)))
        journey.pk, ids = cursor.fetchone()
    for row, pk in zip((journey, *changes), (journey.pk, *ids), strict=True):
        row.pk = pk
        row._state.adding, row._state.db = False, connection.alias
    for change in changes:
        change.journey_id = journey.pk


def _waiting(journey: Journey, changes: Sequence[StageChange]) -> Statement:
    has_id = journey.pk is not None
    values = _values(journey, changes)
    journey._state.adding, journey._state.db = False, connection.alias
    return _statement(WITHOUT_ANSWER, len(changes), has_id), values


def _values(journey: Journey, changes: Sequence[StageChange]) -> list[Any]:
    values: list[Any] = row_of(journey, key=journey.pk is not None)
    for change in changes:
        values += row_of(change, but=OF_JOURNEY)
    return values


@cache
def _statement(template: str, changes: int, has_id: bool) -> str:
    row = f"({casts_of(StageChange, but=OF_JOURNEY)})"
    return template.format(
        journey=", ".join(columns_of(Journey, key=has_id)),
        places=places_of(Journey, key=has_id),
        change=", ".join(columns_of(StageChange, but=OF_JOURNEY)),
        rows=", ".join([row] * changes),
    )
