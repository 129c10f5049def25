"""What an executive looks at: what escalated to the top, and the two promises."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Count, DateField, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import TruncWeek

from funnel.enums import Stage
from funnel.rules.periods import EVER, Span
from funnel.rules.report import Filters, Number
from funnel.rules.targets import planned, until
from funnel.selectors.events import events_in
from funnel.selectors.flow import days as days_params
from funnel.selectors.flow import reached_in, targets_in
from smarketing.accounts.models import User

from ..enums import ClockKind, Recipient, TimeBase
from ..models import Clock, Delivery
from ..rules.durations import in_words
from ..rules.policy import Timekeeper
from ..rules.promises import Kept, Tally, attainment
from .policies import Book, current_book
from .promise_sums import PromiseSums
from .promises import Promised, promised
from .quality import Quality, quality_in
from .queue import NO_CALENDAR

DAY = dt.timedelta(days=1)
WEEK = 7 * DAY
WEEKS = 8
REMEMBERED = WEEKS * WEEK
"""Escalations that are over are shown for so long."""


@dataclass(frozen=True, slots=True)
class Escalation:
    """A promise that nobody kept until the CEO was told. ``late``: in words, until the end or now."""

    clock: Any
    told_at: dt.datetime
    late: str

    @property
    def rep(self) -> User | None:
        return self.clock.owner

    @property
    def boss(self) -> User | None:
        return self.rep.reports_to if self.rep else None

    @property
    def is_open(self) -> bool:
        return self.clock.ended_at is None

    @property
    def deal(self) -> Any:
        return getattr(self.clock.journey, "opportunity", None)

    @property
    def score(self) -> int:
        lead = self.clock.lead
        return int(lead.fit + lead.interest + lead.intent)


@dataclass(frozen=True, slots=True)
class Quantity:
    """MQLs delivered in a span, planned for all of it and until today."""

    reached: Number
    plan: int | None
    plan_by_now: int | None
    plan_by_yesterday: int | None


@dataclass(frozen=True, slots=True)
class TwoPromises:
    """Both promises in ``span``; ``filters`` lists what is behind the numbers."""

    span: Span
    filters: Filters
    mql: Quantity
    quality: Quality
    promises: Mapping[ClockKind, Kept]
    depth: Kept


@dataclass(frozen=True, slots=True)
class WeekLine:
    """``span``: Monday to Sunday of the project's calendar."""

    span: Span
    delivered: Number
    plan: int | None
    kept: Mapping[ClockKind, Kept]


def escalated(*, at: dt.datetime) -> QuerySet[Any]:
    """Clocks whose ladder reached the CEO, with ``told_at``: the open ones, the longest overdue first,
    then those that ended in the last weeks, the latest first."""
    to_the_top = Delivery.objects.filter(role=Recipient.CEO)
    first = to_the_top.filter(reminder__clock=OuterRef("pk")).order_by("mail__created_at")
    found = Clock.objects.filter(pk__in=to_the_top.values("reminder__clock"), lead__merged_into=None)
    found = found.filter(Q(ended_at=None) | Q(ended_at__gt=at - REMEMBERED))
    found = found.annotate(told_at=Subquery(first.values("mail__created_at")[:1]))
    found = found.select_related("lead__company", "owner__reports_to", "journey__opportunity")
    return found.order_by(F("ended_at").desc(nulls_first=True), "due_at", "pk")


def escalations(clocks: Iterable[Any], *, at: dt.datetime) -> list[Escalation]:
    book = current_book()
    return [Escalation(clock, clock.told_at, _late(book, clock, at)) for clock in clocks]


def two_promises(*, span: Span, at: dt.datetime, today: dt.date, agreed: Span = EVER) -> TwoPromises:
    """Of the whole company. ``today``: the project's day; ``span`` closed at both ends; ``agreed``: the days
    that targets are for."""
    kept = PromiseSums(Promised(span), at=at)
    events = events_in(filters=Filters(), span=span)
    plan, due = targets_in(span).get(Stage.MQL, {}), until(span, today)
    return TwoPromises(
        span=span,
        filters=Filters(entered=span, params=days_params(span, "entered")),
        mql=Quantity(
            reached_in(events, filters=Filters(), span=span)[Stage.MQL],
            planned(plan, span, agreed),
            planned(plan, due, agreed),
            planned(plan, until(due, today - DAY), agreed),
        ),
        quality=quality_in(filters=Filters(), span=span, events=events),
        promises=attainment(kept.tallies),
        depth=kept.depth,
    )


def weeks_before(*, at: dt.datetime, today: dt.date, agreed: Span = EVER) -> list[WeekLine]:
    """The full weeks before the present one, the latest first."""
    monday = today - today.weekday() * DAY
    whole = Span(monday - REMEMBERED, monday - DAY)
    by_day = events_in(filters=Filters(), span=whole).by_day(Stage.MQL)
    plan = targets_in(whole).get(Stage.MQL, {})
    kept = _kept_by_week(whole, at)
    lines = []
    for place in range(1, WEEKS + 1):
        begin = monday - place * WEEK
        span = Span(begin, begin + 6 * DAY)
        count = sum(by_day[begin + day * DAY] for day in range(7))
        delivered = Number(count, _delivered_in(span))
        held = attainment(kept.get(begin, []))
        lines.append(WeekLine(span, delivered, planned(plan, span, agreed), held))
    return lines


def _kept_by_week(whole: Span, at: dt.datetime) -> dict[dt.date, list[Tally]]:
    week = TruncWeek("started_at", output_field=DateField(), tzinfo=ZoneInfo(settings.TIME_ZONE))
    rows: Any = promised(Promised(whole), at=at).order_by().annotate(week=week)
    found: dict[dt.date, list[Tally]] = {}
    for monday, kind, outcome, count in rows.values_list("week", "kind", "outcome").annotate(n=Count("pk")):
        found.setdefault(monday, []).append(Tally(kind, None, outcome, None, count))
    return found


def _delivered_in(span: Span) -> dict[str, str]:
    return {**days_params(span, "reached"), "reached": Stage.MQL.value}


def _late(book: Book, clock: Clock, at: dt.datetime) -> str:
    """A calendar that lost its hours takes no page away: its time passes as on the wall."""
    calendar = book.calendars.get(clock.calendar_id)
    keeper = Timekeeper(clock.time_base if calendar else TimeBase.WALL, calendar or NO_CALENDAR)
    seconds = keeper.between(clock.due_at, max(clock.due_at, clock.ended_at or at))
    return in_words(seconds, working=bool(calendar) and clock.time_base == TimeBase.WORKING)
