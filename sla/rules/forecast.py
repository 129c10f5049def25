"""What a promise would do to a lead that arrives at a certain moment; by the rules of the engine.

Nothing is assumed but that every mail is sent when it is due.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

from ..enums import TimeBase
from .calendar import WorkingCalendar, stretches
from .policy import Timekeeper, next_due, offsets_of, planned_due
from .recipients import People, Told, resolve

MOST_PAUSES = 12
"""More than that many nights and weekends say nothing new."""


@dataclass(frozen=True, slots=True)
class Telling:
    """One step: when it happens and who hears of it then."""

    at: datetime
    offset: int
    told: Told


@dataclass(frozen=True, slots=True)
class Pause:
    """Nobody works from ``since`` until ``until``; ``days``: the whole days among it."""

    since: datetime
    until: datetime
    days: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class Forecast:
    started_at: datetime
    due_at: datetime
    tellings: tuple[Telling, ...]
    pauses: tuple[Pause, ...]


def forecast(
    keeper: Timekeeper,
    *,
    start: datetime,
    minutes: int,
    steps: Sequence[Mapping[str, Any]],
    people: People,
    owner_id: int | None,
) -> Forecast:
    """``steps`` as a clock keeps them, by offset. Raises EmptyCalendar."""
    due_at = keeper.after(start, minutes * 60)
    tellings: list[Telling] = []
    offsets = offsets_of(steps)
    for place, step in enumerate(steps):
        at = (
            max(start, planned_due(keeper, due_at, offsets[0]))
            if place == 0
            else next_due(keeper, due_at, offsets, place, tellings[-1].at)
        )
        tellings.append(
            Telling(at, offsets[place], resolve(people, owner_id=owner_id, roles=step["recipients"]))
        )
    end = max([due_at, *(telling.at for telling in tellings)])
    stands_still = keeper.time_base == TimeBase.WORKING
    found = tuple(pauses(keeper.calendar, start, end)) if stands_still else ()
    return Forecast(start, due_at, tuple(tellings), found)


def pauses(calendar: WorkingCalendar, start: datetime, end: datetime) -> Iterator[Pause]:
    """When nobody works between ``start`` and ``end``; a pause that an end cuts is told from there."""
    edges = [(start, start)]
    for opens, closes in stretches(calendar, start):
        if opens >= end:
            break
        edges.append((opens, min(closes, end)))
    edges.append((end, end))
    for (_opened, since), (until, _closed) in pairwise(edges):
        if since < until:
            yield Pause(since, until, _whole_days(calendar, since, until))


def _whole_days(calendar: WorkingCalendar, since: datetime, until: datetime) -> tuple[date, ...]:
    """Days of the calendar's zone that lie between the two and on which nobody works at all."""
    day, last = since.astimezone(calendar.zone).date(), until.astimezone(calendar.zone).date()
    found = []
    while day <= last:
        if day in calendar.holidays or not calendar.week[day.weekday()]:
            found.append(day)
        day += timedelta(days=1)
    return tuple(found)
