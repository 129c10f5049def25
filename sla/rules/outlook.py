"""A plan worked out: what each stage needs by month, week and head, and what the leads at hand give."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from funnel.enums import STAGES, Stage
from funnel.rules.periods import Span

from .chance import Chance, Lots, Sales, chance
from .goal import (
    Goal,
    Lever,
    Measured,
    Needs,
    ceiling,
    levers,
    months_of,
    needs,
    per_head,
    revenue_of,
    sale_needed,
    spread,
    sure_customers,
    together,
    weeks_of,
)

CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Row:
    """``months`` and ``weeks`` add up to ``total``; ``heads`` people share it, ``each`` of them that many."""

    stage: Stage
    total: int
    months: list[int]
    weeks: list[int]
    heads: int | None = None
    each: int | None = None


@dataclass(frozen=True, slots=True)
class Backward:
    """What ``count`` leads in ``stage`` give: ``revenue`` on average; ``gap``: what their whole customers
    leave of the goal, so that there is one exactly where leads are ``missing``, short of the plan's need
    there; ``sale``: what the average sale alone would have to be for the goal."""

    stage: Stage
    count: int
    need: int
    revenue: Decimal
    gap: Decimal
    levers: list[Lever]
    sale: Decimal | None
    together: Fraction | None
    chance: Chance

    @property
    def missing(self) -> int:
        return max(0, self.need - self.count)


@dataclass(frozen=True, slots=True)
class Outlook:
    months: list[Span]
    weeks: list[Span]
    rows: list[Row]
    backward: Backward

    @property
    def customers(self) -> int:
        return self.rows[-1].total

    def need(self, stage: Stage) -> int:
        return next(row.total for row in self.rows if row.stage == stage)

    @property
    def by_month(self) -> list[tuple[Row, list[tuple[Span, int]]]]:
        return [(row, list(zip(self.months, row.months, strict=True))) for row in self.rows]

    @property
    def by_week(self) -> list[tuple[Span, list[tuple[Stage, int]]]]:
        return [
            (week, [(row.stage, row.weeks[place]) for row in self.rows])
            for place, week in enumerate(self.weeks)
        ]


def outlook(
    *,
    goal: Goal,
    span: Span,
    heads: Mapping[Stage, int],
    stage: Stage,
    count: int | None,
    history: Mapping[Stage, Measured],
    lots: Lots = (),
) -> Outlook:
    """``heads``: people who share the leads of a stage; ``count`` None: as many as the plan needs; ``lots``:
    amounts that the average sale was measured on, none where it is certain."""
    need = needs(goal)
    months, weeks = months_of(span), weeks_of(span)
    rows = [
        Row(
            stage=one,
            total=need[one],
            months=spread(need[one], span, months),
            weeks=spread(need[one], span, weeks),
            heads=heads.get(one),
            each=per_head(need[one], heads[one]) if one in heads else None,
        )
        for one in STAGES
    ]
    return Outlook(months, weeks, rows, _backward(goal, need, stage, count, history, lots))


def _backward(
    goal: Goal, need: Needs, stage: Stage, count: int | None, history: Mapping[Stage, Measured], lots: Lots
) -> Backward:
    have = need[stage] if count is None else count
    sure = sure_customers(goal, stage=stage, count=have) * goal.sale
    return Backward(
        stage=stage,
        count=have,
        need=need[stage],
        revenue=money(revenue_of(goal, stage=stage, count=have)),
        gap=max(Decimal(), goal.revenue - sure),
        levers=levers(goal, stage=stage, count=have),
        sale=sale_needed(goal, stage=stage, count=have),
        together=together(goal, stage=stage, count=have),
        chance=chance(
            stage=stage,
            count=have,
            goal=goal.customers,
            history=history,
            sales=Sales(float(goal.revenue), lots) if lots else None,
        ),
    )


def money(value: Fraction) -> Decimal:
    return (Decimal(value.numerator) / Decimal(value.denominator)).quantize(CENT, ROUND_HALF_UP)


def shown_percent(rate: Fraction) -> Decimal:
    """A needed rate, rounded up to a tenth of a point: whoever agrees on what is shown has enough."""
    return Decimal(ceiling(rate * 1000)) / 10
