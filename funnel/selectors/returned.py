"""Leads that sales gave back: one row a return, newest first."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Count, Exists, F, OuterRef, Prefetch, Q, QuerySet, Subquery, Value, When

from leads.selectors import leads_visible_to
from smarketing.accounts.models import User

from ..enums import RANK, STAGES, Move, Stage, Status
from ..models import Assignment, Journey, ReturnDecision, StageChange
from ..rules.periods import EVER, Span
from .funnel_journeys import within
from .lead_list import SEEING_ALL

TODO, HANDLED = "todo", "handled"
PEOPLE, AUTOMATIC = "people", "automatic"
MARKETINGS = STAGES[: RANK[Stage.MQL]]
"""Stages in which marketing may still do something with the lead."""


@dataclass(frozen=True, slots=True)
class ReturnFilter:
    """Blank and None: any. ``rep``: an id, or 0 for a lead that was nobody's; ``by``: PEOPLE or
    AUTOMATIC; ``source`` "" means that none was given."""

    tab: str = ""
    reason: str = ""
    rep: int | None = None
    by: str = ""
    source: str | None = None
    returned: Span = EVER


def returns(user: User, wanted: ReturnFilter, *, today: dt.date) -> QuerySet[Any]:
    """Each with journey, lead, who returned it (None: the seven days), ``rep`` (id) and ``decided``
    (the present decision as a list of one or none). ``today``: marketing's day.

    What an export told of the past is nobody's to decide.
    """
    rows = StageChange.objects.filter(move=Move.RECYCLE, journey__lead__merged_into=None)
    rows = rows.filter(Q(journey__imported_at=None) | Q(at__gt=F("journey__imported_at")))
    if not (user.is_active and user.role in SEEING_ALL):
        rows = rows.filter(journey__lead__in=leads_visible_to(user).values("pk"))
    rows = rows.annotate(rep=_rep()).filter(within("at", wanted.returned))
    if wanted.tab:
        rows = rows.filter(_todo(today) if wanted.tab == TODO else ~_todo(today))
    if wanted.reason:
        rows = rows.filter(reason=wanted.reason)
    if wanted.rep is not None:
        rows = rows.filter(rep=wanted.rep or None)
    if wanted.by:
        rows = rows.filter(actor__isnull=wanted.by == AUTOMATIC)
    if wanted.source is not None:
        rows = rows.filter(journey__source=wanted.source)
    return rows.order_by("-at", "-id")


def with_details(rows: QuerySet[Any]) -> QuerySet[Any]:
    """What a row of the page or the file reads; one query more than the rows."""
    now = ReturnDecision.objects.filter(is_current=True).select_related("campaign", "actor")
    rows = rows.select_related("actor", "journey__lead__company", "journey__lead__persona")
    return rows.prefetch_related(Prefetch("decisions", queryset=now, to_attr="decided"))


def visible_return(user: User, pk: int) -> StageChange:
    """Raises ``StageChange.DoesNotExist``, also for a lead that ``user`` may not see."""
    found = StageChange.objects.filter(move=Move.RECYCLE, journey__lead__merged_into=None)
    found = found.filter(journey__lead__in=leads_visible_to(user).values("pk"))
    return found.select_related("journey__lead", "actor").annotate(rep=_rep()).get(pk=pk)


@dataclass(frozen=True, slots=True)
class Returns:
    """How many by tab; of the open tab by reason and by rep (ids, None: nobody), most returns first."""

    tabs: dict[str, int]
    reasons: list[tuple[str, int]]
    reps: list[tuple[int | None, int]]


def counted(rows: QuerySet[Any], tab: str, *, today: dt.date) -> Returns:
    """``rows``: the returns of both tabs. One statement, because each looks at all of them."""
    is_todo = Case(When(_todo(today), then=Value(TODO)), default=Value(HANDLED))
    found: Any = rows.order_by().annotate(tab=is_todo).values_list("tab", "reason", "rep")
    tabs, reasons = Counter({TODO: 0, HANDLED: 0}), Counter[str]()
    reps = Counter[int | None]()
    for place, reason, rep, n in found.annotate(n=Count("pk")):
        tabs[place] += n
        if place == tab:
            reasons[reason] += n
            reps[rep] += n
    return Returns(
        dict(tabs),
        sorted(reasons.items(), key=lambda pair: (-pair[1], pair[0])),
        sorted(reps.items(), key=lambda pair: (-pair[1], pair[0] or 0)),
    )


def people(ids: set[int]) -> dict[int, User]:
    return User.objects.select_related("team").in_bulk(ids)


def _rep() -> Subquery:
    """Who had the lead when it came back, also when the system returned it."""
    last = Assignment.objects.filter(journey=OuterRef("journey")).order_by("-assigned_at", "-pk")
    return Subquery(last.values("user")[:1])


def _todo(today: dt.date) -> Q:
    """Nothing was decided, or the day to look again has come and the lead is still marketing's."""
    decided = ReturnDecision.objects.filter(change=OuterRef("pk"), is_current=True)
    still_here = Journey.objects.filter(
        lead=OuterRef("journey__lead"), is_current=True, status=Status.ACTIVE, stage__in=MARKETINGS
    )
    return Q(~Exists(decided)) | Q(Exists(decided.filter(due_on__lte=today)) & Exists(still_here))
