"""Fit, interest and intent, computed from facts and events; pure and repeatable.

Every score is an int of 0..100. A dimension is the sum of its groups, a group the sum of its
rules but at most its cap; sums below zero or above 100 are bounded last. An event worth a
positive number of points loses ``decay_percent`` of its original points every ``decay_days`` full
days after it happened (rounded down, until nothing is left); negative points stay. An event with
a time in the future (a clock that runs ahead) counts as just happened.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ..enums import Dimension
from .conditions import Condition, Facts, holds

DIMENSIONS: tuple[str, ...] = tuple(Dimension.values)
LOWEST, HIGHEST = 0, 100
GRADE_AT = (60, 30)
"""A and 1 from 60 points, B and 2 from 30, else C and 3."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Worth ``points`` when ``condition`` holds, or for each event of ``kind`` (newest first)."""

    id: int
    name: str
    points: int
    condition: Condition | None = None
    kind: str = ""
    asset: str = ""
    max_times: int = 1


@dataclass(frozen=True, slots=True)
class Group:
    id: int
    name: str
    dimension: str
    cap: int
    decay_percent: int
    decay_days: int
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Threshold:
    stage: str
    min_fit: int
    min_interest: int
    min_intent: int


@dataclass(frozen=True, slots=True)
class RuleSet:
    id: int
    version: int
    groups: tuple[Group, ...]
    thresholds: tuple[Threshold, ...]

    @property
    def kinds(self) -> frozenset[str]:
        """Activity kinds that can change a score; others need not be read."""
        return frozenset(rule.kind for group in self.groups for rule in group.rules if rule.kind)


@dataclass(frozen=True, slots=True)
class Event:
    kind: str
    asset: str
    occurred_at: datetime
    id: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """What one rule gave: ``points`` in full, ``decayed`` after time, ``counted`` after the cap.

    ``rule_id`` None is the bounding of a dimension to 0..100. The ``counted`` of a dimension's
    lines add up to its score.
    """

    rule_id: int | None
    name: str
    group: str
    dimension: str
    points: int
    decayed: int
    counted: int
    events: tuple[Event, ...] = ()


@dataclass(frozen=True, slots=True)
class Scores:
    fit: int = 0
    interest: int = 0
    intent: int = 0
    grade: str = ""
    lines: tuple[Line, ...] = ()
    next_change_at: datetime | None = None
    rule_set_id: int | None = None

    @property
    def values(self) -> tuple[int, int, int]:
        return (self.fit, self.interest, self.intent)


@dataclass(slots=True)
class _GroupSum:
    """Points of one group: those that stay, and those that lose value with time."""

    group: Group
    lines: list[Line] = field(default_factory=list)
    decaying: list[tuple[int, datetime]] = field(default_factory=list)


def score(rule_set: RuleSet, facts: Facts, events: Iterable[Event], at: datetime) -> Scores:
    """The three scores at a moment, with the reason for every point.

    ``next_change_at`` is the earliest later moment when decay alone changes a score; None: never.
    """
    by_kind: dict[str, list[Event]] = {}
    for event in sorted(events, key=lambda e: (e.occurred_at, e.id), reverse=True):
        by_kind.setdefault(event.kind, []).append(event)
    sums = [_group_sum(group, facts, by_kind, at) for group in rule_set.groups]
    totals: dict[str, int] = {}
    lines: list[Line] = []
    for dimension in DIMENSIONS:
        totals[dimension] = _dimension(dimension, sums, lines)
    fit, interest, intent = (totals[dimension] for dimension in DIMENSIONS)
    return Scores(
        fit=fit,
        interest=interest,
        intent=intent,
        grade=grade(fit, interest, intent),
        lines=tuple(lines),
        next_change_at=_next_change(sums, totals, at),
        rule_set_id=rule_set.id,
    )


def grade(fit: int, interest: int, intent: int) -> str:
    """Fit A to C and engagement 1 to 3 ("A1" is best); engagement is interest + intent."""
    return "ABC"[_place(fit)] + "123"[_place(interest + intent)]


def qualifies(thresholds: Sequence[Threshold], values: tuple[int, int, int]) -> str:
    """The furthest stage agreed for these (fit, interest, intent): "mql", "target" or "none"."""
    reached = {threshold.stage for threshold in thresholds if meets(threshold, values)}
    return next((stage for stage in ("mql", "target") if stage in reached), "none")


def meets(threshold: Threshold, values: tuple[int, int, int]) -> bool:
    fit, interest, intent = values
    return fit >= threshold.min_fit and interest >= threshold.min_interest and intent >= threshold.min_intent


def decayed(points: int, group: Group, age: timedelta) -> int:
    """Points left of an event of this age; negative points and points without decay stay."""
    if points <= 0 or not group.decay_percent:
        return points
    steps = max(0, age // timedelta(days=group.decay_days))
    return points * max(0, 100 - group.decay_percent * steps) // 100


def _place(value: int) -> int:
    return next((place for place, least in enumerate(GRADE_AT) if value >= least), len(GRADE_AT))


def _group_sum(group: Group, facts: Facts, by_kind: dict[str, list[Event]], at: datetime) -> _GroupSum:
    found = _GroupSum(group)
    for rule in group.rules:
        if rule.condition is not None:
            if holds(rule.condition, facts):
                found.lines.append(_line(rule, group, rule.points, rule.points, ()))
            continue
        events = matching(rule, by_kind[rule.kind]) if rule.kind in by_kind else ()
        if not events:
            continue
        left = sum(decayed(rule.points, group, at - event.occurred_at) for event in events)
        found.lines.append(_line(rule, group, rule.points * len(events), left, events))
        if rule.points > 0 and group.decay_percent:
            found.decaying.extend((rule.points, event.occurred_at) for event in events)
    return found


def matching(rule: Rule, newest_first: Sequence[Event]) -> tuple[Event, ...]:
    events: Sequence[Event] = newest_first
    if rule.asset and events:
        wanted = rule.asset.casefold()
        events = [event for event in events if wanted in event.asset.casefold()]
    return tuple(events[: rule.max_times] if rule.max_times else events)


def _line(rule: Rule, group: Group, points: int, left: int, events: tuple[Event, ...]) -> Line:
    return Line(rule.id, rule.name, group.name, group.dimension, points, left, left, events)


def _dimension(dimension: str, sums: list[_GroupSum], lines: list[Line]) -> int:
    """Add the dimension's explanation to ``lines`` and return its score."""
    total = 0
    for found in sums:
        if found.lines and found.group.dimension == dimension:
            capped = _capped(found.lines, found.group.cap)
            total += sum(line.counted for line in capped)
            lines.extend(capped)
    bounded = min(HIGHEST, max(LOWEST, total))
    if bounded != total:
        lines.append(Line(None, "", "", dimension, bounded - total, bounded - total, bounded - total))
    return bounded


def _capped(lines: list[Line], cap: int) -> list[Line]:
    """Take what is above the cap off the last positive lines, so that ``counted`` adds up to it."""
    surplus = sum(line.decayed for line in lines) - cap
    if surplus <= 0:
        return lines
    kept: list[Line] = []
    for line in reversed(lines):
        cut = min(max(0, surplus), max(0, line.decayed))
        surplus -= cut
        kept.append(
            line
            if not cut
            else Line(
                line.rule_id, line.name, line.group, line.dimension,
                line.points, line.decayed, line.decayed - cut, line.events,
            )
        )  # fmt: skip
    return kept[::-1]


def _next_change(sums: list[_GroupSum], totals: dict[str, int], at: datetime) -> datetime | None:
    """Earliest moment after ``at`` when a dimension falls.

    Sums only fall with time, so a binary search over the moments when any event loses points
    finds the first one that shows through caps and bounds.
    """
    changes = [
        moment
        for dimension in {found.group.dimension for found in sums if found.decaying}
        if (moment := _dimension_falls(dimension, sums, totals[dimension], at)) is not None
    ]
    return min(changes, default=None)


def _dimension_falls(dimension: str, sums: list[_GroupSum], now: int, at: datetime) -> datetime | None:
    own = [found for found in sums if found.group.dimension == dimension]
    next_loss = min((m for found in own for m in _step_moments(found, at, first=True)), default=None)
    if next_loss is None or _total_at(own, next_loss) < now:
        return next_loss  # nearly always: no cap hides the first loss
    moments = sorted({moment for found in own for moment in _step_moments(found, at)})
    low, high = 0, len(moments)
    while low < high:
        middle = (low + high) // 2
        if _total_at(own, moments[middle]) < now:
            high = middle
        else:
            low = middle + 1
    return moments[low] if low < len(moments) else None


def _step_moments(found: _GroupSum, at: datetime, *, first: bool = False) -> Iterable[datetime]:
    """Every later moment when an event of the group loses points (until nothing is left), or only
    the ``first`` one of each event."""
    group = found.group
    if not found.decaying:
        return
    period = timedelta(days=group.decay_days)
    last = -(-100 // group.decay_percent)
    for _points, occurred_at in found.decaying:
        passed = max(0, (at - occurred_at) // period)
        for step in range(passed + 1, min(last, passed + 1) + 1 if first else last + 1):
            yield occurred_at + step * period


def _total_at(sums: list[_GroupSum], moment: datetime) -> int:
    total = 0
    for found in sums:
        staying = sum(
            line.decayed
            for line in found.lines
            if not (line.events and line.points > 0 and found.group.decay_percent)
        )
        losing = sum(decayed(points, found.group, moment - when) for points, when in found.decaying)
        total += min(found.group.cap, staying + losing)
    return min(HIGHEST, max(LOWEST, total))
