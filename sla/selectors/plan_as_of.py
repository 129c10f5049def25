"""A plan as somebody would have made it at the beginning of a day, and what came of it."""

import datetime as dt
from dataclasses import dataclass

from funnel.enums import STAGES, Stage
from funnel.rules.periods import Span, month_start
from funnel.selectors.stood import cohorts, midnight, sales

from ..rules.chance import Chance, chance
from ..rules.goal import Measured, measured, months_of
from .agreements import DAYS_OF_A_MONTH, MONTHS, RIPE

DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class PlanAsOf:
    """For ``span``, from what was known before it. ``count``: new names at the pace until then;
    ``chance``: customers among them by the rates of ripe cohorts, ``first`` to ``last`` month of entry.

    What came: ``entered`` in the span, of whom ``won`` are customers now; ``sold``: customers won within
    the span, whenever they had entered."""

    span: Span
    first: dt.date
    last: dt.date
    rates: dict[Stage, Measured]
    count: int
    chance: Chance
    entered: int
    won: int
    sold: int


def plan_as_of(*, span: Span, known_at: dt.datetime) -> PlanAsOf:
    """``known_at``: until when what came is known; the plan itself knows only what was before the span."""
    assert span.first is not None and span.last is not None
    before = cohorts(at=midnight(span.first))
    ripe = {month: row for month, row in before.items() if month < month_start(span.first - RIPE)}
    chosen = dict(list((ripe or before).items())[-MONTHS:])
    rates = measured([{Stage(name): n for name, n in row.items()} for row in chosen.values()])
    names = sum(row[STAGES[0]] for row in list(before.values())[-MONTHS:])
    days = (span.first - max(min(before), _year_before(span.first))).days
    count = round(names / (days / DAYS_OF_A_MONTH) * len(months_of(span)))
    after = cohorts(at=known_at)
    within = [row for month, row in after.items() if span.first <= month <= span.last]
    return PlanAsOf(
        span=span,
        first=min(chosen),
        last=max(chosen),
        rates=rates,
        count=count,
        chance=chance(stage=STAGES[0], count=count, goal=1, history=rates),
        entered=sum(row[STAGES[0]] for row in within),
        won=sum(row[Stage.CUSTOMER] for row in within),
        sold=sales(since=midnight(span.first), at=midnight(span.last + DAY)).customers,
    )


def _year_before(day: dt.date) -> dt.date:
    return month_start(day - dt.timedelta(days=365))
