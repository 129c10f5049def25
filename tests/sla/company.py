"""A company whose leads went every way there is, some of them twice: what pages of numbers are tried on."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from funnel.enums import Move, Reason, ReturnAction
from funnel.models import Journey, Opportunity, RoutingMember
from funnel.services.moving import move_journey
from funnel.services.returned import decide_return
from leads.models import Lead, Merge, Persona
from leads.services.merging import merge_leads, undo_merge
from sla.services.defaults import install_defaults
from sla.services.engine import tick
from sla.services.policies import renew_policies
from smarketing.accounts.enums import Role
from tests.accounts.factories import make_user
from tests.funnel.pools import Crew
from tests.leads.factories import make_campaign
from tests.sla.ladders import always_open
from tests.sla.test_executive import climb
from tests.sla.test_measure_pages import agreement

STAGES = ("new_name", "engaged", "target", "mql", "sql", "opportunity")


class Company:
    """Leads everywhere, of the last days: overdue, contacted, postponed, returned, won, lost, escalated."""

    def __init__(self) -> None:
        self.now = timezone.now()
        days = timedelta(days=1)
        install_defaults(at=self.now - 20 * days)
        always_open()
        renew_policies()
        self.crew = crew = Crew()
        crew.admin.reports_to = None
        chief = make_user(role=Role.EXECUTIVE)
        crew.manager.reports_to = chief
        crew.manager.save(update_fields=["reports_to"])
        RoutingMember.objects.filter(user=crew.sdr).update(capacity=40)
        self.campaign = make_campaign(name="Fair")
        self.persona = Persona.objects.create(name="The chief")
        for stage in STAGES:
            for age in (9, 2):
                crew.journey_at(stage, at=self.now - age * days)
        self._leave("mql", Move.POSTPONE, reason=Reason.TIMING, resume_at=self.now + days)
        for _turn in range(2):
            self._leave("mql", Move.RECYCLE, reason=Reason.NO_NEED)
        decided = self._leave("sql", Move.RECYCLE, reason=Reason.WRONG_FIT)
        change = decided.changes.get(move=Move.RECYCLE)
        decide_return(
            change_id=change.pk,
            action=ReturnAction.LEAVE,
            seen=0,
            actor=crew.marketer,
            at=self.now,
            today=self.now.date(),
        )
        self._leave("opportunity", Move.LOSE, reason=Reason.NO_BUDGET)
        self._leave("opportunity", Move.WIN, amount=Decimal(900), currency="EUR")
        Opportunity.objects.filter(pk=Opportunity.objects.order_by("pk")[0].pk).update(currency="USD")
        self._mark()
        climb(self.now - days, leads=2)
        tick(at=timezone.now())

    def _leave(self, stage: str, move: Move, **details: object) -> Journey:
        journey = self.crew.journey_at(stage, at=self.now - timedelta(days=3))
        move_journey(journey_id=journey.pk, move=move, actor=self.crew.manager, at=self.now, **details)
        return journey

    def _mark(self) -> None:
        """Every other lead is of the campaign and of the persona."""
        for lead in Lead.objects.order_by("pk")[::2]:
            Lead.objects.filter(pk=lead.pk).update(persona=self.persona, campaign=self.campaign)
            Journey.objects.filter(lead=lead).update(campaign=self.campaign)


class Twice(Company):
    """The same, and pairs of leads that are one person each: what became of one, and of the other."""

    WAYS: tuple[tuple[str, str], ...] = (
        ("mql", "mql"),
        ("open", "postponed"),
        ("engaged", "sql"),
        ("won", "won"),
        ("lost", "returned"),
        ("returned", "lost"),
        ("sql", "disqualified"),
        ("disqualified", "won"),
        ("nobody", "target"),
        ("target", "nobody"),
        ("postponed", "new_name"),
    )

    def __init__(self) -> None:
        super().__init__()
        self.agreement = agreement(days=10)
        self.merges: list[Merge] = []
        self.pairs = [
            (self.gone(first, place), self.gone(second, place))
            for place, (first, second) in enumerate(self.WAYS)
        ]
        tick(at=timezone.now())

    def gone(self, way: str, place: int) -> Lead:
        """A lead of one of three sources that went this way."""
        stage, move, details = GOING.get(way, (way, None, {}))
        journey = self.crew.journey_at(stage, at=self.now - timedelta(days=4, hours=place))
        Journey.objects.filter(pk=journey.pk).update(source=("event", "ads", "")[place % 3])
        if move is not None:
            details = (
                {**details, "resume_at": self.now + timedelta(days=2)} if move == Move.POSTPONE else details
            )
            move_journey(journey_id=journey.pk, move=move, actor=self.crew.manager, at=self.now, **details)
        if way == "nobody":
            Lead.objects.filter(pk=journey.lead_id).update(owner=None)
        return journey.lead

    def merge(self) -> None:
        at = timezone.now()
        for survivor, duplicate in self.pairs:
            self.merges.append(
                merge_leads(survivor_id=survivor.pk, duplicate_id=duplicate.pk, actor=None, at=at)
            )

    def undo(self) -> None:
        while self.merges:
            undo_merge(merge_id=self.merges.pop().pk, actor=None, at=timezone.now())


GOING: dict[str, tuple[str, Any, dict[str, Any]]] = {
    "open": ("opportunity", None, {}),
    "nobody": ("mql", None, {}),
    "postponed": ("mql", Move.POSTPONE, {"reason": Reason.TIMING}),
    "returned": ("mql", Move.RECYCLE, {"reason": Reason.NO_NEED}),
    "disqualified": ("mql", Move.DISQUALIFY, {"reason": Reason.COMPETITOR}),
    "lost": ("opportunity", Move.LOSE, {"reason": Reason.PRICE}),
    "won": ("opportunity", Move.WIN, {"amount": Decimal(700), "currency": "EUR"}),
}
"""Where it stood, and the move by which it left (None: it is still there)."""
