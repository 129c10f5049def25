"""The three scores alone, without the reason for every point: of thousands of leads at once.

The arithmetic of ``scoring``, column by column instead of lead by lead. What several rule sets have in
common, which is most of a draft, is worked out once. Moments are microseconds since 1970, whole numbers.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from .conditions import Facts, holds
from .scoring import DIMENSIONS, HIGHEST, LOWEST, Group, Rule, RuleSet, Threshold

Column = NDArray[np.int64]
Mask = NDArray[np.bool_]
Table = NDArray[np.int64]
"""A row a lead, or a look at one."""
STAGES = ("none", "target", "mql")
AT_ONCE = 500_000
"""Events looked at in one go: bounds the memory where leads have very many."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_DAY = timedelta(days=1) // _MICROSECOND


def moment_of(when: datetime) -> int:
    return (when - _EPOCH) // _MICROSECOND


def time_of(moment: int) -> datetime:
    return _EPOCH + moment * _MICROSECOND


@dataclass(frozen=True, slots=True)
class Happened:
    """Events as columns: those of a lead together, the newest first. ``lead``: its place among the leads, in
    rising order; ``what``: the place of kind and asset in ``known``."""

    lead: Column
    what: Column
    moment: Column
    known: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Looks:
    """Which leads are looked at, by their place, and when; a lead may be looked at many times. ``all_known``:
    what happens later counts as just happened, as it does for the score of now."""

    lead: Column
    moment: Column
    all_known: bool = False


class Totals:
    """``scoring.score(…).values`` by several rule sets at once."""

    def __init__(self, *rule_sets: RuleSet) -> None:
        places: dict[str, int] = {}
        self._groups: list[Group] = []
        self._sets: list[list[tuple[int, int]]] = []
        self._kept: dict[tuple[object, ...], tuple[int, ...]] = {}
        for rule_set in rule_sets:
            parts = []
            for group in rule_set.groups:
                place = places.setdefault(_content(group), len(places))
                if place == len(self._groups):
                    self._groups.append(group)
                parts.append((DIMENSIONS.index(group.dimension), place))
            self._sets.append(parts)
        asked = {rule.condition.field for group in self._groups for rule in group.rules if rule.condition}
        self.fields: tuple[str, ...] = tuple(sorted(asked))
        """Facts that any condition asks for; others need not be read."""

    def fixed(self, values: Sequence[object]) -> tuple[int, ...]:
        """What each group gives for these values of ``fields``, whatever happens; kept, as many leads are
        alike."""
        key = (*values, *map(type, values))  # True equals 1, but not as a condition has it
        try:
            found = self._kept.get(key)
        except TypeError:  # a list
            return self._fixed(values)
        if found is None:
            found = self._kept[key] = self._fixed(values)
        return found

    def _fixed(self, values: Sequence[object]) -> tuple[int, ...]:
        facts: Facts = dict(zip(self.fields, values, strict=True))
        return tuple(
            sum(rule.points for rule in group.rules if rule.condition and holds(rule.condition, facts))
            for group in self._groups
        )

    def at(self, looks: Looks, fixed: Sequence[Sequence[int]], happened: Happened) -> list[Table]:
        """By each rule set, in the order in which they were given: a row of three scores for each look.
        ``fixed``: of each lead."""
        points = np.array(fixed, dtype=np.int64).reshape(len(fixed), len(self._groups))[looks.lead]
        for part, pairs in _parts(looks, happened):
            for place, group in enumerate(self._groups):
                for rule in group.rules:
                    if rule.condition is None:
                        points[part, place] += pairs.points(rule, group)
        points = np.minimum(points, np.array([group.cap for group in self._groups], dtype=np.int64))
        return [_values(parts, points) for parts in self._sets]


def stages(thresholds: Iterable[Threshold], values: Table) -> Column:
    """``scoring.qualifies`` for each row: the place of the stage in ``STAGES``."""
    found = np.zeros(len(values), dtype=np.int64)
    for threshold in thresholds:
        if threshold.stage in STAGES:
            least = (threshold.min_fit, threshold.min_interest, threshold.min_intent)
            met = (values >= np.array(least)).all(axis=1)
            found[met] = np.maximum(found[met], STAGES.index(threshold.stage))
    return found


class _Pairs:
    """Each look with each event of its lead. ``look``: of each pair, counted from 0 in this part."""

    def __init__(self, looks: Looks, happened: Happened, first: Column, counts: Column) -> None:
        self.looks, self.happened = len(counts), happened
        self.look = np.repeat(np.arange(len(counts)), counts)
        self.begins = np.cumsum(counts) - counts
        event = np.arange(len(self.look)) + np.repeat(first - self.begins, counts)
        self.what, moment = happened.what[event], looks.moment[self.look]
        self.age = moment - happened.moment[event]
        self.is_known = looks.all_known | (self.age >= 0)

    def points(self, rule: Rule, group: Group) -> Column:
        """What a rule on events gives, look by look."""
        counts = _matching(rule, self.happened.known)[self.what] & self.is_known
        if rule.max_times:  # the newest come first
            so_far = np.cumsum(counts)
            before = np.concatenate(([0], so_far))[self.begins]
            counts &= so_far - before[self.look] <= rule.max_times
        look = self.look[counts]
        if rule.points <= 0 or not group.decay_percent:
            return np.bincount(look, minlength=self.looks) * rule.points
        steps = np.maximum(0, self.age[counts] // (group.decay_days * _DAY))
        left = rule.points * np.maximum(0, 100 - group.decay_percent * steps) // 100
        return np.bincount(look, weights=left, minlength=self.looks).astype(np.int64)


def _parts(looks: Looks, happened: Happened) -> Iterable[tuple[slice, _Pairs]]:
    """A stretch of the looks at a time, with their events."""
    first = np.searchsorted(happened.lead, looks.lead, side="left")
    counts = np.searchsorted(happened.lead, looks.lead, side="right") - first
    part = np.cumsum(counts) // AT_ONCE
    for number in np.unique(part):
        begin, end = np.searchsorted(part, [number, number + 1])
        span = slice(int(begin), int(end))
        some = Looks(looks.lead[span], looks.moment[span], looks.all_known)
        yield span, _Pairs(some, happened, first[span], counts[span])


def _matching(rule: Rule, known: Sequence[tuple[str, str]]) -> Mask:
    wanted = rule.asset.casefold()
    found = [kind == rule.kind and (not wanted or wanted in asset.casefold()) for kind, asset in known]
    return np.array(found, dtype=np.bool_)


def _content(group: Group) -> str:
    """What of a group decides the points; a draft's copy has other ids and perhaps other names."""
    rules = tuple(replace(rule, id=0, name="") for rule in group.rules)
    return repr(replace(group, id=0, name="", rules=rules))


def _values(parts: Sequence[tuple[int, int]], points: Table) -> Table:
    totals = np.zeros((len(points), len(DIMENSIONS)), dtype=np.int64)
    for dimension, place in parts:
        totals[:, dimension] += points[:, place]
    return np.clip(totals, LOWEST, HIGHEST)
