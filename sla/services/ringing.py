"""What happens when a deadline passes: the miss is stamped, an undecided lead goes back to marketing."""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F

from funnel.enums import Move, Reason
from funnel.models import Journey
from funnel.services.moving import move_journey
from leads.models import Activity, Lead

from ..enums import ClockKind, ClockState
from ..models import Clock
from .following import follow_contact, is_in_force, replay_end
from .notices import tell_recycled

log = logging.getLogger(__name__)

BATCH = 500
"""Clocks taken at once: many to be quick, few to hold no lock for long."""

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
    due = Clock.objects.ring_due(at).filter(kind__in=DECISIONS).order_by("due_at", "pk")
    again = Clock.objects.retry_due(at).order_by("retry_at", "pk")
    for clocks in (contacted, due[: limit - done], again[:limit]):
        done += sum(_settle(clock, at) for clock in clocks)
    return done


@transaction.atomic
def _flip_first_contacts(at: datetime, limit: int) -> tuple[int, list[Clock]]:
    """(how many are missed now, those that turn out to have been contacted). Four statements a batch."""
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
    return len(missed), [clock for clock in clocks if clock.pk in contacts]


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


def _settle(clock: Clock, at: datetime) -> bool:
    """One clock in a transaction of its own; False when somebody else is at work on the lead."""
    try:
        return _settle_locked(clock, at)
    except (OperationalError, InterfaceError):
        raise  # the database is away or chose us in a deadlock: no clock's fault
    except Exception as error:
        log.exception("Clock %s could not ring", clock.pk)
        _push_on(clock.pk, error, at)
        return True


@transaction.atomic
def _settle_locked(found: Clock, at: datetime) -> bool:
    # Never waiting for the lead: whoever holds it may be deciding right now.
    lead = Lead.objects.select_for_update(skip_locked=True, no_key=True).filter(pk=found.lead_id).first()
    if lead is None:
        return False
    journey = Journey.objects.select_for_update(no_key=True).get(pk=found.journey_id)
    clock = Clock.objects.select_for_update(no_key=True).get(pk=found.pk)
    if not clock.is_ticking or clock.state == ClockState.PAUSED or clock.due_at > at:
        return True
    if not is_in_force(clock, journey):
        replay_end(clock=clock, journey=journey, at=at)
    elif clock.kind in DECISIONS:
        _recycle(clock, journey, at)
    else:
        contact = earliest_contacts([clock], at).get(clock.pk)
        if contact is not None:
            follow_contact(lead=lead, activity=contact, at=at)
    return True


def _recycle(clock: Clock, journey: Journey, at: datetime) -> None:
    """The move's own event ends the clock as missed."""
    closed = move_journey(
        journey_id=journey.pk,
        move=Move.RECYCLE,
        actor=None,
        at=at,
        reason=Reason.NOT_DECIDED,
        expected_version=journey.version,
    )
    tell_recycled(journey=closed, owner_id=clock.owner_id, at=at)


@transaction.atomic
def _push_on(clock_id: int, error: Exception, at: datetime) -> None:
    clock = Clock.objects.select_for_update(no_key=True).get(pk=clock_id)
    if not clock.is_ticking or clock.state == ClockState.PAUSED:
        return
    clock.state, clock.breached_at = ClockState.BREACHED, clock.breached_at or clock.due_at
    clock.failures = min(clock.failures + 1, 30000)
    clock.error = f"{type(error).__name__}: {error}"[:1000]
    clock.retry_at = at + min(LONGEST_RETRY, FIRST_RETRY * 2 ** min(clock.failures - 1, 10))
    clock.save(update_fields=["state", "breached_at", "failures", "error", "retry_at"])
