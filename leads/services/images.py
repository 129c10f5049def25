"""Images of rows from before and after an action, to take the action back exactly.

An image is JSON: ``{"kept": {label: {pk: {column: value}}}, "last": {label: pk}}``. *Kept* rows are
compared and restored column by column; of append-only tables the *last* id is enough, and what came
after it is removed. Each room names its own tables and restores them itself.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Max, Model, QuerySet

Rows = Mapping[str, Mapping[str, Any]]
Image = dict[str, dict[str, Any]]


def take_image(kept: Iterable[QuerySet[Any]], added: Iterable[QuerySet[Any]]) -> Image:
    """The rows of ``kept`` (locked when the query says so), and the last ids of ``added``."""
    return {
        "kept": {rows.model._meta.label: {str(row.pk): _columns(row) for row in rows} for rows in kept},
        "last": {
            rows.model._meta.label: rows.order_by().aggregate(last=Max("pk"))["last"] or 0 for rows in added
        },
    }


def joined(*images: Image) -> Image:
    """The images of several rooms as one."""
    whole: Image = {"kept": {}, "last": {}}
    for image in images:
        for part, tables in image.items():
            whole[part] |= tables
    return whole


def remove_added(rows: QuerySet[Any], *, before: Image) -> None:
    """Remove the rows of an append-only table that the action wrote."""
    rows.filter(pk__gt=before["last"][rows.model._meta.label]).delete()


def remove_new(model: type[Model], *, before: Image, after: Image) -> list[int]:
    """Remove the rows that the action made; their ids."""
    old, new = (image["kept"][model._meta.label] for image in (before, after))
    made = [int(pk) for pk in new.keys() - old.keys()]
    if made:
        model._default_manager.filter(pk__in=made).delete()
    return made


def restore_old(model: type[Model], *, before: Image, after: Image) -> None:
    """Put back the columns that the action changed, and no others."""
    old, new = (image["kept"][model._meta.label] for image in (before, after))
    fields = {field.attname: field for field in model._meta.concrete_fields}
    for pk, columns in old.items():
        changed = {name: value for name, value in columns.items() if new[pk][name] != value}
        if changed:
            values = {name: _read(fields[name], value) for name, value in changed.items()}
            model._default_manager.filter(pk=pk).update(**values)


def _columns(row: Model) -> dict[str, Any]:
    return {field.attname: _plain(getattr(row, field.attname)) for field in row._meta.concrete_fields}


def _plain(value: Any) -> Any:
    """As JSON keeps it, to the microsecond: the image must equal one taken of the same row later."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal | UUID) else value


def _read(field: Any, value: Any) -> Any:
    return value if isinstance(value, dict | list) else field.to_python(value)
