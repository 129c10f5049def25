"""The promises of a span: days that are past from their sums, the others from their clocks."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import TruncDate

from funnel.rules.periods import Span

from ..models import PromiseChange, PromiseDay
from ..rules.promises import Kept, Tally
from ..rules.stretches import days_of, stretches
from .promises import Promised, depth_rows, kept_and_missed, tally_rows

MOST_STRETCHES = 20
"""Where the days without a sum lie in more stretches, the whole span is counted from its clocks, as they
are read anyway."""


class PromiseSums:
    """``tallies`` and ``depth`` are those of ``selectors.promises``, over all owners.

    Only whole days of all clocks are summed: a span without an end or one that is narrowed in any way
    is counted from its clocks.
    """

    def __init__(self, wanted: Promised, *, at: datetime) -> None:
        self._wanted, self._at = wanted, at

    @cached_property
    def tallies(self) -> list[Tally]:
        rows = [row for day in self._summed for row in day.tallies]
        summed = [Tally(kind, None, outcome, bar, n) for kind, outcome, bar, n in rows]
        return [*summed, *(Tally(*row) for row in self._live(lambda part: tally_rows(part, at=self._at)))]

    @cached_property
    def depth(self) -> Kept:
        summed = sum((Kept(kept=day.kept, missed=day.missed) for day in self._summed), Kept())
        return summed + kept_and_missed(self._live(depth_rows))

    def _live(self, rows_of: Callable[[Promised], Iterable[Any]]) -> Iterable[Any]:
        return [] if self._rest is None else rows_of(self._rest)

    @property
    def _summed(self) -> list[PromiseDay]:
        return self._split[0]

    @property
    def _rest(self) -> Promised | None:
        return self._split[1]

    @cached_property
    def _split(self) -> tuple[list[PromiseDay], Promised | None]:
        span = self._wanted.started
        if span.first is None or span.last is None or self._wanted != Promised(span):
            return [], self._wanted
        days = list(days_that_hold(span, at=self._at))
        kept = {day.day for day in days}
        rest = stretches(day for day in days_of(span) if day not in kept)
        if len(rest) > MOST_STRETCHES:
            return [], self._wanted
        around = Span(rest[0].first, rest[-1].last) if rest else span
        return days, replace(self._wanted, started=around, stretches=tuple(rest)) if rest else None


def days_that_hold(span: Span, *, at: datetime) -> QuerySet[PromiseDay]:
    """Of a closed span, those whose sums are true at that time."""
    zone = settings.TIME_ZONE
    began = TruncDate("started_at", tzinfo=ZoneInfo(zone))
    changed = PromiseChange.objects.annotate(began=began).filter(began=OuterRef("day"))
    found = PromiseDay.objects.filter(
        Q(next_due=None) | Q(next_due__gte=at), ~Exists(changed), time_zone=zone
    )
    return found.filter(day__gte=span.first, day__lte=span.last)
