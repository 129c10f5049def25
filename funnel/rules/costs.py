"""What a campaign's leads cost and brought."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Costs:
    """Amounts in ``currency``; None where nothing can be said: no cost is known, nobody came so far,
    or money came in another currency."""

    amount: Decimal
    currency: str
    per_mql: Decimal | None
    per_customer: Decimal | None
    return_percent: int | None


def costs_of(
    *, cost: Decimal, currency: str, mqls: int, customers: int, revenue: dict[str, Decimal]
) -> Costs:
    """``return_percent``: revenue per cost, 100 means that the cost came back; revenue in another
    currency than the cost's makes it unknown, because rates are not ours to guess."""
    earned = revenue.get(currency, Decimal(0))
    comparable = not set(revenue) - {currency}
    return Costs(
        amount=cost,
        currency=currency,
        per_mql=_share(cost, mqls),
        per_customer=_share(cost, customers),
        return_percent=round(100 * earned / cost) if cost > 0 and comparable else None,
    )


def _share(cost: Decimal, number: int) -> Decimal | None:
    return (cost / number).quantize(Decimal("0.01")) if cost > 0 and number else None
