"""Forms as the intake needs them."""

from collections.abc import Callable
from functools import cache
from typing import Any
from uuid import UUID

from django.db import Error, connection

from ..models import Form
from .prepared import send


def form_for_intake(form_id: UUID) -> Form:
    """The form, also a revoked one; raises ``Form.DoesNotExist``.

    Every post asks this first: a fixed statement spares the ORM from building the same one again,
    and shows by itself whether a kept connection is still good, so that is not asked beforehand.
    """
    sql, names, converters = _statement()
    is_kept = connection.connection is not None and not connection.in_atomic_block
    connection.health_check_done = True  # type: ignore[attr-defined]
    try:
        row = _row(sql, form_id)
    except Error:  # the driver has several words for a connection that is gone
        if not is_kept or connection.is_usable():
            raise
        connection.close()
        row = _row(sql, form_id)
    if row is None:
        raise Form.DoesNotExist
    values = list(row)
    for place, convert in converters:
        values[place] = convert(values[place], None, connection)
    return Form.from_db(connection.alias, names, values)


def _row(sql: str, form_id: UUID) -> tuple[Any, ...] | None:
    with connection.cursor() as cursor:
        send(cursor, (sql, [form_id]))
        found: tuple[Any, ...] | None = cursor.fetchone()
    return found


@cache
def _statement() -> tuple[str, list[str], list[tuple[int, Callable[..., Any]]]]:
    """The statement, the names of its columns, and what makes Python values of some of them."""
    fields = Form._meta.concrete_fields
    sql = f"SELECT {', '.join(str(field.column) for field in fields)} FROM leads_form WHERE id = %s"
    converters = [(n, f.from_db_value) for n, f in enumerate(fields) if hasattr(f, "from_db_value")]
    return sql, [field.attname for field in fields], converters
