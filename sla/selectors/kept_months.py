"""The months of an agreement, each promise as *How it is kept* has it: for what tells of several at once.

Past days of clocks are read from their sums, so half a year costs little.
"""

import datetime as dt
from collections.abc import Iterator, Mapping

from funnel.rules.periods import Span

from ..enums import Per, PromiseKind
from ..models import Agreement
from ..rules.measure import DAY, Now, Stretch, Term, bucket, days_needed, stretch
from ..rules.promises import Kept
from ..rules.worth import Worth
from .measure import CLOCKS, facts_by_day, facts_of, of_clocks, period_of, terms_of
from .worth import worth_of_mqls

Clocks = Mapping[dt.date, Mapping[str, Kept]]
"""``PromiseSums.by_day``."""


def days_of_months(agreement: Agreement, span: Span) -> Span:
    """All that ``months_in`` reckons from."""
    return days_needed(_months(span, period_of(agreement)))


def months_in(agreement: Agreement, span: Span, *, clocks: Clocks, now: Now) -> Iterator[Stretch]:
    """Of each promise every month that ``span`` touches, which lies in the agreement's period: whole, as far
    as the agreement is in force in it. ``clocks`` of at least ``days_of_months``; two statements for each
    promise without clocks."""
    period = period_of(agreement)
    months, needed = _months(span, period), days_of_months(agreement, span)
    assert needed.first is not None and needed.last is not None
    clocks = {day: kept for day, kept in clocks.items() if needed.first <= day <= needed.last}
    for term in terms_of(agreement):
        if of_clocks(term):
            facts = facts_of(CLOCKS.get(term.kind, term.kind), clocks)
        else:
            facts = facts_by_day(term, needed, worth=_worth(term, period), at=now.at)
        yield from (stretch(term, month, facts, now) for month in months)


def _months(span: Span, period: Span) -> list[Span]:
    assert span.first is not None and span.last is not None
    found, day = [], span.first
    while day <= span.last:
        found.append(bucket(day, Per.MONTH, period))
        assert found[-1].last is not None
        day = found[-1].last + DAY
    return found


def _worth(term: Term, period: Span) -> Worth | None:
    if term.kind != PromiseKind.MQL_VALUE or period.first is None:
        return None
    return term.worth or worth_of_mqls(before=period.first, currency=term.currency)
