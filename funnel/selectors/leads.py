"""Leads with where they stand: one query for a page, however deep."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import F, FilteredRelation, Q

from leads.models import Lead
from leads.models.lead import LeadQuerySet
from leads.selectors import leads_visible_to
from leads.selectors.search import first_matching
from smarketing.accounts.models import User

from ..rules.paging import Position
from .lead_list import score_at

NEWEST, OLDEST = "-created_at", "created_at"
LATEST_IN_STAGE, LONGEST_IN_STAGE = "-stage_since", "stage_since"
COLUMNS = {"created_at": ("created_at", "pk"), "stage_since": ("journey__stage_since", "journey__pk")}
"""Both orders lie in an index. Leads of one stage are only listed by when they entered it: by
creation the planner leaves the stage's index for a walk over all leads, and a rare stage among a
million then costs a thousand times more."""

SPANS = {
    "created": "created_at",
    "entered": "journey__entered_at",
    "stage_since": "journey__stage_since",
    "last_meaningful": "last_meaningful_at",
}
SCORES = tuple(f"{score}_{end}" for score in ("fit", "interest", "intent") for end in ("min", "max"))


@dataclass(frozen=True, slots=True)
class LeadFilter:
    """What to list; None and blank mean any. `owner` is an id, or 0 for nobody; `persona` likewise.

    `…_from` is included, `…_until` is not; `fit_min`, `fit_max` and so on both are.
    """

    stage: str = ""
    status: str = ""
    owner: int | None = None
    source: str = ""
    campaign: str = ""
    landing_page: str = ""
    grade: str = ""
    created_from: datetime | None = None
    created_until: datetime | None = None
    q: str = ""
    reason: str = ""
    persona: int | None = None
    country: str = ""
    team: int | None = None
    entered_from: datetime | None = None
    entered_until: datetime | None = None
    stage_since_from: datetime | None = None
    stage_since_until: datetime | None = None
    last_meaningful_from: datetime | None = None
    last_meaningful_until: datetime | None = None
    fit_min: int | None = None
    fit_max: int | None = None
    interest_min: int | None = None
    interest_max: int | None = None
    intent_min: int | None = None
    intent_max: int | None = None


def with_journey(leads: LeadQuerySet) -> LeadQuerySet:
    """With `journey` on each: the current one, None before the first; and what a row shows."""
    current = FilteredRelation("journeys", condition=Q(journeys__is_current=True))
    together = ("journey", "company", "owner", "campaign", "persona")  # the first is no field, but joins
    return leads.annotate(journey=current).select_related(*together)


def leads_with_journey(user: User | AnonymousUser) -> LeadQuerySet:
    """Every lead that `user` may see; duplicates that were merged away do not count."""
    return with_journey(leads_visible_to(user).current())


def lead_page(
    user: User | AnonymousUser, wanted: LeadFilter, *, sort: str, after: Position | None, size: int
) -> list[Lead]:
    """Up to `size` leads in the order `sort`, after the position. `sort` must suit the filter."""
    column, tie = COLUMNS[sort.lstrip("-")]
    rows = leads_with_journey(user).filter(_condition(wanted))
    if wanted.q:
        rows = first_matching(rows, wanted.q)
    descending = sort.startswith("-")
    if after is not None:
        beyond = "lt" if descending else "gt"
        # The first condition alone bounds the index scan; the second only settles ties.
        rows = rows.filter(
            Q(**{f"{column}__{beyond}e": after.value}),
            Q(**{f"{column}__{beyond}": after.value}) | Q(**{f"{tie}__{beyond}": after.pk}),
        )
    order = [F(column).desc(), F(tie).desc()] if descending else [F(column).asc(), F(tie).asc()]
    return list(rows.order_by(*order)[:size])


def position_of(lead: Lead, sort: str) -> Position:
    """Where the page that ends with this lead ends."""
    if sort.lstrip("-") == "created_at":
        return Position(sort, lead.created_at, lead.pk)
    journey: Any = lead.journey  # type: ignore[attr-defined]
    return Position(sort, journey.stage_since, journey.pk)


def _condition(wanted: LeadFilter) -> Q:
    exact: dict[str, Any] = {
        "journey__stage": wanted.stage,
        "journey__status": wanted.status,
        "source": wanted.source,
        "campaign__slug": wanted.campaign,
        "landing_page": wanted.landing_page,
        "grade": wanted.grade,
        "journey__reason": wanted.reason,
        "country": wanted.country.upper(),
        "owner__team": wanted.team,
    }
    for name, column in SPANS.items():
        exact[f"{column}__gte"] = getattr(wanted, f"{name}_from")
        exact[f"{column}__lt"] = getattr(wanted, f"{name}_until")
    condition = Q(**{name: value for name, value in exact.items() if value not in ("", None)})
    if wanted.owner is not None:
        condition &= Q(owner=wanted.owner or None)
    if wanted.persona is not None:
        condition &= Q(persona=wanted.persona or None)
    for name in SCORES:
        if (points := getattr(wanted, name)) is not None:
            condition &= score_at(name, points)
    return condition
