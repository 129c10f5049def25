"""Drafting scoring rules. Only a draft can be edited; what was published stays as it was."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from smarketing.accounts.models import User
from smarketing.accounts.services.audit import record_created

from ..enums import RuleKind, RuleSetStatus
from ..errors import InvalidValue
from ..models import Rule, RuleGroup, RuleSet, Threshold
from ..rules import scoring as rules
from ..rules.conditions import check_condition
from ..selectors import rule_sets

DRAFTING = 0x5C0E
"""Advisory lock that gives out version numbers one after the other."""


@transaction.atomic
def create_draft(
    *,
    actor: User | None,
    at: datetime,
    note: str = "",
    groups: Iterable[rules.Group] = (),
    thresholds: Iterable[rules.Threshold] = (),
) -> RuleSet:
    """A new draft with this content (ids in it are ignored); raises ``InvalidValue``."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [DRAFTING])
    last = RuleSet.objects.aggregate(last=Max("version"))["last"] or 0
    draft = RuleSet.objects.create(version=last + 1, note=note, created_at=at, created_by=actor)
    groups = tuple(groups)
    rows = RuleGroup.objects.bulk_create(
        _group_row(draft, group, place) for place, group in enumerate(groups, start=1)
    )
    Rule.objects.bulk_create(
        _rule_row(row, rule, place)
        for row, group in zip(rows, groups, strict=True)
        for place, rule in enumerate(group.rules, start=1)
    )
    Threshold.objects.bulk_create(
        Threshold(
            rule_set=draft,
            stage=t.stage,
            min_fit=t.min_fit,
            min_interest=t.min_interest,
            min_intent=t.min_intent,
        )
        for t in thresholds
    )
    record_created(draft, actor=actor, at=at)
    return draft


def draft_from_live(*, actor: User | None, at: datetime, note: str = "") -> RuleSet:
    """A draft that starts as a copy of the live rules (empty before the first publish)."""
    live = rule_sets.live_rule_set()
    if live is None:
        return create_draft(actor=actor, at=at, note=note)
    return create_draft(actor=actor, at=at, note=note, groups=live.groups, thresholds=live.thresholds)


def lock_draft(*, rule_set_id: int) -> RuleSet:
    """The draft, locked so that it cannot be published meanwhile; every edit begins here.

    Raises ``InvalidValue`` for a set that was published, and ``RuleSet.DoesNotExist``.
    """
    rule_set = RuleSet.objects.select_for_update().get(pk=rule_set_id)
    if rule_set.status != RuleSetStatus.DRAFT:
        raise InvalidValue(
            _("Version %s was published and never changes; start a new draft.") % rule_set.version,
            field="rule_set",
        )
    return rule_set


def check_rule_set(rule_set: rules.RuleSet) -> None:
    """Raise ``InvalidValue`` that names the first thing wrong with rules that are to go live."""
    if not any(threshold.stage == Threshold.Stage.MQL for threshold in rule_set.thresholds):
        raise InvalidValue(_("No threshold says what makes an MQL."), field="thresholds")
    for threshold in rule_set.thresholds:
        if max(threshold.min_fit, threshold.min_interest, threshold.min_intent) <= 0:
            raise InvalidValue(_("A threshold of zero would qualify everybody."), field="thresholds")
    for group in rule_set.groups:
        for rule in group.rules:
            if rule.condition is not None:
                check_condition(rule.condition, where=f"{group.name} / {rule.name}")


def _group_row(draft: RuleSet, group: rules.Group, position: int) -> RuleGroup:
    return RuleGroup(
        rule_set=draft,
        dimension=group.dimension,
        name=group.name,
        cap=group.cap,
        decay_percent=group.decay_percent,
        decay_days=group.decay_days,
        position=position,
    )


def _rule_row(group: RuleGroup, rule: rules.Rule, position: int) -> Rule:
    return Rule(group=group, position=position, **rule_values(rule))


def rule_values(rule: rules.Rule) -> dict[str, Any]:
    """The rule as the columns of its row."""
    condition = rule.condition
    return {
        "name": rule.name,
        "kind": RuleKind.ACTIVITY if condition is None else RuleKind.FIELD,
        "field": condition.field if condition else "",
        "operator": condition.operator if condition else "",
        "value": condition.value if condition else None,
        "activity_kind": rule.kind,
        "asset": rule.asset,
        "points": rule.points,
        "max_times": rule.max_times,
    }
