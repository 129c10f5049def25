"""Half a year at the demo company, played through the same services that the product runs on.

Nothing is written around them: every lead was posted, scored, routed, timed and moved, so every
number of the demo can be explained like a real one. Time is an argument everywhere, hence the
story runs in simulated time, in order, with the engine ticking whenever something is due; its
mails go nowhere.
"""

import heapq
import itertools
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.core.mail.backends.dummy import EmailBackend as Nowhere
from django.db.models import Min

from funnel.enums import Move, Reason, Stage, Status
from funnel.models import Journey
from funnel.services.moving import move_journey
from funnel.services.resuming import resume_postponed
from leads.enums import ActivityKind, ActivitySource, Outcome
from leads.models import Form, Lead, Submission
from leads.services.activities import record_activity
from leads.services.intake import Visit, receive
from sla.enums import ClockState, MailState, ReminderState
from sla.models import Clock, Mail, Notice, Reminder
from sla.services.engine import tick
from smarketing.accounts.models import User

from .market import SITE, Visitor, visitor

DAYS = 182
MONTH = timedelta(days=30)
MONTHS = DAYS // MONTH.days
SEARCH_AGENT = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36"
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Habit:
    """How a rep works: median minutes to the first contact, and the share never contacted."""

    minutes: float
    forgets: float


HABITS = {"tom": Habit(3, 0.01), "lucia": Habit(4, 0.03), "priya": Habit(14, 0.12)}
AVERAGE = Habit(5, 0.05)


@dataclass
class Story:
    """Plays events in order of time until ``now``; what lies behind it stays unplayed."""

    forms: list[tuple[Form, int]]
    now: datetime
    leads: int
    chance: random.Random
    tell: Callable[[str], object] = str
    _events: list[tuple[datetime, int, Callable[[datetime], None]]] = field(default_factory=list)
    _order: Iterator[int] = field(default_factory=itertools.count)
    _seen: set[tuple[int, str]] = field(default_factory=set)

    def play(self) -> None:
        start = self.now - timedelta(days=DAYS)
        for number in range(self.leads):
            # Growth: the root makes later days likelier.
            at = start + timedelta(days=DAYS) * (self.chance.random() ** 0.75)
            self._plan(self._office(at), self._submit(visitor(self.chance, number)))
        month = 0
        while self._events and self._events[0][0] <= self.now:
            at, _, event = heapq.heappop(self._events)
            self._run_engine(until=at)
            event(at)
            month = self._tell_month(month, min((at - start) // MONTH + 1, MONTHS))
        self._run_engine(until=self.now - timedelta(minutes=1))
        # A last beat of now: the pages would warn of an engine that stands still until its first tick.
        tick(at=self.now, connection=Nowhere())

    def _tell_month(self, told: int, month: int) -> int:
        """It takes a while on a busy machine: every month that begins is said once."""
        if month > told:
            self.tell(f"  month {month} of {MONTHS} …")
        return max(told, month)

    def _plan(self, at: datetime, event: Callable[[datetime], None]) -> None:
        heapq.heappush(self._events, (at, next(self._order), event))

    # What visitors do

    def _submit(self, person: Visitor) -> Callable[[datetime], None]:
        def event(at: datetime) -> None:
            forms, shares = zip(*self.forms, strict=True)
            form = self.chance.choices(forms, shares)[0]
            campaign = form.campaign
            values = {**person.values(), "consent": "yes"}
            if campaign is not None:
                values |= {"utm_source": campaign.source, "utm_campaign": campaign.slug}
            visit = Visit(referer=form.landing_page, user_agent=SEARCH_AGENT)
            receipt = receive(form=form, posted=list(values.items()), visit=visit, at=at)
            lead = Submission.objects.select_related("lead").get(pk=receipt.submission_id).lead
            if lead is not None:
                self._browse(lead, at)
                self._follow_up(lead, at)

        return event

    def _browse(self, lead: Lead, at: datetime) -> None:
        """Some come back: a blog post, a mail opened, and later perhaps the price sheet."""
        for _ in range(self.chance.choice((0, 0, 1, 1, 2, 3))):
            kind = self.chance.choice(
                (ActivityKind.PAGE_VIEW, ActivityKind.PAGE_VIEW, ActivityKind.EMAIL_CLICK)
            )
            self._plan(at + HOUR * self.chance.uniform(1, 400), self._act(lead.pk, kind, f"{SITE}/blog"))
        if self.chance.random() < 0.22:
            kind, asset = self.chance.choice(
                ((ActivityKind.PRICE_SHEET, "price sheet"), (ActivityKind.DEMO_REQUEST, "demo"))
            )
            self._plan(
                self._office(at + HOUR * self.chance.uniform(24, 600)), self._act(lead.pk, kind, asset)
            )

    def _act(self, lead_id: int, kind: ActivityKind, asset: str) -> Callable[[datetime], None]:
        def event(at: datetime) -> None:
            lead = Lead.objects.get(pk=lead_id)
            record_activity(lead=lead, kind=kind, at=at, asset=asset, source=ActivitySource.API)
            self._follow_up(lead, at)

        return event

    # What reps do

    def _follow_up(self, lead: Lead, at: datetime) -> None:
        """When the lead stands with sales, plan what its owner will do next."""
        journey = Journey.objects.select_related("lead__owner").get(lead=lead, is_current=True)
        owner = journey.lead.owner
        if journey.status != Status.ACTIVE or owner is None or (journey.pk, journey.stage) in self._seen:
            return
        if journey.stage not in (Stage.MQL, Stage.SQL, Stage.OPPORTUNITY):
            return
        self._seen.add((journey.pk, journey.stage))
        if journey.stage == Stage.MQL:
            habit = HABITS.get(owner.email.partition("@")[0], AVERAGE)
            if self.chance.random() >= habit.forgets:
                wait = timedelta(minutes=habit.minutes * self.chance.lognormvariate(0, 0.8))
                self._plan(at + wait, self._contact(journey.pk, owner))
        elif journey.stage == Stage.SQL:
            self._plan(
                self._office(at + HOUR * self.chance.uniform(4, 140)), self._decide_sql(journey.pk, owner)
            )
        else:
            self._plan(
                self._office(at + HOUR * self.chance.uniform(120, 800)), self._close(journey.pk, owner)
            )

    def _contact(self, journey_id: int, owner: User) -> Callable[[datetime], None]:
        def event(at: datetime) -> None:
            journey = self._standing(journey_id, Stage.MQL)
            if journey is None:
                return
            for attempt in range(self.chance.choice((1, 1, 2, 2, 3))):
                kind = self.chance.choice((ActivityKind.CALL, ActivityKind.CALL, ActivityKind.EMAIL_SENT))
                when = at if attempt == 0 else self._office(at + HOUR * self.chance.uniform(3, 60) * attempt)
                self._plan(when, self._reach(journey.lead_id, owner, kind))
            decided = self._office(at + HOUR * self.chance.uniform(5, 130))
            self._plan(decided, self._decide_mql(journey_id, owner))

        return event

    def _reach(self, lead_id: int, owner: User, kind: ActivityKind) -> Callable[[datetime], None]:
        def event(at: datetime) -> None:
            outcome = self.chance.choice(
                (Outcome.REACHED, Outcome.REACHED, Outcome.NO_ANSWER, Outcome.LEFT_MESSAGE)
            )
            record_activity(
                lead=Lead.objects.get(pk=lead_id),
                kind=kind,
                at=at,
                source=ActivitySource.UI,
                actor=owner,
                outcome=outcome if kind == ActivityKind.CALL else "",
            )

        return event

    def _decide_mql(self, journey_id: int, owner: User) -> Callable[[datetime], None]:
        def event(at: datetime) -> None:
            journey = self._standing(journey_id, Stage.MQL)
            if journey is None:
                return
            poor = journey.lead.source == "display" or journey.lead.fit < 40
            draw = self.chance.random() + (-0.25 if poor else 0.0)
            if draw > 0.42:
                self._move(journey, Move.QUALIFY, owner, at)
            elif draw > 0.30:
                days = self.chance.randint(10, 50)
                self._move(
                    journey,
                    Move.POSTPONE,
                    owner,
                    at,
                    reason=Reason.TIMING,
                    resume_at=at + timedelta(days=days),
                )
            elif draw > 0.04:
                why = Reason.WRONG_FIT if poor else self.chance.choice((Reason.NOT_READY, Reason.UNREACHABLE))
                self._move(journey, Move.RECYCLE, owner, at, reason=why)
                if self.chance.random() < 0.3:
                    back = self._office(at + timedelta(days=self.chance.randint(15, 60)))
                    self._plan(back, self._act(journey.lead_id, ActivityKind.DEMO_REQUEST, "demo"))
            # else: forgotten; after seven days the engine returns the lead to marketing.

        return event

    def _decide_sql(self, journey_id: int, owner: User) -> Callable[[datetime], None]:
        def event(at: datetime) -> None:
            journey = self._standing(journey_id, Stage.SQL)
            if journey is None:
                return
            if self.chance.random() < 0.7:
                close = (at + timedelta(days=self.chance.randint(20, 70))).date()
                amount = Decimal(self.chance.randint(12, 160)) * 500
                self._move(
                    journey, Move.CONVERT, owner, at, amount=amount, currency="EUR", expected_close=close
                )
            else:
                reason = self.chance.choice((Reason.NO_BUDGET, Reason.NOT_READY, Reason.NO_AUTHORITY))
                self._move(journey, Move.RECYCLE, owner, at, reason=reason)

        return event

    def _close(self, journey_id: int, owner: User) -> Callable[[datetime], None]:
        def event(at: datetime) -> None:
            journey = self._standing(journey_id, Stage.OPPORTUNITY)
            if journey is None:
                return
            if self.chance.random() < 0.55:
                self._move(journey, Move.WIN, owner, at)
            else:
                reason = self.chance.choice((Reason.PRICE, Reason.COMPETITOR, Reason.NO_NEED))
                self._move(journey, Move.LOSE, owner, at, reason=reason)

        return event

    def _move(self, journey: Journey, move: Move, actor: User, at: datetime, **details: Any) -> None:
        moved = move_journey(journey_id=journey.pk, move=move, actor=actor, at=at, **details)
        self._follow_up(moved.lead, at)

    def _standing(self, journey_id: int, stage: Stage) -> Journey | None:
        """The journey if it still stands there: somebody, or the engine, may have been faster."""
        return (
            Journey.objects.select_related("lead")
            .filter(pk=journey_id, is_current=True, stage=stage, status=Status.ACTIVE)
            .first()
        )

    # The engine between the events

    def _run_engine(self, *, until: datetime) -> None:
        nowhere = Nowhere()
        at = last = datetime.min.replace(tzinfo=UTC)
        while (due := self._next_due()) is not None and due <= until:
            # What stays due (pushed on, retried) is asked for again later; it must not stop the story.
            at, last = max(due, at + timedelta(hours=due == last)), due
            resume_postponed(at=at)
            tick(at=at, connection=nowhere)

    def _next_due(self) -> datetime | None:
        moments = (
            Clock.objects.filter(state=ClockState.RUNNING).aggregate(at=Min("due_at"))["at"],
            Reminder.objects.filter(state=ReminderState.PENDING).aggregate(at=Min("due_at"))["at"],
            Mail.objects.filter(state=MailState.PENDING).aggregate(at=Min("next_attempt_at"))["at"],
            Notice.objects.waiting().aggregate(at=Min("created_at"))["at"],
            Journey.objects.filter(status=Status.POSTPONED).aggregate(at=Min("resume_at"))["at"],
        )
        return min((moment for moment in moments if moment is not None), default=None)

    def _office(self, at: datetime) -> datetime:
        """Most people fill in forms and work on weekdays between eight and seven."""
        if self.chance.random() < 0.12:
            return at
        moved = at.replace(hour=self.chance.randint(8, 17), minute=self.chance.randint(0, 59))
        while moved < at or moved.weekday() >= 5:
            moved += timedelta(days=1)
        return moved
