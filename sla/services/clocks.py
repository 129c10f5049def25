"""The life of a clock: started, paused, resumed, replaced, ended.

Callers hold the lead's and the journey's row locks (order everywhere: lead, journey, clock, pool), as
every signal of the rooms below is sent under them. Transactions are joined without savepoints: the
hand-off of a lead is on the intake path, where each statement counts.
"""

from contextlib import suppress
from datetime import datetime
from functools import cache
from uuid import UUID

from django.db import connection, transaction

from funnel.models import Journey
from leads.models import Lead
from leads.selectors.prepared import is_gathering, send, write
from leads.services.statements import casts_of, columns_of, fresh, relate, row_of
from smarketing.accounts.models import User

from ..enums import ClockKind, ClockState, ReminderState, SkipReason
from ..errors import EmptyCalendar
from ..models import Clock, Reminder
from ..rules.calendar import working_between
from ..rules.policy import Timekeeper, offsets_of, planned_due, wall_between
from ..selectors.policies import IS_IN_FORCE, Book, Terms, book_in_hand, current_book

OF_CLOCK = ("clock_id", "retry_at", "ended_at")
"""Columns of a first step that follow from its clock, or are empty."""
NOT_YET = ("breached_at", "ended_at", "wall_seconds", "working_seconds", "retry_at")
"""Columns that are empty when a clock starts."""


@transaction.atomic(savepoint=False)
def start_clock(
    *,
    journey: Journey,
    lead: Lead,
    kind: str,
    owner: User | None,
    at: datetime,
    lead_started_at: datetime | None = None,
    is_paused: bool = False,
) -> Clock | None:
    """Start the promise of this kind at ``at``, with the policy's values copied, and its first step.

    ``owner`` None: nobody was eligible; the lead waits all the same and the steps go up the line.
    Answers None when no active policy of this kind fits the lead: nothing was promised.
    One statement by the policies in hand, two more when they have changed meanwhile. Raises
    EmptyCalendar, and IntegrityError when the journey has a ticking clock. Where statements are
    gathered (intake) the clock waits, and IntegrityError also comes of policies that have changed:
    who gathers does everything again without.
    """

    def planned(book: Book) -> tuple[Clock, Timekeeper] | None:
        terms = book.terms_for(kind, lead)
        if terms is None:
            return None
        keeper = book.keeper(terms)
        clock = _clock_by(terms, due_at=keeper.after(at, terms.minutes * 60), at=at)
        relate(clock, journey=journey, lead=lead, owner=owner)
        clock.kind = kind
        clock.lead_started_at = lead_started_at or at
        if is_paused:
            clock.state, clock.paused_at = ClockState.PAUSED, at
        return clock, keeper

    in_hand = book_in_hand()
    with suppress(EmptyCalendar):  # it may have got its hours since
        plan = planned(in_hand) if in_hand.token else None
        if plan is not None and _insert(*plan, token=in_hand.token):
            return plan[0]
    plan = planned(current_book())
    if plan is None:
        return None
    _insert(*plan, token=None)
    return plan[0]


def _clock_by(terms: Terms, *, due_at: datetime, at: datetime) -> Clock:
    """An unsaved clock with the policy's values copied."""
    return fresh(
        Clock,
        policy_id=terms.policy_id,
        calendar_id=terms.calendar_id,
        minutes=terms.minutes,
        time_base=terms.time_base,
        attempts=terms.attempts,
        steps=terms.steps,
        started_at=at,
        due_at=due_at,
    )


@transaction.atomic(savepoint=False)
def stop_clock(*, clock: Clock, at: datetime, happened_at: datetime | None = None) -> None:
    """What was promised happened: kept or kept late, by when it happened and not by when we heard.

    ``happened_at`` (default ``at``) may lie before the rep's own start, when a contact of the rep
    before is logged late; then the clock ends where it started. A miss that a tick had already
    stamped is taken back when it turns out that there was none.
    """
    happened = happened_at or at
    deadline = _deadline(clock)
    # A deadline does not pass while the clock stands still.
    is_kept = min(happened, clock.paused_at or happened) <= deadline
    clock.breached_at = None if is_kept else deadline
    is_contact = clock.kind == ClockKind.FIRST_CONTACT
    why = SkipReason.CONTACTED if is_contact else SkipReason.CLOCK_ENDED
    _end(clock, ClockState.MET if is_kept else ClockState.MET_LATE, ended_at=happened, at=at, why=why)


@transaction.atomic(savepoint=False)
def cancel_clock(*, clock: Clock, at: datetime, why: SkipReason = SkipReason.CLOCK_ENDED) -> None:
    """Nobody waits for it any more and it did not happen: cancelled, or missed if it was due.

    ``why`` is shown at the step that was waiting.
    """
    deadline = _deadline(clock)
    is_missed = clock.breached_at is not None or (clock.paused_at or at) >= deadline
    clock.breached_at = deadline if is_missed else None
    _end(clock, ClockState.BREACHED if is_missed else ClockState.CANCELLED, ended_at=at, at=at, why=why)


@transaction.atomic(savepoint=False)
def pause_clock(*, clock: Clock, at: datetime, until: datetime) -> None:
    """Stand still from ``at``; ``until`` is when it is meant to go on, and moves the waiting step.

    A deadline that had passed stays missed, whether or not a tick had said so.
    """
    if clock.state == ClockState.PAUSED:
        return
    if clock.breached_at is None and clock.due_at < at:
        clock.breached_at = clock.due_at
    clock.state, clock.paused_at = ClockState.PAUSED, at
    clock.save(update_fields=["state", "paused_at", "breached_at"])
    keeper = current_book().keeper(clock)
    hold = keeper.between(at, until)
    for reminder in clock.reminders.filter(state=ReminderState.PENDING):
        # No step is due while nobody has to act. Resuming sets the exact time.
        _move_step(reminder, max(until, keeper.after(reminder.due_at, hold)))


@transaction.atomic(savepoint=False)
def resume_clock(*, clock: Clock, at: datetime) -> None:
    """Go on: the time that the clock stood still, in its own time base, moves its deadline."""
    if clock.state != ClockState.PAUSED or clock.paused_at is None:
        return
    book = current_book()
    keeper = book.keeper(clock)
    hold = keeper.between(clock.paused_at, at)
    _add_hold(clock, clock.paused_at, at, book)
    clock.due_at = keeper.after(clock.due_at, hold)
    clock.state = ClockState.RUNNING if clock.breached_at is None else ClockState.BREACHED
    clock.paused_at = None
    clock.save(update_fields=["state", "paused_at", "due_at", "held_seconds", "held_working_seconds"])
    _resume_steps(clock, keeper, hold, at)


@transaction.atomic(savepoint=False)
def replace_on_reassignment(*, clock: Clock, lead: Lead, owner: User | None, at: datetime) -> Clock | None:
    """A new owner gets a fresh clock of the same kind; the lead's total goes on in it.

    A clock that has not run yet just changes hands.
    """
    if clock.owner_id == (owner.pk if owner else None):
        return clock
    if clock.started_at == at:
        clock.owner = owner
        clock.save(update_fields=["owner"])
        return clock
    was_paused = clock.state == ClockState.PAUSED
    cancel_clock(clock=clock, at=at, why=SkipReason.OWNER_CHANGED)
    return start_clock(
        journey=clock.journey,
        lead=lead,
        kind=clock.kind,
        owner=owner,
        at=at,
        lead_started_at=clock.lead_started_at,
        is_paused=was_paused,
    )


@transaction.atomic(savepoint=False)
def restart_clock(*, clock: Clock, at: datetime) -> None:
    """The event that started a ticking clock turns out to have happened at ``at``, earlier.

    The deadline and the waiting first step move with it. One that was missed already stays as it is.
    """
    if clock.breached_at is not None or at >= clock.started_at:
        return
    keeper = current_book().keeper(clock)
    earlier = keeper.between(at, clock.started_at)
    clock.started_at = clock.lead_started_at = at
    clock.due_at = keeper.after(clock.due_at, -earlier)
    clock.save(update_fields=["started_at", "lead_started_at", "due_at"])
    for reminder in clock.reminders.filter(state=ReminderState.PENDING):
        _move_step(reminder, keeper.after(reminder.due_at, -earlier))


def _insert(clock: Clock, keeper: Timekeeper, *, token: UUID | None) -> bool:
    """Write a new clock with its first step: one statement. False, and nothing is written, when
    the policies are no longer those of ``token`` (None: they have just been read)."""
    step = _first_step(clock, keeper)
    named = [] if token is None else [token]
    first = [] if step is None else row_of(step, but=OF_CLOCK)
    sql = _statement(step is not None, is_checked=token is not None, insists=is_gathering())
    if is_gathering():
        write(sql, [*named, *row_of(clock, but=NOT_YET), *first])
        return True
    with connection.cursor() as cursor:
        send(cursor, (sql, [*row_of(clock, but=NOT_YET), *named, *first]))
        row = cursor.fetchone()
    if row is None:
        return False
    clock.pk = row[0]
    clock._state.adding, clock._state.db = False, connection.alias
    return True


@cache
def _statement(has_steps: bool, *, is_checked: bool, insists: bool) -> str:
    """``is_checked``: of policies that are no longer in force nothing is written, or, where it
    ``insists``, the clock is of no journey, which breaks the transaction."""
    journey, rest = casts_of(Clock, but=NOT_YET).split(", ", 1)
    if is_checked and insists:
        journey = f"CASE WHEN {IS_IN_FORCE} THEN {journey} END"
    condition = f" WHERE {IS_IN_FORCE}" if is_checked and not insists else ""
    clock = f"({', '.join(columns_of(Clock, but=NOT_YET))}) SELECT {journey}, {rest}{condition}"
    if not has_steps:
        return f"INSERT INTO sla_clock {clock} RETURNING id"
    step = f"(clock_id, {', '.join(columns_of(Reminder, but=OF_CLOCK))})"
    return (
        f"WITH clock AS (INSERT INTO sla_clock {clock} RETURNING id) INSERT INTO sla_reminder {step} "
        f"SELECT clock.id, {casts_of(Reminder, but=OF_CLOCK)} FROM clock RETURNING clock_id"
    )


def _first_step(clock: Clock, keeper: Timekeeper) -> Reminder | None:
    """The unsaved row of step 0; the later ones are written when the one before ends."""
    if not clock.steps:
        return None
    planned = planned_due(keeper, clock.due_at, offsets_of(clock.steps)[0])
    return fresh(Reminder, clock_id=clock.pk, step=0, due_at=max(clock.started_at, planned))


def _deadline(clock: Clock) -> datetime:
    """A missed deadline never moves; a pause moves only one that was still to come."""
    return clock.breached_at or clock.due_at


def _end(clock: Clock, state: ClockState, *, ended_at: datetime, at: datetime, why: SkipReason) -> None:
    """Stamp the end with wall and working seconds, pauses taken off; no step waits afterwards."""
    book = current_book()
    clock.state = state
    clock.ended_at = max(ended_at, clock.started_at)
    if clock.paused_at is not None:
        _add_hold(clock, clock.paused_at, clock.ended_at, book)
        clock.paused_at = None
    wall = wall_between(clock.started_at, clock.ended_at)
    clock.wall_seconds = max(0, wall - clock.held_seconds)
    working = _working(book, clock, clock.started_at, clock.ended_at)
    clock.working_seconds = max(0, working - clock.held_working_seconds)
    clock.retry_at = None
    clock.save(
        update_fields=[
            "state",
            "breached_at",
            "ended_at",
            "paused_at",
            "held_seconds",
            "held_working_seconds",
            "wall_seconds",
            "working_seconds",
            "retry_at",
        ]
    )
    Reminder.objects.filter(clock=clock, state=ReminderState.PENDING).update(
        state=ReminderState.SKIPPED, ended_at=at, error=why
    )


def _add_hold(clock: Clock, since: datetime, until: datetime, book: Book) -> None:
    clock.held_seconds += wall_between(since, until)
    clock.held_working_seconds += _working(book, clock, since, until)


def _working(book: Book, clock: Clock, start: datetime, end: datetime) -> int:
    """An emptied calendar has no working time; it must not keep a contact from being recorded."""
    calendar = book.calendars.get(clock.calendar_id)
    return 0 if calendar is None else working_between(calendar, start, end)


def _resume_steps(clock: Clock, keeper: Timekeeper, hold: int, at: datetime) -> None:
    """The waiting step keeps its distance from the deadline and from the step before it."""
    rows = list(clock.reminders.order_by("step"))
    if not rows:
        if (first := _first_step(clock, keeper)) is not None:
            first.save(force_insert=True)
        return
    waiting = rows[-1]
    if waiting.state != ReminderState.PENDING:
        return
    offsets = offsets_of(clock.steps)
    due_at = max(at, planned_due(keeper, clock.due_at, offsets[waiting.step]))
    previous = rows[-2].ended_at if len(rows) > 1 else None
    if previous is not None:
        gap = (offsets[waiting.step] - offsets[waiting.step - 1]) * 60
        due_at = max(due_at, keeper.after(previous, gap + hold))
    _move_step(waiting, due_at)


def _move_step(reminder: Reminder, due_at: datetime) -> None:
    """Unless it was decided meanwhile."""
    Reminder.objects.filter(pk=reminder.pk, state=ReminderState.PENDING).update(due_at=due_at, retry_at=None)
