"""What an MQL is worth: a CEO is not an area director. By what those of their level came to in the past."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import Count, Q, Sum

from funnel.enums import OpportunityStatus, Stage
from funnel.rules.periods import Span, month_start
from funnel.rules.report import Filters
from funnel.selectors.funnel_journeys import Behind, journeys_behind

from .agreements import MONTHS, RIPE, _months_before

LENT = 20
"""MQLs of the mean worth that each level borrows, so that one lucky deal does not decide."""
CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Worth:
    """Money for one MQL: ``levels`` by seniority as (worth, MQLs it was measured on), ``mean`` for who is
    of no known level. Of the MQLs handed over in ``span``."""

    span: Span
    mean: Decimal
    levels: Mapping[str, tuple[Decimal, int]] = field(default_factory=dict)

    def of(self, seniority: str) -> Decimal:
        return self.levels.get(seniority, (self.mean, 0))[0]


def worth_of_mqls(*, before: dt.date, currency: str) -> Worth:
    """By the twelve months of MQLs whose fate was decided when ``before`` came, and what the won deals
    among them brought in ``currency``; one statement."""
    last = month_start(before - RIPE)
    span = Span(_months_before(last, MONTHS), last - dt.timedelta(days=1))
    won = Q(opportunity__status=OpportunityStatus.WON, opportunity__currency=currency)
    found = journeys_behind(filters=Filters(), behind=Behind(reached=Stage.MQL, reached_in=span)).order_by()
    rows = found.values_list("lead__seniority").annotate(
        n=Count("pk"), money=Sum("opportunity__amount", filter=won, default=Decimal())
    )
    known = {seniority: (n, money) for seniority, n, money in rows}
    count = sum(n for n, _money in known.values())
    mean = sum((money for _n, money in known.values()), Decimal()) / count if count else Decimal()
    levels = {
        seniority: (((money + LENT * mean) / (n + LENT)).quantize(CENT), n)
        for seniority, (n, money) in known.items()
    }
    return Worth(span, mean.quantize(CENT), levels)
