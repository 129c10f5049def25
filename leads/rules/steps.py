"""What a tried submission went through, told step by step."""

from dataclasses import dataclass
from enum import StrEnum


class Mark(StrEnum):
    """How a step ended: it happened, it did not (and need not), it went wrong."""

    DONE = "done"
    NOT_YET = "not_yet"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Step:
    """``title`` and ``text`` are in the reader's language; ``lines`` are details below them."""

    title: str
    text: str
    mark: Mark = Mark.DONE
    lines: tuple[str, ...] = ()
