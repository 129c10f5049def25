"""Leads that wait for an owner: nobody was eligible, or their owner has left."""

from datetime import datetime

from django.db import transaction

from leads.models import Lead
from smarketing.accounts.models import User

from ..enums import OPEN, RANK, Stage
from ..models import Journey, RoutingRule
from ..rules.routing import WORKERS
from . import routing
from .locking import lock_journey


def target_at(stage: str) -> str:
    """Whose pool an open journey at this stage belongs to; "" while it is marketing's."""
    if RANK[stage] < RANK[Stage.MQL]:
        return ""
    return RoutingRule.Target.SDR if stage == Stage.MQL else RoutingRule.Target.AE


def assign_unassigned(*, at: datetime, limit: int = 500) -> int:
    """Try again for visibly unassigned leads, longest waiting first; how many found an owner.

    One transaction for each lead. A pool found empty is not asked again for like leads in this
    run, so a territory without anybody neither costs nor blocks the others.
    """
    waiting = Journey.objects.unassigned().filter(is_current=True).order_by("unassigned_since", "pk")
    rows = waiting.values_list(
        "pk", "stage", "lead__country", "lead__company__country", "lead__company__employees"
    )
    hopeless: set[tuple[object, ...]] = set()
    found = 0
    for pk, *alike in rows:
        if tuple(alike) in hopeless:
            continue
        if not _try_again(pk, at):
            hopeless.add(tuple(alike))
        elif (found := found + 1) >= limit:
            break
    return found


@transaction.atomic
def _try_again(journey_id: int, at: datetime) -> bool:
    journey = lock_journey(journey_id)
    if journey.status not in OPEN or journey.unassigned_since is None:
        return True  # somebody was faster
    return routing.assign_if_possible(journey=journey, role=target_at(journey.stage), at=at, actor=None)


@transaction.atomic
def release_leads(
    *, user_id: int, at: datetime, actor: User | None = None, successor: User | None = None
) -> int:
    """Route anew every open lead of somebody who has left; how many there were.

    A ``successor`` gets those that they may work; the others go to the pools.
    Who has left is skipped by every pool. Where nobody is eligible the lead is visibly unassigned
    and a manager is told. What they closed or won keeps their name. Before MQL nobody needs to
    own a lead, so it just loses its owner.
    """
    mine = Journey.objects.open().filter(is_current=True, lead__owner_id=user_id, lead__merged_into=None)
    # All leads before the first pool: one held while waiting for the next lead would be a circle
    # with somebody who moves that lead and waits for the pool.
    list(Lead.objects.select_for_update(no_key=True).filter(journeys__in=mine).order_by("pk").values("pk"))
    released = 0
    for journey_id in mine.order_by("lead_id").values_list("pk", flat=True):
        journey = lock_journey(journey_id)
        if journey.lead.owner_id != user_id or journey.status not in OPEN or not journey.is_current:
            continue
        released += 1
        target = target_at(journey.stage)
        if target and successor is not None and successor.is_active and successor.role in WORKERS[target]:
            decision = {**routing.NAMED, "why": "reassigned"}
            routing.give(journey=journey, user=successor, at=at, actor=actor, decision=decision)
        elif target:
            routing.assign(journey=journey, role=target, at=at, actor=actor)
        else:
            routing.release(journey=journey, at=at)
    return released


def release_all_left(*, at: datetime) -> int:
    """The same for everybody inactive, however they became so (an admin may just untick a box)."""
    owners = (
        Journey.objects.open()
        .filter(is_current=True, lead__owner__is_active=False, lead__merged_into=None)
        .order_by("lead__owner")
        .values_list("lead__owner", flat=True)
        .distinct()
    )
    return sum(release_leads(user_id=owner, at=at) for owner in owners)
