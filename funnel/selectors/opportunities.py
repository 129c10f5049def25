"""Deals: the list, the board by expected close, and their sums by currency."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Case, CharField, Count, F, Q, QuerySet, Sum, Value, When

from smarketing.accounts.models import User

from ..enums import OpportunityStatus
from ..models import Opportunity
from ..rules.pipeline import Column, Money, bounds, column_of, in_order
from .journeys import opportunities_visible_to
from .lead_list import SEEING_ALL

MOST_CARDS = 50
"""Cards on the board; what closes later than these is in the list, the sums count everything."""


@dataclass(frozen=True, slots=True)
class DealFilter:
    """Blank and None: any. ``mine``: of leads that one owns. ``column`` as on the board."""

    status: str = ""
    mine: bool = False
    owner: int | None = None
    currency: str = ""
    reason: str = ""
    column: str = ""


def deals(user: User, wanted: DealFilter, *, today: date) -> QuerySet[Opportunity]:
    """With lead, company and owner: the open ones by expected close, closed ones newest first."""
    rows = Opportunity.objects.all() if user.is_active and user.role in SEEING_ALL else None
    rows = opportunities_visible_to(user) if rows is None else rows
    exact = {
        "status": wanted.status,
        "currency": wanted.currency,
        "reason": wanted.reason,
        "journey__lead__owner": wanted.owner or (user.pk if wanted.mine else None),
    }
    rows = rows.filter(**{name: value for name, value in exact.items() if value not in ("", None)})
    if wanted.column:
        rows = rows.filter(_within(Column(wanted.column), today))
    rows = _with_people(rows)
    if wanted.status == OpportunityStatus.OPEN:
        return rows.order_by(F("expected_close").asc(nulls_last=True), "pk")
    return rows.order_by(F("closed_at").desc(nulls_first=True), "-opened_at", "-pk")


def pressing(user: User, *, mine: bool, today: date, days: int = 7) -> QuerySet[Opportunity]:
    """Open deals whose expected close has passed or comes within ``days``, the longest overdue first."""
    wanted = DealFilter(status=OpportunityStatus.OPEN, mine=mine)
    return deals(user, wanted, today=today).filter(expected_close__lte=today + timedelta(days=days))


def some(rows: QuerySet[Opportunity], first: int, last: int) -> list[Opportunity]:
    """These of the rows: found by their ids, so that nothing else is read of the others."""
    ids = rows.select_related(None).values("pk")[first:last]
    found = Opportunity.objects.filter(pk__in=ids).order_by(*rows.query.order_by)
    return list(_with_people(found))


def _with_people(rows: QuerySet[Opportunity]) -> QuerySet[Opportunity]:
    return rows.select_related("journey__lead__company", "journey__lead__owner")


class DealList:
    """Deals for a paginator; ``total`` is known from their sums."""

    def __init__(self, rows: QuerySet[Opportunity], total: int) -> None:
        self._rows, self._total = rows, total

    def count(self) -> int:
        return self._total

    def __getitem__(self, part: slice) -> list[Opportunity]:
        return some(self._rows, part.start, part.stop)


def sums(rows: QuerySet[Opportunity]) -> dict[str, list[Money]]:
    """By status: count and sum of each currency. One query."""
    found: dict[str, list[Money]] = defaultdict(list)
    grouped = rows.order_by().values_list("status", "currency").annotate(Sum("amount"), Count("pk"))
    for status, currency, amount, count in grouped:
        found[status].append(Money(currency, amount, count))
    return {status: in_order(money) for status, money in found.items()}


@dataclass(frozen=True, slots=True)
class BoardColumn:
    """``total`` counts every deal of the column, ``cards`` holds those that are shown."""

    column: Column
    cards: list[Opportunity]
    money: list[Money]

    @property
    def total(self) -> int:
        return sum(one.count for one in self.money)

    @property
    def hidden(self) -> int:
        return self.total - len(self.cards)


def board(rows: QuerySet[Opportunity], *, today: date) -> list[BoardColumn]:
    """Open deals by column; two queries however many there are. Whose leads they are is asked once: what
    is summed also tells which of them come first."""
    money: dict[Column, list[Money]] = defaultdict(list)
    first: list[int] = []
    place = Case(
        *(When(_within(column, today), then=Value(column.value)) for column in bounds(today)),
        default=Value(Column.UNDATED.value),
        output_field=CharField(),
    )
    grouped = rows.order_by().annotate(column=place).values_list("column", "currency")
    in_turn = ArrayAgg("pk", order_by=rows.query.order_by)
    for column, currency, amount, count, ids in grouped.annotate(Sum("amount"), Count("pk"), ids=in_turn):
        money[Column(column)].append(Money(currency, amount, count))
        first += ids[:MOST_CARDS]
    cards: dict[Column, list[Opportunity]] = defaultdict(list)
    found = Opportunity.objects.filter(pk__in=first).order_by(*rows.query.order_by)
    for deal in _with_people(found)[:MOST_CARDS]:
        cards[column_of(deal.expected_close, today)].append(deal)
    return [BoardColumn(column, cards[column], in_order(money[column])) for column in Column]


def _within(column: Column, today: date) -> Q:
    if column is Column.UNDATED:
        return Q(expected_close=None)
    first, end = bounds(today)[column]
    condition = Q(expected_close__isnull=False)
    if first is not None:
        condition &= Q(expected_close__gte=first)
    return condition & Q(expected_close__lt=end) if end is not None else condition
