"""Scores of many leads: what time took away, and everybody after new rules were published.

A batch is read, computed and written with a handful of statements. A lead that now reaches a
further stage is left out of it: the rooms above then act, so it is scored on its own, in a savepoint
of a short transaction. A failure is noted on the lead and tried again in an hour, and nobody waits
behind it. Scores never move a journey back, so a lead that reaches less needs nothing else.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Q
from django.urls import reverse

from smarketing.accounts.enums import NotificationKind

from ..enums import ScoreCause
from ..models import Lead, Rescore, ScoreChange
from ..models.lead import LeadQuerySet
from ..rules import scoring as rules
from ..selectors import rule_sets
from ..selectors.scores import SCORED_COLUMNS, events_of, facts_of
from ..signals import lead_scored
from .notifications import Note, notify
from .scoring import compute, persona_of, score_change, store

logger = logging.getLogger(__name__)

RETRY_AFTER = timedelta(hours=1)
TOGETHER = 25
"""Rising leads in one transaction: their rows are locked while the rooms above act."""
STAGES = ("none", "target", "mql")

STORE = """
UPDATE leads_lead AS lead
SET fit = new.fit, interest = new.interest, intent = new.intent, grade = new.grade,
    rule_set_id = %(rule_set)s, scored_at = %(at)s, score_due_at = new.due,
    persona_id = new.persona, score_error = ''
FROM unnest(%(id)s::bigint[], %(fit)s::int[], %(interest)s::int[], %(intent)s::int[],
            %(grade)s::text[], %(due)s::timestamptz[], %(persona)s::bigint[])
    AS new(id, fit, interest, intent, grade, due, persona)
WHERE lead.id = new.id
"""


@dataclass(slots=True)
class Batch:
    """Leads of one batch: scored in it, rising (to be scored alone), failed with the reason."""

    scored: list[tuple[Lead, rules.Scores, int | None]] = field(default_factory=list)
    rising: list[int] = field(default_factory=list)
    failed: dict[int, Exception] = field(default_factory=dict)


def rescore_due(*, at: datetime, limit: int = 500) -> int:
    """Recompute up to ``limit`` leads that are due; how many were taken.

    Time takes points away, and a company's new facts make its leads due. Leads that another
    transaction holds are skipped: they are being scored, or wait for next time.
    """
    with transaction.atomic():
        live = rule_sets.live(personas=True)
        if live.rule_set is None:
            return 0
        due = Lead.objects.score_due(at).order_by("score_due_at")
        leads = list(_scorable(due).select_for_update(of=("self",), skip_locked=True)[:limit])
        batch = _rescore(leads, live, at, ScoreCause.DECAY)
    _finish(batch, at, ScoreCause.EDITED)  # time lets nobody rise: facts of the company changed
    return len(leads)


def run_rescore(*, rescore_id: int, at: datetime, batch: int = 500) -> Rescore:
    """Re-score the next ``batch`` leads of a re-score and keep its progress; call until it finished.

    Resumes after the last lead of the last committed batch. When another worker holds it, or the
    rules are no longer live, nothing is done (in the second case it is marked finished).
    """
    with transaction.atomic():
        rescore = Rescore.objects.select_for_update(skip_locked=True).filter(pk=rescore_id).first()
        if rescore is None or rescore.finished_at is not None:
            return Rescore.objects.get(pk=rescore_id)
        live = rule_sets.live(personas=True)
        if live.rule_set is None or live.rule_set.id != rescore.rule_set_id:
            rescore.finished_at = at
            rescore.save(update_fields=["finished_at"])
            return rescore
        rest = Lead.objects.current().filter(pk__gt=rescore.last_lead_id).order_by("pk")
        leads = list(_scorable(rest).select_for_update(of=("self",))[:batch])
        done = _rescore(leads, live, at, ScoreCause.PUBLISHED)
        rescore.done += len(leads)
        rescore.total = max(rescore.total, rescore.done)
        rescore.last_lead_id = leads[-1].pk if leads else rescore.last_lead_id
        if len(leads) < batch:
            rescore.finished_at = at
            _tell(rescore, at)
        rescore.save(update_fields=["done", "total", "last_lead_id", "finished_at"])
    _finish(done, at, ScoreCause.PUBLISHED)
    return rescore


def _tell(rescore: Rescore, at: datetime) -> None:
    """Whoever started it, once all of it is done."""
    if rescore.actor_id is None:
        return
    name, address = str(rescore.rule_set), reverse("leads:scoring")
    key = f"rescore:{rescore.pk}"
    notify([Note(rescore.actor_id, NotificationKind.RESCORED, key, name=name, url=address)], at=at)


def rescore_left_behind(*, at: datetime, limit: int = 500) -> int:
    """Re-score leads that another than the live rule set scored last; how many were taken.

    They were scored by the old rules while the new were published, or stored without scoring
    (an import). Three short index ranges find them, so an idle call costs the same at any size.
    """
    with transaction.atomic():
        live = rule_sets.live(personas=True)
        if live.rule_set is None:
            return 0
        current = live.rule_set.id
        waiting = Lead.objects.current().exclude(~Q(score_error=""), score_due_at__gt=at)
        leads: list[Lead] = []
        for behind in (Q(rule_set__lt=current), Q(rule_set__gt=current), Q(rule_set=None)):
            rows = _scorable(waiting.filter(behind).order_by("rule_set"))
            leads += rows.select_for_update(of=("self",), skip_locked=True)[: limit - len(leads)]
        batch = _rescore(leads, live, at, ScoreCause.PUBLISHED)
    _finish(batch, at, ScoreCause.PUBLISHED)
    return len(leads)


def _scorable(leads: LeadQuerySet) -> LeadQuerySet:
    return leads.select_related("company").only(*SCORED_COLUMNS)


def _rescore(leads: Sequence[Lead], live: rule_sets.Live, at: datetime, cause: ScoreCause) -> Batch:
    """Score locked leads; store those that reach no further stage than before."""
    rule_set, batch = live.rule_set, Batch()
    if rule_set is None or not leads:
        return batch
    events = events_of([lead.pk for lead in leads], rule_set.kinds)
    for lead in leads:
        try:
            facts = facts_of(lead)
            scores = rules.score(rule_set, facts, events.get(lead.pk, ()), at)
            if _rises(lead, rule_set, scores):
                batch.rising.append(lead.pk)
            else:
                batch.scored.append((lead, scores, persona_of(lead, facts, live)))
        except Exception as error:
            batch.failed[lead.pk] = error
    _store(batch, rule_set.id, at, cause)
    return batch


def _rises(lead: Lead, rule_set: rules.RuleSet, scores: rules.Scores) -> bool:
    """Whether the lead reaches a further stage than its stored scores did by their own rules."""
    now = rules.qualifies(rule_set.thresholds, scores.values)
    if now == STAGES[0]:
        return False
    before = rule_sets.thresholds_of(lead.rule_set_id)
    return STAGES.index(now) > STAGES.index(rules.qualifies(before, (lead.fit, lead.interest, lead.intent)))


def _cause(cause: ScoreCause, lead: Lead, scores: rules.Scores) -> ScoreCause:
    """Fit never decays: a lead that is due and fits otherwise had its company edited."""
    return ScoreCause.EDITED if cause == ScoreCause.DECAY and lead.fit != scores.fit else cause


def _store(batch: Batch, rule_set_id: int, at: datetime, cause: ScoreCause) -> None:
    if not batch.scored:
        return
    changes = (
        score_change(lead, scores, at, _cause(cause, lead, scores)) for lead, scores, _ in batch.scored
    )
    ScoreChange.objects.bulk_create(change for change in changes if change is not None)
    with connection.cursor() as cursor:
        cursor.execute(
            STORE,
            {
                "rule_set": rule_set_id,
                "at": at,
                "id": [lead.pk for lead, _scores, _persona in batch.scored],
                "fit": [scores.fit for _lead, scores, _persona in batch.scored],
                "interest": [scores.interest for _lead, scores, _persona in batch.scored],
                "intent": [scores.intent for _lead, scores, _persona in batch.scored],
                "grade": [scores.grade for _lead, scores, _persona in batch.scored],
                "due": [scores.next_change_at for _lead, scores, _persona in batch.scored],
                "persona": [persona for _lead, _scores, persona in batch.scored],
            },
        )


def _score_rising(lead_ids: list[int], at: datetime, cause: ScoreCause) -> dict[int, Exception]:
    """Score these leads each in a savepoint and tell the rooms above; the failures by lead id."""
    failed: dict[int, Exception] = {}
    live = rule_sets.live(personas=True)
    rows = Lead.objects.current().filter(pk__in=lead_ids).select_related("company").order_by("pk")
    leads = list(rows.select_for_update(of=("self",)))
    events = events_of(lead_ids, live.rule_set.kinds) if live.rule_set else {}
    for lead in leads:
        try:
            with transaction.atomic():
                scores, changes = compute(
                    lead=lead, live=live, events=events.get(lead.pk, ()), at=at, cause=cause
                )
                store(lead=lead, scores=scores, changes=changes, at=at, cause=cause)
                lead_scored.send(
                    Lead,
                    lead=lead,
                    created=False,
                    cause=cause,
                    at=at,
                    actor=None,
                    reached=live.reached(scores),
                )
        except Exception as error:
            failed[lead.pk] = error
    return failed


def _finish(batch: Batch, at: datetime, cause: ScoreCause) -> None:
    """Score the rising leads, a few in one transaction (a commit costs more than a lead); push on
    what failed."""
    for start in range(0, len(batch.rising), TOGETHER):
        few = batch.rising[start : start + TOGETHER]
        try:
            with transaction.atomic():
                batch.failed.update(_score_rising(few, at, cause))
        except Exception as error:
            batch.failed.update(dict.fromkeys(few, error))
    for lead_id, failure in batch.failed.items():
        logger.error("lead %s could not be scored", lead_id, exc_info=failure)
        reason = f"{type(failure).__name__}: {failure}"[:200]
        Lead.objects.filter(pk=lead_id).update(score_due_at=at + RETRY_AFTER, score_error=reason)
