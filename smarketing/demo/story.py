"""Half a year at the demo company, played through the same services that the product runs on.

Nothing is written around them: every lead was posted, scored, routed, timed and moved, so every
number of the demo can be explained like a real one. Time is an argument everywhere, hence the
story runs in simulated time, in order, with the engine ticking whenever something is due; its
mails go nowhere.
"""

import heapq
import itertools
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from django.core.mail.backends.dummy import EmailBackend as Nowhere
from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from funnel.enums import Status
from funnel.models import Journey
from funnel.services.resuming import resume_postponed
from leads.enums import ActivityKind, ActivitySource
from leads.models import Form, Lead, Submission
from leads.services.activities import record_activity
from leads.services.intake import Visit, receive
from sla.enums import ClockState, MailState, ReminderState
from sla.models import Clock, Mail, Notice, Reminder
from sla.rules.calendar import WorkingCalendar, add_working
from sla.services.engine import tick
from smarketing.accounts.models import User

from . import extras, waiting
from .market import DEMO_FORM, POOR, SITE, Market, Visitor
from .office import Office
from .sales import Sales

DAYS = 182
MONTH = timedelta(days=30)
MONTHS = DAYS // MONTH.days
BROWSER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36"
HOUR = timedelta(hours=1)
QUIET = 6 * HOUR
"""So long before now the last chance visitor comes: what waits at the end is arranged below."""
EDGE = 15
"""Working minutes before now that are played last, by the clock as it is then: filling takes a while."""

Event = Callable[[datetime], object]

HOT = (0.4, 0.9, 3.2, 3.6, 7.0, 8.0)
"""Working minutes since they asked for a demo: two pairs in time, the second due soon; one just missed."""
ESCALATED = (110, 150)
"""Asked for a demo and were forgotten; the CEO knows."""


@dataclass
class Story:
    """Plays events in order of time until ``now``; what lies behind it stays unplayed."""

    forms: list[tuple[Form, int]]
    staff: dict[str, User]
    now: datetime
    leads: int
    chance: random.Random
    hours: WorkingCalendar
    tell: Callable[[str], object] = str
    _told: int = 0
    _events: list[tuple[datetime, int, Event]] = field(default_factory=list)
    _order: Iterator[int] = field(default_factory=itertools.count)

    def play(self) -> None:
        self.market = Market(self.forms, self.chance)
        self.sales = Sales(self)
        Office(self).plan_rounds()
        if self.leads:
            self._plan_visitors()
            extras.plan(self)
            waiting.plan(self)
        self._plan_waiting(ESCALATED)
        self._play(until=self.before(EDGE))
        self.now = timezone.now()
        self._plan_waiting(HOT)
        self._play(until=self.now)
        # A last beat of now: the pages would warn of an engine that stands still until its first tick.
        tick(at=self.now, connection=Nowhere())

    def plan(self, at: datetime, event: Event) -> None:
        heapq.heappush(self._events, (at, next(self._order), event))

    def after(self, at: datetime, minutes: float) -> datetime:
        """So many working minutes later."""
        return add_working(self.hours, at, max(1, round(minutes * 60)))

    def before(self, minutes: float) -> datetime:
        """So many working minutes before now."""
        return self.before_work(self.now, minutes)

    def before_work(self, at: datetime, minutes: float) -> datetime:
        """So many working minutes before ``at``."""
        return add_working(self.hours, at, -round(minutes * 60))

    def at_work(self, at: datetime) -> datetime:
        """Some time of work at or soon after ``at``."""
        return self.after(at, self.chance.uniform(1, 90))

    def _play(self, *, until: datetime) -> None:
        while self._events and self._events[0][0] <= until:
            at, _, event = heapq.heappop(self._events)
            self._run_engine(until=at)
            event(at)
            self._tell_month(at)
        self._run_engine(until=until)

    def _tell_month(self, at: datetime) -> None:
        """It takes a while on a busy machine: every month that begins is said once."""
        month = min((at - self.now + timedelta(days=DAYS)) // MONTH + 1, MONTHS)
        if month > self._told:
            self.tell(f"  month {month} of {MONTHS} …")
            self._told = month

    # What visitors do

    def _plan_visitors(self) -> None:
        start, length = self.now - timedelta(days=DAYS), timedelta(days=DAYS) - QUIET
        for _ in range(self.leads):
            # Growth: the root makes later days likelier.
            self._plan_visit(start + length * (self.chance.random() ** 0.9))
        for _ in range(self.leads // 100):
            # A good week: sales has its hands full.
            at = self.now - QUIET - timedelta(days=9) * self.chance.random()
            self.plan(self._office_hours(at), self.visit(self.market.buyer(), self.forms[DEMO_FORM][0]))

    def _plan_visit(self, at: datetime) -> None:
        at = self._office_hours(at)
        form = self.market.form_at(at)
        self.plan(at, self.visit(self.market.visitor_of(form), form))

    def _plan_waiting(self, minutes_ago: tuple[float, ...]) -> None:
        for minutes in sorted(minutes_ago, reverse=True):
            at = self.before(minutes)
            form = self.forms[DEMO_FORM][0]
            self.plan(at, self.visit(self.market.newcomer(), form, is_awaited=False))

    def visit(self, person: Visitor, form: Form, *, is_awaited: bool = True) -> Event:
        """``is_awaited`` off: nobody has planned yet what to do about this one."""

        def event(at: datetime) -> None:
            lead = self.post(form, self.values(person, form), at)
            if lead is not None and is_awaited:
                self._browse(lead, form, at)
                self.sales.follow_up(lead, at)

        return event

    def post(self, form: Form, values: dict[str, str], at: datetime) -> Lead | None:
        visit = Visit(referer=form.landing_page, user_agent=BROWSER)
        receipt = receive(form=form, posted=list(values.items()), visit=visit, at=at)
        return Submission.objects.select_related("lead").get(pk=receipt.submission_id).lead

    def values(self, person: Visitor, form: Form) -> dict[str, str]:
        values, campaign = person.values(kind=form.activity_kind), form.campaign
        if campaign is not None:
            values |= {"utm_source": campaign.source, "utm_campaign": campaign.slug}
        return values

    def _browse(self, lead: Lead, form: Form, at: datetime) -> None:
        """Some come back: a blog post, a mail opened, and later perhaps the price sheet."""
        if form.campaign is not None and form.campaign.slug == POOR:
            return
        for _ in range(self.chance.choice((0, 0, 1, 1, 2, 3))):
            kind = self.chance.choice(
                (ActivityKind.PAGE_VIEW, ActivityKind.PAGE_VIEW, ActivityKind.EMAIL_CLICK)
            )
            self.plan(at + HOUR * self.chance.uniform(1, 400), self.act(lead.pk, kind, f"{SITE}/blog"))
        if self.chance.random() < 0.22:
            kind, asset = self.chance.choice(
                ((ActivityKind.PRICE_SHEET, "price sheet"), (ActivityKind.DEMO_REQUEST, "demo"))
            )
            later = self._office_hours(at + HOUR * self.chance.uniform(24, 600))
            self.plan(later, self.act(lead.pk, kind, asset))

    def act(self, lead_id: int, kind: ActivityKind, asset: str) -> Event:
        def event(at: datetime) -> None:
            if at > self.now - QUIET:
                return
            lead = Lead.objects.get(pk=lead_id)
            done = record_activity(lead=lead, kind=kind, at=at, asset=asset, source=ActivitySource.API)
            self.sales.follow_up(done.lead, at)

        return event

    def _office_hours(self, at: datetime) -> datetime:
        """Most people fill in forms on weekdays between eight and seven, a few at night."""
        if self.chance.random() < 0.1 or at > self.now - timedelta(days=1):
            return at
        local = at.astimezone(self.hours.zone)
        moved = local.replace(hour=self.chance.randint(8, 18), minute=self.chance.randint(0, 59))
        while moved < local or moved.weekday() >= 5:
            moved += timedelta(days=1)
        return min(moved.astimezone(UTC), self.now - QUIET)

    # The engine between the events

    def _run_engine(self, *, until: datetime) -> None:
        nowhere = Nowhere()
        at = last = datetime.min.replace(tzinfo=UTC)
        while (due := self._next_due()) is not None and due <= until:
            # What stays due (pushed on, retried) is asked for again later; it must not stop the story.
            at, last = max(due, at + timedelta(hours=due == last)), due
            if at > until:
                return
            resume_postponed(at=at)
            tick(at=at, connection=nowhere)

    def _next_due(self) -> datetime | None:
        # Asked thousands of times: compiled once.
        with connection.cursor() as cursor:
            cursor.execute(*self._moments)
            return min((moment for (moment,) in cursor.fetchall()), default=None)

    @cached_property
    def _moments(self) -> tuple[str, Sequence[Any]]:
        """The next of each kind of thing that the engine has to do something about."""
        # What a paused clock would remind of is only pushed on, hour after hour for weeks.
        awake = Reminder.objects.filter(state=ReminderState.PENDING).exclude(clock__state=ClockState.PAUSED)
        firsts = [
            _first(Clock.objects.filter(state=ClockState.RUNNING), "due_at"),
            _first(awake, "due_at"),
            _first(Mail.objects.filter(state=MailState.PENDING), "next_attempt_at"),
            _first(Notice.objects.waiting(), "created_at"),
            _first(Journey.objects.filter(status=Status.POSTPONED), "resume_at"),
        ]
        return firsts[0].union(*firsts[1:], all=True).query.sql_with_params()


def _first(rows: QuerySet[Any], moment: str) -> QuerySet[Any, Any]:
    return rows.exclude(**{moment: None}).order_by(moment).values_list(moment)[:1]


def begin(now: datetime) -> datetime:
    """When the company set everything up: a day before the first visitor."""
    return now - timedelta(days=DAYS + 1)
