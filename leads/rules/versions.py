"""What differs between two sets of scoring rules, and whether one is still what somebody saw."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from ..enums import Dimension
from .scoring import Group, Line, Rule, RuleSet, Scores, Threshold
from .wording import group_words, rule_words, threshold_words

Part = RuleSet | Group | Rule | tuple[Threshold, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """``before`` or ``after`` is empty for what came or went."""

    where: str
    what: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class LineChange:
    """What a rule counts for one lead by two sets of rules; ``before`` 0 and ``after`` 0 never occur."""

    dimension: str
    name: str
    before: int
    after: int


def fingerprint(part: Part) -> str:
    """Equal for equal content. A form carries that of what it showed, so that nobody overwrites
    what somebody else changed meanwhile. Of a group: its own values, without its rules."""
    shown = replace(part, rules=()) if isinstance(part, Group) else part
    return hashlib.sha256(repr(shown).encode()).hexdigest()[:24]


def differences(before: RuleSet | None, after: RuleSet) -> list[Difference]:
    """Rules that came, went or count otherwise, then the thresholds; the order alone is no difference.

    Groups are the same by dimension and name, rules by their name in the same group (the first
    with the first): every draft is a copy with ids of its own.
    """
    old = _groups(before.groups if before else ())
    new = _groups(after.groups)
    found: list[Difference] = []
    for key in sorted(old.keys() | new.keys(), key=lambda key: (list(Dimension.values).index(key[0]), key)):
        found += _of_group(key[0], old.get(key), new.get(key))
    return found + _of_thresholds(before.thresholds if before else (), after.thresholds)


def line_changes(before: Scores, after: Scores) -> list[LineChange]:
    """The rules that give a lead other points than before, the largest change first."""
    sums: dict[tuple[str, str, str], list[int]] = {}
    for place, scores in enumerate((before, after)):
        for line in scores.lines:
            sums.setdefault(_line_key(line), [0, 0])[place] += line.counted
    changed = [
        LineChange(dimension, name, old, new)
        for (dimension, _group, name), (old, new) in sums.items()
        if old != new
    ]
    return sorted(changed, key=lambda change: (-abs(change.after - change.before), change.name))


def _line_key(line: Line) -> tuple[str, str, str]:
    return line.dimension, line.group, line.name


def _groups(groups: Iterable[Group]) -> dict[tuple[str, str, int], Group]:
    """By dimension, name and the how-manieth of that name it is."""
    found: dict[tuple[str, str, int], Group] = {}
    for group in groups:
        turn = sum(key[:2] == (group.dimension, group.name) for key in found)
        found[group.dimension, group.name, turn] = group
    return found


def _rules(group: Group | None) -> dict[tuple[str, int], Rule]:
    found: dict[tuple[str, int], Rule] = {}
    for rule in group.rules if group else ():
        turn = sum(key[0] == rule.name for key in found)
        found[rule.name, turn] = rule
    return found


def _of_group(dimension: str, old: Group | None, new: Group | None) -> list[Difference]:
    either = new or old
    assert either is not None
    where = f"{Dimension(dimension).label} · {either.name}"
    told = [group_words(group) if group else "" for group in (old, new)]
    found = [Difference(where, _("Group"), *told)] if told[0] != told[1] else []
    before, after = _rules(old), _rules(new)
    for key in dict.fromkeys((*before, *after)):
        words = [rule_words(rules[key]) if key in rules else "" for rules in (before, after)]
        if words[0] != words[1]:
            found.append(Difference(where, key[0], *words))
    return found


def _of_thresholds(old: Iterable[Threshold], new: Iterable[Threshold]) -> list[Difference]:
    before, after = list(old), list(new)
    went = [threshold for threshold in before if threshold not in after]
    came = [threshold for threshold in after if threshold not in before]
    stages = {"mql": "MQL", "target": _("Target")}
    where = _("What qualifies")
    return [
        *(Difference(where, stages[t.stage], threshold_words(t), "") for t in went),
        *(Difference(where, stages[t.stage], "", threshold_words(t)) for t in came),
    ]
