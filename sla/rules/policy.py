"""What a policy asks: its window, its ladder of steps, and when each step is to happen.

Minutes, offsets and pauses of one clock are all working time or all wall time, by its time base,
never mixed. Pure: the instant is always an argument.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from ..enums import Recipient, TimeBase
from ..errors import InvalidPolicy
from .calendar import WorkingCalendar, add_working, working_between

MAX_MINUTES = 366 * 1440
"""Longest window and farthest step: a year; more is a typing mistake (minutes taken for seconds)."""


@dataclass(frozen=True, slots=True)
class Step:
    """``offset`` in minutes from the due time, negative before it; ``recipients`` by role."""

    offset: int
    recipients: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Timekeeper:
    """The time base and the calendar of one clock: the only place where the two are told apart."""

    time_base: str
    calendar: WorkingCalendar

    def after(self, start: datetime, seconds: int) -> datetime:
        """``start`` moved by ``seconds`` of this clock's time (negative: back)."""
        if self.time_base == TimeBase.WALL:
            return start.astimezone(UTC) + timedelta(seconds=seconds)
        return add_working(self.calendar, start, seconds)

    def between(self, start: datetime, end: datetime) -> int:
        """Whole seconds of this clock's time from ``start`` to ``end``, 0 when ``end`` is earlier."""
        if self.time_base == TimeBase.WALL:
            return wall_between(start, end)
        return working_between(self.calendar, start, end)


def wall_between(start: datetime, end: datetime) -> int:
    return max(0, (end - start) // timedelta(seconds=1))


def planned_due(keeper: Timekeeper, due_at: datetime, offset: int) -> datetime:
    """When a step is meant to happen: ``offset`` minutes of the clock's time from its due time."""
    return keeper.after(due_at, offset * 60)


def next_due(
    keeper: Timekeeper, due_at: datetime, offsets: Sequence[int], step: int, previous_ended_at: datetime
) -> datetime:
    """When step ``step`` (≥ 1) may happen: planned, but never before the previous one plus the gap.

    So after an outage the ladder is climbed in order and with its gaps: the CEO does not hear
    before the rep had the agreed minutes.
    """
    gap = (offsets[step] - offsets[step - 1]) * 60
    return max(planned_due(keeper, due_at, offsets[step]), keeper.after(previous_ended_at, gap))


def snapshot(steps: Sequence[Step]) -> list[dict[str, Any]]:
    """The steps as a clock keeps them (``Clock.steps``), by offset."""
    return [
        {"offset": step.offset, "recipients": list(step.recipients)}
        for step in sorted(steps, key=lambda step: step.offset)
    ]


def offsets_of(steps: Sequence[Mapping[str, Any]]) -> list[int]:
    """Offsets of a clock's copied steps."""
    return [int(step["offset"]) for step in steps]


def check_window(*, minutes: int, attempts: int) -> None:
    """Raises InvalidPolicy naming the field."""
    if not 1 <= minutes <= MAX_MINUTES:
        raise InvalidPolicy(_("The window must be between one minute and one year."), field="minutes")
    if attempts < 0:
        raise InvalidPolicy(_("The number of attempts cannot be negative."), field="attempts")


def check_steps(*, minutes: int, steps: Sequence[Step]) -> None:
    """Raises InvalidPolicy when the ladder makes no sense; ``field`` is ``steps``.

    At least one step is at or after the due time: warnings alone would let a miss pass in silence.
    """
    problems = (
        (not steps or all(step.offset < 0 for step in steps), _("Somebody must be told once it is due.")),
        (len({step.offset for step in steps}) < len(steps), _("Two steps cannot happen at one time.")),
        (any(step.offset <= -minutes for step in steps), _("A warning cannot come before the start.")),
        (any(step.offset > MAX_MINUTES for step in steps), _("A step is more than a year after due.")),
        (not all(step.recipients for step in steps), _("Every step must tell somebody.")),
        (
            any(set(step.recipients) - set(Recipient.values) for step in steps),
            _("Somebody unknown is to be told."),
        ),
    )
    for wrong, message in problems:
        if wrong:
            raise InvalidPolicy(message, field="steps")
