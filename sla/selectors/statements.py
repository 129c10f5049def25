"""Statements that Django puts together once per process.

Those of the promises are long: Django needs 2 to 4 ms to put one together, often more than PostgreSQL to
answer it, and a page asks a dozen of them. From one time to the next only days and moments differ.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields, is_dataclass
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

DAY = dt.timedelta(days=1)
LONG_AGO = dt.date(100, 1, 1)
"""Days and moments around it stand for those of a call. Nobody asks for any in these years."""
NO_LONGER = dt.date(1000, 1, 1)


class Many:
    """Ids, another number of them each time: one parameter, which SQL can unnest."""

    def __init__(self, ids: Iterable[int]) -> None:
        self.ids = list(ids)


@dataclass(frozen=True, slots=True)
class _Given:
    """A day or moment of the call, by its number; of a day perhaps when it begins (0), or the next (1)."""

    number: int
    begins: int | None = None

    def of(self, given: list[Any]) -> Any:
        value = given[self.number]
        if isinstance(value, Many):
            return value.ids
        return value if self.begins is None else _midnight(value + self.begins * DAY)


@dataclass(frozen=True, slots=True)
class _Fixed:
    value: Any

    def of(self, given: list[Any]) -> Any:
        return self.value


@dataclass(frozen=True, slots=True)
class _Shape:
    """Of a dataclass: what of it decides the text of a statement."""

    made: type[Any]
    parts: tuple[Any, ...]


Made = QuerySet[Any, Any] | tuple[str, Sequence[Any]]


def rows_of(make: Callable[..., Made], *values: Any) -> list[tuple[Any, ...]]:
    """The rows of ``make(*values)``, which gives a queryset of ``values_list`` or a text with its parameters,
    as the driver has them.

    All of ``values`` are hashable. Days and moments in them, also inside of tuples and dataclasses, and
    ``Many`` may do nothing in ``make`` but become parameters of the statement, as they are or as the days of
    a span; anything else decides its text. ``make`` is called once for each of these, so it must depend on
    nothing more than them and the project's time zone.
    """
    given: list[Any] = []
    try:
        text, places = _statement(make, tuple(_shape(value, given) for value in values), settings.TIME_ZONE)
    except EmptyResultSet:
        return []  # what is asked of no one, such as of a team without people, needs no statement
    with connection.cursor() as cursor:
        cursor.execute(text, [place.of(given) for place in places])
        return cursor.fetchall()


@lru_cache(maxsize=256)
def _statement(
    make: Callable[..., Made], shapes: tuple[Any, ...], zone: str
) -> tuple[str, list[_Given | _Fixed]]:
    marks: list[Any] = []
    made = make(*(_example(shape, marks) for shape in shapes))
    text, params = made if isinstance(made, tuple) else made.query.sql_with_params()
    known: dict[Any, _Given] = {}
    for number, mark in enumerate(marks):
        known[mark] = _Given(number)
        if type(mark) is dt.date:
            known |= {_midnight(mark + begins * DAY): _Given(number, begins) for begins in (0, 1)}
    return text, [_place(value, known) for value in params]


def _shape(value: Any, given: list[Any]) -> Any:
    """``given`` gets the days and moments, of which only the type is left."""
    if isinstance(value, dt.date | Many):  # a datetime is a date, too
        given.append(value)
        return type(value)
    if isinstance(value, tuple):
        return tuple(_shape(one, given) for one in value)
    if is_dataclass(value):
        return _Shape(type(value), tuple(_shape(getattr(value, one.name), given) for one in fields(value)))
    return value


def _example(shape: Any, marks: list[Any]) -> Any:
    """The inverse: with days and moments that are found again among the parameters."""
    if isinstance(shape, tuple):
        return tuple(_example(one, marks) for one in shape)
    if isinstance(shape, _Shape):
        return shape.made(*(_example(one, marks) for one in shape.parts))
    if shape is dt.date or shape is dt.datetime:
        day = LONG_AGO + 10 * len(marks) * DAY  # far enough from the next that nothing falls together
        marks.append(day if shape is dt.date else dt.datetime.combine(day, dt.time(12, 34), dt.UTC))
        return marks[-1]
    if shape is Many:
        marks.append(Many([]))
        return marks[-1]
    return shape


def _place(value: Any, known: dict[Any, _Given]) -> _Given | _Fixed:
    if isinstance(value, dt.date | Many) and value in known:
        return known[value]
    if not isinstance(value, dt.date):
        return _Fixed(value)
    day = value.date() if isinstance(value, dt.datetime) else value
    if day < NO_LONGER:
        raise ValueError("A day or moment was reckoned with before it became a parameter.")
    return _Fixed(value)


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), ZoneInfo(settings.TIME_ZONE))
