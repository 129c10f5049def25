"""Rows of any configuration, with what they point at.

The audit log reads them twice at each change, and Django would put the same statements together
each time, which takes longer than asking for the rows: their text is made once.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db import connection, models

Foreign = tuple["models.ForeignKey[Any, Any]", ...]
MOST_JOINED = 3
"""PostgreSQL weighs orders of joining: with six it takes longer than to ask for the rows alone."""


@dataclass(frozen=True)
class Statement:
    text: str
    fields: "tuple[models.Field[Any, Any], ...]"
    """Its columns: the model's own, then those of each model that is joined."""


def rows_with_names(
    model: type[models.Model], by: str, values: Iterable[Any], *, unnamed: frozenset[str] = frozenset()
) -> list[Any]:
    """Those whose field ``by`` is one of ``values``, in the model's order but for ``by``, each with
    what it points at read, except by the fields ``unnamed``."""
    foreign: Foreign = tuple(
        field
        for field in model._meta.concrete_fields
        if isinstance(field, models.ForeignKey) and field.name not in unnamed
    )
    joined = foreign if len(foreign) <= MOST_JOINED else ()
    found = [_object(model, joined, row) for row in _read(model, by, list(values), joined)]
    _point(found, foreign[len(joined) :])
    return found


def _read(model: type[models.Model], by: str, values: list[Any], joined: Foreign) -> Iterator[Iterator[Any]]:
    kept = _statement(model, by, len(values), joined)
    with connection.cursor() as cursor:
        cursor.execute(kept.text, values)
        rows = cursor.fetchall()
    converters = [(field, field.get_db_converters(connection)) for field in kept.fields]
    for row in rows:
        yield (_python(value, *converter) for value, converter in zip(row, converters, strict=True))


def _python(value: Any, field: Any, converters: list[Any]) -> Any:
    for convert in converters:
        value = convert(value, field, connection)
    return value


def _object(model: type[models.Model], joined: Foreign, values: Iterator[Any]) -> Any:
    """None where nothing is pointed at: all columns of an outer join are empty."""
    names = [field.attname for field in model._meta.concrete_fields]
    found = {name: next(values) for name in names}
    others = {field: _object(field.related_model, (), values) for field in joined}
    if found[model._meta.pk.attname] is None:
        return None
    obj = model.from_db(connection.alias, names, list(found.values()))
    for field, other in others.items():
        field.set_cached_value(obj, other)
    return obj


def _point(rows: list[Any], foreign: Foreign) -> None:
    """Read what ``rows`` point at, of each model once."""
    wanted: defaultdict[Any, set[Any]] = defaultdict(set)
    for field in foreign:
        wanted[field.related_model] |= {getattr(row, field.attname) for row in rows} - {None}
    known = {
        (model, other.pk): other
        for model, keys in wanted.items()
        if keys
        for other in rows_with_names(model, "pk", sorted(keys), unnamed=_every(model))
    }
    for field in foreign:
        for row in rows:
            field.set_cached_value(row, known.get((field.related_model, getattr(row, field.attname))))


@cache
def _every(model: type[models.Model]) -> frozenset[str]:
    return frozenset(field.name for field in model._meta.concrete_fields)


@cache
def _statement(model: type[models.Model], by: str, count: int, joined: Foreign) -> Statement:
    own = model._meta.concrete_fields
    others = [(field, other) for field in joined for other in field.related_model._meta.concrete_fields]
    # Rows of one owner need no sorting by it, which would join the owner.
    order = [name for name in model._meta.ordering or () if name != by]
    columns = [field.attname for field in own] + [f"{field.name}__{o.attname}" for field, o in others]
    rows = model._base_manager.filter(**{f"{by}__in": range(count)}).order_by(*order)
    text, _ = rows.values_list(*columns).query.sql_with_params()
    return Statement(text, (*own, *(other for _, other in others)))
