"""Was it kept? The sales side of the agreement as numbers: speed, depth, seven days.

A clock counts in the span in which it started, so a miss is told where the lead was handed over,
and a number never moves because time passes, except that an open one is decided. Cancelled clocks
(reassigned or closed before they were due) promised nothing in the end and count nowhere.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from ..enums import ClockKind, Outcome

MINUTE, HOUR = 60, 3600
RESPONSE_LIMITS = (5 * MINUTE, 10 * MINUTE, 30 * MINUTE, HOUR, 4 * HOUR, 8 * HOUR)
"""Upper ends of the bars of the response times, in working seconds; the first ones are where the
domain says that the odds fall (5 to 10 minutes; the first half hour)."""
SLOWEST = len(RESPONSE_LIMITS)
"""The bar above the last limit."""


class Tally(NamedTuple):
    """``bar``: index of the response time's bar, None unless a first contact happened. ``owner`` None:
    nobody, or counted over all."""

    kind: str
    owner: int | None
    outcome: str
    bar: int | None
    n: int


@dataclass(frozen=True, slots=True)
class Kept:
    """How often one promise was given and kept. ``open`` ones are not due yet."""

    kept: int = 0
    late: int = 0
    missed: int = 0
    open: int = 0

    @property
    def decided(self) -> int:
        return self.kept + self.late + self.missed

    @property
    def given(self) -> int:
        return self.decided + self.open

    @property
    def percent(self) -> float | None:
        """Of the decided ones, kept in time; None while none is decided."""
        return 100 * self.kept / self.decided if self.decided else None

    def __add__(self, other: "Kept") -> "Kept":
        return Kept(
            self.kept + other.kept,
            self.late + other.late,
            self.missed + other.missed,
            self.open + other.open,
        )


def attainment(tallies: Iterable[Tally]) -> dict[ClockKind, Kept]:
    """Every kind of promise, also those never given."""
    counts: Counter[tuple[str, str]] = Counter()
    for tally in tallies:
        counts[tally.kind, tally.outcome] += tally.n
    return {kind: _kept(counts, kind) for kind in ClockKind}


def by_owner(tallies: Iterable[Tally]) -> dict[int | None, dict[ClockKind, Kept]]:
    rows: dict[int | None, list[Tally]] = {}
    for tally in tallies:
        rows.setdefault(tally.owner, []).append(tally)
    return {owner: attainment(theirs) for owner, theirs in rows.items()}


def added(parts: Iterable[Mapping[ClockKind, Kept]]) -> dict[ClockKind, Kept]:
    """A team's numbers from its people's."""
    rows = list(parts)
    return {kind: sum((row[kind] for row in rows), Kept()) for kind in ClockKind}


def responses(tallies: Iterable[Tally]) -> list[int]:
    """First contacts by response time: one count for each of the ``SLOWEST + 1`` bars."""
    bars = [0] * (SLOWEST + 1)
    for tally in tallies:
        if tally.bar is not None:
            bars[tally.bar] += tally.n
    return bars


def _kept(counts: Mapping[tuple[str, str], int], kind: ClockKind) -> Kept:
    return Kept(**{outcome.value: counts[kind, outcome] for outcome in Outcome})
