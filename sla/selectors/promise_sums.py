"""The promises of a span: days that are past from their sums, the others from their clocks."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet

from funnel.rules.periods import Span
from funnel.selectors.funnel_journeys import within

from ..enums import Outcome, PromiseKind
from ..models import PromiseChange, PromiseDay
from ..rules.promises import Kept, Tally
from ..rules.stretches import days_of, stretches
from .promises import Promised, began, depth, depth_by_day, tallies, tallies_by_day
from .statements import rows_of

MOST_STRETCHES = 20
"""Where the days without a sum lie in more stretches, the whole span is counted from its clocks, as they
are read anyway."""


@dataclass(frozen=True, slots=True)
class _Day:
    """Of ``PromiseDay`` what is asked for; ``sums`` as text, the tallies or the owners."""

    day: date
    sums: str
    kept: int
    missed: int

    def read(self) -> Any:
        return json.loads(self.sums)


class PromiseSums:
    """``tallies`` and ``depth`` are those of ``selectors.promises``; by owner, without the bars of the
    response times.

    Only whole days of all clocks are summed: a span without an end or one that is narrowed in any way
    is counted from its clocks.
    """

    def __init__(self, wanted: Promised, *, at: datetime, by_owner: bool = False) -> None:
        self._wanted, self._at, self._by_owner = wanted, at, by_owner

    @cached_property
    def tallies(self) -> list[Tally]:
        counted = [] if self._rest is None else tallies(self._rest, at=self._at, by_owner=self._by_owner)
        if self._by_owner:
            return [*_by_owner(self._summed), *(tally._replace(bar=None) for tally in counted)]
        rows = [row for day in self._summed for row in day.read()]
        return [*(Tally(kind, None, outcome, bar, n) for kind, outcome, bar, n in rows), *counted]

    @cached_property
    def depth(self) -> Kept:
        summed = sum((Kept(kept=day.kept, missed=day.missed) for day in self._summed), Kept())
        return summed if self._rest is None else summed + depth(self._rest)

    def by_day(self) -> dict[date, dict[str, Kept]]:
        """By the day on which the clocks began and their kind; beside these the agreed attempts."""
        found: defaultdict[date, Counter[tuple[str, str]]] = defaultdict(Counter)
        for summed in self._summed:
            counts = found[summed.day]
            for kind, outcome, _bar, n in summed.read():
                counts[kind, outcome] += n
            counts[PromiseKind.ATTEMPTS, Outcome.KEPT] += summed.kept
            counts[PromiseKind.ATTEMPTS, Outcome.MISSED] += summed.missed
        for day, kind, outcome, n in [] if self._rest is None else _counted(self._rest, self._at):
            found[day][kind, outcome] += n
        return {day: _kept_of(counts) for day, counts in found.items()}

    @property
    def _summed(self) -> list[_Day]:
        return self._split[0]

    @property
    def _rest(self) -> Promised | None:
        return self._split[1]

    @cached_property
    def _split(self) -> tuple[list[_Day], Promised | None]:
        span = self._wanted.started
        if span.first is None or span.last is None or self._wanted != Promised(span):
            return [], self._wanted
        sums = "owners" if self._by_owner else "tallies"
        days = [_Day(*row) for row in rows_of(_read, span, self._at, sums)]
        kept = {day.day for day in days}
        rest = stretches(day for day in days_of(span) if day not in kept)
        if len(rest) > MOST_STRETCHES:
            return [], self._wanted
        around = Span(rest[0].first, rest[-1].last) if rest else span
        return days, replace(self._wanted, started=around, stretches=tuple(rest)) if rest else None


def _counted(rest: Promised, at: datetime) -> Iterator[tuple[date, str, str, int]]:
    yield from tallies_by_day(rest, at=at)
    for day, kept in depth_by_day(rest).items():
        yield day, PromiseKind.ATTEMPTS, Outcome.KEPT, kept.kept
        yield day, PromiseKind.ATTEMPTS, Outcome.MISSED, kept.missed


def _kept_of(counts: Mapping[tuple[str, str], int]) -> dict[str, Kept]:
    kinds = {kind for kind, _outcome in counts}
    return {
        kind: Kept(**{outcome.value: counts.get((kind, outcome.value), 0) for outcome in Outcome})
        for kind in kinds
    }


def _by_owner(days: Iterable[_Day]) -> Iterator[Tally]:
    """Of a month and fifty people these are thousands: added up before any is taken apart."""
    counts: Counter[str] = Counter()
    for day in days:
        counts.update(day.read())
    for key, n in counts.items():
        kind, owner, outcome = key.split(":")
        yield Tally(kind, int(owner) if owner else None, outcome, None, n)


def days_that_hold(span: Span, *, at: datetime) -> QuerySet[PromiseDay]:
    """Of a closed span, those whose sums are true at that time."""
    # Not as a correlated question: after an import there are many changes, and they are read once.
    changed = PromiseChange.objects.filter(within("started_at", span)).annotate(began=began()).values("began")
    found = PromiseDay.objects.filter(Q(next_due=None) | Q(next_due__gte=at), time_zone=settings.TIME_ZONE)
    return found.filter(day__gte=span.first, day__lte=span.last).exclude(day__in=changed)


def _read(span: Span, at: datetime, sums: str) -> Any:
    return days_that_hold(span, at=at).values_list("day", sums, "kept", "missed")
