"""What brings revenue: leads, customers, revenue and cycle length by where they came from."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Aggregate, Count, DurationField, ExpressionWrapper, F, Q, QuerySet, Sum

from funnel.enums import OpportunityStatus, Stage
from funnel.models import Journey, Opportunity
from funnel.rules.periods import Span
from funnel.rules.report import Filters, Money, Number
from funnel.selectors.flow import days
from funnel.selectors.funnel_journeys import Behind, journeys_behind, within
from funnel.selectors.origins import BROUGHT, dimension
from leads.models import Campaign, Form, Persona

from ..rules.commission import Brought

NAMES: dict[str, Any] = {"campaign": Campaign, "persona": Persona, "form": Form}
NONE_OF = {"campaign": "0", "persona": "0"}
"""How a list is asked for leads without one; the others say it with an empty text."""


class Median(Aggregate):
    function = "percentile_cont"
    template = "percentile_cont(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"


@dataclass(frozen=True, slots=True)
class LoopRow:
    """``entered`` in the period, of whom ``became`` are customers now; ``won``: customers of the period,
    whenever they entered, with their ``revenue`` and the median ``days`` from entering to winning."""

    label: str
    entered: Number
    became: Number
    won: Number
    revenue: list[Money]
    days: float | None

    @property
    def conversion(self) -> float | None:
        return 100 * self.became.count / self.entered.count if self.entered.count else None


@dataclass(frozen=True, slots=True)
class Marketing:
    """Revenue of the period that marketing's work brought, of all, by currency."""

    currency: str
    brought: Decimal
    whole: Decimal

    @property
    def percent(self) -> float | None:
        return float(100 * self.brought / self.whole) if self.whole else None


def loop_rows(*, filters: Filters, span: Span, by: str) -> list[LoopRow]:
    """Most customers first; four statements, whatever the size."""
    entered = _journeys(filters).filter(within("entered_at", span)).annotate(key=dimension(by))
    became = Count("pk", filter=Q(stage=Stage.CUSTOMER))
    counts: dict[Any, Any] = {
        row["key"]: row for row in entered.values("key").annotate(n=Count("pk"), became=became)
    }
    took = ExpressionWrapper(F("customer_at") - F("entered_at"), DurationField())
    won = _won(filters, span).annotate(key=dimension(by)).values("key")
    wins: dict[Any, Any] = {
        row["key"]: row
        for row in won.annotate(n=Count("pk"), days=Median(took, output_field=DurationField()))
    }
    money: dict[Any, list[Money]] = defaultdict(list)
    deals = _deals(filters, span).annotate(key=dimension(by, "journey__")).values("key", "currency")
    for row in deals.annotate(n=Count("pk"), amount=Sum("amount")).order_by("currency"):
        money[row["key"]].append(Money(row["currency"], row["n"], row["amount"]))
    names = _names(by, {*counts, *wins})
    nothing: dict[str, Any] = {}
    rows = [
        _row(filters, span, by, key, names, counts.get(key, nothing), wins.get(key, nothing), money[key])
        for key in {*counts, *wins}
    ]
    return sorted(rows, key=lambda row: (-row.won.count, -row.entered.count, row.label))


def marketing_share(*, filters: Filters, span: Span) -> list[Marketing]:
    """One statement."""
    rows = _deals(filters, span).values("currency").order_by("currency")
    found = rows.annotate(whole=Sum("amount"), brought=Sum("amount", filter=_brought()))
    return [Marketing(row["currency"], row["brought"] or Decimal(0), row["whole"]) for row in found]


def brought_by(*, filters: Filters, span: Span) -> list[Brought]:
    """What marketing's work brought in the period, by campaign; most revenue first, one statement."""
    deals = _deals(filters, span).filter(_brought())
    rows = deals.values(
        "currency",
        campaign=F("journey__campaign"),
        named=F("journey__campaign__name"),
        cost=F("journey__campaign__cost"),
        spent_in=F("journey__campaign__currency"),
    ).annotate(revenue=Sum("amount"))
    return [
        Brought(
            row["campaign"] or 0,
            row["named"] or "",
            row["currency"],
            row["revenue"],
            (row["cost"] or Decimal(0)) if row["spent_in"] in (None, row["currency"]) else None,
        )
        for row in rows.order_by("currency", "-revenue", "named")
    ]


def _brought() -> Q:
    return ~Q(journey__source="") | Q(journey__campaign__isnull=False)


def _journeys(filters: Filters) -> QuerySet[Journey]:
    return _unmerged(journeys_behind(filters=filters, behind=Behind()))


def _won(filters: Filters, span: Span) -> QuerySet[Journey]:
    behind = Behind(reached=Stage.CUSTOMER, reached_in=span)
    return _unmerged(journeys_behind(filters=filters, behind=behind))


def _unmerged(found: QuerySet[Journey]) -> QuerySet[Journey]:
    """Those of merged leads, which are few, are named: to ask each journey's lead would take longest."""
    of_merged = Journey.objects.filter(lead__merged_into__isnull=False)
    return found.exclude(pk__in=of_merged.values("pk")).order_by()


def _deals(filters: Filters, span: Span) -> QuerySet[Opportunity]:
    won = _won(filters, span).values("pk")
    return Opportunity.objects.filter(status=OpportunityStatus.WON, journey__in=won).order_by()


def _names(by: str, keys: Collection[Any]) -> dict[Any, str]:
    if by not in NAMES:
        return {key: key or "" for key in keys}
    found = NAMES[by].objects.filter(pk__in=[key for key in keys if key])
    return {str(one.pk) if by == "form" else one.pk: str(one) for one in found}


def _row(
    filters: Filters,
    span: Span,
    by: str,
    key: Any,
    names: dict[Any, str],
    counts: dict[str, Any],
    wins: dict[str, Any],
    revenue: list[Money],
) -> LoopRow:
    base = {**filters.params, by: str(key) if key else NONE_OF.get(by, "")}
    during = {**base, **days(span, "entered")}
    took: timedelta | None = wins.get("days")
    return LoopRow(
        label=names.get(key, ""),
        entered=Number(counts.get("n", 0), {**during, "reached": Stage.NEW_NAME.value}),
        became=Number(counts.get("became", 0), {**during, "reached": Stage.CUSTOMER.value}),
        won=Number(wins.get("n", 0), {**base, **days(span, "reached"), "reached": Stage.CUSTOMER.value}),
        revenue=revenue,
        days=None if took is None else took.total_seconds() / 86400,
    )


__all__ = ["BROUGHT", "LoopRow", "Marketing", "brought_by", "loop_rows", "marketing_share"]
