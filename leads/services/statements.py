"""Writing whole rows in one statement of our own, where the ORM would need several."""

import json
from collections.abc import Callable
from functools import cache, partial
from typing import Any, NamedTuple, TypeVar

from django.db import connection, models
from django.db.models import NOT_PROVIDED
from django.db.models.base import ModelState

Row = TypeVar("Row", bound=models.Model)

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
    prepare: Callable[[Any], Any] | None
    """Makes the value what the driver takes; None: it is."""
    cast: str


def fresh(model: type[Row], **values: Any) -> Row:
    """An unsaved instance by attribute names of columns (``lead_id``, not ``lead``).

    What the model's own constructor makes, without passing it: that one sets every field by itself
    and tells two signals that nobody here hears, which takes twenty times as long; a new MQL has
    fifteen such rows.
    """
    constant, called = _defaults(model)
    row = object.__new__(model)
    contents = row.__dict__
    contents["_state"] = ModelState()
    contents.update(constant)
    for name, default in called.items():
        contents[name] = values.pop(name) if name in values else default()
    if values.keys() - constant.keys():
        raise TypeError(f"{model.__name__} has no columns {sorted(values.keys() - constant.keys())}")
    contents.update(values)
    return row


def relate(row: models.Model, **others: models.Model | None) -> None:
    """Set relations by name, as ``row.name = other`` does; that one asks which databases the two are of."""
    for name, other in others.items():
        row.__dict__[f"{name}_id"] = None if other is None else other.pk
        row._state.fields_cache[name] = other


@cache
def _defaults(model: type[models.Model]) -> tuple[dict[str, Any], dict[str, Callable[[], Any]]]:
    """Defaults that are the same for every row, and those that are made anew for each."""
    fields = model._meta.concrete_fields
    called = {f.attname: f.default for f in fields if f.default is not NOT_PROVIDED and callable(f.default)}
    constant = {f.attname: f.get_default() for f in fields if f.attname not in called}
    return constant, called


def columns_of(model: type[models.Model], *, key: bool = False, but: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Column names, in the order of `row_of`; with the primary key when `key`, without those in `but`."""
    return tuple(column.name for column in _columns(model, key, but))


def row_of(instance: models.Model, *, key: bool = False, but: tuple[str, ...] = ()) -> list[Any]:
    """The values of an unsaved instance as the driver takes them."""
    values = instance.__dict__
    return [
        values[column.attname] if column.prepare is None else column.prepare(values[column.attname])
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
            _preparation(field),
            _cast(field),
        )
        for field in model._meta.concrete_fields
        if (key or not field.primary_key) and field.column not in but
    )


def _preparation(field: "models.Field[Any, Any]") -> Callable[[Any], Any] | None:
    if isinstance(field, AS_THEY_ARE):
        return None
    if isinstance(field, models.JSONField) and field.encoder is None:
        return _json
    return partial(field.get_db_prep_save, connection=connection)


def _json(value: Any) -> str | None:
    """As text, which the driver quotes in C; its own adapter of JSON is Python."""
    return None if value is None else json.dumps(value)


def _cast(field: "models.Field[Any, Any]") -> str:
    """A type without its length: a cast to varchar(n) would cut silently."""
    kind = field.rel_db_type(connection) if field.is_relation else field.db_type(connection)
    return (kind or "text").split("(")[0]
