"""Making true what an event should have done: the second leg under the receivers.

Events arrive in the transaction of their fact, so normally there is nothing to do. A restored dump, a
row written by hand or a receiver that a release forgot leaves a clock that no longer fits its
journey; this finds each such case with one query and replays the event, at the time of the fact.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from funnel.enums import OPEN, Move, Stage, Status
from funnel.models import Journey
from funnel.services.locking import lock_journey
from leads.models import Activity

from ..enums import ClockKind, ClockState
from ..models import Clock
from .clocks import replace_on_reassignment, start_clock
from .following import (
    HANDED_OFF,
    contacted_clock,
    first_contact,
    follow_contact,
    follow_move,
    is_in_force,
    lock_ticking,
    promise_of,
    replay_end,
)

log = logging.getLogger(__name__)

HORIZON = timedelta(days=30)
"""A journey that reached its stage longer ago gets no clock any more: after a long outage, years of
history are not promises that somebody missed today."""

LIMIT = 500
"""Cases of one kind mended in one run; the rest is left for the next."""

IN_FORCE = Q(journey__is_current=True, journey__status__in=sorted(OPEN)) & (
    Q(kind=ClockKind.AE_DECISION, journey__stage=Stage.SQL)
    | Q(kind__in=[ClockKind.FIRST_CONTACT, ClockKind.DECISION], journey__stage=Stage.MQL)
)


IS_LATER, IS_PAUSED = Q(journey__status=Status.POSTPONED), Q(state=ClockState.PAUSED)
SAME_OWNER = Q(owner=F("lead__owner")) | Q(owner=None, lead__owner=None)

JourneyIds = QuerySet[Any, int]


class Case(NamedTuple):
    """``find``: ids of journeys whose clock does not fit; ``mend``: True when it did something."""

    name: str
    find: Callable[[datetime], JourneyIds]
    mend: Callable[[Journey, datetime], bool]


def reconcile(*, at: datetime) -> dict[str, int]:
    """Mend every clock that does not fit its journey, and answer how many of each case.

    A second run finds nothing. Five queries when all is well. One journey is one transaction, under
    the locks of lead, journey and clock, where it is looked at again. What cannot be mended is
    logged, counted as ``failed``, and holds up nothing.
    """
    mended: dict[str, int] = {}
    for case in CASES:
        for journey_id in list(case.find(at)[:LIMIT]):
            outcome = _mend(case, journey_id, at)
            if outcome:
                mended[outcome] = mended.get(outcome, 0) + 1
    if mended:
        log.warning("Clocks reconciled: %s", mended)
    return mended


def _mend(case: Case, journey_id: int, at: datetime) -> str:
    try:
        with transaction.atomic():
            return case.name if case.mend(lock_journey(journey_id), at) else ""
    except (OperationalError, InterfaceError):
        raise  # the database is away: the next run goes on
    except Exception:
        log.exception("The clock of journey %s could not be reconciled (%s)", journey_id, case.name)
        return "failed"


def _find_left(at: datetime) -> JourneyIds:
    return Clock.objects.ticking().exclude(IN_FORCE).values_list("journey", flat=True)


def _mend_left(journey: Journey, at: datetime) -> bool:
    clock = lock_ticking(journey_id=journey.pk)
    if clock is None or is_in_force(clock, journey):
        return False
    replay_end(clock=clock, journey=journey, at=at)
    return True


def _find_missing(at: datetime) -> JourneyIds:
    ticking = Clock.objects.ticking().filter(journey=OuterRef("pk"))
    waiting = Journey.objects.current().open().live().filter(stage__in=sorted(HANDED_OFF))
    return waiting.filter(~Exists(ticking), stage_since__gte=at - HORIZON).values_list("pk", flat=True)


def _mend_missing(journey: Journey, at: datetime) -> bool:
    """What was contacted goes on with the decision; what was not begins when it was given to its owner."""
    if journey.stage not in HANDED_OFF or not journey.is_open or lock_ticking(journey_id=journey.pk):
        return False
    kind = promise_of(journey)
    first = contacted_clock(journey) if kind == ClockKind.DECISION else None
    given = journey.assignments.filter(ended_at=None).values_list("assigned_at", flat=True).first()
    reached = journey.stage_since
    clock = start_clock(
        journey=journey,
        lead=journey.lead,
        kind=kind,
        owner=journey.lead.owner,
        at=(first.ended_at if first else None) or max(reached, given or reached),
        lead_started_at=first.ended_at if first else reached,
        is_paused=journey.status == Status.POSTPONED,
    )
    return clock is not None


def _find_contacted(at: datetime) -> JourneyIds:
    contacts = Activity.objects.filter(
        lead=OuterRef("lead"),
        is_contact=True,
        occurred_at__gte=OuterRef("lead_started_at"),
        occurred_at__lte=at,
    )
    waiting = Clock.objects.ticking().filter(kind=ClockKind.FIRST_CONTACT)
    return waiting.filter(Exists(contacts)).values_list("journey", flat=True)


def _mend_contacted(journey: Journey, at: datetime) -> bool:
    clock = lock_ticking(journey_id=journey.pk)
    contact = first_contact(clock, at) if clock else None
    if clock is None or contact is None or clock.kind != ClockKind.FIRST_CONTACT:
        return False
    follow_contact(lead=journey.lead, activity=contact, at=at)
    return True


def _find_handed_over(at: datetime) -> JourneyIds:
    return Clock.objects.ticking().filter(IN_FORCE).exclude(SAME_OWNER).values_list("journey", flat=True)


def _mend_handed_over(journey: Journey, at: datetime) -> bool:
    clock = lock_ticking(journey_id=journey.pk)
    if clock is None or clock.owner_id == journey.lead.owner_id:
        return False
    given = journey.assignments.filter(ended_at=None, user=journey.lead.owner_id).first()
    since = max(given.assigned_at, clock.started_at) if given else at
    replace_on_reassignment(clock=clock, lead=journey.lead, owner=journey.lead.owner, at=since)
    return True


def _find_standing(at: datetime) -> JourneyIds:
    wrong = (IS_LATER & ~IS_PAUSED) | (IS_PAUSED & ~IS_LATER)
    return Clock.objects.ticking().filter(IN_FORCE & wrong).values_list("journey", flat=True)


def _mend_standing(journey: Journey, at: datetime) -> bool:
    clock = lock_ticking(journey_id=journey.pk)
    is_later = journey.status == Status.POSTPONED
    if clock is None or is_later == (clock.state == ClockState.PAUSED):
        return False
    move = Move.POSTPONE if is_later else Move.RESUME
    change = journey.changes.filter(move=move, at__gte=clock.started_at).order_by("-at", "-pk").first()
    follow_move(journey=journey, move=move, at=change.at if change else at, actor=None)
    return True


CASES: tuple[Case, ...] = (
    Case("ended", _find_left, _mend_left),
    Case("started", _find_missing, _mend_missing),
    Case("contacted", _find_contacted, _mend_contacted),
    Case("replaced", _find_handed_over, _mend_handed_over),
    Case("paused or resumed", _find_standing, _mend_standing),
)
"""In this order: what has left its stage makes room for the clock of the next one."""
