"""Journeys for tests, written straight to their tables."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from funnel.enums import OPEN, RANK, STAGES, STAMPS, Stage, Status
from funnel.models import Journey
from leads.models import Lead

number = count(1)
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def bare_lead(**fields: Any) -> Lead:
    """A lead that no service has seen: no score, no journey."""
    lead = _lead(**fields)
    lead.save(force_insert=True)
    return lead


def _lead(*, at: datetime = NOON, **fields: Any) -> Lead:
    fields.setdefault("email", f"lead{next(number)}@example.com")
    fields.setdefault("email_key", fields["email"])
    return Lead(created_at=at, updated_at=at, **fields)


def make_journey(
    stage: str = Stage.NEW_NAME, status: str = "", *, lead: Lead | None = None, **fields: Any
) -> Journey:
    """A journey that reached ``stage`` an hour after each stage before, unless stamps are given."""
    lead = lead or bare_lead(at=fields.get("entered_at", NOON))
    journey = unsaved_journey(stage, status, lead=lead, **fields)
    journey.save(force_insert=True)
    return journey


def unsaved_journey(
    stage: str = Stage.NEW_NAME, status: str = "", *, lead: Lead | None = None, **fields: Any
) -> Journey:
    """The same for ``make_journeys``."""
    entered_at = fields.setdefault("entered_at", NOON)
    status = status or (Status.WON if stage == Stage.CUSTOMER else Status.ACTIVE)
    since = entered_at
    for hours, passed in enumerate(STAGES[1 : RANK[stage] + 1], start=1):
        since = fields.setdefault(STAMPS[passed], entered_at + timedelta(hours=hours))
    fields.setdefault("stage_since", since)
    if status not in OPEN:
        fields.setdefault("closed_at", since)
    if status == Status.POSTPONED:
        fields.setdefault("resume_at", since + timedelta(days=7))
    return Journey(lead=lead or _lead(at=entered_at), stage=stage, status=status, **fields)


def make_journeys(journeys: Iterable[Journey]) -> list[Journey]:
    """Many at once, which costs a tenth."""
    made = list(journeys)
    Lead.objects.bulk_create(journey.lead for journey in made)
    return Journey.objects.bulk_create(made)
