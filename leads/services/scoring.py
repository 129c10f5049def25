"""Scores of one lead: recomputed from its events, never counted up."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache, lru_cache
from typing import Any

from django.db import connection, transaction

from smarketing.accounts.models import User

from ..enums import ScoreCause
from ..models import Lead, ScoreChange
from ..rules import scoring as rules
from ..rules.conditions import Facts
from ..selectors import rule_sets
from ..selectors.scores import events_of, facts_of
from ..signals import lead_scored
from .statements import columns_of, fresh, row_of

FACTS_CHANGED = frozenset({ScoreCause.CREATED, ScoreCause.EDITED, ScoreCause.MERGED, ScoreCause.PUBLISHED})
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
    hand_off: bool = True,
) -> rules.Scores:
    """Recompute a lead's scores by the live rules and tell the rooms above (``lead_scored``).

    The caller has locked the lead's row, or inserted it, in this transaction, and its company is
    loaded. ``events`` are all events of the lead when the caller knows them (else they are read);
    ``columns`` are further columns of the lead (``company_id``, not ``company``) to write in the
    same statement; without ``hand_off`` the rooms above are told of "target" at most, so that what
    the lead does next hands it to sales, not this. One statement writes the lead, and a
    ``ScoreChange`` when a score changed.
    Before any rule set is live the scores stay as they are.
    """
    live = rule_sets.live(personas=cause in FACTS_CHANGED)
    for name, value in (columns or {}).items():
        setattr(lead, name, value)
    if events is None and live.rule_set is not None:
        events = events_of([lead.pk], live.rule_set.kinds).get(lead.pk, [])
    scores, changes = compute(lead=lead, live=live, events=events or (), at=at, cause=cause)
    store(lead=lead, scores=scores, changes={**(columns or {}), **changes}, at=at, cause=cause)
    reached = live.reached(scores)
    if reached == "mql" and not hand_off:
        reached = "target"
    lead_scored.send(Lead, lead=lead, created=created, cause=cause, at=at, actor=actor, reached=reached)
    return scores


def compute(
    *, lead: Lead, live: rule_sets.Live, events: Iterable[rules.Event], at: datetime, cause: ScoreCause
) -> tuple[rules.Scores, dict[str, Any]]:
    """The scores by the live rules, and the columns of the lead to write (none without rules)."""
    if live.rule_set is None:
        return rules.Scores(), {}
    facts = facts_of(lead)
    scores = rules.score(live.rule_set, facts, events, at)
    changes = score_columns(scores, at)
    if cause in FACTS_CHANGED:
        changes["persona_id"] = persona_of(lead, facts, live)
    return scores, changes


def persona_of(lead: Lead, facts: Facts, live: rule_sets.Live) -> int | None:
    """By the lead's attributes, unless a person has chosen it."""
    return lead.persona_id if lead.persona_fixed else live.persona_id(facts)


def store(
    *, lead: Lead, scores: rules.Scores, changes: Mapping[str, Any], at: datetime, cause: ScoreCause
) -> None:
    """Write the lead, in hand and in the database, and with it the ledger row if a score changed.

    One statement of our own, because every submission comes by here and the ORM needs two.
    """
    change = score_change(lead, scores, at, cause)
    if not changes:
        return
    for name, value in changes.items():
        setattr(lead, name, value)
    values = [_fields()[name].get_db_prep_save(value, connection) for name, value in changes.items()]
    noted = row_of(change) if change is not None else []
    with connection.cursor() as cursor:
        cursor.execute(_statement(tuple(changes), change is not None), [*noted, *values, lead.pk])


@cache
def _fields() -> dict[str, Any]:
    return {field.attname: field for field in Lead._meta.concrete_fields}


@lru_cache(maxsize=64)
def _statement(names: tuple[str, ...], with_ledger: bool) -> str:
    """The UPDATE of these columns; with the INSERT of the ledger row before it when wanted."""
    changes = ", ".join(f"{_fields()[name].column} = %s" for name in names)
    update = f"UPDATE leads_lead SET {changes} WHERE id = %s"
    columns = columns_of(ScoreChange)
    ledger = f"({', '.join(columns)}) VALUES ({', '.join(['%s'] * len(columns))})"
    return f"WITH noted AS (INSERT INTO leads_scorechange {ledger}) {update}" if with_ledger else update


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
    return fresh(
        ScoreChange,
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
