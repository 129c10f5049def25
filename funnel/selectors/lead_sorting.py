"""The list of leads by any of its columns; what is blank comes last in both directions."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Case, F, Func, IntegerField, TextChoices, TextField, Value, When
from django.db.models.functions import Coalesce, Concat, Length, Lower, NullIf, Trim
from django.db.models.lookups import Exact

from leads.models.folding import folded

from ..enums import Reason, Stage, Status
from ..models import Journey
from ..models.journey import JourneyQuerySet

MOST_SORTED = 10_000
"""Of so many rows any order is made in some tens of milliseconds. Longer lists are sorted only as
an index has them: an index for each column would cost every new lead more than a sort is worth."""

NEWEST = "-entered_at"
LATEST_FIRST = frozenset({"entered_at", "stage_since", "last_meaningful_at", "fit", "interest", "intent"})
"""Columns where the first click shows the latest or the greatest first."""


def _filed(text: Any) -> Case:
    """As ``folded``, which looks each letter up among all that have accents. Most texts have none: their
    letters are all of one byte."""
    octets = Func(text, function="octet_length", output_field=IntegerField())
    plain = When(Exact(octets, Length(text)), then=Lower(text))
    return Case(plain, default=folded(text), output_field=TextField())


def _text(*names: str) -> Any:
    """The first of these that is not blank, as a person would file it."""
    found = [NullIf(Trim(name), Value("")) for name in names]
    return _filed(Coalesce(*found) if len(found) > 1 else found[0])


def _full(first: str, last: str, otherwise: str) -> Any:
    # Folded once, not each part: of some thousand rows that is most of the work.
    full = NullIf(Trim(Concat(first, Value(" "), last, output_field=TextField())), Value(""))
    return _filed(Coalesce(full, NullIf(otherwise, Value("")), output_field=TextField()))


def _rank(column: str, words: type[TextChoices]) -> Case:
    """In the order in which the words are defined: stages from the top of the funnel down."""
    places = [When(**{column: word.value}, then=Value(place)) for place, word in enumerate(words)]
    return Case(*places, default=None, output_field=IntegerField())


BY: Mapping[str, Any] = {
    "name": _full("lead__first_name", "lead__last_name", "lead__email"),
    "company": _text("lead__company__name", "lead__company__domain", "lead__company_name"),
    "email": _text("lead__email"),
    "phone": _text("lead__phone"),
    "job_title": _text("lead__job_title"),
    "country": _text("lead__country"),
    "stage": _rank("stage", Stage),
    "status": _rank("status", Status),
    "reason": _rank("reason", Reason),
    "grade": NullIf("lead__grade", Value("")),
    "fit": F("lead__fit"),
    "interest": F("lead__interest"),
    "intent": F("lead__intent"),
    "owner": _full("lead__owner__first_name", "lead__owner__last_name", "lead__owner__email"),
    "source": _text("source"),
    "campaign": _text("campaign__name"),
    "persona": _text("lead__persona__name"),
    "landing_page": _text("landing_page"),
    "entered_at": F("entered_at"),
    "stage_since": F("stage_since"),
    "last_meaningful_at": F("lead__last_meaningful_at"),
}
SORTS = frozenset(sign + key for key in BY for sign in ("", "-"))


def in_order(found: JourneyQuerySet, sort: str) -> JourneyQuerySet:
    """By ``sort`` (one of SORTS; a minus turns it round), ties by entry."""
    key = sort.removeprefix("-")
    backwards = sort.startswith("-")
    if key in ("entered_at", "stage_since"):  # never blank, and plain, as their indexes are
        return found.order_by(sort, "-id" if backwards else "id")
    column = BY[key]
    ordered = column.desc(nulls_last=True) if backwards else column.asc(nulls_last=True)
    return found.order_by(ordered, "-entered_at", "-id")


def is_indexed(sort: str, stage: str) -> bool:
    """Whether a list of any length is sorted so by an index; ``stage``: the only one that is listed."""
    key = sort.removeprefix("-")
    return key == "entered_at" or (key == "stage_since" and bool(stage))


class ShortPaginator(Paginator):
    """Counts and turns pages up to ``MOST_SORTED`` rows, so that neither grows with the leads."""

    @cached_property
    def found(self) -> int:
        """Exact up to MOST_SORTED, else one more than that."""
        return int(self.object_list.order_by()[: MOST_SORTED + 1].count())  # type: ignore[attr-defined]

    @cached_property
    def count(self) -> int:
        return min(self.found, MOST_SORTED)

    @property
    def is_long(self) -> bool:
        """There are more than it counts."""
        return self.found > MOST_SORTED


class SortedOnce(ShortPaginator):
    """For lists that are hardly ever long: sorting the ids tells in the same pass how many there are."""

    def __init__(self, rows: JourneyQuerySet, per_page: int, sort: str) -> None:
        self._ids = list(in_order(rows, sort).values_list("pk", flat=True)[: MOST_SORTED + 1])
        listed: Any = _Listed(rows, self._ids)
        super().__init__(listed, per_page)

    @cached_property
    def found(self) -> int:
        return len(self._ids)


class _Listed:
    """Rows in the order of their ids; only those of a page are read."""

    def __init__(self, rows: JourneyQuerySet, ids: list[int]) -> None:
        self._rows, self._ids = rows, ids

    def __getitem__(self, part: slice) -> list[Journey]:
        wanted = self._ids[part]
        rows = {row.pk: row for row in self._rows.order_by().filter(pk__in=wanted)}
        return [rows[pk] for pk in wanted if pk in rows]
