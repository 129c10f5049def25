"""Who is in a pool. Newcomers start at the pool's level, so that they are not flooded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from smarketing.accounts.enums import Role
from smarketing.accounts.models import User
from smarketing.accounts.selectors import subordinate_ids
from smarketing.accounts.services.audit import changing, record_created, refuse_overtaken

from ..errors import InvalidMove, NotAllowed
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


@dataclass(frozen=True)
class MemberValues:
    user_id: int
    weight: int = 1
    capacity: int | None = None
    is_active: bool = True


@transaction.atomic
def save_rule(
    *,
    rule: RoutingRule | None,
    values: Mapping[str, Any],
    members: Sequence[MemberValues],
    actor: User | None,
    at: datetime,
    seen: int | None = None,
) -> RoutingRule:
    """Make a rule with its pool (None) or change one; whoever is not among ``members`` leaves the pool.
    ``seen``: number of the newest change that was shown. Raises Overtaken.

    Newcomers and changed weights start at the pool's level. A pool of everybody is filled at once.
    """
    if rule is None:
        rule = RoutingRule.objects.create(**values)
        _set_members(rule, members)
        fill_pools()
        record_created(rule, actor=actor, at=at)
        return rule
    rule = RoutingRule.objects.select_for_update(no_key=True).get(pk=rule.pk)
    refuse_overtaken(rule, seen=seen)
    with changing(rule, actor=actor, at=at):
        for name, value in values.items():
            setattr(rule, name, value)
        rule.save(update_fields=list(values))
        _set_members(rule, members)
        fill_pools()
    return rule


@transaction.atomic
def set_member(
    *, member_id: int, weight: int, capacity: int | None, is_active: bool, actor: User, at: datetime
) -> RoutingMember:
    """Change somebody's part in a pool; a new weight begins at the pool's level.

    Administrators anybody's, managers that of their people. Raises ``RoutingMember.DoesNotExist``
    (also for somebody who is not theirs), ``NotAllowed`` and ``InvalidMove``.
    """
    if actor.role not in (Role.MANAGER, Role.ADMIN):
        raise NotAllowed(_("Only managers change who gets how many leads."))
    member = RoutingMember.objects.get(pk=member_id)
    if actor.role == Role.MANAGER and member.user_id not in subordinate_ids(actor) | {actor.pk}:
        raise RoutingMember.DoesNotExist
    if weight < 1:
        raise InvalidMove(_("The weight is a whole number from 1."), field="weight")
    rule = RoutingRule.objects.select_for_update(no_key=True).get(pk=member.rule_id)
    with changing(rule, actor=actor, at=at):
        RoutingMember.objects.filter(pk=member_id).update(
            weight=weight, capacity=capacity, is_active=is_active
        )
        if weight != member.weight:
            calibrate(member_id=member_id)
    member.refresh_from_db()
    return member


def _set_members(rule: RoutingRule, members: Sequence[MemberValues]) -> None:
    known = {member.user_id: member for member in RoutingMember.objects.filter(rule=rule)}
    rule.members.exclude(user__in=[values.user_id for values in members]).delete()
    for values in members:
        member = known.get(values.user_id)
        if member is None:
            member = join_pool(
                rule_id=rule.pk, user_id=values.user_id, weight=values.weight, capacity=values.capacity
            )
        has_new_weight = member.weight != values.weight
        RoutingMember.objects.filter(pk=member.pk).update(
            weight=values.weight, capacity=values.capacity, is_active=values.is_active
        )
        if has_new_weight:
            calibrate(member_id=member.pk)
