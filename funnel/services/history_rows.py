"""Batches of past leads and deals, written as the walk of a journey would have written them."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from django.utils.translation import gettext as _

from leads.models import Lead
from leads.services.history import NewLead, create_past_leads, known_leads, set_owners
from smarketing.accounts.enums import Role
from smarketing.accounts.services.users import past_people

from ..enums import OPEN, RANK, Move, OpportunityStatus, Stage, Status
from ..models import Assignment, Journey, Opportunity, StageChange
from ..rules.history import PastDeal, PastLead, Problem, RowReader, read_deal, read_lead
from .bulk import copy_rows, update_rows
from .walking import Walk

DECISION: dict[str, object] = {"rule": None, "why": "imported", "level": None, "skipped": []}
MOVED = (
    "stage", "status", "reason", "stage_since", "closed_at", "version", "sql_at", "opportunity_at",
    "customer_at",
)  # fmt: skip


@dataclass(slots=True)
class Stored:
    added: int = 0
    known: int = 0
    problems: list[tuple[int, Problem]] = field(default_factory=list)


class Loader(Protocol):
    def read(self, reader: RowReader) -> Any: ...

    def store(self, rows: Sequence[tuple[int, Any]]) -> Stored: ...


class LeadLoader:
    """``stage``: how far leads had come when they entered, where the row does not say; ``at``: the time of
    loading."""

    def __init__(self, *, stage: Stage, at: dt.datetime) -> None:
        self.stage, self.at = stage, at
        self._lines: dict[str, int] = {}

    def read(self, reader: RowReader) -> PastLead:
        return read_lead(reader)

    def store(self, rows: Sequence[tuple[int, PastLead]]) -> Stored:
        stored = Stored()
        known, keys = known_leads(
            external_ids=[row.external_id for _line, row in rows],
            email_keys=[row.fields["email_key"] for _line, row in rows if row.fields.get("email_key")],
        )
        fresh: list[PastLead] = []
        for line, row in rows:
            first = self._lines.setdefault(row.external_id, line)
            if first != line:
                stored.problems.append((line, _repeated(row.external_id, first)))
            elif row.external_id in known:
                stored.known += 1
            elif (key := row.fields.get("email_key")) and key in keys:
                message = _("Another lead has this e-mail address.")
                stored.problems.append((line, Problem("", row.fields["email"], message)))
            else:
                keys |= {key} if key else set()
                fresh.append(row)
        self._write(fresh)
        stored.added = len(fresh)
        return stored

    def _write(self, rows: Sequence[PastLead]) -> None:
        leads = create_past_leads(
            leads=[NewLead(row.external_id, row.entered_at, row.fields, row.custom) for row in rows],
            at=self.at,
        )
        walks = [self._walk(lead, row) for lead, row in zip(leads, rows, strict=True)]
        Journey.objects.bulk_create(walk.journey for walk in walks)
        _write_changes(walks)

    def _walk(self, lead: Lead, row: PastLead) -> Walk:
        walk = Walk.enter(lead=lead, number=1, at=row.entered_at, actor=None)
        walk.journey.imported_at = self.at
        stage = row.stage or self.stage
        if stage != Stage.NEW_NAME:
            walk.advance_to(stage, move=Move.HAND_OFF if stage == Stage.MQL else Move.ADVANCE)
        if row.disqualified_at is not None:
            walk.at = row.disqualified_at
            walk.change_status(Status.DISQUALIFIED, move=Move.DISQUALIFY, reason=row.reason)
        return walk


class DealLoader:
    """Wins and losses: from the stage where the lead was loaded to customer, or to a lost opportunity."""

    def __init__(self, *, currency: str) -> None:
        self.currency = currency
        self._lines: dict[str, int] = {}

    def read(self, reader: RowReader) -> PastDeal:
        return read_deal(reader)

    def store(self, rows: Sequence[tuple[int, PastDeal]]) -> Stored:
        stored = Stored()
        journeys = _first_journeys(row.lead for _line, row in rows)
        fresh: list[tuple[PastDeal, Journey]] = []
        for line, row in rows:
            first = self._lines.setdefault(row.lead, line)
            journey = journeys.get(row.lead)
            if first != line:
                stored.problems.append((line, _repeated(row.lead, first)))
            elif journey is None:
                stored.problems.append((line, Problem("", row.lead, _("No lead has this external id."))))
            elif journey.status == (Status.WON if row.won else Status.LOST):
                stored.known += 1
                stored.problems += _oddities(line, row, journey)
            elif not journey.is_current or journey.status not in OPEN or _is_live(journey):
                message = _("The lead has moved on since it was loaded: win it in the product.")
                stored.problems.append((line, Problem("", row.lead, message)))
            else:
                stored.problems += _oddities(line, row, journey)
                fresh.append((row, journey))
        self._write(fresh)
        stored.added = len(fresh)
        return stored

    def _write(self, deals: Sequence[tuple[PastDeal, Journey]]) -> None:
        walks = [self._walk(deal, journey) for deal, journey in deals]
        update_rows(Journey, [walk.journey for walk in walks], MOVED)
        _write_changes(walks)
        Opportunity.objects.bulk_create(self._opportunity(deal, journey) for deal, journey in deals)
        people = past_people(people=_people(deal for deal, _journey in deals))
        Assignment.objects.bulk_create(
            assignment for deal, journey in deals for assignment in _assignments(deal, journey, people)
        )
        set_owners(owners={j.lead_id: people[d.ae or d.sdr] for d, j in deals if d.ae or d.sdr})

    def _walk(self, deal: PastDeal, journey: Journey) -> Walk:
        sql_at, opportunity_at = _steps(deal)
        walk = Walk(journey=journey, lead=journey.lead, at=sql_at, actor=None)
        if RANK[journey.stage] < RANK[Stage.SQL]:
            walk.advance_to(Stage.SQL, move=Move.QUALIFY)
        walk.at = opportunity_at
        walk.advance_to(Stage.OPPORTUNITY, move=Move.CONVERT)
        walk.at = deal.closed_at
        if deal.won:
            walk.advance_to(Stage.CUSTOMER, move=Move.WIN, status=Status.WON)
        else:
            walk.change_status(Status.LOST, move=Move.LOSE, reason=deal.reason)
        return walk

    def _opportunity(self, deal: PastDeal, journey: Journey) -> Opportunity:
        return Opportunity(
            journey=journey,
            amount=deal.amount,
            currency=self.currency,
            status=OpportunityStatus.WON if deal.won else OpportunityStatus.LOST,
            reason=deal.reason,
            opened_at=_steps(deal)[1],
            closed_at=deal.closed_at,
            data=deal.data,
        )


def _steps(deal: PastDeal) -> tuple[dt.datetime, dt.datetime]:
    """When it became SQL and opportunity; what the export does not tell is the time of the end."""
    opportunity_at = deal.opportunity_at or deal.closed_at
    return deal.sql_at or opportunity_at, opportunity_at


def _first_journeys(external_ids: Iterable[str]) -> dict[str, Journey]:
    """Locked, so that nobody moves them meanwhile; lead before journey, as everywhere."""
    ids = list(external_ids)
    leads = {
        lead.pk: lead
        for lead in Lead.objects.select_for_update(no_key=True).filter(external_id__in=ids).order_by("id")
    }
    found = {}
    for journey in (
        Journey.objects.select_for_update(no_key=True).filter(lead__in=leads, number=1).order_by("id")
    ):
        journey.lead = leads[journey.lead_id]
        found[str(journey.lead.external_id)] = journey
    return found


def _is_live(journey: Journey) -> bool:
    """Moved after it was loaded, or never loaded from an export at all."""
    return journey.imported_at is None or journey.stage_since > journey.imported_at


def _oddities(line: int, deal: PastDeal, journey: Journey) -> list[tuple[int, Problem]]:
    if deal.closed_at >= journey.entered_at:
        return []
    message = (
        _("Won before the lead entered: kept as it is, the time in stage counts as 0.")
        if deal.won
        else _("Lost before the lead entered: kept as it is, the time in stage counts as 0.")
    )
    return [(line, Problem("", deal.closed_at.isoformat(), message, skipped=False))]


def _repeated(external_id: str, line: int) -> Problem:
    return Problem("", external_id, _("Already in line %(line)d of this file.") % {"line": line})


def _people(deals: Iterable[PastDeal]) -> dict[str, str]:
    """Who is both is what they were first."""
    found: dict[str, str] = {}
    for deal in deals:
        for person, role in ((deal.sdr, Role.SDR), (deal.ae, Role.AE)):
            if person:
                found.setdefault(person, role)
    return found


def _assignments(deal: PastDeal, journey: Journey, people: Mapping[str, int]) -> list[Assignment]:
    """The SDR from MQL to SQL, then the AE; customers stay theirs, a lost deal is nobody's work."""
    sql_at, _opportunity_at = _steps(deal)
    given = {"journey": journey, "lead_id": journey.lead_id, "decision": DECISION}
    since = journey.mql_at or journey.entered_at
    end = None if deal.won else deal.closed_at
    found = []
    if deal.sdr:
        ended_at = sql_at if deal.ae else end
        found.append(Assignment(user_id=people[deal.sdr], assigned_at=since, ended_at=ended_at, **given))
    if deal.ae:
        found.append(Assignment(user_id=people[deal.ae], assigned_at=sql_at, ended_at=end, **given))
    return found


def _write_changes(walks: Iterable[Walk]) -> None:
    """The change was made before its journey had a key."""
    changes = [change for walk in walks for change in walk.changes]
    for change in changes:
        change.journey_id = change.journey.pk
    copy_rows(StageChange, changes)
