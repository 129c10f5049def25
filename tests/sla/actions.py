"""Leads that people act on, for tests: a crew with pools, promises, and everything that is stored."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from funnel.enums import Move, Stage
from funnel.models import Assignment, Journey, Opportunity, RollupDelta, RoutingMember, StageChange
from funnel.services.moving import move_journey
from leads.enums import Outcome, ScoreCause
from leads.models import Activity, Lead, ScoreChange
from leads.services.scoring import rescore_lead
from sla.enums import ActionKind
from sla.models import Action, Clock, Reminder
from sla.services.acting import perform
from sla.services.defaults import install_defaults
from smarketing.accounts.models import User
from tests.funnel.pools import MONEY, Crew
from tests.leads.factories import live_rule_set
from tests.sla.factories import MONDAY

THEN = MONDAY + timedelta(minutes=1)
"""When people act in these tests: a minute after the hand-off, four before the deadline."""

STORED = (Lead, Journey, Opportunity, Assignment, StageChange, Activity, ScoreChange, Clock, Reminder)


class Floor(Crew):
    """A crew with the default promises and scoring rules, and one lead on which they act."""

    def __init__(self, stage: str = Stage.MQL) -> None:
        super().__init__()
        live_rule_set(at=MONDAY)
        install_defaults(at=MONDAY)
        is_deal = stage == Stage.OPPORTUNITY
        self.journey = self.journey_at(Stage.SQL if is_deal else stage, at=MONDAY)
        if is_deal:
            move_journey(
                journey_id=self.journey.pk, move=Move.CONVERT, actor=None, at=MONDAY, **said(Move.CONVERT)
            )
        rescore_lead(lead_id=self.journey.lead_id, at=MONDAY, cause=ScoreCause.CREATED)
        self.lead = Lead.objects.get(pk=self.journey.lead_id)

    @property
    def owner(self) -> User:
        assert self.lead.owner is not None
        return self.lead.owner

    def act(self, kind: str = ActionKind.CALL, *, actor: User | None = None, **options: Any) -> Action:
        options = {"token": uuid4(), "at": THEN, "said": said(kind), **options}
        return perform(lead_id=self.lead.pk, kind=kind, actor=actor or self.owner, **options)

    def clocks(self) -> list[tuple[str, str]]:
        return list(Clock.objects.filter(lead=self.lead).order_by("pk").values_list("kind", "state"))


def said(kind: str) -> dict[str, Any]:
    """What suffices for this action."""
    return {
        ActionKind.CALL: {"outcome": Outcome.REACHED, "note": "Wants an offer."},
        ActionKind.EMAIL: {"note": "Sent the price list."},
        ActionKind.MEETING: {"outcome": Outcome.REACHED},
        ActionKind.POSTPONE: {"reason": "timing", "resume_at": THEN + timedelta(days=7)},
        ActionKind.RECYCLE: {"reason": "not_ready"},
        ActionKind.DISQUALIFY: {"reason": "spam"},
        ActionKind.CONVERT: dict(MONEY, expected_close=THEN.date()),
        ActionKind.LOSE: {"reason": "price"},
    }.get(ActionKind(kind), {})


def everything() -> dict[str, list[dict[str, Any]]]:
    """Every row of every table that an action may touch, and how often each pool was asked."""
    rows = {model._meta.label: list(model.objects.order_by("pk").values()) for model in STORED}
    rows["assigned"] = list(RoutingMember.objects.order_by("pk").values("pk", "assigned"))
    return rows


def without_note(rows: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    """The same without what taking back adds on purpose: a note, and when the lead was scored last."""
    kept = [row for row in rows["leads.Activity"] if "taken_back" not in row["data"]]
    leads = [{**row, "scored_at": None} for row in rows["leads.Lead"]]
    return {**rows, "leads.Activity": kept, "leads.Lead": leads}


def deltas() -> int:
    """Images of journeys and deals that wait to be summed: additions minus removals."""
    return sum(RollupDelta.objects.values_list("sign", flat=True))
