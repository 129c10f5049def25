"""Leads enter the funnel and their scores carry them up to MQL, the hand-off to sales."""

from datetime import datetime

from django.db import transaction

from leads.models import Lead
from smarketing.accounts.models import User

from ..enums import RANK, Move, Stage, Status
from ..models import Journey, RoutingRule
from ..rules.advancing import furthest_stage, has_engaged
from ..signals import journey_moved
from .locking import lock_current
from .routing import assign, release
from .walking import Walk


def follow_score(*, lead: Lead, created: bool, reached: str, at: datetime, actor: User | None) -> None:
    """Bring the journey of a just scored, locked lead up to its scores.

    ``reached``: furthest agreement met ("none", "target", "mql"). A merged duplicate is nobody's
    lead any more; its survivor is scored on its own.
    """
    if lead.merged_into_id is not None:
        return
    if created:
        enter(lead=lead, at=at, actor=actor, reached=reached)
    else:
        advance(lead=lead, at=at, actor=actor, reached=reached)


@transaction.atomic(savepoint=False)
def enter(*, lead: Lead, at: datetime, actor: User | None, reached: str = "none", number: int = 1) -> Journey:
    """Open the ``number``-th journey of a lead that has no current one, as far as its scores carry it.

    One statement, and those of ``assign`` when it is an MQL at once.
    """
    walk = Walk.enter(lead=lead, number=number, at=at, actor=actor)
    _advance(walk, reached)
    return _finish(walk)


@transaction.atomic(savepoint=False)
def advance(*, lead: Lead, at: datetime, actor: User | None, reached: str) -> Journey:
    """Move the current journey of a locked lead forward to what its scores have earned.

    Nothing goes back. From MQL on people decide. A postponed journey keeps its date, a
    disqualified one and a customer stay what they are: new interest shows on all of them
    (``selectors.journeys.showing_interest``) and somebody decides. A lost lead that shows new
    interest starts its next journey under marketing by itself.
    """
    journey = lock_current(lead)
    if journey is None:
        return enter(lead=lead, at=at, actor=actor, reached=reached, number=lead.journeys.count() + 1)
    if journey.status == Status.LOST and _came_back(lead, since=journey.closed_at):
        return start_over(journey=journey, at=at, actor=actor, reached=reached)
    if journey.status == Status.ACTIVE and RANK[journey.stage] < RANK[Stage.MQL]:
        walk = Walk(journey=journey, lead=lead, at=at, actor=actor)
        _advance(walk, reached)
        if walk.changes:
            return _finish(walk)
    return journey


def start_over(
    *, journey: Journey, at: datetime, actor: User | None, reached: str = "none", note: str = ""
) -> Journey:
    """Open the next journey of a locked, closed one, under marketing: nobody owns the lead.

    What the lead did between the closing and now counts for the new journey: it brought it back.
    """
    lead = journey.lead
    came_back = _came_back(lead, since=journey.closed_at)
    closing = Walk(journey=journey, lead=lead, at=at, actor=actor)
    closing.retire()
    closing.write()
    release(journey=journey, at=at)
    walk = Walk.enter(lead=lead, number=journey.number + 1, at=at, actor=actor, note=note)
    _advance(walk, reached, came_back=came_back)
    return _finish(walk)


def _came_back(lead: Lead, *, since: datetime | None) -> bool:
    return since is not None and lead.last_meaningful_at is not None and lead.last_meaningful_at > since


def _advance(walk: Walk, reached: str, *, came_back: bool = False) -> None:
    journey, lead = walk.journey, walk.lead
    engaged = came_back or has_engaged(
        number=journey.number,
        entered_at=journey.entered_at,
        first_meaningful=lead.engaged_at,
        last_meaningful=lead.last_meaningful_at,
    )
    goal = furthest_stage(stage=journey.stage, engaged=engaged, reached=reached)
    walk.advance_to(goal, move=Move.ADVANCE)


def _finish(walk: Walk) -> Journey:
    """Store the walk, tell of it, and hand an MQL to an SDR."""
    journey, last = walk.journey, walk.changes[-1]
    walk.write()
    journey_moved.send(
        sender=Journey,
        journey=journey,
        changes=walk.changes,
        move=Move(last.move),
        at=walk.at,
        actor=walk.actor,
    )
    if last.to_stage == Stage.MQL:
        assign(journey=journey, role=RoutingRule.Target.SDR, at=walk.at, actor=walk.actor)
    return journey
