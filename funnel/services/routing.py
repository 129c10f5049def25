"""Who gets a lead at hand-off; every decision is logged with everybody skipped and why."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, transaction
from django.db.models import BooleanField, F, FloatField, IntegerField, Value

from leads.selectors.prepared import write
from leads.services.leads import set_owner
from leads.services.statements import columns_of, fresh, places_of, relate, row_of
from smarketing.accounts.models import User

from ..models import Assignment, Journey, RoutingMember, RoutingRule
from ..rules.routing import WORKERS, Candidate, Choice, choose
from ..signals import lead_assigned
from .pool_rows import Pool, lock_pool

NAMED: Mapping[str, object] = {"rule": None, "why": "named", "level": None, "skipped": []}
NO_RULE: Mapping[str, object] = {"rule": None, "why": "no_rule", "level": None, "skipped": []}
RUNNING = ("ended_at",)
COUNTED = "WITH counted AS (UPDATE funnel_routingmember SET assigned = assigned + 1 WHERE id = %s) "


@dataclass(frozen=True, slots=True)
class Taken:
    """Who gets a lead (None: nobody) and why; the rest when a pool decided it."""

    user: User | None
    decision: Mapping[str, object]
    rule_id: int | None = None
    member_id: int | None = None
    assignment_id: int | None = None


@transaction.atomic(savepoint=False)
def assign(*, journey: Journey, role: str, at: datetime, actor: User | None) -> Assignment:
    """Give a locked journey to the next person of the first matching pool.

    ``role``: ``RoutingRule.Target`` value. The pool's row stays locked until the transaction ends,
    so parallel hand-offs take turns and stay fair. Side effects: ends the running assignment, sets
    the lead's owner and the journey's ``unassigned_since``, sends ``lead_assigned`` (``user`` None
    when nobody was eligible: the lead is visibly unassigned and a manager is told by the room above).
    A lead that somebody entered themselves and may work stays theirs: the pool is not asked.
    """
    if _is_own_find(journey, role):
        own = {**NAMED, "why": "own_find"}
        return give(journey=journey, user=journey.lead.owner, at=at, actor=actor, decision=own)
    return _give(journey, _take(lock_pool(journey=journey, role=role, at=at)), at, actor)


@transaction.atomic(savepoint=False)
def assign_if_possible(*, journey: Journey, role: str, at: datetime, actor: User | None) -> bool:
    """Like ``assign``, but leaves no trace when still nobody is eligible."""
    taken = _take(lock_pool(journey=journey, role=role, at=at))
    if taken.user is None:
        return False
    _give(journey, taken, at, actor)
    return True


def assign_anew(
    *, journey: Journey, role: str, at: datetime, actor: User | None, said: Mapping[str, object]
) -> Assignment:
    """Like ``assign`` for a lead that somebody has: the pool gives it to anybody else. ``said`` is kept
    with the decision. Nobody else eligible: visibly unassigned."""
    pool = lock_pool(journey=journey, role=role, at=at)
    taken = _take(pool, besides=journey.lead.owner_id)
    decision = {**taken.decision, **said}
    return _give(journey, replace(taken, decision=decision), at, actor)


def give(
    *,
    journey: Journey,
    user: User | None,
    at: datetime,
    actor: User | None,
    decision: Mapping[str, object],
) -> Assignment:
    """Write down that ``user`` (None: nobody) owns the journey from ``at`` on, and tell so."""
    return _give(journey, Taken(user, decision), at, actor)


def _give(journey: Journey, taken: Taken, at: datetime, actor: User | None) -> Assignment:
    user, previous = taken.user, journey.lead.owner_id
    if previous is not None or journey.unassigned_since is not None:
        end_assignment(journey=journey, at=at)
    assignment = fresh(
        Assignment,
        id=taken.assignment_id,
        lead_id=journey.lead_id,
        rule_id=taken.rule_id,
        actor_id=actor and actor.pk,
        assigned_at=at,
        decision=dict(taken.decision),
    )
    relate(assignment, journey=journey, user=user)
    _write(assignment, taken.member_id)
    if previous != (user.pk if user else None):
        set_owner(lead=journey.lead, owner=user)
    _mark_unassigned(journey, since=at if user is None else None)
    lead_assigned.send(
        sender=Journey, journey=journey, assignment=assignment, previous_owner_id=previous, at=at, actor=actor
    )
    return assignment


def _is_own_find(journey: Journey, role: str) -> bool:
    """Owned before any hand-off, by somebody active who may work it."""
    owner = journey.lead.owner
    if owner is None or role != RoutingRule.Target.SDR:
        return False
    was_given = journey.assignments.exists()
    return not was_given and owner.is_active and owner.role in WORKERS[role]


def end_assignment(*, journey: Journey, at: datetime) -> None:
    journey.assignments.filter(ended_at=None).update(ended_at=at)


def release(*, journey: Journey, at: datetime) -> None:
    """Nobody owns the lead any more, and nobody has to: it is marketing's again."""
    end_assignment(journey=journey, at=at)
    if journey.lead.owner_id is not None:
        set_owner(lead=journey.lead, owner=None)


def _mark_unassigned(journey: Journey, *, since: datetime | None) -> None:
    if since is not None and journey.unassigned_since is not None:
        return  # waiting already; the first moment counts
    if journey.unassigned_since != since:
        journey.unassigned_since = since
        if not journey._state.adding:  # else it is written so in the first place
            journey.save(update_fields=["unassigned_since"])


def _take(pool: Pool, *, besides: int | None = None) -> Taken:
    """Who is next in a locked pool, and why it is them (or nobody); ``besides``: not this person."""
    if pool.rule_id is None:
        return Taken(None, dict(NO_RULE), assignment_id=pool.assignment_id)
    choice = choose([c for c in pool.members if c.user_id != besides], target=pool.role)
    chosen = choice.chosen
    decision: dict[str, object] = {
        "rule": pool.name,
        "why": "lowest_level" if chosen else "nobody_eligible",
        "level": chosen.level if chosen else None,
        "skipped": [{"user": c.user_id, "why": why} for c, why in choice.skipped],
    }
    if chosen is None:
        return Taken(None, decision, pool.rule_id, assignment_id=pool.assignment_id)
    _lift(chosen, choice)
    # What else is to be known of the person is read by who asks for it.
    known = {"id": chosen.user_id, "role": chosen.role, "is_active": chosen.user_active}
    user = User.from_db(connection.alias, list(known), list(known.values()))
    return Taken(user, decision, pool.rule_id, chosen.member_id, pool.assignment_id)


def pool_members_now(*, rule: RoutingRule) -> list[RoutingMember]:
    """Members for comparing levels: nobody is asked whether they are absent or full."""
    members = RoutingMember.objects.filter(rule=rule).select_related("user").order_by("pk")
    nobody = Value(False, BooleanField())
    return list(members.annotate(absent=nobody, given=Value(0, IntegerField())))


def candidate_of(member: RoutingMember) -> Candidate:
    return Candidate(
        member_id=member.pk,
        user_id=member.user_id,
        role=member.user.role,
        weight=member.weight,
        calibration=member.calibration,
        assigned=member.assigned,
        capacity=member.capacity,
        given=member.given,  # type: ignore[attr-defined]  # annotated by pool_members
        user_active=member.user.is_active,
        member_active=member.is_active,
        absent=member.absent,  # type: ignore[attr-defined]  # annotated by pool_members
    )


def _lift(chosen: Candidate, choice: Choice) -> None:
    """Lift whoever was skipped to the pool's level.

    Without it, somebody back from leave would get every lead until they had caught up.
    """
    behind = [c.member_id for c, _why in choice.skipped if c.level < chosen.level]
    if behind:
        lifted = Value(chosen.level, FloatField()) * F("weight") - F("assigned")
        RoutingMember.objects.filter(pk__in=behind).update(calibration=lifted)


def _write(assignment: Assignment, member_id: int | None) -> None:
    """Store the assignment and, when a pool gave it, count it for its member: one statement."""
    if assignment.pk is None:
        assignment.save(force_insert=True)
        return
    counted: list[Any] = [] if member_id is None else [member_id]
    write(_statement(member_id is not None), counted + row_of(assignment, key=True, but=RUNNING))
    assignment._state.adding, assignment._state.db = False, DEFAULT_DB_ALIAS


@cache
def _statement(is_counted: bool) -> str:
    columns = ", ".join(columns_of(Assignment, key=True, but=RUNNING))
    insert = (
        f"INSERT INTO funnel_assignment ({columns}) VALUES ({places_of(Assignment, key=True, but=RUNNING)})"
    )
    return COUNTED + insert if is_counted else insert
