"""What brings revenue: leads, customers, revenue and cycle length by where they came from."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Case, Count, DurationField, ExpressionWrapper, F, Q, QuerySet, When

from funnel.enums import OpportunityStatus, Stage
from funnel.models import Journey
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


@dataclass(frozen=True, slots=True)
class Wins:
    """Customers of a period by what they are split by (how many, and how long they took), their
    ``revenue``, and what marketing's work ``brought`` of it by campaign (most first)."""

    customers: dict[Any, tuple[int, timedelta | None]]
    revenue: dict[Any, list[Money]]
    marketing: list[Marketing]
    brought: list[Brought]


def wins_in(*, filters: Filters, span: Span, by: str) -> Wins:
    """One statement, which passes the customers once for all their sums, and one for campaigns."""
    inner, params = _customers(filters, span, by).query.sql_with_params()
    sql = f"""
        SELECT GROUPING(key, currency, campaign_of), key, currency, campaign_of, count(*),
               percentile_cont(0.5) WITHIN GROUP (ORDER BY took), sum(amount),
               count(*) FILTER (WHERE brought), sum(amount) FILTER (WHERE brought)
          FROM ({inner}) AS won
         GROUP BY GROUPING SETS ((key), (key, currency), (currency), (currency, campaign_of))
    """
    customers: dict[Any, tuple[int, timedelta | None]] = {}
    money: dict[Any, list[Money]] = defaultdict(list)
    marketing, brought = [], []
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        for mask, key, currency, campaign, n, took, whole, of_marketing, part in cursor.fetchall():
            if mask == _BY_KEY:
                customers[key] = n, took
            elif currency is None:
                continue  # customers without a deal
            elif mask == _BY_KEY_AND_CURRENCY:
                money[key].append(Money(currency, n, whole))
            elif mask == _BY_CURRENCY:
                marketing.append(Marketing(currency, part or Decimal(0), whole))
            elif of_marketing:
                brought.append((campaign, currency, part))
    revenue = {key: sorted(found, key=lambda one: one.currency) for key, found in money.items()}
    return Wins(customers, revenue, sorted(marketing, key=lambda one: one.currency), _brought_by(brought))


_BY_KEY, _BY_KEY_AND_CURRENCY, _BY_CURRENCY = 0b011, 0b001, 0b101
"""What PostgreSQL's GROUPING tells of these: a bit for each column that is not part of the set."""


def _customers(filters: Filters, span: Span, by: str) -> Any:
    won = Q(opportunity__status=OpportunityStatus.WON)
    amount = Case(When(won, then=F("opportunity__amount")))
    return (
        _won(filters, span)
        .annotate(
            key=dimension(by),
            campaign_of=F("campaign"),
            took=ExpressionWrapper(F("customer_at") - F("entered_at"), DurationField()),
            currency=Case(When(won, then=F("opportunity__currency"))),
            amount=amount,
            brought=Case(When(BROUGHT, then=True), default=False),
        )
        .values("key", "campaign_of", "took", "currency", "amount", "brought")
    )


def _brought_by(found: list[tuple[int | None, str, Decimal]]) -> list[Brought]:
    campaigns = Campaign.objects.in_bulk({campaign for campaign, _currency, _part in found if campaign})
    rows = [_of_campaign(campaigns.get(campaign or 0), currency, part) for campaign, currency, part in found]
    return sorted(rows, key=lambda row: (row.currency, -row.revenue, not row.name, row.name))


def _of_campaign(campaign: Campaign | None, currency: str, revenue: Decimal) -> Brought:
    if campaign is None:
        return Brought(0, "", currency, revenue)
    cost = (campaign.cost or Decimal(0)) if campaign.currency == currency else None
    return Brought(campaign.pk, campaign.name, currency, revenue, cost)


def loop_rows(*, filters: Filters, span: Span, by: str, wins: Wins) -> list[LoopRow]:
    """Most customers first; one statement, and one for names."""
    counts = _entered(filters, span, by)
    keys = {*counts, *wins.customers}
    names = _names(by, keys)
    rows = [_row(filters, span, by, key, names, counts.get(key, (0, 0)), wins) for key in keys]
    return sorted(rows, key=lambda row: (-row.won.count, -row.entered.count, row.label))


def _entered(filters: Filters, span: Span, by: str) -> dict[Any, tuple[int, int]]:
    """How many entered, and how many of them are customers."""
    found = journeys_behind(filters=filters, behind=Behind()).filter(within("entered_at", span)).order_by()
    if by == "form":
        return _entered_by_form(found)
    became = Count("pk", filter=Q(stage=Stage.CUSTOMER))
    rows = found.annotate(key=dimension(by)).values_list("key").annotate(n=Count("pk"), became=became)
    return {key: (n, customers) for key, n, customers in rows}


def _entered_by_form(found: QuerySet[Any]) -> dict[str, tuple[int, int]]:
    """As ``dimension`` has it, but what all of them sent is joined at once: to look up each lead's first
    form takes half as long again."""
    inner, params = found.values("pk", "lead", "stage").query.sql_with_params()
    sql = f"""
        SELECT coalesce(form_id::text, ''), count(*), count(*) FILTER (WHERE stage = %s)
          FROM (SELECT DISTINCT ON (journey.pk) form_id, stage
                  FROM ({inner}) AS journey LEFT JOIN leads_submission sent ON sent.lead_id = journey.lead
                 ORDER BY journey.pk, sent.received_at, sent.id) AS first
         GROUP BY form_id
    """
    with connection.cursor() as cursor:
        cursor.execute(sql, [Stage.CUSTOMER.value, *params])
        return {key: (n, customers) for key, n, customers in cursor.fetchall()}


def _won(filters: Filters, span: Span) -> QuerySet[Journey]:
    behind = Behind(reached=Stage.CUSTOMER, reached_in=span)
    return journeys_behind(filters=filters, behind=behind).order_by()


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
    counts: tuple[int, int],
    wins: Wins,
) -> LoopRow:
    base = {**filters.params, by: str(key) if key else NONE_OF.get(by, "")}
    during = {**base, **days(span, "entered")}
    won, took = wins.customers.get(key, (0, None))
    return LoopRow(
        label=names.get(key, ""),
        entered=Number(counts[0], {**during, "reached": Stage.NEW_NAME.value}),
        became=Number(counts[1], {**during, "reached": Stage.CUSTOMER.value}),
        won=Number(won, {**base, **days(span, "reached"), "reached": Stage.CUSTOMER.value}),
        revenue=wins.revenue.get(key, []),
        days=None if took is None else took.total_seconds() / 86400,
    )
