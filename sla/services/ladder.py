"""The ladder of steps: how one ends, and when the next may begin."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import chain

from django.db import connection
from django.db.models import F
from django.db.models.functions import Greatest

from ..enums import MailState, ReminderState
from ..models import Delivery, Mail, Reminder
from ..rules.policy import next_due, offsets_of
from ..rules.retries import PATIENCE
from ..selectors.policies import Book, current_book


def end_steps(*, reminders: Sequence[Reminder], at: datetime) -> None:
    """Close the steps whose mails have all ended, and let the next ones follow.

    The caller holds the reminders' row locks: two mails of one step that end at the same moment
    must see each other, or neither would close it. A step is sent when it reached anybody and dead
    when it reached nobody. A step with a mail that failed PATIENCE times for a reason of its own stays
    open (the mail is still tried), but the ladder no longer waits for it: an unreachable rep must
    not keep the boss from hearing.
    """
    mails: dict[int, list[tuple[str, int]]] = {reminder.pk: [] for reminder in reminders}
    rows = Delivery.objects.filter(reminder__in=mails).values_list(
        "reminder_id", "mail__state", "mail__failures"
    )
    for reminder_id, state, failures in rows:
        mails[reminder_id].append((state, failures))
    ended: dict[ReminderState, list[Reminder]] = {}
    overdue = []
    for reminder in reminders:
        waiting = [failures for state, failures in mails[reminder.pk] if state == MailState.PENDING]
        if not waiting:
            outcome = _outcome({state for state, _ in mails[reminder.pk]})
            ended.setdefault(outcome, []).append(reminder)
        elif all(failures >= PATIENCE for failures in waiting):
            overdue.append(reminder)
    for state, group in ended.items():
        Reminder.objects.filter(pk__in=[one.pk for one in group]).update(state=state, ended_at=at)
    sent = ended.pop(ReminderState.SENT, [])
    plan_next(reminders=sent, at=at, push_back=True)
    plan_next(reminders=chain(overdue, *ended.values()), at=at)
    for reminder in sent:
        if any(failures >= PATIENCE for _, failures in mails[reminder.pk]):
            _hold_back_next(reminder, at)


def plan_next(*, reminders: Iterable[Reminder], at: datetime, push_back: bool = False) -> None:
    """Write the row of the next step, due at max(planned, ended + gap).

    The row is already there when a slow mail ends after the ladder had gone on without it. If that
    mail got through (``push_back``) a next step that still waits is moved back to keep its gap; a
    mail that merely failed once more must not move it, or it would never come due.
    """
    going_on = [
        reminder
        for reminder in reminders
        if reminder.clock.is_ticking and reminder.step + 1 < len(reminder.clock.steps)
    ]
    if not going_on:
        return
    book = current_book()
    rows = [(one.clock_id, one.step + 1, _next_due(book, one, at)) for one in going_on]
    # Sorted: two workers that plan the same clocks take the row locks in one order.
    clocks, steps, dues = zip(*sorted(rows), strict=True)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO sla_reminder (clock_id, step, due_at, state, attempts, error, context)
            SELECT clock_id, step, due_at, 'pending', 0, '', '{}'
            FROM unnest(%s::bigint[], %s::smallint[], %s::timestamptz[]) AS next(clock_id, step, due_at)
            ON CONFLICT (clock_id, step) DO UPDATE
            SET due_at = greatest(sla_reminder.due_at, excluded.due_at)
            WHERE sla_reminder.state = 'pending' AND %s
            """,
            [list(clocks), list(steps), list(dues), push_back],
        )


def _outcome(states: set[str]) -> ReminderState:
    if MailState.SENT in states:
        return ReminderState.SENT
    return ReminderState.DEAD if MailState.DEAD in states else ReminderState.SKIPPED


def _next_due(book: Book, reminder: Reminder, ended_at: datetime) -> datetime:
    clock = reminder.clock
    return next_due(book.keeper(clock), clock.due_at, offsets_of(clock.steps), reminder.step + 1, ended_at)


def _hold_back_next(reminder: Reminder, at: datetime) -> None:
    """The next step was decided meanwhile and its mails wait too: they get their gap.

    Also those that a worker has leased and not yet begun; it asks again before it begins.
    """
    if reminder.step + 1 < len(reminder.clock.steps):
        waits = _next_due(current_book(), reminder, at)
        Mail.objects.filter(
            state=MailState.PENDING,
            deliveries__reminder__clock=reminder.clock_id,
            deliveries__reminder__step=reminder.step + 1,
        ).update(next_attempt_at=Greatest(F("next_attempt_at"), waits), leased_until=None)
