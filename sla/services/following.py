"""What the events of the rooms below mean for clocks.

A promise of speed stands while a handed-off lead is undecided: at MQL first contact, then the
decision; at SQL the AE's decision. From the opportunity on nothing of it is left. So an open journey
at MQL or SQL has exactly one ticking clock, every other one has none. How they end:

========================  ===========================================================
contact                   ends FIRST_CONTACT: kept or kept late, by when it happened
moved on by a person      ends DECISION and AE_DECISION: kept or kept late. Converting, returning
                          to marketing and disqualifying are all the decision that was asked for
moved on without contact  FIRST_CONTACT: cancelled, or missed if it was due. A move is no contact
recycled by the system    missed: that is why
new owner                 cancelled or missed; a fresh one starts for the new owner
merged into another       cancelled or missed; goes on when that is undone (``reopening``)
postponed                 paused, until resumed
========================  ===========================================================
"""

from datetime import datetime

from django.db import transaction
from django.db.models import OuterRef, Subquery

from funnel.enums import Move, Stage, Status
from funnel.models import Assignment, Journey
from funnel.services.merging import MERGE_UNDONE
from leads.models import Activity, Lead, Merge
from smarketing.accounts.models import User

from ..enums import ClockKind, ClockState
from ..models import Clock
from .clocks import (
    cancel_clock,
    pause_clock,
    replace_on_reassignment,
    restart_clock,
    resume_clock,
    start_clock,
    stop_clock,
)
from .reopening import go_on_after_merge

HANDED_OFF = frozenset({Stage.MQL, Stage.SQL})
"""Stages at which a lead is sales' to decide about: exactly one clock ticks."""

CONTACTED = (ClockState.MET, ClockState.MET_LATE)

_ON_THE_WAY = frozenset({Move.ENTER, Move.ADVANCE, Move.HAND_OFF})
"""Moves before and at the hand-off. The assignment that follows starts the clock, so that intake
does not start one for nobody and replace it a moment later."""


def follow_move(*, journey: Journey, move: str, at: datetime, actor: User | None) -> None:
    """Pause, resume or end the journey's clock. ``actor`` None is the system."""
    if move not in _ON_THE_WAY:
        _follow_decision(journey, move, at, actor)


@transaction.atomic(savepoint=False)
def _follow_decision(journey: Journey, move: str, at: datetime, actor: User | None) -> None:
    clock = lock_ticking(journey_id=journey.pk)
    if clock is None:
        return
    if move == Move.POSTPONE:
        pause_clock(clock=clock, at=at, until=journey.resume_at or at)
    elif move == Move.RESUME:
        resume_clock(clock=clock, at=at)
    elif actor is None or clock.kind == ClockKind.FIRST_CONTACT:
        cancel_clock(clock=clock, at=at)
    else:
        stop_clock(clock=clock, at=at)


@transaction.atomic(savepoint=False)
def follow_assignment(
    *, journey: Journey, assignment: Assignment, previous_owner_id: int | None, at: datetime
) -> None:
    """Start the clock of the stage just reached, or a fresh one for a new owner."""
    if journey.stage not in HANDED_OFF or not journey.is_open:
        return
    # The automatic hand-off cannot have a clock yet; not looking saves intake a statement.
    is_first = assignment.actor_id is None and previous_owner_id is None and journey.mql_at == at
    clock = None if is_first else lock_ticking(journey_id=journey.pk)
    if clock is not None:
        clock.journey = journey
        replace_on_reassignment(clock=clock, lead=journey.lead, owner=assignment.user, at=at)
        return
    kind = ClockKind.FIRST_CONTACT if is_first else promise_of(journey)
    is_given_back = assignment.decision.get("why") == MERGE_UNDONE
    if is_given_back and go_on_after_merge(journey=journey, kind=kind, owner_id=assignment.user_id, at=at):
        return
    start_clock(
        journey=journey,
        lead=journey.lead,
        kind=kind,
        owner=assignment.user,
        at=at,
        is_paused=journey.status == Status.POSTPONED,
    )


@transaction.atomic(savepoint=False)
def follow_contact(*, lead: Lead, activity: Activity, at: datetime) -> None:
    """The first contact ends its clock and starts the decision's, from when it happened.

    Contacts before the lead was handed off, or dated in the future, do not count. One that is logged
    late but happened before the contact known so far takes its place: the earliest wins.
    """
    happened = activity.occurred_at
    clock = Clock.objects.select_for_update(no_key=True).ticking().filter(lead=lead).order_by("-pk").first()
    if clock is None or happened > at:
        return
    if clock.kind != ClockKind.FIRST_CONTACT:
        _replace_first_contact(clock, happened, at)
    elif happened >= clock.lead_started_at:
        was_paused = clock.state == ClockState.PAUSED
        stop_clock(clock=clock, at=at, happened_at=happened)
        start_clock(
            journey=clock.journey,
            lead=lead,
            kind=ClockKind.DECISION,
            owner=clock.owner,
            at=happened,
            is_paused=was_paused,
        )


@transaction.atomic(savepoint=False)
def follow_merge(*, merge: Merge, at: datetime) -> None:
    """Clocks go with their journeys, to the survivor or (undone) back to the duplicate.

    What a merge closes or reopens is told as a move and followed as one. A contact that comes with
    the other lead's history was made with the same person: it ends the clock that waits for one.
    """
    leads = [merge.survivor, merge.duplicate]
    keeper = Journey.objects.filter(pk=OuterRef("journey")).values("lead")
    Clock.objects.filter(lead__in=leads).update(lead=Subquery(keeper))
    for clock in Clock.objects.ticking().filter(lead__in=leads, kind=ClockKind.FIRST_CONTACT):
        contact = first_contact(clock, at)
        if contact is not None:
            lead = merge.survivor if clock.lead_id == merge.survivor_id else merge.duplicate
            follow_contact(lead=lead, activity=contact, at=at)


def first_contact(clock: Clock, at: datetime) -> Activity | None:
    """The contact that should have ended the clock: the first one since the hand-off."""
    since = {"occurred_at__gte": clock.lead_started_at, "occurred_at__lte": at}
    contacts = Activity.objects.filter(lead=clock.lead_id, is_contact=True, **since)
    return contacts.order_by("occurred_at", "pk").first()


def promise_of(journey: Journey) -> ClockKind:
    """Which promise a journey at MQL or SQL waits for: once contacted, the decision."""
    if journey.stage == Stage.SQL:
        return ClockKind.AE_DECISION
    return ClockKind.FIRST_CONTACT if contacted_clock(journey) is None else ClockKind.DECISION


def contacted_clock(journey: Journey) -> Clock | None:
    """The clock that the first contact ended."""
    kept = journey.clocks.filter(kind=ClockKind.FIRST_CONTACT, state__in=CONTACTED)
    return kept.order_by("-ended_at").first()


def is_in_force(clock: Clock, journey: Journey) -> bool:
    """Does the journey still stand where this clock's promise is asked for?"""
    stage = Stage.SQL if clock.kind == ClockKind.AE_DECISION else Stage.MQL
    return journey.is_current and journey.is_open and journey.stage == stage


@transaction.atomic(savepoint=False)
def replay_end(*, clock: Clock, journey: Journey, at: datetime) -> None:
    """End a clock whose journey has moved on, as the move would have done, at the time of the move."""
    passed = [*_ON_THE_WAY, Move.POSTPONE, Move.RESUME]
    change = (
        journey.changes.filter(at__gte=clock.started_at)
        .exclude(move__in=passed)
        .select_related("actor")
        .order_by("at", "pk")
        .first()
    )
    if change is None:  # merged away, or moved by hand in the database
        cancel_clock(clock=clock, at=at)
    else:
        follow_move(journey=journey, move=change.move, at=change.at, actor=change.actor)


def lock_ticking(*, journey_id: int) -> Clock | None:
    """The journey's ticking clock, locked and fresh."""
    return Clock.objects.select_for_update(no_key=True).ticking().filter(journey_id=journey_id).first()


def _replace_first_contact(ticking: Clock, happened: datetime, at: datetime) -> None:
    first = (
        Clock.objects.select_for_update(no_key=True)
        .filter(
            journey_id=ticking.journey_id,
            kind=ClockKind.FIRST_CONTACT,
            state__in=CONTACTED,
            lead_started_at__lte=happened,
            ended_at__gt=happened,
        )
        .order_by("-ended_at")
        .first()
    )
    if first is None:
        return
    stop_clock(clock=first, at=at, happened_at=happened)
    # A fresh clock of a later owner did not start with the contact.
    if ticking.kind == ClockKind.DECISION and ticking.started_at == ticking.lead_started_at:
        restart_clock(clock=ticking, at=happened)
