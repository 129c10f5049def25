"""Writing a whole row in one statement of our own, where the ORM would need several."""

from functools import cache
from typing import Any

from django.db import connection, models


@cache
def columns_of(model: type[models.Model], *, key: bool = False) -> tuple[str, ...]:
    """Column names, in the order of `row_of`; with the primary key when `key`."""
    return tuple(str(f.column) for f in model._meta.concrete_fields if key or not f.primary_key)


def row_of(instance: models.Model, *, key: bool = False) -> list[Any]:
    """The values of an unsaved instance as the driver takes them."""
    return [
        field.get_db_prep_save(getattr(instance, field.attname), connection)
        for field in instance._meta.concrete_fields
        if key or not field.primary_key
    ]


@cache
def casts_of(model: type[models.Model], *, key: bool = False) -> str:
    """`%s::uuid, %s::text…`: in INSERT … SELECT PostgreSQL does not infer types from the columns."""
    return ", ".join(
        f"%s::{_cast(field)}" for field in model._meta.concrete_fields if key or not field.primary_key
    )


def _cast(field: "models.Field[Any, Any]") -> str:
    """A type without its length: a cast to varchar(n) would cut silently."""
    kind = field.rel_db_type(connection) if field.is_relation else field.db_type(connection)
    return (kind or "text").split("(")[0]
