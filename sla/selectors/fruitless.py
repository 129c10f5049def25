"""The list that no rep wants to be on: leads not contacted in time, and those that got too few attempts."""

import datetime as dt
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from funnel.enums import Stage, Status
from funnel.rules.periods import EVER

from ..enums import ClockKind, ClockState, Outcome
from ..models import Clock
from .clocks import with_attempts
from .promises import Promised, given_up

OLD = dt.timedelta(days=14)
SAID = (
    *("state", "ended_at", "attempts"),
    *(f"lead__{name}" for name in ("first_name", "last_name", "email", "external_id", "company_name")),
    *("lead__company__name", "lead__company__domain"),
    *(f"owner__{name}" for name in ("first_name", "last_name", "email")),
)


def not_contacted(*, since: dt.datetime, until: dt.datetime) -> QuerySet[Any]:
    """First contacts that were missed after ``since`` and not after ``until``, made late or not at all;
    a running clock past its deadline is missed before any tick has said so."""
    missed = Q(breached_at__gt=since, breached_at__lte=until)
    unsaid = Q(state=ClockState.RUNNING, due_at__gt=since, due_at__lt=until)
    found = Clock.objects.filter(missed | unsaid, kind=ClockKind.FIRST_CONTACT)
    return _with_people(found.exclude(state=ClockState.CANCELLED)).order_by("due_at", "pk")


def given_up_early(*, since: dt.datetime, until: dt.datetime) -> QuerySet[Any]:
    """Leads that sales returned or disqualified in that time without having reached anybody, after fewer
    attempts (``made``) than were agreed."""
    found = given_up(Promised(EVER, outcome=Outcome.MISSED))
    found = found.filter(journey__closed_at__gt=since, journey__closed_at__lte=until)
    return _with_people(found).order_by("journey__closed_at", "pk")


def neglected(*, at: dt.datetime) -> QuerySet[Any]:
    """Leads handed over two weeks ago or earlier that nobody decided about, with fewer attempts (``made``)
    than were agreed; each as its last first-contact clock, the oldest first."""
    later = Clock.objects.filter(
        journey=OuterRef("journey"), kind=ClockKind.FIRST_CONTACT, started_at__gt=OuterRef("started_at")
    )
    found = Clock.objects.filter(
        ~Exists(later),
        kind=ClockKind.FIRST_CONTACT,
        journey__is_current=True,
        journey__stage=Stage.MQL,
        journey__status=Status.ACTIVE,
        journey__mql_at__lte=at - OLD,
    )
    few: QuerySet[Any] = with_attempts(found)
    return _with_people(few.filter(made__lt=F("attempts"))).order_by("journey__mql_at", "pk")


def _with_people(found: QuerySet[Any]) -> QuerySet[Any]:
    """With what a line of the list says of clock, lead and owner, and no more: whole rows of all four
    tables took longer than finding them."""
    return found.select_related("lead__company", "owner").only(*SAID)
