"""Marketing's share in what was earned: a percentage of the net revenue that its work brought."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Brought:
    """``revenue`` that a campaign brought (``campaign`` 0: leads with a source but without one), and its
    whole ``cost``; None where that is in another currency, because rates are not ours to guess."""

    campaign: int
    name: str
    currency: str
    revenue: Decimal
    cost: Decimal | None = Decimal(0)


@dataclass(frozen=True, slots=True)
class Share:
    brought: Brought
    net: Decimal
    amount: Decimal


def shares(brought: Iterable[Brought], *, percent: Decimal, deduct: bool) -> list[Share]:
    """Rounded to the cent for each row, so that the rows add up to the total. ``deduct``: net of the
    campaign's cost; what cost more than it brought gets none, and takes nothing from the others."""
    found = []
    for one in brought:
        net = one.revenue - (one.cost or Decimal(0)) if deduct else one.revenue
        amount = (max(net, Decimal(0)) * percent / 100).quantize(CENT, ROUND_HALF_UP)
        found.append(Share(one, net, amount))
    return found


def totals(found: Iterable[Share]) -> dict[str, tuple[Decimal, Decimal, Decimal]]:
    """Revenue, net and share by currency."""
    sums: dict[str, tuple[Decimal, Decimal, Decimal]] = {}
    for one in found:
        revenue, net, amount = sums.get(one.brought.currency, (Decimal(0), Decimal(0), Decimal(0)))
        sums[one.brought.currency] = (revenue + one.brought.revenue, net + one.net, amount + one.amount)
    return dict(sorted(sums.items()))
