"""Working time, as arithmetic on instants.

An instant is working time when the clock on the wall of the calendar's zone reads a minute inside
one of the weekday's ranges and the day is no holiday. Everything follows from that one sentence:

- hours that a DST gap skips are never read from a wall, so nobody works them;
- hours that a DST overlap repeats are read twice, so they are worked twice;
- a range until minute 1440 joins the next day's range from minute 0 without a seam.

The walk goes over UTC days. Within one the offset is constant, or it changes once (no zone ever
changed twice in a day) and the day is cut in two there; so intervals come out in order by themselves,
even where midnight is repeated or a whole day is skipped.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from ..errors import EmptyCalendar

MINUTES_A_DAY = 1440
MAX_DAYS = 3660
"""The walk's bound: a deadline more than ten years away is a mistake in the calendar."""

_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)
_ZERO = timedelta(0)

Range = tuple[int, int]
Week = tuple[tuple[Range, ...], ...]
Interval = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """``week[0]`` is Monday: ranges of minutes after local midnight, half open, sorted, apart."""

    zone: ZoneInfo
    week: Week
    holidays: frozenset[date] = frozenset()


def compile_calendar(
    *, time_zone: str, hours: Iterable[tuple[int, int, int]], holidays: Iterable[date] = ()
) -> WorkingCalendar:
    """From rows ``(weekday, start_minute, end_minute)``; overlapping or touching ranges are joined.

    Raises EmptyCalendar when no weekday has any working time.
    """
    days: list[list[Range]] = [[] for _ in range(7)]
    for weekday, start, end in sorted(hours):
        if not 0 <= start < end <= MINUTES_A_DAY:
            raise ValueError(f"Not a range of minutes in a day: {start}–{end}")
        ranges = days[weekday]
        if ranges and start <= ranges[-1][1]:
            ranges[-1] = (ranges[-1][0], max(ranges[-1][1], end))
        else:
            ranges.append((start, end))
    if not any(days):
        raise EmptyCalendar("The calendar has no working hours.")
    return WorkingCalendar(ZoneInfo(time_zone), tuple(tuple(day) for day in days), frozenset(holidays))


def add_working(calendar: WorkingCalendar, start: datetime, seconds: int) -> datetime:
    """The first instant at which ``seconds`` of working time have passed since ``start``.

    Negative ``seconds`` walk back: the last instant from which that much working time leads to
    ``start``. Zero is ``start`` itself, also outside working time. Answers in UTC.
    Raises EmptyCalendar when the bounded walk does not find enough working time.
    """
    left = timedelta(seconds=abs(seconds))
    moment = start.astimezone(UTC)
    if not left:
        return moment
    for opens, closes in _forward(calendar, moment) if seconds > 0 else _backward(calendar, moment):
        length = closes - opens
        if length >= left:
            return opens + left if seconds > 0 else closes - left
        left -= length
    raise EmptyCalendar(f"The calendar has too little working time in the {MAX_DAYS} days around {start}.")


def working_between(calendar: WorkingCalendar, start: datetime, end: datetime) -> int:
    """Whole seconds of working time from ``start`` to ``end`` (0 when ``end`` is not later).

    Not bounded: the walk ends at ``end``, which is a stamped fact.
    """
    first, last = start.astimezone(UTC), end.astimezone(UTC)
    total, day = _ZERO, _midnight(first)
    while day < last:
        for opens, closes in _working(calendar, max(day, first), min(day + _DAY, last)):
            total += closes - opens
        day += _DAY
    return total // _SECOND


def stretches(calendar: WorkingCalendar, start: datetime) -> Iterator[Interval]:
    """Working time from ``start`` on, in UTC; what touches is one stretch. Ends at the walk's bound."""
    last: Interval | None = None
    for opens, closes in _forward(calendar, start.astimezone(UTC)):
        if last is not None and last[1] == opens:
            last = (last[0], closes)
            continue
        if last is not None:
            yield last
        last = (opens, closes)
    if last is not None:
        yield last


def has_working_time(calendar: WorkingCalendar, at: datetime) -> bool:
    """Does any working time come after ``at``? Holidays may cover every day within the bound."""
    return next(_forward(calendar, at.astimezone(UTC)), None) is not None


def _forward(calendar: WorkingCalendar, start: datetime) -> Iterator[Interval]:
    day = _midnight(start)
    for _ in range(MAX_DAYS):
        yield from _working(calendar, max(day, start), day + _DAY)
        day += _DAY


def _backward(calendar: WorkingCalendar, end: datetime) -> Iterator[Interval]:
    day = _midnight(end)
    for _ in range(MAX_DAYS):
        yield from reversed(list(_working(calendar, day, min(day + _DAY, end))))
        day -= _DAY


def _working(calendar: WorkingCalendar, since: datetime, until: datetime) -> Iterator[Interval]:
    """Working intervals inside one UTC day, in order."""
    for begins, ends, offset in _offsets(calendar.zone, _midnight(since)):
        left, right = max(begins, since), min(ends, until)
        if left >= right:
            continue
        # Within this piece wall time is UTC plus a constant; the wall's dates are at most two.
        local, local_end = left + offset, right + offset
        midnight = _midnight(local)
        while midnight < local_end:
            for start, end in _ranges(calendar, midnight):
                opens = max(midnight + timedelta(minutes=start), local)
                closes = min(midnight + timedelta(minutes=end), local_end)
                if opens < closes:
                    yield opens - offset, closes - offset
            midnight += _DAY


def _ranges(calendar: WorkingCalendar, local_midnight: datetime) -> tuple[Range, ...]:
    day = local_midnight.date()
    return () if day in calendar.holidays else calendar.week[day.weekday()]


@lru_cache(maxsize=4096)
def _offsets(zone: ZoneInfo, day: datetime) -> tuple[tuple[datetime, datetime, timedelta], ...]:
    """One UTC day as pieces ``(from, until, offset)`` of constant offset."""
    end = day + _DAY
    before, after = _offset(zone, day), _offset(zone, end - _SECOND)
    if before == after:
        return ((day, end, before),)
    low, high = day, end - _SECOND
    while high - low > _SECOND:
        middle = low + (high - low) // 2 // _SECOND * _SECOND
        if _offset(zone, middle) == before:
            low = middle
        else:
            high = middle
    return ((day, high, before), (high, end, after))


def _offset(zone: ZoneInfo, moment: datetime) -> timedelta:
    return moment.astimezone(zone).utcoffset() or _ZERO


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)
