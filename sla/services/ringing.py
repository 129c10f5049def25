"""What happens when a deadline passes: the miss is stamped, an undecided lead goes back to marketing."""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F

from funnel.enums import Move, Reason
from funnel.models import Journey
from funnel.rules.moves import Details
from funnel.services.moving import move_locked
from leads.models import Activity

from ..enums import ClockKind, ClockState
from ..models import Clock, Notice
from ..models.clock import ClockQuerySet
from ..rules.recipients import People
from ..selectors.people import people
from .following import follow_contact, is_in_force, replay_end
from .mailing import write_notices
from .notices import recycled_notices

log = logging.getLogger(__name__)

BATCH = 500
"""Clocks taken at once: many to be quick, few to hold no lock for long."""

TOGETHER = 25
"""Decisions settled in one transaction: a commit and the list of people are shared, and whoever wants one
of these leads waits for a fraction of a second."""

FIRST_RETRY, LONGEST_RETRY = timedelta(minutes=1), timedelta(hours=1)

DECISIONS = (ClockKind.DECISION, ClockKind.AE_DECISION)


def ring(*, at: datetime, limit: int = BATCH) -> int:
    """Deal with up to ``limit`` clocks that are due at ``at``; 0 means that nothing is left to do now.

    First contact: missed, stamped with its own deadline; who hears of it is the reminders' matter.
    Decisions: missed, and the lead is recycled; its owner and marketing are told. What is known
    decides, under locks: a contact or a decision that came first, or whose event was lost, is
    followed instead. Rows that somebody holds are left for the next round. A clock whose
    consequence fails is missed all the same, shows the error and is tried again later, so that it
    holds up nobody. Safe to run any number of times at once.
    """
    done, contacted = _flip_first_contacts(at, limit)
    if contacted:
        _settle_all(Clock.objects.ring_due(at).filter(pk__in=contacted).order_by("pk"), at, limit)
    due = Clock.objects.ring_due(at).filter(kind__in=DECISIONS).order_by("due_at", "pk")
    again = Clock.objects.retry_due(at).order_by("retry_at", "pk")
    for clocks in (due, again):
        done += _settle_all(clocks, at, limit - done)
    return done + len(contacted)


@transaction.atomic
def _flip_first_contacts(at: datetime, limit: int) -> tuple[int, list[int]]:
    """(how many are missed now, ids of those that had been contacted). Four statements a batch."""
    clocks = list(
        Clock.objects.ring_due(at)
        .filter(kind=ClockKind.FIRST_CONTACT)
        .order_by("due_at", "pk")
        .select_for_update(skip_locked=True, no_key=True)[:limit]
    )
    if not clocks:
        return 0, []
    contacts = earliest_contacts(clocks, at)
    missed = [clock.pk for clock in clocks if clock.pk not in contacts]
    Clock.objects.filter(pk__in=missed).update(state=ClockState.BREACHED, breached_at=F("due_at"))
    return len(missed), sorted(contacts)


def earliest_contacts(clocks: Iterable[Clock], at: datetime) -> dict[int, Activity]:
    """The contact that should have ended each clock, by clock id: the first one since the hand-off."""
    by_lead: dict[int, Clock] = {clock.lead_id: clock for clock in clocks}
    if not by_lead:
        return {}
    found: dict[int, Activity] = {}
    for activity in Activity.objects.filter(
        lead__in=by_lead,
        is_contact=True,
        occurred_at__gte=min(clock.lead_started_at for clock in by_lead.values()),
        occurred_at__lte=at,
    ).order_by("occurred_at", "pk"):
        clock = by_lead[activity.lead_id]
        if activity.occurred_at >= clock.lead_started_at:
            found.setdefault(clock.pk, activity)
    return found


def _settle_all(clocks: ClockQuerySet, at: datetime, limit: int) -> int:
    """Settle up to ``limit`` of them; how many. Ends early when a turn brings nothing new."""
    met: set[int] = set()
    if limit <= 0 or not clocks.exists():
        return 0
    while len(met) < limit:
        settled = _settle_some(clocks, at, min(TOGETHER, limit - len(met)))
        if met.issuperset(settled):
            break
        met |= settled
    return len(met)


@transaction.atomic
def _settle_some(clocks: ClockQuerySet, at: datetime, limit: int) -> set[int]:
    """Ids of the clocks that were dealt with, in one transaction.

    Lead, journey and clock are taken in one statement and only if all are free: whoever holds the lead
    may be deciding right now, and never waiting we may hold many of them.
    """
    held = clocks.select_related("journey", "lead").select_for_update(
        skip_locked=True, no_key=True, of=("self", "journey", "lead")
    )
    taken = list(held[:limit])
    everybody = people() if taken else {}
    notices: list[Notice] = []
    for clock in taken:
        try:
            with transaction.atomic():
                notices += _settle(clock, at, everybody)
        except (OperationalError, InterfaceError):
            raise  # the database is away or chose us in a deadlock: no clock's fault
        except Exception as error:
            log.exception("Clock %s could not ring", clock.pk)
            _push_on(clock.pk, error, at)
    write_notices(notices, at=at)
    return {clock.pk for clock in taken}


def _settle(clock: Clock, at: datetime, everybody: People) -> list[Notice]:
    """What people are to be told of it."""
    lead, journey = clock.lead, clock.journey
    if journey.lead_id != lead.pk:
        return []  # a merge is moving them: seen again in the next round
    journey.lead = lead
    if not is_in_force(clock, journey):
        replay_end(clock=clock, journey=journey, at=at)
    elif clock.kind in DECISIONS:
        return _recycle(clock, journey, at, everybody)
    else:
        contact = earliest_contacts([clock], at).get(clock.pk)
        if contact is not None:
            follow_contact(lead=lead, activity=contact, at=at)
    return []


def _recycle(clock: Clock, journey: Journey, at: datetime, everybody: People) -> list[Notice]:
    """The move's own event ends the clock as missed."""
    closed = move_locked(
        journey=journey, move=Move.RECYCLE, actor=None, at=at, details=Details(reason=Reason.NOT_DECIDED)
    )
    return recycled_notices(journey=closed, owner_id=clock.owner_id, at=at, everybody=everybody)


def _push_on(clock_id: int, error: Exception, at: datetime) -> None:
    clock = Clock.objects.select_for_update(no_key=True).get(pk=clock_id)
    if not clock.is_ticking or clock.state == ClockState.PAUSED:
        return
    clock.state, clock.breached_at = ClockState.BREACHED, clock.breached_at or clock.due_at
    clock.failures = min(clock.failures + 1, 30000)
    clock.error = f"{type(error).__name__}: {error}"[:1000]
    clock.retry_at = at + min(LONGEST_RETRY, FIRST_RETRY * 2 ** min(clock.failures - 1, 10))
    clock.save(update_fields=["state", "breached_at", "failures", "error", "retry_at"])
