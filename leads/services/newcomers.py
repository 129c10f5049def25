"""A submission of somebody whom nobody knows yet: everything of this room in one statement.

Nearly every submission is one. Scores are reckoned before anything is written, so that the lead is
written once, as it shall be, and the submission's end with it.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from django.db import connection

from ..enums import ScoreCause
from ..models import Activity, Company, Lead, ScoreChange, Submission
from ..rules.scoring import Event, Scores
from ..selectors.prepared import send
from ..selectors.rule_sets import Live
from ..signals import lead_scored
from .scoring import compute, score_change
from .statements import casts_of, columns_of, places_of, row_of

# Each part needs what the part before it made: when a parallel post has made the company or the
# lead meanwhile, this one waits for it, makes nothing of what follows, and answers no row.
COMPANY = """company AS (
    INSERT INTO leads_company ({columns}) VALUES ({places})
    ON CONFLICT (domain) DO NOTHING RETURNING id
), """
LEAD = """lead AS (
    INSERT INTO leads_lead ({columns}{company_column}) SELECT {casts}{company_id}
    ON CONFLICT (email_key) DO NOTHING RETURNING id
), """
NOTED = """noted AS (
    INSERT INTO leads_scorechange (lead_id, {columns}) SELECT lead.id, {casts} FROM lead
), """
REST = """activity AS (
    INSERT INTO leads_activity (lead_id, {columns}) SELECT lead.id, {casts} FROM lead
), done AS (
    UPDATE leads_submission AS submission
    SET status = 'processed', lead_id = lead.id, steps = %s, error = '', next_attempt_at = NULL,
        processed_at = %s
    FROM lead WHERE submission.id = %s AND status IN ('received', 'failed') RETURNING 1
)
SELECT lead.id, {company}, EXISTS (SELECT FROM done) FROM lead
"""
OF_LEAD = ("lead_id",)
OF_COMPANY = ("company_id",)


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Unsaved rows that belong together. ``lead.company`` is a stored one, an unsaved one or None."""

    lead: Lead
    activity: Activity
    submission: Submission


def score_newcomer(newcomer: Newcomer, live: Live, at: datetime) -> tuple[Scores, ScoreChange | None]:
    """Set the scores of a lead that is not written yet; with the ledger row they need."""
    lead, activity = newcomer.lead, newcomer.activity
    events = [Event(activity.kind, activity.asset, activity.occurred_at)] if activity.is_scored else []
    scores, columns = compute(lead=lead, live=live, events=events, at=at, cause=ScoreCause.CREATED)
    change = score_change(lead, scores, at, ScoreCause.CREATED)
    for name, value in columns.items():
        setattr(lead, name, value)
    return scores, change


def write_newcomer(newcomer: Newcomer, change: ScoreChange | None, steps: str, at: datetime) -> bool | None:
    """Write all of it, ids included in hand; whether the submission was still open. None: somebody
    else has just made this lead or company, and nothing of the lead was written."""
    lead, company, activity = newcomer.lead, newcomer.lead.company, newcomer.activity
    makes_company = company is not None and company.pk is None
    values: list[Any] = row_of(company) if company is not None and makes_company else []
    values += row_of(lead, but=OF_COMPANY if makes_company else ())
    if change is not None:
        values += row_of(change, but=OF_LEAD)
    values += [*row_of(activity, but=OF_LEAD), steps, at, newcomer.submission.pk]
    with connection.cursor() as cursor:
        send(cursor, (_statement(makes_company, change is not None), values))
        row = cursor.fetchone()
    if row is None:
        return None
    lead.pk, company_id, was_open = row
    lead._state.adding, lead._state.db = False, connection.alias
    if company is not None and makes_company:
        company.pk = company_id
        company._state.adding, company._state.db = False, connection.alias
        lead.company = company
    return bool(was_open)


def tell_of(newcomer: Newcomer, scores: Scores, live: Live, at: datetime) -> None:
    lead_scored.send(
        Lead,
        lead=newcomer.lead,
        created=True,
        cause=ScoreCause.CREATED,
        at=at,
        actor=None,
        reached=live.reached(scores),
    )


@cache
def _statement(makes_company: bool, is_noted: bool) -> str:
    but = OF_COMPANY if makes_company else ()
    company = COMPANY.format(columns=", ".join(columns_of(Company)), places=places_of(Company))
    lead = LEAD.format(
        columns=", ".join(columns_of(Lead, but=but)),
        casts=casts_of(Lead, but=but),
        company_column=", company_id" if makes_company else "",
        company_id=", company.id FROM company" if makes_company else "",
    )
    noted = NOTED.format(
        columns=", ".join(columns_of(ScoreChange, but=OF_LEAD)), casts=casts_of(ScoreChange, but=OF_LEAD)
    )
    rest = REST.format(
        columns=", ".join(columns_of(Activity, but=OF_LEAD)),
        casts=casts_of(Activity, but=OF_LEAD),
        company="(SELECT id FROM company)" if makes_company else "NULL",
    )
    return "WITH " + (company if makes_company else "") + lead + (noted if is_noted else "") + rest
