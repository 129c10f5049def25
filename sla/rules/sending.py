"""When a report goes out: on which days, at which moment, as the reader's clocks show it.

A nightly report that its day has not seen is not made up for; a weekly one goes out late in its week.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from .calendar import WorkingCalendar

DAY = dt.timedelta(days=1)
LOOKED_BACK = 31
"""Days. Before that nothing was sent that a report would follow on."""
LOOKED_AHEAD = 366


@dataclass(frozen=True, slots=True)
class Timetable:
    """``weekdays``: 0 is Monday; a weekly report has one. ``calendar``: on its days off nothing goes out,
    and a weekly report moves to the week's next working day. ``zone`` None: the reader's."""

    time: dt.time
    weekdays: frozenset[int]
    weekly: bool = False
    zone: ZoneInfo | None = None
    calendar: WorkingCalendar | None = None


@dataclass(frozen=True, slots=True)
class Issue:
    """One report of one reader: ``day`` names it (a weekly one its Monday), and it is due at ``due_at``
    (in UTC); ``since``: when the one before was."""

    day: dt.date
    due_at: dt.datetime
    since: dt.datetime


def issue_due(table: Timetable, *, at: dt.datetime, zone: ZoneInfo) -> Issue | None:
    """The report that ought to be out ``at`` this moment; None: there is none today, or not yet."""
    zone = table.zone or zone
    today = at.astimezone(zone).date()
    day = _day_of_week(table, today) if table.weekly else today if sends_on(table, today) else None
    if day is None or at < moment(day, table.time, zone):
        return None
    return _issue(table, day, zone)


def issue_now(table: Timetable, *, at: dt.datetime, zone: ZoneInfo) -> Issue:
    """As if one were due this moment: what a preview shows."""
    zone = table.zone or zone
    found = _issue(table, at.astimezone(zone).date(), zone)
    return replace(found, due_at=at.astimezone(dt.UTC))


def next_issue(table: Timetable, *, at: dt.datetime, zone: ZoneInfo) -> Issue | None:
    """The next one that is not due yet; None: the days leave nothing for a year."""
    zone = table.zone or zone
    day = at.astimezone(zone).date()
    for _ in range(LOOKED_AHEAD):
        if sends_on(table, day) and at < moment(day, table.time, zone):
            return _issue(table, day, zone)
        day += DAY
    return None


def context_of(issue: Issue) -> dict[str, str]:
    """As a mail keeps it."""
    stamps = {name: getattr(issue, name).isoformat() for name in ("day", "due_at", "since")}
    return {**stamps, "monday": stamps["day"]}


def issue_of(context: Mapping[str, Any]) -> Issue:
    """A weekly mail of an earlier version knows its Monday only."""
    day = dt.date.fromisoformat(context.get("day") or context["monday"])
    fallback = moment(day, dt.time(), ZoneInfo("UTC"))
    due_at, since = (
        dt.datetime.fromisoformat(context[name]) if name in context else fallback
        for name in ("due_at", "since")
    )
    return Issue(day, due_at, since)


def sends_on(table: Timetable, day: dt.date) -> bool:
    if table.weekly:
        return _day_of_week(table, day) == day
    return day.weekday() in table.weekdays and _works_on(table.calendar, day)


def moment(day: dt.date, time: dt.time, zone: ZoneInfo) -> dt.datetime:
    """In UTC, so that comparing it never compares walls. A time that the clocks skip comes as much later
    as they jump; one that they show twice is the first."""
    return dt.datetime.combine(day, time, zone).astimezone(dt.UTC)


def _issue(table: Timetable, day: dt.date, zone: ZoneInfo) -> Issue:
    due_at = moment(day, table.time, zone)
    name = day - day.weekday() * DAY if table.weekly else day
    return Issue(name, due_at, _since(table, day, zone))


def _since(table: Timetable, day: dt.date, zone: ZoneInfo) -> dt.datetime:
    before = day
    for _ in range(LOOKED_BACK):
        before -= DAY
        if sends_on(table, before):
            return moment(before, table.time, zone)
    return moment(day - DAY, table.time, zone)


def _day_of_week(table: Timetable, day: dt.date) -> dt.date:
    """The day on which the week of ``day`` has its report, whose day it is where nobody works any more."""
    chosen = day + (min(table.weekdays) - day.weekday()) * DAY
    rest = (chosen + number * DAY for number in range(7 - chosen.weekday()))
    return next((one for one in rest if _works_on(table.calendar, one)), chosen)


def _works_on(calendar: WorkingCalendar | None, day: dt.date) -> bool:
    return calendar is None or (day not in calendar.holidays and bool(calendar.week[day.weekday()]))
