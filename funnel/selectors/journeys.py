"""Where leads stand, and who has to look at them."""

from collections.abc import Mapping
from datetime import datetime

from django.contrib.auth.models import AnonymousUser
from django.db.models import F, Max, OuterRef, Q, QuerySet, Subquery

from leads.models import Lead
from leads.selectors import in_sight
from smarketing.accounts.models import User

from ..enums import Move, Status
from ..models import Journey, Opportunity, StageChange
from ..models.journey import JourneyQuerySet
from ..rules.moves import moves_open_to


def journeys_visible_to(user: User | AnonymousUser) -> JourneyQuerySet:
    """Every journey, past ones too, of the leads that ``user`` may see."""
    return Journey.objects.filter(in_sight(user))


def current_journey(lead: Lead) -> Journey | None:
    return Journey.objects.select_related("lead__owner").filter(lead=lead, is_current=True).first()


def unassigned_journeys(user: User | AnonymousUser) -> JourneyQuerySet:
    """Handed off but nobody's, longest waiting first."""
    waiting = journeys_visible_to(user).unassigned().current()
    return waiting.select_related("lead__company").order_by("unassigned_since", "pk")


def showing_interest(user: User | AnonymousUser) -> JourneyQuerySet:
    """Postponed, disqualified and won leads that did something meaningful since they became so.

    Scores move none of them; somebody has to look. Newest interest first.
    """
    postponed_at = StageChange.objects.filter(journey=OuterRef("pk"), move=Move.POSTPONE).order_by("-id")
    resting = journeys_visible_to(user).current().exclude(lead__last_meaningful_at=None)
    resting = resting.annotate(postponed_at=Subquery(postponed_at.values("at")[:1]))
    closed = Q(status__in=(Status.DISQUALIFIED, Status.WON), lead__last_meaningful_at__gt=F("closed_at"))
    later = Q(status=Status.POSTPONED, lead__last_meaningful_at__gt=F("postponed_at"))
    return resting.filter(closed | later).select_related("lead").order_by("-lead__last_meaningful_at", "-pk")


def moves_for(user: User, journey: Journey) -> list[Move]:
    """What this person may do to a journey that they may see, as it stands."""
    if not journey.is_current:
        return []
    return moves_open_to(user.role, stage=journey.stage, status=journey.status)


def moved_since(since: Mapping[int, datetime]) -> set[int]:
    """Which of these leads (by id) were moved by anybody or anything after their moment."""
    rows = StageChange.objects.filter(lead__in=since).order_by().values("lead").annotate(last=Max("at"))
    return {row["lead"] for row in rows if row["last"] > since[row["lead"]]}


def history(journey: Journey) -> list[StageChange]:
    """Every move of a journey with who made it, oldest first."""
    return list(journey.changes.select_related("actor"))


def opportunities_visible_to(user: User | AnonymousUser) -> QuerySet[Opportunity]:
    """With their journey and lead, newest first."""
    rows = Opportunity.objects.filter(in_sight(user, "journey__lead"))
    return rows.select_related("journey__lead__owner").order_by("-opened_at", "-pk")
