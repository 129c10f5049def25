"""The order of the queue, and cursors for paging through it."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

MINUTE = timedelta(minutes=1)
_CURSOR = re.compile(r"(\d{1,11})\.(-?\d{1,6})\.(\d{1,18})")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a row stands: by minute of its deadline, in one minute by score, then by age.

    To the minute, because deadlines differ by microseconds: with those the score would never matter.
    """

    minute: datetime
    score: int
    pk: int


def place(*, due_at: datetime, score: int, pk: int) -> Place:
    return Place(due_at.astimezone(UTC).replace(second=0, microsecond=0), score, pk)


def to_cursor(last: Place) -> str:
    return f"{int(last.minute.timestamp())}.{last.score}.{last.pk}"


def from_cursor(text: str) -> Place | None:
    """The place behind a cursor; None (the first page) for anything that we did not give out."""
    found = _CURSOR.fullmatch(text)
    if found is None or not found[1].isascii():
        return None
    try:
        return Place(datetime.fromtimestamp(int(found[1]), UTC), int(found[2]), int(found[3]))
    except (ValueError, OverflowError, OSError):
        return None
