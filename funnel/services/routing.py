"""Who gets a lead at hand-off; every decision is logged with everybody skipped and why."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import (
    BooleanField,
    Case,
    Count,
    Exists,
    F,
    FloatField,
    IntegerField,
    OuterRef,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from leads.models import Lead
from leads.services.leads import set_owner
from smarketing.accounts.models import Absence, User

from ..models import Assignment, Journey, RoutingMember, RoutingRule
from ..rules.routing import WORKERS, Candidate, Choice, choose
from ..signals import lead_assigned

CAPACITY_WINDOW = timedelta(days=30)
NAMED: Mapping[str, object] = {"rule": None, "why": "named", "level": None, "skipped": []}
NO_RULE: Mapping[str, object] = {"rule": None, "why": "no_rule", "level": None, "skipped": []}


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
        return give(journey=journey, user=journey.lead.owner, rule=None, at=at, actor=actor, decision=own)
    rule = lock_pool(lead=journey.lead, role=role)
    user, decision = (None, dict(NO_RULE)) if rule is None else _take(rule=rule, at=at)
    return give(journey=journey, user=user, rule=rule, at=at, actor=actor, decision=decision)


@transaction.atomic(savepoint=False)
def assign_if_possible(*, journey: Journey, role: str, at: datetime, actor: User | None) -> bool:
    """Like ``assign``, but leaves no trace when still nobody is eligible."""
    rule = lock_pool(lead=journey.lead, role=role)
    if rule is None:
        return False
    user, decision = _take(rule=rule, at=at)
    if user is None:
        return False
    give(journey=journey, user=user, rule=rule, at=at, actor=actor, decision=decision)
    return True


def give(
    *,
    journey: Journey,
    user: User | None,
    rule: RoutingRule | None,
    at: datetime,
    actor: User | None,
    decision: Mapping[str, object],
) -> Assignment:
    """Write down that ``user`` (None: nobody) owns the journey from ``at`` on, and tell so."""
    previous = journey.lead.owner_id
    if previous is not None or journey.unassigned_since is not None:
        end_assignment(journey=journey, at=at)
    assignment = Assignment.objects.create(
        journey=journey,
        lead=journey.lead,
        user=user,
        rule=rule,
        actor=actor,
        assigned_at=at,
        decision=dict(decision),
    )
    if previous != (user.pk if user else None):
        _hand_over(journey.lead, user)
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
        _hand_over(journey.lead, None)


def _hand_over(lead: Lead, owner: User | None) -> None:
    set_owner(lead_id=lead.pk, owner=owner)
    lead.owner = owner


def _mark_unassigned(journey: Journey, *, since: datetime | None) -> None:
    if since is not None and journey.unassigned_since is not None:
        return  # waiting already; the first moment counts
    if journey.unassigned_since != since:
        journey.unassigned_since = since
        journey.save(update_fields=["unassigned_since"])


def _take(*, rule: RoutingRule, at: datetime) -> tuple[User | None, dict[str, object]]:
    """Who is next in a locked pool, counted for them; and why it is them (or nobody)."""
    members = pool_members(rule=rule, at=at)
    choice = choose([candidate_of(member) for member in members], target=rule.role)
    chosen = choice.chosen
    if chosen is not None:
        _count(chosen, choice)
    decision: dict[str, object] = {
        "rule": rule.name,
        "why": "lowest_level" if chosen else "nobody_eligible",
        "level": chosen.level if chosen else None,
        "skipped": [{"user": c.user_id, "why": why} for c, why in choice.skipped],
    }
    users = {member.user_id: member.user for member in members}
    return (users[chosen.user_id] if chosen else None), decision


def lock_pool(*, lead: Lead, role: str) -> RoutingRule | None:
    """First active rule that covers the lead's territory and company size, its row locked.

    The members are read by a later statement: one that joined them here would, after waiting for
    the lock, still see the counts from before the wait.
    """
    company = lead.company
    country = lead.country or (company.country if company else "")
    rules = RoutingRule.objects.covering(
        role=role, country=country, employees=company.employees if company else None
    )
    return rules.select_for_update(no_key=True).first()


def pool_members(*, rule: RoutingRule, at: datetime) -> list[RoutingMember]:
    """Members with what decides about them: ``absent`` and ``given`` (0 where no capacity bounds it)."""
    absences = Absence.objects.filter(user=OuterRef("user"), starts_at__lte=at, ends_at__gt=at)
    received = (
        Assignment.objects.filter(user=OuterRef("user"), assigned_at__gt=at - CAPACITY_WINDOW)
        .order_by()
        .values("user")
        .annotate(n=Count("pk"))
        .values("n")
    )
    given = Case(
        When(capacity__isnull=False, then=Coalesce(Subquery(received), 0)),
        default=Value(0),
        output_field=IntegerField(),
    )
    members = RoutingMember.objects.filter(rule=rule).select_related("user").order_by("pk")
    return list(members.annotate(absent=Exists(absences), given=given))


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


def _count(chosen: Candidate, choice: Choice) -> None:
    """Count the lead for the chosen one, and lift whoever was skipped to the pool's level.

    Without the lift, somebody back from leave would get every lead until they had caught up.
    """
    RoutingMember.objects.filter(pk=chosen.member_id).update(assigned=F("assigned") + 1)
    behind = [c.member_id for c, _why in choice.skipped if c.level < chosen.level]
    if behind:
        lifted = Value(chosen.level, FloatField()) * F("weight") - F("assigned")
        RoutingMember.objects.filter(pk__in=behind).update(calibration=lifted)
