"""Writing whole rows in one statement of our own, where the ORM would need several."""

from functools import cache
from typing import Any, NamedTuple

from django.db import connection, models

AS_THEY_ARE = (
    models.CharField,
    models.TextField,
    models.IntegerField,
    models.BooleanField,
    models.DateTimeField,
    models.UUIDField,
    models.ForeignKey,
)
"""Their values need nothing done before the driver takes them; asking each field takes longer than
PostgreSQL needs for the row."""


class Column(NamedTuple):
    name: str
    attname: str
    field: "models.Field[Any, Any] | None"
    """Set when the field has to prepare the value."""
    cast: str


def columns_of(model: type[models.Model], *, key: bool = False, but: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Column names, in the order of `row_of`; with the primary key when `key`, without those in `but`."""
    return tuple(column.name for column in _columns(model, key, but))


def row_of(instance: models.Model, *, key: bool = False, but: tuple[str, ...] = ()) -> list[Any]:
    """The values of an unsaved instance as the driver takes them."""
    values = instance.__dict__
    return [
        values[column.attname]
        if column.field is None
        else column.field.get_db_prep_save(values[column.attname], connection)
        for column in _columns(type(instance), key, but)
    ]


@cache
def places_of(model: type[models.Model], *, key: bool = False, but: tuple[str, ...] = ()) -> str:
    """`%s, %s, …` for `INSERT … VALUES`."""
    return ", ".join(["%s"] * len(_columns(model, key, but)))


@cache
def casts_of(model: type[models.Model], *, key: bool = False, but: tuple[str, ...] = ()) -> str:
    """`%s::uuid, %s::text…`: in INSERT … SELECT PostgreSQL does not infer types from the columns."""
    return ", ".join(f"%s::{column.cast}" for column in _columns(model, key, but))


@cache
def _columns(model: type[models.Model], key: bool, but: tuple[str, ...]) -> tuple[Column, ...]:
    return tuple(
        Column(
            str(field.column),
            field.attname,
            None if isinstance(field, AS_THEY_ARE) else field,
            _cast(field),
        )
        for field in model._meta.concrete_fields
        if (key or not field.primary_key) and field.column not in but
    )


def _cast(field: "models.Field[Any, Any]") -> str:
    """A type without its length: a cast to varchar(n) would cut silently."""
    kind = field.rel_db_type(connection) if field.is_relation else field.db_type(connection)
    return (kind or "text").split("(")[0]
