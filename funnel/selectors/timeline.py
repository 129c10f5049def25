"""Everything that happened to a lead, newest first: a fixed number of queries for a page."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from leads.enums import ActivityKind
from leads.models import Activity, Lead, Merge, ScoreChange
from smarketing.accounts.models import User

from ..models import Assignment, StageChange
from ..rules.paging import Position

SORT = "timeline"
SHIFT = 60
"""A position's ``pk`` is the source's place shifted by this, plus the row's id: one order for all."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened. ``kind`` names the source and thereby the type of ``row``."""

    kind: str
    place: int
    at: datetime
    actor: User | None
    row: Any

    @property
    def key(self) -> tuple[datetime, int]:
        return (self.at, (self.place << SHIFT) + self.row.pk)


@dataclass(frozen=True, slots=True)
class Source:
    kind: str
    column: str
    rows: Callable[[], QuerySet[Any]]
    has_actor: bool = True
    lead: str = "lead_id"


def _moves() -> QuerySet[StageChange]:
    """What a merge, or its undoing, did to a journey is told as that: nobody decided about the lead."""
    both = Merge.objects.filter(Q(survivor=OuterRef("lead")) | Q(duplicate=OuterRef("lead")))
    rows = StageChange.objects.select_related("actor", "journey")
    return rows.annotate(
        by_merge=Exists(both.filter(at=OuterRef("at"))),
        by_undoing=Exists(both.filter(undone_at=OuterRef("at"))),
    )


# Later in this list is later within one moment: the activity scores, the score moves, the move assigns.
# A room above adds what it tells of a lead with `tell_also`.
SOURCES = [
    Source("activity", "occurred_at", lambda: Activity.objects.select_related("actor")),
    Source("score", "at", lambda: ScoreChange.objects.select_related("rule_set"), has_actor=False),
    Source("move", "at", _moves),
    Source("assignment", "assigned_at", lambda: Assignment.objects.select_related("actor", "user", "rule")),
]

PARTS: dict[str, tuple[str, Q]] = {
    "contacts": (
        "activity",
        Q(kind__in=(ActivityKind.CALL, ActivityKind.EMAIL_SENT, ActivityKind.MEETING, ActivityKind.NOTE)),
    ),
    "forms": (
        "activity",
        Q(
            kind__in=(
                ActivityKind.FORM,
                ActivityKind.PRICE_SHEET,
                ActivityKind.DEMO_REQUEST,
                ActivityKind.CONTACT_REQUEST,
            )
        ),
    ),
    "pages": (
        "activity",
        Q(
            kind__in=(
                ActivityKind.PAGE_VIEW,
                ActivityKind.DOWNLOAD,
                ActivityKind.WEBINAR,
                ActivityKind.SOCIAL,
            )
        ),
    ),
    "mails": (
        "activity",
        Q(kind__in=(ActivityKind.EMAIL_OPEN, ActivityKind.EMAIL_CLICK, ActivityKind.EMAIL_BOUNCE)),
    ),
    "move": ("move", Q()),
    "reminder": ("reminder", Q()),
    "score": ("score", Q()),
    "assignment": ("assignment", Q()),
}
"""What the timeline can be narrowed to: the source, and which of its rows."""


def tell_also(source: Source) -> None:
    """Let a room above tell of its own; called once, when the program starts."""
    if source.kind not in {known.kind for known in SOURCES}:
        SOURCES.append(source)


def timeline(lead: Lead, *, after: Position | None = None, size: int = 50, part: str = "") -> list[Entry]:
    """Up to ``size`` entries older than the position: what merged duplicates went through included.

    ``part``: one of PARTS, or all. One query for the duplicates' ids and one for each source.
    """
    kind, where = PARTS.get(part, ("", Q()))
    leads = [lead.pk, *Lead.objects.filter(merged_into=lead).values_list("pk", flat=True)]
    entries = [
        Entry(source.kind, place, getattr(row, source.column), row.actor if source.has_actor else None, row)
        for place, source in enumerate(SOURCES)
        if kind in ("", source.kind)
        for row in _page(source, place, leads, after).filter(where)[:size]
    ]
    return sorted(entries, key=lambda entry: entry.key, reverse=True)[:size]


def position_of(entry: Entry) -> Position:
    return Position(SORT, entry.at, entry.key[1])


def _page(source: Source, place: int, leads: list[int], after: Position | None) -> QuerySet[Any]:
    rows = source.rows().filter(**{f"{source.lead}__in": leads})
    if after is not None:
        rows = rows.filter(_older(source.column, place, after))
    return rows.order_by(f"-{source.column}", "-pk")


def _older(column: str, place: int, after: Position) -> Q:
    """Rows of the source at ``place`` that come behind the position in the common order."""
    last_place, last_pk = divmod(after.pk, 1 << SHIFT)
    if place < last_place:
        return Q(**{f"{column}__lte": after.value})
    if place > last_place:
        return Q(**{f"{column}__lt": after.value})
    older, same = Q(**{f"{column}__lt": after.value}), Q(**{column: after.value, "pk__lt": last_pk})
    return Q(**{f"{column}__lte": after.value}) & (older | same)
