"""A submission of somebody whom nobody knows yet: everything of this room in one statement.

Nearly every submission is one. Scores are reckoned before anything is written, so that the lead is
written once, as it shall be, and the submission's end with it.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS, models

from ..enums import ScoreCause
from ..models import Activity, Company, Lead, ScoreChange, Submission
from ..rules.scoring import Event, Scores
from ..selectors.arrivals import Arrival
from ..selectors.prepared import Statement, write_made
from ..selectors.rule_sets import Live
from ..signals import lead_scored
from .scoring import compute, score_change
from .statements import casts_of, columns_of, places_of, relate, row_of

# When a parallel post has made the company or the lead meanwhile, this waits for it and then breaks
# a constraint; so it does when somebody else has ended the submission (the activity is then nobody's).
COMPANY = "company AS (INSERT INTO leads_company ({columns}) VALUES ({places}) RETURNING id), "
# Joined to the company so that it is written first: everybody takes the two in this order.
LEAD = "lead AS (INSERT INTO leads_lead ({columns}) SELECT {casts}{after_company} RETURNING id), "
NOTED = "noted AS (INSERT INTO leads_scorechange ({columns}) SELECT {casts} FROM lead), "
REST = """done AS (
    UPDATE leads_submission AS submission
    SET status = 'processed', lead_id = lead.id, steps = %s, error = '', next_attempt_at = NULL,
        processed_at = %s
    FROM lead WHERE submission.id = %s AND status IN ('received', 'failed') RETURNING lead.id
)
INSERT INTO leads_activity (lead_id, {columns}) SELECT done.id, {casts} FROM lead LEFT JOIN done ON true
"""
OF_LEAD = ("lead_id", "actor_id", "external_id", "origin_lead_id")
"""Columns of an activity that follow from the lead, or are empty when it came by a form."""
NEVER_NEW = ("external_id", "persona_fixed", "merged_into_id")
"""Columns of a lead that are empty when it is new."""


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


def write_newcomer(
    newcomer: Newcomer, found: Arrival, change: ScoreChange | None, steps: str, at: datetime
) -> None:
    """Write all of it, under the ids that were kept for it, with the next message to the database:
    what becomes of the lead until then (its owner) is written with it.

    That one, or the commit, raises IntegrityError when somebody else was faster.
    """
    lead, company = newcomer.lead, newcomer.lead.company
    lead.pk = found.lead_id
    makes_company = company is not None and company.pk is None
    if company is not None and makes_company:
        company.pk = found.company_id
        relate(lead, company=company)  # with its id
    if change is not None:
        change.lead_id = lead.pk

    def made() -> Statement:
        values: list[Any] = row_of(company, key=True) if company is not None and makes_company else []
        values += row_of(lead, key=True, but=NEVER_NEW)
        values += row_of(change) if change is not None else []
        values += [steps, at, newcomer.submission.pk, *row_of(newcomer.activity, but=OF_LEAD)]
        for row in (company, lead):
            if row is not None:
                row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS
        return _statement(makes_company, change is not None), values

    write_made(made)


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
    company = COMPANY.format(columns=_listed(Company, key=True), places=places_of(Company, key=True))
    lead = LEAD.format(
        columns=_listed(Lead, key=True, but=NEVER_NEW),
        casts=casts_of(Lead, key=True, but=NEVER_NEW),
        after_company=" FROM company" if makes_company else "",
    )
    noted = NOTED.format(columns=_listed(ScoreChange), casts=casts_of(ScoreChange))
    rest = REST.format(columns=_listed(Activity, but=OF_LEAD), casts=casts_of(Activity, but=OF_LEAD))
    return "WITH " + (company if makes_company else "") + lead + (noted if is_noted else "") + rest


def _listed(model: type[models.Model], *, key: bool = False, but: tuple[str, ...] = ()) -> str:
    return ", ".join(columns_of(model, key=key, but=but))
