"""What a lead is worth beside the average one, and how many leads of a mix carry a goal.

A lead's worth is what the deals won among those like it brought, over all of them. A **weight** says
it beside the average MQL, which is 1: so a CEO may count as 2.3, an area director as 1. A plan's rates
and average sale say what the average MQL is worth in money; weights share that out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import zip_longest

from funnel.enums import Stage
from funnel.rules.periods import Span

from ..enums import Feature
from .goal import Goal, ceiling, revenue_of
from .outlook import CENT, money
from .worth_range import Deals, ranges

LENT = 20
"""MQLs of the mean worth that each group borrows, so that one lucky deal does not decide."""
ENOUGH_WON = 5
"""Won deals below which a weight is more borrowed than measured: people may know better."""


@dataclass(frozen=True, slots=True)
class Seen:
    """MQLs of one group; ``deals``: the amounts won among them, and how many times each."""

    leads: int = 0
    deals: Deals = ()

    def __add__(self, other: "Seen") -> "Seen":
        return Seen(self.leads + other.leads, self.deals + other.deals)

    @property
    def won(self) -> int:
        return sum(n for _amount, n in self.deals)

    @property
    def revenue(self) -> Decimal:
        return sum((amount * n for amount, n in self.deals), Decimal())

    @property
    def is_enough(self) -> bool:
        return self.won >= ENOUGH_WON


@dataclass(frozen=True, slots=True)
class Weight:
    """``value`` as measured, ``low`` to ``high`` in eight of ten cases; None without any revenue.
    ``share``: of all MQLs, None without any."""

    seen: Seen
    share: Fraction | None = None
    value: Fraction | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """A group in a plan: its weight, and its share of the MQLs (in any unit: only proportions count)."""

    group: str
    weight: Decimal
    share: Decimal


@dataclass(frozen=True, slots=True)
class Worth:
    """Money for one MQL: ``groups`` as (worth, MQLs it was measured on), ``mean`` for everybody else.
    ``span``: when the MQLs were handed over that it was measured on; None: both sides agreed on it."""

    span: Span | None
    mean: Decimal
    groups: Mapping[str, tuple[Decimal, int]] = field(default_factory=dict)
    by: Feature = Feature.SENIORITY

    def of(self, group: str) -> Decimal:
        return self.groups.get(group, (self.mean, 0))[0]


def lent_mean(seen: Seen, mean: Fraction) -> Fraction:
    """Revenue for a lead of the group, with ``LENT`` leads of the mean among them."""
    return (Fraction(seen.revenue) + LENT * mean) / (seen.leads + LENT)


def weighed(groups: Mapping[str, Seen]) -> dict[str, Weight]:
    """By their shares the weights have the mean 1; their ranges: ``worth_range``. Where deals are so rare
    that most draws lie on one side of what was measured, the range reaches until there."""
    whole = sum(groups.values(), Seen())
    if not whole.leads:
        return {group: Weight(seen) for group, seen in groups.items()}
    shares = {group: Fraction(seen.leads, whole.leads) for group, seen in groups.items()}
    mean = Fraction(whole.revenue) / whole.leads
    values = {group: lent_mean(seen, mean) for group, seen in groups.items()}
    unit = sum(shares[group] * value for group, value in values.items())
    if not unit:
        return {group: Weight(seen, shares[group]) for group, seen in groups.items()}
    drawn = ranges({group: (seen.leads, seen.deals) for group, seen in groups.items()}, lent=LENT)
    found = {}
    for group, seen in groups.items():
        value, (low, high) = values[group] / unit, drawn[group]
        found[group] = Weight(seen, shares[group], value, min(low, float(value)), max(high, float(value)))
    return found


def in_percent(share: Fraction) -> Decimal:
    """As it is shown and begun with: three figures, at most as many places. A small group of great worth
    would be off by much with fewer."""
    value = Decimal(share.numerator * 100) / Decimal(share.denominator)
    places = min(3, max(0, 2 - value.adjusted())) if value else 0
    return value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def to_hundredth(weight: Fraction | float) -> Decimal:
    """A weight as it is shown and begun with."""
    return Decimal(float(weight)).quantize(CENT, ROUND_HALF_UP)


def quality(parts: Sequence[Part]) -> Decimal:
    """How many average MQLs one of the mix counts as, to a hundredth (weights and shares are rounded as
    they are shown, so more places would be made up). 1 as long as no share is given."""
    shares = sum((part.share for part in parts), Decimal())
    if not shares:
        return Decimal(1)
    mean = sum((part.share * part.weight for part in parts), Decimal()) / shares
    return mean.quantize(CENT, ROUND_HALF_UP)


def leads_needed(need: int, mix: Decimal) -> int:
    """MQLs of quality ``mix`` (above 0) that are as good as ``need`` average ones."""
    return ceiling(Fraction(need) / Fraction(mix))


def each_worth(goal: Goal, weight: Decimal = Decimal(1)) -> Decimal:
    """Revenue that one MQL of this weight gives on average, by the rates of the plan."""
    return money(revenue_of(goal, stage=Stage.MQL, count=1) * Fraction(weight))


def split(total: int, parts: Sequence[Part]) -> list[int]:
    """``total`` leads by the shares; they add up, and none is off by more than one."""
    whole = sum((part.share for part in parts), Decimal())
    found, so_far, before = [], Decimal(), 0
    for part in parts:
        so_far += part.share
        until = int((total * so_far / whole).quantize(Decimal(1), ROUND_HALF_UP)) if whole else 0
        found.append(until - before)
        before = until
    return found


def compared(parts: Sequence[Part]) -> list[tuple[Part, Part | None, Decimal | None]]:
    """The dearest first, each with the next one and how many of that it counts as; None for the last, and
    where the next one is worth nothing."""
    order = sorted(parts, key=lambda part: -part.weight)
    return [
        (part, after, part.weight / after.weight if after and after.weight else None)
        for part, after in zip_longest(order, order[1:])
    ]
