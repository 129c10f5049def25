"""The audit log of configuration: written in the transaction of the change it tells.

A model is configuration when it says so: ``is_configuration = True``. Further class attributes:
``audited_parts`` (names of relations whose rows belong to it), ``unaudited`` (fields that change by
themselves) and ``secret_fields`` (of which only the fact is told).
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db import models, transaction
from django.utils.translation import gettext as _

from ..enums import ChangeAction, Origin
from ..errors import Overtaken
from ..models import ConfigChange, User
from ..rules.changes import differences
from ..selectors.kept_rows import rows_with_names

origin: ContextVar[Origin] = ContextVar("origin", default=Origin.COMMAND)
"""Which way the present request came in; commands and jobs have none."""

_open: ContextVar[frozenset[tuple[type, str]]] = ContextVar("open", default=frozenset())
"""Objects whose change is being recorded further out: one act is told once."""


def snapshot(obj: models.Model) -> dict[str, Any]:
    """How the database knows `obj` now: its fields, and the rows of its parts."""
    skip = frozenset(getattr(obj, "unaudited", ()))
    read = rows_with_names(type(obj), "pk", [obj.pk], unnamed=skip)
    if not read:
        raise ObjectDoesNotExist
    fresh = read[0]
    found = _row(fresh, skip=skip)
    for part in getattr(obj, "audited_parts", ()):
        relation: Any = fresh._meta.get_field(part)
        model, owner = relation.related_model, relation.field.name
        skip = frozenset({owner, *getattr(model, "unaudited", ())})
        found[part] = [_row(row, skip=skip) for row in rows_with_names(model, owner, [obj.pk], unnamed=skip)]
    return found


def _row(obj: models.Model, *, skip: Any) -> dict[str, Any]:
    return {
        field.name: _value(obj, field)
        for field in obj._meta.concrete_fields
        if field.name not in skip and not field.primary_key
    }


def _value(obj: models.Model, field: "models.Field[Any, Any]") -> Any:
    value = getattr(obj, field.attname)
    if not isinstance(field, models.ForeignKey) or value is None:
        return value
    return {"id": value, "name": str(getattr(obj, field.name))}


@contextmanager
def changing(obj: models.Model, *, actor: User | None, at: datetime) -> Iterator[None]:
    """Whatever is written to `obj` and its parts inside is recorded at the end, if it differs.

    Inside another block for the same object nothing is recorded: the outer one tells the whole.
    """
    if (type(obj), str(obj.pk)) in _open.get():
        yield
        return
    with transaction.atomic():
        before = snapshot(obj)
        with told_outside(type(obj), obj.pk):
            yield
        record_change(obj, before=before, actor=actor, at=at)


def refuse_overtaken(obj: models.Model, *, seen: int | None) -> None:
    """Raises Overtaken when `obj` was changed after the change numbered ``seen`` (None: whoever asks
    takes what comes). The caller holds the lock by which changes of `obj` take turns."""
    if seen is None:
        return
    history = ConfigChange.objects.filter(kind=obj._meta.label_lower, object_id=str(obj.pk))
    if history.filter(pk__gt=seen).exists():
        raise Overtaken(_("Somebody changed this in the meantime."))


def record_change(
    obj: models.Model, *, before: Mapping[str, Any], actor: User | None, at: datetime
) -> ConfigChange | None:
    """Tell how `obj` differs from its earlier snapshot; None when it does not."""
    return _write(obj, ChangeAction.CHANGED, before, snapshot(obj), actor, at)


def record_created(
    obj: models.Model, *, actor: User | None, at: datetime, outermost: bool = False
) -> ConfigChange | None:
    """Tell what a new object began with; ``outermost``: also where services leave it to the caller."""
    if not outermost and (type(obj), str(None)) in _open.get():
        return None
    return _write(obj, ChangeAction.CREATED, {}, snapshot(obj), actor, at)


def record_deleted(obj: models.Model, *, actor: User | None, at: datetime) -> ConfigChange | None:
    """Tell what `obj` held; called before it is deleted."""
    return _write(obj, ChangeAction.DELETED, snapshot(obj), {}, actor, at)


@contextmanager
def told_outside(model: type[models.Model], pk: Any) -> Iterator[None]:
    """The caller tells of this object itself (None: of a new one); services inside do not."""
    token = _open.set(_open.get() | {(model, str(pk))})
    try:
        yield
    finally:
        _open.reset(token)


@contextmanager
def coming_from(way: Origin) -> Iterator[None]:
    """Changes inside came in by `way`."""
    token = origin.set(way)
    try:
        yield
    finally:
        origin.reset(token)


def _write(
    obj: models.Model,
    action: ChangeAction,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    actor: User | None,
    at: datetime,
) -> ConfigChange | None:
    changes = differences(before, after, secrets=getattr(obj, "secret_fields", ()))
    if action == ChangeAction.CHANGED and not changes:
        return None
    return ConfigChange.objects.create(
        at=at,
        actor=actor,
        origin=origin.get(),
        kind=obj._meta.label_lower,
        object_id=str(obj.pk),
        object_name=str(obj)[:200],
        action=action,
        changes=changes,
    )
