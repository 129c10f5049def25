"""How pressing a promise is right now: what the queue shows and counts down."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ..enums import Urgency
from .policy import Timekeeper, offsets_of

_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Countdown:
    """``seconds`` of the clock's own time: left, or since the deadline when it was missed.

    ``runs``: whether that time passes at this moment (outside working hours it stands still).
    """

    urgency: Urgency
    seconds: int
    runs: bool


def warning_seconds(minutes: int, steps: Sequence[Mapping[str, Any]]) -> int:
    """How long before the deadline it turns pressing: the ladder's first warning, else a fifth.

    ``minutes`` is the window, ``steps`` the clock's own ladder.
    """
    warnings = [-offset for offset in offsets_of(steps) if offset < 0]
    return max(warnings) * 60 if warnings else minutes * 60 // 5


def count_down(
    keeper: Timekeeper, *, due_at: datetime, at: datetime, warning: int, paused_at: datetime | None
) -> Countdown:
    """``warning`` in seconds of the clock's time. A paused clock shows what was left when it stopped."""
    if paused_at is not None:
        return Countdown(Urgency.PAUSED, keeper.between(paused_at, due_at), runs=False)
    runs = keeper.between(at, at + _SECOND) > 0
    if due_at <= at:
        return Countdown(Urgency.LATE, keeper.between(due_at, at), runs)
    left = keeper.between(at, due_at)
    return Countdown(Urgency.SOON if left <= warning else Urgency.ON_TIME, left, runs)


def clock_face(seconds: int, *, in_days: bool) -> str:
    """4 min 09 s, 1 h 05 min, 6 d 23 h: symbols that need no translation; the script writes the same.

    ``in_days``: for wall time only. A day of working time is eight hours to some, nine to others.
    """
    if seconds < 60:
        return f"{seconds} s"
    minutes, rest = divmod(seconds, 60)
    if minutes < 60:
        return f"{minutes} min {rest:02} s"
    hours, minutes = divmod(minutes, 60)
    if hours < 48 or not in_days:
        return f"{hours} h {minutes:02} min"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h"
