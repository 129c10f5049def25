"""Editing a draft of scoring rules piece by piece.

Every edit locks the draft, so it cannot be published meanwhile, and is told in the audit log. A
piece that was shown to the editor is given with the fingerprint of what was seen (``seen``): if
somebody else changed it since, ``StaleRules`` is raised and nothing is written.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max, ProtectedError
from django.utils.translation import gettext as _

from smarketing.accounts.enums import Role
from smarketing.accounts.models import User
from smarketing.accounts.services.audit import changing, record_deleted

from ..errors import InvalidValue, NotAllowed, StaleRules
from ..models import Rule, RuleGroup, RuleSet, Threshold
from ..rules import scoring as rules
from ..rules.conditions import check_condition
from ..rules.versions import Part, fingerprint
from ..selectors import rule_sets
from .drafts import lock_draft, rule_values

DRAFTERS = frozenset({Role.MARKETER, Role.MANAGER, Role.ADMIN})
MOST_RULES = 200
"""Rules in one set: every one is tried for every lead."""


def may_draft(actor: User | None) -> bool:
    """Whether somebody may prepare new rules; publishing them is another matter."""
    return actor is None or (actor.is_active and actor.role in DRAFTERS)


@transaction.atomic
def save_group(
    *,
    rule_set_id: int,
    group_id: int | None,
    values: Mapping[str, Any],
    seen: str,
    actor: User | None,
    at: datetime,
) -> RuleGroup:
    """Make a group (None) at the end of its dimension, or change one; ``values``: its fields."""
    with _editing(rule_set_id, actor, at) as (draft, content):
        if group_id is None:
            return RuleGroup.objects.create(rule_set=draft, position=_last(draft.groups) + 1, **values)
        _same(_group(content, group_id), seen)
        RuleGroup.objects.filter(pk=group_id).update(**values)
    return RuleGroup.objects.get(pk=group_id)


@transaction.atomic
def save_rule(
    *,
    rule_set_id: int,
    group_id: int,
    rule: rules.Rule,
    seen: str,
    actor: User | None,
    at: datetime,
) -> Rule:
    """Make a rule (its id 0) at the end of a group, or change the one of that id.

    Raises ``InvalidValue`` for a condition that cannot be evaluated and for one rule too many.
    """
    with _editing(rule_set_id, actor, at, group_id) as (_draft, content):
        if rule.condition is not None:
            check_condition(rule.condition, where="rule")
        group = _group(content, group_id)
        if not rule.id:
            if sum(len(group.rules) for group in content.groups) >= MOST_RULES:
                raise InvalidValue(_("A set of rules holds %d at most.") % MOST_RULES, field="rule")
            row = RuleGroup.objects.get(pk=group.id)
            return Rule.objects.create(group=row, position=_last(row.rules) + 1, **rule_values(rule))
        _same(_rule(content, rule.id), seen)
        Rule.objects.filter(pk=rule.id).update(**rule_values(rule))
    return Rule.objects.get(pk=rule.id)


@transaction.atomic
def save_thresholds(
    *,
    rule_set_id: int,
    thresholds: Sequence[rules.Threshold],
    seen: str,
    actor: User | None,
    at: datetime,
) -> None:
    """Replace what qualifies for target and MQL."""
    with _editing(rule_set_id, actor, at) as (draft, content):
        _same(content.thresholds, seen)
        draft.thresholds.all().delete()
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


@transaction.atomic
def set_note(*, rule_set_id: int, note: str, actor: User | None, at: datetime) -> None:
    with _editing(rule_set_id, actor, at):
        RuleSet.objects.filter(pk=rule_set_id).update(note=note)


@transaction.atomic
def remove_group(*, rule_set_id: int, group_id: int, seen: str, actor: User | None, at: datetime) -> None:
    """With its rules."""
    with _editing(rule_set_id, actor, at) as (_draft, content):
        _same(_group(content, group_id), seen)
        RuleGroup.objects.filter(pk=group_id).delete()


@transaction.atomic
def remove_rule(
    *, rule_set_id: int, group_id: int, rule_id: int, seen: str, actor: User | None, at: datetime
) -> None:
    with _editing(rule_set_id, actor, at, group_id) as (_draft, content):
        _same(_rule(content, rule_id), seen)
        Rule.objects.filter(pk=rule_id).delete()


@transaction.atomic
def move_group(*, rule_set_id: int, group_id: int, up: bool, actor: User | None, at: datetime) -> None:
    """One place up or down among the groups of its dimension; at the end it stays."""
    with _editing(rule_set_id, actor, at) as (draft, content):
        dimension = _group(content, group_id).dimension
        _swap(list(draft.groups.filter(dimension=dimension).order_by("position", "id")), group_id, up)


@transaction.atomic
def move_rule(
    *, rule_set_id: int, group_id: int, rule_id: int, up: bool, actor: User | None, at: datetime
) -> None:
    with _editing(rule_set_id, actor, at, group_id) as (_draft, content):
        _rule(content, rule_id)
        _swap(list(Rule.objects.filter(group_id=group_id).order_by("position", "id")), rule_id, up)


@transaction.atomic
def discard_draft(*, rule_set_id: int, actor: User | None, at: datetime) -> None:
    _check_drafter(actor)
    draft = lock_draft(rule_set_id=rule_set_id)
    record_deleted(draft, actor=actor, at=at)
    try:
        draft.delete()
    except ProtectedError:
        raise InvalidValue(
            _("An agreement names version %s. Choose another one there first.") % draft.version,
            field="rule_set",
        ) from None


@contextmanager
def _editing(
    rule_set_id: int, actor: User | None, at: datetime, group_id: int | None = None
) -> Iterator[tuple[RuleSet, rules.RuleSet]]:
    """The locked draft and its content; what is written inside is told of the group or of the set."""
    _check_drafter(actor)
    draft = lock_draft(rule_set_id=rule_set_id)
    content = rule_sets.compiled(rule_set_id)
    if group_id is not None:
        _group(content, group_id)
    told = draft if group_id is None else RuleGroup.objects.get(pk=group_id)
    with changing(told, actor=actor, at=at):
        yield draft, content


def _check_drafter(actor: User | None) -> None:
    if not may_draft(actor):
        raise NotAllowed(_("Only marketing, managers and administrators draft scoring rules."))


def _same(now: Part, seen: str) -> None:
    if fingerprint(now) != seen:
        raise StaleRules(_("Somebody changed this in the meantime."))


def _group(content: rules.RuleSet, group_id: int) -> rules.Group:
    """Raises ``StaleRules`` when it is gone."""
    found = next((group for group in content.groups if group.id == group_id), None)
    if found is None:
        raise StaleRules(_("Somebody removed this in the meantime."))
    return found


def _rule(content: rules.RuleSet, rule_id: int) -> rules.Rule:
    found = (rule for group in content.groups for rule in group.rules if rule.id == rule_id)
    rule = next(found, None)
    if rule is None:
        raise StaleRules(_("Somebody removed this in the meantime."))
    return rule


def _last(rows: Any) -> int:
    return rows.aggregate(last=Max("position"))["last"] or 0


def _swap(rows: list[Any], pk: int, up: bool) -> None:
    """Positions become 1, 2, 3…, because rows of the admin or of old versions may share one."""
    place = next(place for place, row in enumerate(rows) if row.pk == pk)
    other = place - 1 if up else place + 1
    if 0 <= other < len(rows):
        rows[place], rows[other] = rows[other], rows[place]
    for position, row in enumerate(rows, start=1):
        if row.position != position:
            row.position = position
            row.save(update_fields=["position"])
