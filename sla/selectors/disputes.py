"""Disputes about leads: who sees them, and what somebody could still dispute."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from funnel.enums import Move
from funnel.models import Journey, StageChange
from funnel.rules.periods import EVER, Span
from funnel.rules.report import Filters
from funnel.selectors.funnel_journeys import GIVEN_BACK, Behind, journeys_behind, within
from funnel.selectors.lead_list import SEEING_ALL
from leads.models import Lead, ScoreChange
from leads.selectors import each_in_sight
from smarketing.accounts.models import User
from smarketing.accounts.selectors import subordinate_ids

from ..enums import DisputeKind
from ..models import Dispute
from ..rules.disputes import Passage, kinds_of, may_be_about
from .mediation import mediator_id

RETURNS = (Move.RECYCLE, Move.DISQUALIFY)


@dataclass(frozen=True, slots=True)
class DisputeFilter:
    """Blank and None: any. ``handed_over``: the days in which the lead became an MQL; ``given_back``:
    only leads that sales gave back before it had accepted them; ``origin``: where the leads came from."""

    kind: str = ""
    state: str = ""
    lead: int | None = None
    raised: Span = EVER
    handed_over: Span = EVER
    given_back: bool = False
    origin: Filters | None = None


def disputes_visible_to(user: User, *, at: datetime) -> QuerySet[Dispute]:
    """Those about leads that ``user`` may see; those that they or people below them raised, or whose
    return is disputed, though the lead has gone back to marketing since; all, for the mediator."""
    if not user.is_active:
        return Dispute.objects.none()
    if user.role in SEEING_ALL or user.pk == mediator_id(at):
        return Dispute.objects.all()
    own = subordinate_ids(user) | {user.pk}
    mine = Q(raised_by__in=own) | Q(change__actor__in=own)
    return Dispute.objects.filter(mine | each_in_sight(user, "journey__lead"))


def disputes(user: User, wanted: DisputeFilter, *, at: datetime) -> QuerySet[Dispute]:
    """Newest first, with what a row shows."""
    found = disputes_visible_to(user, at=at).filter(
        within("raised_at", wanted.raised), within("journey__mql_at", wanted.handed_over)
    )
    if wanted.origin is not None:
        found = found.filter(journey__in=journeys_behind(filters=wanted.origin, behind=Behind()).values("pk"))
    if wanted.given_back:
        found = found.filter(journey__in=Journey.objects.filter(GIVEN_BACK).values("pk"))
    exact = {"kind": wanted.kind, "state": wanted.state, "journey__lead": wanted.lead}
    return with_details(found.filter(**{name: value for name, value in exact.items() if value}))


def with_details(found: QuerySet[Dispute]) -> QuerySet[Dispute]:
    rows = found.select_related(
        "journey__lead__company", "raised_by", "decided_by", "rule_set", "change__actor"
    )
    return rows.order_by("-raised_at", "-pk")


def dispute_page(
    user: User, wanted: DisputeFilter, *, at: datetime, after: tuple[datetime, int] | None, size: int
) -> list[Dispute]:
    """Up to ``size`` after the moment and id with which the last page ended."""
    rows = disputes(user, wanted, at=at)
    if after is not None:
        moment, pk = after
        rows = rows.filter(Q(raised_at__lte=moment), Q(raised_at__lt=moment) | Q(pk__lt=pk))
    return list(rows[:size])


@dataclass(frozen=True, slots=True)
class Disputable:
    """What somebody could dispute: the journey, and the return for an unfair one."""

    kind: DisputeKind
    journey: Journey
    change: StageChange | None


def disputable(user: User, lead: Lead) -> dict[DisputeKind, Disputable]:
    """By kind; about the latest passage it could be about, and not disputed before. The lead is seen."""
    team: Any = user.team
    kinds = kinds_of(user.role, team.side if team else "")
    if not kinds or not user.is_active:
        return {}
    journeys = Journey.objects.live().filter(lead=lead, mql_at__isnull=False).order_by("-number")
    found: dict[DisputeKind, Disputable] = {}
    known = set(Dispute.objects.filter(journey__lead=lead).values_list("journey_id", "kind"))
    for kind in sorted(kinds):
        latest = next((one for one in journeys if may_be_about(kind, _passage(one))), None)
        if latest is not None and (latest.pk, kind.value) not in known:
            found[kind] = Disputable(kind, latest, _return_of(latest, kind))
    return {kind: one for kind, one in found.items() if kind == DisputeKind.NO_MQL or one.change}


def rules_of(journey: Journey) -> int | None:
    """Id of the scoring rules by which the lead was an MQL when it was handed over."""
    before = ScoreChange.objects.filter(lead=journey.lead_id, at__lte=journey.mql_at)
    row = before.order_by("-at", "-pk").values_list("rule_set_id", flat=True).first()
    return row or journey.lead.rule_set_id


def _passage(journey: Journey) -> Passage:
    return Passage(journey.stage, journey.status, journey.mql_at is not None)


def _return_of(journey: Journey, kind: str) -> StageChange | None:
    if kind == DisputeKind.NO_MQL:
        return None
    return journey.changes.filter(move__in=RETURNS).order_by("-at", "-pk").first()
