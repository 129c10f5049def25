"""Cursors for keyset pagination: where the last page ended, readable by us alone.

A page costs the same however deep it lies, and rows that arrive meanwhile shift nothing: the next
page begins after the last row seen, not at an offset.
"""

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import datetime

MAX_LENGTH = 200


class InvalidCursor(ValueError):
    """Not a cursor that we gave out for this order."""


@dataclass(frozen=True, slots=True)
class Position:
    """The last row of a page: its value in the order and its id, which breaks ties."""

    sort: str
    value: datetime
    pk: int


def to_cursor(position: Position) -> str:
    text = json.dumps([position.sort, position.value.isoformat(), position.pk])
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def from_cursor(cursor: str, *, sort: str) -> Position:
    """The position behind a cursor. Raises InvalidCursor, also when it is of another order."""
    try:
        if len(cursor) > MAX_LENGTH:
            raise ValueError
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        kept, value, pk = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        position = Position(kept, datetime.fromisoformat(value), pk)
    except (ValueError, TypeError, binascii.Error, RecursionError):
        raise InvalidCursor from None
    if kept != sort or type(pk) is not int or not 0 < pk < 2**63 or position.value.tzinfo is None:
        raise InvalidCursor
    return position
