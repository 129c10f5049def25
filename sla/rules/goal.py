"""The goal calculator: from the revenue goal backwards to new names, and the other way round.

Source of the arithmetic: the domain's promise of marketing. ``customers = ceil(revenue / sale)``,
``need[stage] = ceil(need[next stage] / rate)``. Everything is exact: rates are fractions.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import accumulate, pairwise

from funnel.enums import STAGES, Stage
from funnel.rules.periods import Span, month_start, next_month

DAY = dt.timedelta(days=1)
WEEK = 7 * DAY
STEPS: tuple[tuple[Stage, Stage], ...] = tuple(pairwise(STAGES))
"""The six passages, from new name to engaged first. A step is named by the stage that it reaches."""

Needs = dict[Stage, int]


@dataclass(frozen=True, slots=True)
class Goal:
    """``revenue`` and ``sale`` (of one customer) in the same currency, both above 0; ``rates``: the
    share of a stage that reaches the next one, by the stage reached, above 0 and at most 1."""

    revenue: Decimal
    sale: Decimal
    rates: Mapping[Stage, Fraction]

    @property
    def customers(self) -> int:
        return ceiling(Fraction(self.revenue) / Fraction(self.sale))


@dataclass(frozen=True, slots=True)
class Lever:
    """What one rate alone would have to be for the goal. ``needed`` None: no rate of this step is
    enough, because too few arrive there."""

    stage: Stage
    rate: Fraction
    needed: Fraction | None

    @property
    def is_enough(self) -> bool:
        return self.needed is not None and self.needed <= self.rate

    @property
    def points(self) -> Fraction | None:
        """Percentage points that are missing."""
        return None if self.needed is None else max(Fraction(), 100 * (self.needed - self.rate))


def needs(goal: Goal) -> Needs:
    """How many have to reach each stage; rounding up at every step never undershoots the goal."""
    found = {Stage.CUSTOMER: goal.customers}
    for before, after in reversed(STEPS):
        found[before] = ceiling(found[after] / goal.rates[after])
    return {stage: found[stage] for stage in STAGES}


def expected(goal: Goal, *, stage: Stage, count: int) -> dict[Stage, Fraction]:
    """What ``count`` leads in ``stage`` become on average, stage by stage from there on."""
    rates = [goal.rates[after] for _before, after in STEPS[STAGES.index(stage) :]]
    return dict(
        zip(STAGES[STAGES.index(stage) :], accumulate([Fraction(count), *rates], _times), strict=True)
    )


def revenue_of(goal: Goal, *, stage: Stage, count: int) -> Fraction:
    """Revenue that ``count`` leads in ``stage`` give on average."""
    return expected(goal, stage=stage, count=count)[Stage.CUSTOMER] * Fraction(goal.sale)


def levers(goal: Goal, *, stage: Stage, count: int) -> list[Lever]:
    """With ``count`` leads in ``stage``: which rate after it, changed alone, reaches the goal?

    What arrives is rounded down and what is needed rounded up, so that whoever plans with an answer
    does not undershoot: with the rate in place, ``needs`` of the stage is at most ``count``.
    """
    needed, arrives, found = needs(goal), count, []
    for _before, after in STEPS[STAGES.index(stage) :]:
        rate = Fraction(needed[after], arrives) if arrives else None
        found.append(Lever(after, goal.rates[after], rate if rate is not None and rate <= 1 else None))
        arrives = int(arrives * goal.rates[after])
    return found


def sure_customers(goal: Goal, *, stage: Stage, count: int) -> int:
    """What ``count`` leads in ``stage`` become in whole leads, rounded down at every step as ``needs`` rounds
    up: as many as the goal asks exactly where ``count`` is what the stage needs or more."""
    for _before, after in STEPS[STAGES.index(stage) :]:
        count = int(count * goal.rates[after])
    return count


def sale_needed(goal: Goal, *, stage: Stage, count: int) -> Decimal | None:
    """What the average sale alone would have to be, to the cent, rounded as in ``levers``. None: nobody
    arrives."""
    arrives = sure_customers(goal, stage=stage, count=count)
    return Decimal(ceiling(Fraction(goal.revenue) * 100 / arrives)) / 100 if arrives else None


def together(goal: Goal, *, stage: Stage, count: int) -> Fraction | None:
    """By what part of itself every rate after ``stage`` would have to rise, so that ``count`` leads in
    it reach the goal: in thousandths, the least that is enough. None: not even if nobody were lost."""

    def is_enough(thousandths: int) -> bool:
        rise = 1 + Fraction(thousandths, 1000)
        rates = {after: min(Fraction(1), rate * rise) for after, rate in goal.rates.items()}
        return needs(Goal(goal.revenue, goal.sale, rates))[stage] <= count

    low, high = 0, ceiling(1000 / min(goal.rates.values()))  # by then every rate is 100 %
    if not is_enough(high):
        return None
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if is_enough(middle) else (middle + 1, high)
    return Fraction(low, 1000)


def spread(total: int, span: Span, parts: Iterable[Span]) -> list[int]:
    """Share ``total`` out over the parts of a span, by their days.

    Each day has its place on one line from 0 to ``total``, so whichever way the span is cut (weeks,
    months) the parts add up to the same total, and no part is off by more than one.
    """
    assert span.first is not None and span.last is not None
    days = (span.last - span.first).days + 1

    def reached(day: dt.date) -> int:
        assert span.first is not None
        return (2 * total * (day - span.first).days + days) // (2 * days)  # rounded half up

    cuts = [(part.first, part.last) for part in parts]
    return [reached(last + DAY) - reached(first) for first, last in cuts if first and last]


def months_of(span: Span) -> list[Span]:
    return _cut(span, lambda day: next_month(month_start(day)))


def period_after(span: Span) -> Span:
    """As many whole months where the span has whole months, else as many days."""
    assert span.first is not None and span.last is not None
    first = span.last + DAY
    if (span.first.day, first.day) != (1, 1):
        return Span(first, first + (span.last - span.first))
    after = first
    for _month in months_of(span):
        after = next_month(after)
    return Span(first, after - DAY)


def weeks_of(span: Span) -> list[Span]:
    """Weeks begin on Monday; the first and the last may be shorter."""
    return _cut(span, lambda day: day + WEEK - day.weekday() * DAY)


def _cut(span: Span, next_cut: Callable[[dt.date], dt.date]) -> list[Span]:
    assert span.first is not None and span.last is not None
    found, day = [], span.first
    while day <= span.last:
        after = min(next_cut(day), span.last + DAY)
        found.append(Span(day, after - DAY))
        day = after
    return found


def per_head(total: int, heads: int) -> int | None:
    """What each of ``heads`` people has to take, rounded up; None when there is nobody."""
    return -(-total // heads) if heads else None


def ceiling(value: Fraction) -> int:
    return -(-value.numerator // value.denominator)


def _times(count: Fraction, rate: Fraction) -> Fraction:
    return count * rate


@dataclass(frozen=True, slots=True)
class Measured:
    """A rate as it was: ``reached`` of ``entered``. ``low`` and ``high``: the lowest and highest of
    the months with enough leads to say (both None without such months)."""

    entered: int
    reached: int
    low: Fraction | None = None
    high: Fraction | None = None

    @property
    def rate(self) -> Fraction | None:
        return Fraction(self.reached, self.entered) if self.entered else None


ENOUGH = 20
"""Leads of a month below which its rate says nothing about the range: a single one moves it by 5 points."""


def measured(months: Sequence[Mapping[Stage, int]]) -> dict[Stage, Measured]:
    """Rates of entry cohorts, by the stage reached; ``months``: how many reached each stage."""
    found = {}
    for before, after in STEPS:
        pairs = [(month.get(before, 0), month.get(after, 0)) for month in months]
        rates = [Fraction(reached, entered) for entered, reached in pairs if entered >= ENOUGH]
        found[after] = Measured(
            entered=sum(entered for entered, _ in pairs),
            reached=sum(reached for _, reached in pairs),
            # One month is no range.
            low=min(rates) if len(rates) > 1 else None,
            high=max(rates) if len(rates) > 1 else None,
        )
    return found
