"""What the reps of the demo company do about their leads, and what they leave undone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet

from funnel.enums import Move, Reason, Stage, Status
from funnel.models import Journey
from funnel.services.moving import move_journey
from funnel.services.reassigning import distribute
from leads.enums import ActivityKind, ActivitySource, Outcome, Seniority
from leads.models import Lead
from leads.services.activities import record_activity
from leads.services.leads import update_lead
from smarketing.accounts.models import User

from . import deals
from .market import AGREED_SIZE, BUDGETS, NEEDS, TIMELINES

if TYPE_CHECKING:
    from .story import Event, Story

HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Habit:
    """How a rep works: median minutes to the first contact, the share forgotten at first, and after
    how many attempts they give up."""

    minutes: float
    forgets: float
    attempts: int


HABITS = {"tom": Habit(2.2, 0.03, 5), "lucia": Habit(2.6, 0.05, 5), "priya": Habit(4.5, 0.12, 3)}
AVERAGE = Habit(3, 0.05, 5)
POOR_FIT = 40

Verdict = tuple[Move, Reason]


class Sales:
    def __init__(self, story: Story) -> None:
        self.story, self.chance = story, story.chance
        self.seen: set[tuple[int, str]] = set()
        self.arranged: set[int] = set()
        """Leads whose story is told elsewhere."""

    def follow_up(self, lead: Lead, at: datetime) -> None:
        """When the lead stands with sales, plan what its owner will do next."""
        if lead.pk in self.arranged:
            return
        journey = Journey.objects.select_related("lead__owner").get(lead=lead, is_current=True)
        owner = journey.lead.owner
        if journey.status != Status.ACTIVE or owner is None or (journey.pk, journey.stage) in self.seen:
            return
        if journey.stage == Stage.MQL:
            self._plan_first(journey, owner, at)
        elif journey.stage == Stage.SQL:
            self._plan_sql(journey, at)
        elif journey.stage == Stage.OPPORTUNITY:
            deals.work_on(self, journey, at)
        self.seen.add((journey.pk, journey.stage))

    # MQL: the first contact

    def _plan_first(self, journey: Journey, owner: User, at: datetime) -> None:
        habit = habit_of(owner)
        if self.chance.random() < habit.forgets and at < self.story.now - timedelta(days=4):
            self._neglect(journey.pk, at)
            return
        at = self.story.after(at, habit.minutes * self.chance.lognormvariate(0, 0.6))
        self.story.plan(at, self._attempt(journey.pk, 1, None))

    def _neglect(self, journey_id: int, at: datetime) -> None:
        """The window passes; then the rep remembers, or the manager gives the lead to somebody else."""
        late = self.story.after(at, self.chance.uniform(30, 240))
        if self.chance.random() < 0.5:
            self.story.plan(late, self._give_away(journey_id, "Nobody called; the window has passed."))
            late = self.story.after(late, self.chance.uniform(2, 4))
        self.story.plan(late, self._attempt(journey_id, 1, None))

    def _give_away(self, journey_id: int, reason: str) -> Event:
        def event(at: datetime) -> None:
            if self.standing(journey_id, Stage.MQL) is not None:
                boss = self.story.staff["renata"]
                distribute(journey_id=journey_id, actor=boss, at=at, reason=reason)

        return event

    def give_all_away(self, person: User) -> Event:
        """The day a leave begins, the manager finds another owner for all that waits for the person."""

        def event(at: datetime) -> None:
            waiting = Journey.objects.filter(
                is_current=True,
                lead__owner=person,
                stage__in=(Stage.MQL, Stage.SQL),
                status__in=(Status.ACTIVE, Status.POSTPONED),
            )
            for journey_id in waiting.order_by("pk").values_list("pk", flat=True):
                reason = f"{person.first_name} is on leave."
                boss = self.story.staff["renata"]
                distribute(journey_id=journey_id, actor=boss, at=at, reason=reason)

        return event

    # MQL: one attempt after the other

    def _attempt(self, journey_id: int, number: int, verdict: Verdict | None) -> Event:
        def event(at: datetime) -> None:
            journey = self.standing(journey_id, Stage.MQL)
            if journey is None:
                return
            known = verdict
            if self._reach(journey, number, at) and known is None:
                self._learn(journey, at)
                known = self._verdict(journey)
                if known[0] != Move.RECYCLE or self.chance.random() < 0.3:
                    self._plan_verdict(journey_id, known, self.chance.uniform(8, 80), at)
                    return
            if number >= habit_of(journey.lead.owner).attempts:
                given_up = known or (Move.RECYCLE, Reason.UNREACHABLE)
                self._plan_verdict(journey_id, given_up, self.chance.uniform(1, 20), at)
                return
            later = self.story.after(at, self.chance.uniform(120, 420))
            self.story.plan(later, self._attempt(journey_id, number + 1, known))

        return event

    def _reach(self, journey: Journey, number: int, at: datetime) -> bool:
        is_call = bool(journey.lead.phone) and self.chance.random() < 0.75
        outcome = self.chance.choices(
            (Outcome.REACHED, Outcome.NO_ANSWER, Outcome.LEFT_MESSAGE), (38, 42, 20)
        )[0]
        self.contact(
            journey.lead,
            ActivityKind.CALL if is_call else ActivityKind.EMAIL_SENT,
            at,
            outcome=outcome if is_call or outcome == Outcome.REACHED else "",
        )
        return outcome == Outcome.REACHED

    def _learn(self, journey: Journey, at: datetime) -> None:
        """What a conversation tells: need, budget, timeline, now and then all three."""
        facts = {"need": NEEDS, "budget": BUDGETS, "timeline": TIMELINES}
        said = {name: self.chance.choice(options) for name, options in facts.items()}
        told = {name: text for name, text in said.items() if self.chance.random() < 0.65}
        told = {name: text for name, text in told.items() if not getattr(journey.lead, name)}
        if told:
            update_lead(lead_id=journey.lead_id, changes=told, actor=journey.lead.owner, at=at)

    def _verdict(self, journey: Journey) -> Verdict:
        if _is_no_buyer(journey.lead) and self.chance.random() < 0.85:
            return Move.RECYCLE, Reason.NO_AUTHORITY
        poor = journey.lead.source == "Display ads" or journey.lead.fit < POOR_FIT
        draw = self.chance.random() + (-0.25 if poor else 0.3)
        if draw > 0.44:
            return Move.QUALIFY, Reason.OTHER
        if draw > 0.32:
            return Move.POSTPONE, Reason.TIMING
        if draw < 0.02:
            return Move.DISQUALIFY, Reason.SPAM if poor else Reason.COMPETITOR
        soft = (Reason.NOT_READY, Reason.NO_BUDGET, Reason.NO_NEED, Reason.NO_AUTHORITY)
        return Move.RECYCLE, Reason.WRONG_FIT if poor else self.chance.choice(soft)

    def _plan_verdict(self, journey_id: int, verdict: Verdict, hours: float, at: datetime) -> None:
        if self.chance.random() < 0.05:
            return  # forgotten; after seven days the engine returns the lead to marketing
        self.story.plan(self.story.at_work(at + HOUR * hours), self._decide(journey_id, *verdict))

    def _decide(self, journey_id: int, move: Move, reason: Reason) -> Event:
        def event(at: datetime) -> None:
            journey = self.standing(journey_id, Stage.MQL)
            if journey is None:
                return
            if move == Move.QUALIFY:
                self.move(journey, move, at)
                return
            if move != Move.POSTPONE:
                self.move(journey, move, at, reason=reason)
                self._come_back(journey, at)
                return
            back = self.story.at_work(at + timedelta(days=self.chance.randint(8, 45)))
            self.move(journey, move, at, reason=reason, resume_at=back)
            again = self.chance.choice((Move.QUALIFY, Move.QUALIFY, Move.RECYCLE))
            self._plan_verdict(journey_id, (again, Reason.NO_BUDGET), self.chance.uniform(2, 60), back)

        return event

    def _come_back(self, journey: Journey, at: datetime) -> None:
        if self.chance.random() < 0.25:
            back = self.story.at_work(at + timedelta(days=self.chance.randint(15, 60)))
            self.story.plan(back, self.story.act(journey.lead_id, ActivityKind.DEMO_REQUEST, "demo"))

    # SQL

    def _plan_sql(self, journey: Journey, at: datetime) -> None:
        met = self.story.at_work(at + HOUR * self.chance.uniform(6, 50))
        self.story.plan(met, self.meet(journey.pk, Stage.SQL))
        decided = self.story.at_work(met + HOUR * self.chance.uniform(10, 55))
        self.story.plan(decided, self._decide_sql(journey.pk))

    def meet(self, journey_id: int, stage: Stage) -> Event:
        def event(at: datetime) -> None:
            journey = self.standing(journey_id, stage)
            if journey is not None:
                self.contact(journey.lead, ActivityKind.MEETING, at, outcome=Outcome.REACHED)

        return event

    def _decide_sql(self, journey_id: int) -> Event:
        def event(at: datetime) -> None:
            journey = self.standing(journey_id, Stage.SQL)
            if journey is None:
                return
            if self.chance.random() < 0.84:
                self.move(journey, Move.CONVERT, at, **deals.terms(self.chance, at))
            else:
                reason = self.chance.choice((Reason.NO_BUDGET, Reason.NOT_READY, Reason.NO_AUTHORITY))
                self.move(journey, Move.RECYCLE, at, reason=reason)

        return event

    # What all of it is made of

    def contact(self, lead: Lead, kind: ActivityKind, at: datetime, *, outcome: str) -> None:
        record_activity(
            lead=lead, kind=kind, at=at, source=ActivitySource.UI, actor=lead.owner, outcome=outcome
        )

    def move(self, journey: Journey, move: Move, at: datetime, **details: Any) -> None:
        owner = journey.lead.owner
        moved = move_journey(journey_id=journey.pk, move=move, actor=owner, at=at, **details)
        self.follow_up(moved.lead, at)

    def standing(self, journey_id: int, stage: Stage) -> Journey | None:
        """The journey if it still stands there and has an owner: somebody, or the engine, may have
        been faster."""
        return _standing(stage).filter(pk=journey_id).first()

    def of(self, lead_id: int, stage: Stage) -> Journey | None:
        """The lead's journey, likewise."""
        return _standing(stage).filter(lead=lead_id).first()


def _standing(stage: Stage) -> QuerySet[Journey]:
    journeys = Journey.objects.select_related("lead__owner").filter(is_current=True, stage=stage)
    return journeys.filter(status=Status.ACTIVE).exclude(lead__owner=None)


def habit_of(owner: User | None) -> Habit:
    return HABITS.get(owner.email.partition("@")[0], AVERAGE) if owner else AVERAGE


def _is_no_buyer(lead: Lead) -> bool:
    """The definition that drifts: directors of companies below the agreed size decide nothing there."""
    employees = lead.company.employees if lead.company else None
    return lead.seniority == Seniority.DIRECTOR and (employees or 0) < AGREED_SIZE
