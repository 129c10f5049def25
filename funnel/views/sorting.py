"""The heads of the list of leads: what a click on each would sort by."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.http import QueryDict
from django.utils.functional import Promise

from smarketing.accounts.enums import REP_ROLES
from smarketing.accounts.models import User

from ..forms import LeadListForm
from ..models.journey import JourneyQuerySet
from ..selectors.lead_columns import Column
from ..selectors.lead_sorting import LATEST_FIRST, NEWEST, ShortPaginator, SortedOnce, in_order, is_indexed

PAGE_SIZE = 25


@dataclass(frozen=True, slots=True)
class Head:
    """``order``: as aria-sort says it, empty for other columns; no ``query``: the list is too long."""

    label: Promise | str
    query: str
    order: str


def sorted_pages(found: JourneyQuerySet, form: LeadListForm, user: User) -> tuple[ShortPaginator, str]:
    """The pages, and how they are sorted: as asked for, or newest first where that would take long."""
    if user.role in REP_ROLES and not is_indexed(form.order, form.one_stage):
        # Their own leads are hardly ever too many to sort.
        once = SortedOnce(found, PAGE_SIZE, form.order)
        if not once.is_long:
            return once, form.order
    pages = ShortPaginator(found, PAGE_SIZE)
    sort = form.order if not pages.is_long or is_indexed(form.order, form.one_stage) else NEWEST
    pages.object_list = in_order(found, sort)
    return pages, sort


def heads_of(
    columns: Iterable[Column], kept: QueryDict, *, sort: str, pages: ShortPaginator, form: LeadListForm
) -> dict[str, Head]:
    """By column. A click on the column that sorts turns it round."""
    return {
        column.key: Head(
            column.label,
            _query(column.key, kept, sort)
            if not pages.is_long or is_indexed(column.key, form.one_stage)
            else "",
            {column.key: "ascending", f"-{column.key}": "descending"}.get(sort, ""),
        )
        for column in columns
    }


def _query(key: str, kept: QueryDict, sort: str) -> str:
    first, second = (f"-{key}", key) if key in LATEST_FIRST else (key, f"-{key}")
    query = kept.copy()
    query["sort"] = second if sort == first else first
    return query.urlencode()
