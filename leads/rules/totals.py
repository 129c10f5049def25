"""The three scores alone, without the reason for every point: for counting over thousands of leads."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from .conditions import Facts, holds
from .scoring import DIMENSIONS, HIGHEST, LOWEST, Event, Group, RuleSet, decayed, matching

Values = tuple[int, int, int]
"""Fit, interest, intent."""
ByKind = Mapping[str, Sequence[Event]]


class Totals:
    """``scoring.score(…).values`` by several rule sets at once.

    What two of them have in common, which is most of a draft, is worked out once for a lead.
    """

    def __init__(self, *rule_sets: RuleSet) -> None:
        places: dict[str, int] = {}
        self._groups: list[Group] = []
        self._sets: list[list[tuple[int, int]]] = []
        for rule_set in rule_sets:
            parts = []
            for group in rule_set.groups:
                place = places.setdefault(_content(group), len(places))
                if place == len(self._groups):
                    self._groups.append(group)
                parts.append((DIMENSIONS.index(group.dimension), place))
            self._sets.append(parts)

    def of(self, facts: Facts, events: Iterable[Event], at: datetime) -> list[Values]:
        """By each rule set, in the order in which they were given."""
        by_kind: dict[str, list[Event]] = {}
        for event in sorted(events, key=lambda e: (e.occurred_at, e.id), reverse=True):
            by_kind.setdefault(event.kind, []).append(event)
        points = [_points(group, facts, by_kind, at) for group in self._groups]
        return [_values(parts, points) for parts in self._sets]


def _content(group: Group) -> str:
    """What of a group decides the points; a draft's copy has other ids and perhaps other names."""
    rules = tuple(replace(rule, id=0, name="") for rule in group.rules)
    return repr(replace(group, id=0, name="", rules=rules))


def _points(group: Group, facts: Facts, by_kind: ByKind, at: datetime) -> int:
    total = 0
    for rule in group.rules:
        if rule.condition is not None:
            total += rule.points if holds(rule.condition, facts) else 0
        elif rule.kind in by_kind:
            for event in matching(rule, by_kind[rule.kind]):
                total += decayed(rule.points, group, at - event.occurred_at)
    return min(total, group.cap)


def _values(parts: Sequence[tuple[int, int]], points: Sequence[int]) -> Values:
    totals = [0] * len(DIMENSIONS)
    for dimension, place in parts:
        totals[dimension] += points[place]
    fit, interest, intent = (min(HIGHEST, max(LOWEST, total)) for total in totals)
    return fit, interest, intent
