"""Who is in a pool. Newcomers start at the pool's level, so that they are not flooded."""

from django.db import transaction

from smarketing.accounts.models import User

from ..models import RoutingMember, RoutingRule
from ..rules.routing import newcomer_calibration
from .routing import candidate_of, pool_members_now


@transaction.atomic
def join_pool(*, rule_id: int, user_id: int, weight: int = 1, capacity: int | None = None) -> RoutingMember:
    """Add a person to a pool at the mean level of those who can be given leads; once only."""
    rule = RoutingRule.objects.select_for_update(no_key=True).get(pk=rule_id)
    known = RoutingMember.objects.filter(rule=rule, user_id=user_id).first()
    if known is not None:
        return known
    others = [candidate_of(m) for m in pool_members_now(rule=rule) if m.is_active and m.user.is_active]
    return RoutingMember.objects.create(
        rule=rule,
        user_id=user_id,
        weight=weight,
        capacity=capacity,
        calibration=newcomer_calibration(others, weight=weight),
    )


@transaction.atomic
def calibrate(*, member_id: int) -> None:
    """Put a member who was added by hand, or whose weight changed, at the level of the others."""
    member = RoutingMember.objects.select_related("rule").get(pk=member_id)
    rule = RoutingRule.objects.select_for_update(no_key=True).get(pk=member.rule_id)
    others = [
        candidate_of(m)
        for m in pool_members_now(rule=rule)
        if m.pk != member_id and m.is_active and m.user.is_active
    ]
    if others:
        level = newcomer_calibration(others, weight=member.weight)
        RoutingMember.objects.filter(pk=member_id).update(calibration=level - member.assigned)


@transaction.atomic
def fill_pools() -> int:
    """Let everybody active with its role join the pools that take everybody; how many joined."""
    joined = 0
    for rule in RoutingRule.objects.filter(takes_everybody=True, is_active=True):
        missing = User.objects.filter(is_active=True, role=rule.role).exclude(routing_memberships__rule=rule)
        for user_id in missing.order_by("pk").values_list("pk", flat=True):
            join_pool(rule_id=rule.pk, user_id=user_id)
            joined += 1
    return joined
