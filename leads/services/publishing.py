"""Publishing scoring rules in one step."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from smarketing.accounts.enums import Role
from smarketing.accounts.models import User
from smarketing.accounts.services.audit import changing

from ..enums import RuleSetStatus
from ..errors import NotAllowed
from ..models import Lead, Rescore, RuleSet
from ..selectors import rule_sets
from .drafts import check_rule_set, lock_draft

PUBLISHERS = frozenset({Role.MANAGER, Role.ADMIN})
"""Scoring is agreed between both teams: managers of either side and administrators publish it."""


def may_publish(actor: User | None) -> bool:
    """Whether somebody may change what a qualified lead is; None is the system itself."""
    return actor is None or (actor.is_active and actor.role in PUBLISHERS)


@transaction.atomic
def publish(*, rule_set_id: int, actor: User | None, at: datetime) -> Rescore:
    """Make a draft the live rules: the old set retires, everybody's re-score begins.

    Raises ``NotAllowed``, ``InvalidValue`` (not a draft, or rules that cannot work) and
    ``RuleSet.DoesNotExist``. A lead scored by the old rules in the same moment is caught by
    ``rescoring``, which looks for leads of retired sets.
    """
    if not may_publish(actor):
        raise NotAllowed(_("Only managers and administrators publish scoring rules."))
    lock_draft(rule_set_id=rule_set_id)
    check_rule_set(rule_sets.compiled(rule_set_id))
    with changing(RuleSet.objects.get(pk=rule_set_id), actor=actor, at=at):
        RuleSet.objects.filter(status=RuleSetStatus.LIVE).update(status=RuleSetStatus.RETIRED)
        RuleSet.objects.filter(pk=rule_set_id).update(
            status=RuleSetStatus.LIVE, published_at=at, published_by=actor
        )
    return start_rescore(rule_set_id=rule_set_id, at=at)


@transaction.atomic
def start_rescore(*, rule_set_id: int, at: datetime) -> Rescore:
    """Begin a re-score of every lead; one that still runs ends here, its work is done by the new one."""
    Rescore.objects.filter(finished_at=None).update(finished_at=at)
    return Rescore.objects.create(
        rule_set_id=rule_set_id, started_at=at, total=Lead.objects.current().count()
    )
