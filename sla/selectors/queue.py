"""What to do next: ticking clocks, the most urgent first, a page at a time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, F, Max, Q
from django.db.models.functions import TruncMinute

from funnel.enums import Move
from funnel.models import Journey
from funnel.rules.moves import moves_open_to
from funnel.selectors.lead_list import SEEING_ALL
from smarketing.accounts.models import User

from ..enums import ClockKind, TimeBase, Urgency
from ..models import Clock
from ..models.clock import ClockQuerySet
from ..rules.calendar import WorkingCalendar
from ..rules.policy import Timekeeper
from ..rules.queue import MINUTE, Place, place
from ..rules.urgency import Countdown, clock_face, count_down, warning_seconds
from .clocks import clocks_visible_to, with_attempts
from .policies import Book, current_book

COUNTED = 1000
"""Clocks looked at for the sums above the list; beyond that many the exact number helps nobody."""

NO_CALENDAR = WorkingCalendar(ZoneInfo("UTC"), ((),) * 7)
ALWAYS = WorkingCalendar(ZoneInfo("UTC"), (((0, 1440),),) * 7)


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """``mine``: one's own clocks, else all of the leads that one sees. Blank: any."""

    mine: bool = True
    kind: str = ""
    urgency: str = ""


@dataclass(slots=True)
class QueueRow:
    """One clock as the queue shows it; ``moves`` is what the reader may do about it."""

    clock: Any
    countdown: Countdown
    score: int
    moves: list[Move] = field(default_factory=list)

    @property
    def place(self) -> Place:
        return place(due_at=self.clock.due_at, score=self.score, pk=self.clock.pk)

    @property
    def in_days(self) -> bool:
        """Only wall time is told in days."""
        return bool(self.clock.time_base == TimeBase.WALL)

    @property
    def face(self) -> str:
        return clock_face(self.countdown.seconds, in_days=self.in_days)


@dataclass(frozen=True, slots=True)
class QueueCounts:
    """``waiting``: nobody has contacted them yet. ``more``: the sums stop at ``COUNTED``."""

    total: int
    late: int
    waiting: int
    newest: int | None

    @property
    def more(self) -> bool:
        return self.total >= COUNTED


def queue_page(
    user: User, wanted: QueueFilter, *, at: datetime, after: Place | None, size: int
) -> list[QueueRow]:
    """Up to ``size`` rows behind ``after``: by minute of the deadline, then score, then age.

    However many clocks tick: only the minutes that a page can reach are sorted (see ``_reach``).
    """
    rows = _wanted(user, wanted, at)
    if after is not None:
        rows = rows.filter(due_at__gte=after.minute)
    if not wanted.mine:
        rows = _reach(rows, after, size)
    score = F("lead__fit") + F("lead__interest") + F("lead__intent")
    rows = rows.annotate(minute=TruncMinute("due_at", tzinfo=UTC), score=score)
    if after is not None:
        here = Q(score__lt=after.score) | Q(score=after.score, pk__gt=after.pk)
        rows = rows.filter(Q(due_at__gte=after.minute + MINUTE) | here)
    found = with_attempts(rows.select_related("lead__company", "journey", "owner"))
    return rows_of(found.order_by(F("minute").asc(), F("score").desc(), "pk")[:size], user, at)


def rows_of(clocks: Iterable[Clock], user: User, at: datetime) -> list[QueueRow]:
    """Clocks (with lead, journey and ``made``) as the queue shows them."""
    book = current_book()
    return [_row(clock, user, at, book) for clock in clocks]


def queue_counts(user: User, wanted: QueueFilter, *, at: datetime) -> QueueCounts:
    """Sums over the whole queue (its most urgent thousand), for the head line and the page's title."""
    first = _wanted(user, wanted, at).order_by("due_at", "pk").values("pk")[:COUNTED]
    found = Clock.objects.filter(pk__in=first).aggregate(
        total=Count("pk"),
        late=Count("pk", filter=Q(due_at__lte=at, paused_at=None)),
        waiting=Count("pk", filter=Q(kind=ClockKind.FIRST_CONTACT)),
        newest=Max("pk"),
    )
    return QueueCounts(**found)


def version_of(rows: Sequence[QueueRow], counts: QueueCounts) -> str:
    """Changes when anything that the page shows does, except the seconds that the page counts itself."""
    shown = [
        (
            row.clock.pk,
            row.clock.due_at.isoformat(),
            row.clock.owner_id,
            row.clock.journey.version,
            row.countdown.urgency.value,
            row.countdown.runs,
            row.score,
            row.clock.made,
        )
        for row in rows
    ]
    return sha256(repr((shown, counts)).encode()).hexdigest()[:16]


def _wanted(user: User, wanted: QueueFilter, at: datetime) -> ClockQuerySet:
    rows = Clock.objects.all() if user.is_active and user.role in SEEING_ALL else clocks_visible_to(user)
    rows = rows.ticking()
    if wanted.mine:
        rows = rows.filter(owner=user)
    if wanted.kind:
        rows = rows.filter(kind=wanted.kind)
    if wanted.urgency == Urgency.PAUSED:
        return rows.exclude(paused_at=None)
    rows = rows.filter(paused_at=None)
    if wanted.urgency == Urgency.LATE:
        return rows.filter(due_at__lte=at)
    if wanted.urgency:
        soon = _soon(rows, at)
        rows = rows.filter(due_at__gt=at)
        return rows.filter(soon) if wanted.urgency == Urgency.SOON else rows.exclude(soon)
    return rows


def _soon(rows: ClockQuerySet, at: datetime) -> Q:
    """Clocks within their warning. Working time cannot be reckoned by the database; but all clocks of
    the same terms are pressing up to one same moment, and there are only a few terms."""
    terms = rows.order_by().values_list("calendar_id", "time_base", "minutes", "steps").distinct()
    book = current_book()
    found = Q(pk=None)
    for calendar_id, time_base, minutes, steps in terms:
        until = _keeper(book, calendar_id, time_base).after(at, warning_seconds(minutes, steps))
        found |= Q(calendar=calendar_id, time_base=time_base, minutes=minutes, steps=steps, due_at__lte=until)
    return found


def _reach(rows: ClockQuerySet, after: Place | None, size: int) -> ClockQuerySet:
    """Without the clocks that this page cannot reach, found by a walk along the index of deadlines.

    ``size`` rows lie in the minutes up to the ``size``-th deadline behind the cursor's minute.
    """
    ahead = rows if after is None else rows.filter(due_at__gte=after.minute + MINUTE)
    deadlines = ahead.order_by("due_at", "pk").values_list("due_at", flat=True)
    last = next(iter(deadlines[size - 1 : size]), None)
    if last is None:
        return rows
    return rows.filter(due_at__lt=last.replace(second=0, microsecond=0) + MINUTE)


def _row(clock: Any, user: User, at: datetime, book: Book) -> QueueRow:
    lead, journey = clock.lead, clock.journey
    countdown = count_down(
        _keeper(book, clock.calendar_id, clock.time_base),
        due_at=clock.due_at,
        at=at,
        warning=warning_seconds(clock.minutes, clock.steps),
        paused_at=clock.paused_at,
    )
    return QueueRow(
        clock=clock,
        countdown=countdown,
        score=lead.fit + lead.interest + lead.intent,
        moves=moves_open_to(user.role, stage=journey.stage, status=journey.status),
    )


def _keeper(book: Book, calendar_id: int, time_base: str) -> Timekeeper:
    """A calendar that lost its hours must not take the queue away: its time passes as on the wall."""
    calendar = book.calendars.get(calendar_id)
    if calendar is None:
        return Timekeeper(TimeBase.WALL, NO_CALENDAR)
    return Timekeeper(time_base, calendar)


def calendar_of(journey: Journey) -> WorkingCalendar:
    """The working hours of the promise that this journey waits for, else of any; days off count for it."""
    book = current_book()
    clock = Clock.objects.ticking().filter(journey=journey).values_list("calendar_id", flat=True).first()
    known = book.calendars.get(clock) if clock else None
    return known or next(filter(None, book.calendars.values()), ALWAYS)
