"""The board of open deals: which column a deal stands in, by when it is expected to close."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum


class Column(StrEnum):
    """In the order of the board. A deal whose day has passed is overdue, also within this month."""

    OVERDUE = "overdue"
    THIS_MONTH = "this_month"
    NEXT_MONTH = "next_month"
    MONTH_AFTER = "month_after"
    LATER = "later"
    UNDATED = "undated"


@dataclass(frozen=True, slots=True)
class Money:
    """A sum in one currency; sums of several currencies are never added up."""

    currency: str
    amount: Decimal
    count: int


def next_month(day: date, months: int = 1) -> date:
    """The first day of the month that many months later."""
    place = day.year * 12 + day.month - 1 + months
    return date(place // 12, place % 12 + 1, 1)


def bounds(today: date) -> dict[Column, tuple[date | None, date | None]]:
    """Each column's first day and the first that no longer belongs to it; None: open."""
    one, two, three = (next_month(today, n) for n in (1, 2, 3))
    return {
        Column.OVERDUE: (None, today),
        Column.THIS_MONTH: (today, one),
        Column.NEXT_MONTH: (one, two),
        Column.MONTH_AFTER: (two, three),
        Column.LATER: (three, None),
    }


def column_of(expected_close: date | None, today: date) -> Column:
    if expected_close is None:
        return Column.UNDATED
    for column, (first, end) in bounds(today).items():
        if (first is None or expected_close >= first) and (end is None or expected_close < end):
            return column
    raise AssertionError("the columns leave no day out")


def in_order(sums: Iterable[Money]) -> list[Money]:
    """The currency with most deals first."""
    return sorted(sums, key=lambda money: (-money.count, money.currency))
