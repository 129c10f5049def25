"""Many rows at once: COPY and one UPDATE, several times as fast as the ORM's bulk methods.

For columns of text, numbers, booleans and times; JSON and arrays need the ORM.
"""

import io
from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Any

from django.db import connection, models

NULL = "\\N"
"""An unquoted ``\\N`` is NULL; every text is quoted, so one that says the same stays a text."""


def copy_rows(model: type[models.Model], rows: Iterable[models.Model]) -> None:
    """Insert unsaved objects of ``model``; their keys stay unknown."""
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    values = attrgetter(*(field.attname for field in fields))
    text = "".join(",".join(map(_cell, values(row))) + "\n" for row in rows)
    columns = ", ".join(f'"{field.column}"' for field in fields)
    with connection.cursor() as cursor:
        cursor.copy_expert(
            f"COPY {model._meta.db_table} ({columns}) FROM STDIN (FORMAT csv, NULL '{NULL}')",
            io.StringIO(text),
        )


def _cell(value: object) -> str:
    if value is None:
        return NULL
    if isinstance(value, str):
        return '"' + value.replace('"', '""') + '"'
    return str(value)


def update_rows(model: type[models.Model], rows: Sequence[Any], names: Sequence[str]) -> None:
    """Set the named fields of saved objects of ``model`` to what the objects hold."""
    fields = [field for field in model._meta.concrete_fields if field.primary_key or field.name in names]
    arrays = ", ".join(f"%s::{field.db_type(connection)}[]" for field in fields)
    columns = ", ".join(str(field.column) for field in fields)
    assigned = ", ".join(
        f"{field.column} = given.{field.column}" for field in fields if not field.primary_key
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {model._meta.db_table} AS kept SET {assigned}"
            f" FROM unnest({arrays}) AS given ({columns}) WHERE kept.id = given.id",
            [[getattr(row, field.attname) for row in rows] for field in fields],
        )
