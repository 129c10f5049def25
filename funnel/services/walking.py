"""Steps of one journey: the status and its history row are written together, or not at all."""

from datetime import datetime

from leads.models import Lead
from leads.services.statements import fresh, relate
from smarketing.accounts.models import User

from ..enums import OPEN, STAMPS, Move, Stage, Status
from ..models import Journey, StageChange
from ..rules.moves import stages_between
from .walk_rows import insert_journey


class Walk:
    """Collects steps in memory; ``write`` stores them: a new journey by one statement, else by two.

    The journey must be new or locked, and its lead locked before it (lock order everywhere:
    lead, journey, clock, pool).
    """

    def __init__(self, *, journey: Journey, lead: Lead, at: datetime, actor: User | None) -> None:
        self.journey, self.lead, self.at, self.actor = journey, lead, at, actor
        self.changes: list[StageChange] = []
        self._touched: set[str] = set()

    @classmethod
    def enter(
        cls, *, lead: Lead, number: int, at: datetime, actor: User | None, reason: str = "", note: str = ""
    ) -> "Walk":
        """Begin the ``number``-th journey of a lead as a new name."""
        journey = fresh(
            Journey,
            lead_id=lead.pk,
            number=number,
            stage_since=at,
            entered_at=at,
            version=0,
            source=lead.source,
            landing_page=lead.landing_page,
            campaign_id=lead.campaign_id,
        )
        relate(journey, lead=lead)
        walk = cls(journey=journey, lead=lead, at=at, actor=actor)
        walk._record(Move.ENTER, from_stage="", from_status="", seconds=0, reason=reason, note=note)
        return walk

    def advance_to(
        self, stage: Stage, *, move: Move, status: Status = Status.ACTIVE, reason: str = "", note: str = ""
    ) -> None:
        """Pass every stage up to ``stage``: one history row and one time stamp for each.

        ``status``: what the journey has on arrival (``WON`` closes it).
        """
        for passed in stages_between(self.journey.stage, stage):
            stood, state, seconds = self.journey.stage, self.journey.status, self._seconds_in_stage()
            self._set(stage=passed.value, stage_since=self.at)
            if getattr(self.journey, STAMPS[passed]) is None:
                self._set(**{STAMPS[passed]: self.at})
            if passed is stage and status not in OPEN:
                self._set(status=status.value, closed_at=self.at, unassigned_since=None)
            self._record(move, stood, state, seconds, reason, note)

    def change_status(
        self,
        status: Status,
        *,
        move: Move,
        reason: str = "",
        note: str = "",
        resume_at: datetime | None = None,
    ) -> None:
        """Postpone, resume, close or reopen; the stage stays, and unless it closes so does its time."""
        before = self.journey.status
        closes = status not in OPEN
        seconds = self._seconds_in_stage() if closes else 0
        self._set(
            status=status.value, reason=reason, resume_at=resume_at, closed_at=self.at if closes else None
        )
        if closes:
            self._set(unassigned_since=None)
        self._record(move, self.journey.stage, before, seconds, reason, note)

    def retire(self) -> None:
        """Make room for the lead's next journey."""
        self._set(is_current=False)

    def restore(self) -> None:
        """Make it the lead's current journey again, after a merge was undone."""
        self._set(is_current=True)

    def write(self) -> None:
        if self.journey._state.adding:
            insert_journey(self.journey, self.changes)
        else:
            self.journey.save(update_fields=self._touched)
            StageChange.objects.bulk_create(self.changes)
        self._touched.clear()

    def _seconds_in_stage(self) -> int:
        return max(0, int((self.at - self.journey.stage_since).total_seconds()))

    def _set(self, **values: object) -> None:
        for name, value in values.items():
            if getattr(self.journey, name) != value:
                setattr(self.journey, name, value)
                self._touched.add(name)

    def _record(
        self, move: Move, from_stage: str, from_status: str, seconds: int, reason: str, note: str
    ) -> None:
        self._set(version=self.journey.version + 1)
        change = fresh(
            StageChange,
            lead_id=self.lead.pk,
            at=self.at,
            actor_id=self.actor and self.actor.pk,
            move=move,
            from_stage=from_stage,
            to_stage=self.journey.stage,
            from_status=from_status,
            to_status=self.journey.status,
            reason=reason,
            note=note,
            fit=self.lead.fit,
            interest=self.lead.interest,
            intent=self.lead.intent,
            seconds=seconds,
        )
        relate(change, journey=self.journey)
        self.changes.append(change)
