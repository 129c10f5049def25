"""The audit log in the words of who reads it: labels, names and times of their language."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import models
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from ..models import ConfigChange


@dataclass(frozen=True)
class Line:
    """One field; ``before`` and ``after`` hold the rows of a part, else one text each."""

    label: str
    before: list[str]
    after: list[str]
    secret: bool = False


@dataclass(frozen=True)
class Told:
    change: ConfigChange
    kind: str
    lines: list[Line]


@cache
def configuration() -> dict[str, type[models.Model]]:
    """Every model that says it is configuration, by its label."""
    return {
        model._meta.label_lower: model
        for model in apps.get_models()
        if getattr(model, "is_configuration", False)
    }


def told(change: ConfigChange) -> Told:
    """What a row says; one of a model that is no longer there shows what it holds."""
    model = configuration().get(change.kind)
    kind = _first_upper(str(model._meta.verbose_name)) if model else change.kind
    return Told(change, kind, [_line(model, entry) for entry in change.changes])


def changes_of(subject: models.Model, *, most: int = 10) -> list[Told]:
    """The newest changes of one thing, oldest first; one query."""
    newest = _newest_first(subject).select_related("actor")[:most]
    return [told(change) for change in reversed(newest)]


def newest_change_of(subject: models.Model) -> int:
    """Its number; 0: there is none."""
    return _newest_first(subject).values_list("pk", flat=True).first() or 0


def _newest_first(subject: models.Model) -> models.QuerySet[ConfigChange]:
    rows = ConfigChange.objects.filter(kind=subject._meta.label_lower, object_id=str(subject.pk))
    return rows.order_by("-pk")


def _line(model: type[models.Model] | None, entry: Mapping[str, Any]) -> Line:
    name = entry["field"]
    field = _field(model, name) if model else None
    if field is None:
        label, inner = name, None
    elif field.auto_created:
        inner = field.related_model
        label = str(inner._meta.verbose_name_plural)
    else:
        label, inner = str(field.verbose_name), None
    if entry.get("secret"):
        return Line(_first_upper(label), [], [], secret=True)
    before, after = entry["before"], entry["after"]
    if inner is not None:
        return Line(_first_upper(label), _rows(inner, before), _rows(inner, after))
    return Line(_first_upper(label), _texts(field, before), _texts(field, after))


def _field(model: type[models.Model], name: str) -> Any:
    try:
        return model._meta.get_field(name)
    except FieldDoesNotExist:
        return None


def _rows(model: type[models.Model], rows: Any) -> list[str]:
    return [", ".join(_row(model, row)) for row in rows or []]


def _row(model: type[models.Model], row: Mapping[str, Any]) -> list[str]:
    """A row in its own words where it has some that need nothing but its fields; else what it holds."""
    says = getattr(model, "in_words", None)
    if says is not None:
        return [says(row)]
    parts = []
    for name, value in row.items():
        field = _field(model, name)
        if texts := _texts(field, value):
            parts.append(f"{field.verbose_name if field else name}: {', '.join(texts)}")
    return parts


def _texts(field: Any, value: Any) -> list[str]:
    """Empty when there is no value."""
    if value in (None, "", [], {}):
        return []
    if isinstance(value, Mapping) and {"id", "name"} == value.keys():
        return [str(value["name"])]
    if isinstance(value, list):
        inner = getattr(field, "base_field", None)
        return [", ".join(text for one in value for text in _texts(inner, one))]
    if isinstance(value, bool):
        return [_("yes") if value else _("no")]
    if choices := getattr(field, "flatchoices", None):
        return [str(dict(choices).get(value, value))]
    return [_moment(field, value)]


def _moment(field: Any, value: Any) -> str:
    if isinstance(field, models.DateField):
        try:
            found = field.to_python(value)
        except ValidationError:
            return str(value)
        if isinstance(field, models.DateTimeField):
            return date_format(localtime(found), "SHORT_DATETIME_FORMAT")
        return date_format(found, "SHORT_DATE_FORMAT")
    return str(value)


def _first_upper(text: str) -> str:
    return text[:1].upper() + text[1:]
