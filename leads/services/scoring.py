"""Scores of one lead: recomputed from its events, never counted up."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from smarketing.accounts.models import User

from ..enums import ScoreCause
from ..models import Lead, ScoreChange
from ..rules import scoring as rules
from ..selectors import rule_sets
from ..selectors.scores import events_of, facts_of
from ..signals import lead_scored

FACTS_CHANGED = frozenset({ScoreCause.CREATED, ScoreCause.EDITED, ScoreCause.MERGED})
"""Causes after which the buyer persona is looked for again."""


@transaction.atomic(savepoint=False)
def score_lead(
    *,
    lead: Lead,
    at: datetime,
    cause: ScoreCause,
    actor: User | None = None,
    created: bool = False,
    events: Iterable[rules.Event] | None = None,
    columns: Mapping[str, Any] | None = None,
) -> rules.Scores:
    """Recompute a lead's scores by the live rules and tell the rooms above (``lead_scored``).

    The caller has locked the lead's row, or inserted it, in this transaction, and its company is
    loaded. ``events`` are all events of the lead when the caller knows them (else they are read);
    ``columns`` are further columns of the lead to write in the same statement. Writes one UPDATE
    of the lead, and a ``ScoreChange`` only when a score changed. Before any rule set is live the
    scores stay as they are.
    """
    live = rule_sets.live(personas=cause in FACTS_CHANGED)
    rule_set = live.rule_set
    changes = dict(columns or {})
    for name, value in changes.items():
        setattr(lead, name, value)
    scores, reached = rules.Scores(), "none"
    if rule_set is not None:
        if events is None:
            events = events_of([lead.pk], rule_set.kinds).get(lead.pk, [])
        facts = facts_of(lead)
        scores = rules.score(rule_set, facts, events, at)
        reached = rules.qualifies(rule_set.thresholds, scores.values)
        if cause in FACTS_CHANGED:
            changes["persona_id"] = live.persona_id(facts)
        changes.update(score_columns(scores, at))
        change = score_change(lead, scores, at, cause)
        if change is not None:
            change.save(force_insert=True)
    if changes:
        for name, value in changes.items():
            setattr(lead, name, value)
        Lead.objects.filter(pk=lead.pk).update(**changes)
    lead_scored.send(Lead, lead=lead, created=created, cause=cause, at=at, actor=actor, reached=reached)
    return scores


@transaction.atomic
def rescore_lead(*, lead_id: int, at: datetime, cause: ScoreCause, actor: User | None = None) -> rules.Scores:
    """Lock a lead and recompute its scores; for callers that do not hold it yet."""
    lead = Lead.objects.select_for_update(of=("self",)).select_related("company").get(pk=lead_id)
    return score_lead(lead=lead, at=at, cause=cause, actor=actor)


def score_columns(scores: rules.Scores, at: datetime) -> dict[str, Any]:
    return {
        "fit": scores.fit,
        "interest": scores.interest,
        "intent": scores.intent,
        "grade": scores.grade,
        "rule_set_id": scores.rule_set_id,
        "scored_at": at,
        "score_due_at": scores.next_change_at,
        "score_error": "",
    }


def score_change(lead: Lead, scores: rules.Scores, at: datetime, cause: ScoreCause) -> ScoreChange | None:
    """The unsaved ledger row for what changes from the lead's present scores, if anything does."""
    if scores.rule_set_id is None or (lead.fit, lead.interest, lead.intent) == scores.values:
        return None
    return ScoreChange(
        lead_id=lead.pk,
        at=at,
        cause=cause,
        rule_set_id=scores.rule_set_id,
        fit=scores.fit,
        interest=scores.interest,
        intent=scores.intent,
        fit_before=lead.fit,
        interest_before=lead.interest,
        intent_before=lead.intent,
    )
