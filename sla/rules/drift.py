"""Definition drift: groups of MQLs that sales returns more often than all the others.

Each group is held against the rest by Fisher's exact test (one-sided: returned more often). Looking
at many groups finds something by chance, so the false discoveries are bounded by Benjamini and
Hochberg: where nothing drifts, fewer than one look in twenty shows a hint. A hint is a question for
both teams, not a proof: what the leads have in common need not be why they came back.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import exp, lgamma

FALSE_HINTS = 0.05
"""Share of looks at data without drift that may show a hint."""
FEWEST = 12
"""Leads in the group, and among the others: below that nothing is said."""
FEWEST_RETURNED = 4
LEAST_RATIO = 1.5
"""What is returned less than half as often again is no question for a meeting, however sure it is."""

Fact = tuple[str, str]
"""Dimension and value."""


@dataclass(frozen=True, slots=True)
class Group:
    """``returned`` of ``n`` judged leads that have all ``facts`` in common."""

    facts: tuple[Fact, ...]
    n: int
    returned: int


@dataclass(frozen=True, slots=True)
class Hint:
    """``p``: how likely so many returns are by chance, before many groups are taken into account."""

    group: Group
    others: int
    others_returned: int
    p: float

    @property
    def ratio(self) -> float | None:
        """How many times as often as the others; None when none of them was returned."""
        if not self.others_returned:
            return None
        return (self.group.returned / self.group.n) / (self.others_returned / self.others)


def hints(groups: Iterable[Group], *, total: int, returned: int) -> list[Hint]:
    """The surest first. Of groups of which one is part of the other only the surer one is told, and of
    two that hold the same leads the one that says more of them."""
    tested = sorted(
        (
            Hint(group, total - group.n, returned - group.returned, _p(group, total, returned))
            for group in groups
            if min(group.n, total - group.n) >= FEWEST
        ),
        key=lambda hint: (hint.p, -len(hint.group.facts), hint.group.facts),
    )
    found: list[Hint] = []
    for hint in tested[: _passing([hint.p for hint in tested])]:
        if _is_worth_saying(hint) and not any(_nested(hint.group, known.group) for known in found):
            found.append(hint)
    return found


def _passing(ps: Sequence[float]) -> int:
    """Benjamini-Hochberg: how many of the sorted values are no chance."""
    return max(
        (rank for rank, p in enumerate(ps, start=1) if p <= FALSE_HINTS * rank / len(ps)),
        default=0,
    )


def _is_worth_saying(hint: Hint) -> bool:
    if hint.group.returned < FEWEST_RETURNED:
        return False
    return hint.ratio is None or hint.ratio >= LEAST_RATIO


def _nested(one: Group, other: Group) -> bool:
    return set(one.facts) <= set(other.facts) or set(other.facts) <= set(one.facts)


def _p(group: Group, total: int, returned: int) -> float:
    return at_least(group.returned, drawn=group.n, marked=returned, total=total)


def at_least(count: int, *, drawn: int, marked: int, total: int) -> float:
    """Chance of ``count`` or more marked ones when ``drawn`` of ``total`` are drawn, ``marked`` of
    which are marked (the hypergeometric tail)."""
    first, last = max(count, drawn - (total - marked)), min(drawn, marked)
    if first > last:
        return 0.0
    # From the greatest term, which cannot vanish, each next one by its share of the one before.
    peak = min(last, max(first, (drawn + 1) * (marked + 1) // (total + 2)))
    other = total - marked - drawn
    most = exp(
        _log_choose(marked, peak) + _log_choose(total - marked, drawn - peak) - _log_choose(total, drawn)
    )
    up = ((marked - k) * (drawn - k) / ((k + 1) * (other + k + 1)) for k in range(peak, last))
    down = (k * (other + k) / ((marked - k + 1) * (drawn - k + 1)) for k in range(peak, first, -1))
    return min(1.0, most * (1.0 + _falling(up) + _falling(down)))


def _falling(shares: Iterable[float]) -> float:
    """The sum of terms each of which is its share of the one before (1 at first), until nothing is added."""
    whole, term = 0.0, 1.0
    for share in shares:
        term *= share
        if whole + term == whole:
            break
        whole += term
    return whole


def _log_choose(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
