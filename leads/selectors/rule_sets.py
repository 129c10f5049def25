"""Rule sets as the pure rules want them, the live one cached by its id.

A published rule set never changes, so its compiled form may live as long as the process; which
one is live is read from the database every time.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from django.db import connection

from ..enums import RuleKind, RuleSetStatus
from ..models import Rule, RuleGroup, RuleSet, Threshold
from ..rules import scoring as rules
from ..rules.conditions import Condition, Facts, all_hold, read_conditions

LIVE = "SELECT id, published_at, NULL FROM leads_ruleset WHERE status = %s"
LIVE_WITH_PERSONAS = """
SELECT id, published_at, (
    SELECT json_agg(json_build_array(persona.id, persona.criteria) ORDER BY position, name)::text
    FROM leads_persona AS persona WHERE is_active
) AS personas
FROM leads_ruleset WHERE status = %s
"""


@dataclass(frozen=True, slots=True)
class Live:
    """What scoring works with now: the live rules (None before the first publish), the personas."""

    rule_set: rules.RuleSet | None = None
    personas: tuple[tuple[int, tuple[Condition, ...]], ...] = ()

    def persona_id(self, facts: Facts) -> int | None:
        """The first active persona by position whose criteria hold; one without criteria never does."""
        return next((pk for pk, criteria in self.personas if criteria and all_hold(criteria, facts)), None)

    def reached(self, scores: rules.Scores) -> str:
        """The furthest stage these scores qualify for: "mql", "target" or "none"."""
        return rules.qualifies(self.rule_set.thresholds, scores.values) if self.rule_set else "none"


def live(*, personas: bool = False) -> Live:
    """The live rule set and, when asked for, the personas: one statement, once the rules are cached.

    Every scoring begins with it, so it is written out: the ORM takes longer to build the statement
    than PostgreSQL to answer it.
    """
    with connection.cursor() as cursor:
        cursor.execute(LIVE_WITH_PERSONAS if personas else LIVE, [RuleSetStatus.LIVE.value])
        row = cursor.fetchone()
    return live_of(*row) if row else Live()


def live_of(rule_set_id: int | None, published_at: datetime | None, personas: str | None) -> Live:
    """What a row of ``LIVE`` or ``LIVE_WITH_PERSONAS`` says; all None: no rules are live."""
    if rule_set_id is None:
        return Live()
    return Live(_published(rule_set_id, published_at), _personas(personas or "[]"))


def live_rule_set() -> rules.RuleSet | None:
    return live().rule_set


def compiled(rule_set_id: int) -> rules.RuleSet:
    """A rule set of any status, read now (drafts change); raises ``RuleSet.DoesNotExist``."""
    row = RuleSet.objects.get(pk=rule_set_id)
    by_group: dict[int, list[rules.Rule]] = {}
    for rule in Rule.objects.filter(group__rule_set_id=rule_set_id).order_by("position", "id"):
        by_group.setdefault(rule.group_id, []).append(_rule(rule))
    groups = RuleGroup.objects.filter(rule_set_id=rule_set_id).order_by("position", "id")
    return rules.RuleSet(
        id=row.pk,
        version=row.version,
        groups=tuple(_group(group, by_group.get(group.pk, ())) for group in groups),
        thresholds=tuple(
            rules.Threshold(t.stage, t.min_fit, t.min_interest, t.min_intent)
            for t in Threshold.objects.filter(rule_set_id=rule_set_id).order_by("id")
        ),
    )


@lru_cache(maxsize=64)
def thresholds_of(rule_set_id: int | None) -> tuple[rules.Threshold, ...]:
    """What a published rule set asked for each stage; nothing for a lead that was never scored."""
    return () if rule_set_id is None else compiled(rule_set_id).thresholds


@lru_cache(maxsize=16)
def _published(rule_set_id: int, published_at: datetime | None) -> rules.RuleSet:
    """``published_at`` is part of the key so that a rebuilt database is never served old rules."""
    return compiled(rule_set_id)


@lru_cache(maxsize=16)
def _personas(rows: str) -> tuple[tuple[int, tuple[Condition, ...]], ...]:
    return tuple((pk, read_conditions(criteria)) for pk, criteria in json.loads(rows))


def _group(group: RuleGroup, own: Iterable[rules.Rule]) -> rules.Group:
    return rules.Group(
        id=group.pk,
        name=group.name,
        dimension=group.dimension,
        cap=group.cap,
        decay_percent=group.decay_percent,
        decay_days=group.decay_days,
        rules=tuple(own),
    )


def _rule(rule: Rule) -> rules.Rule:
    on_field = rule.kind == RuleKind.FIELD
    return rules.Rule(
        id=rule.pk,
        name=rule.name,
        points=rule.points,
        condition=Condition(rule.field, rule.operator, rule.value) if on_field else None,
        kind="" if on_field else rule.activity_kind,
        asset="" if on_field else rule.asset,
        max_times=rule.max_times,
    )
