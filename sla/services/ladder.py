"""The ladder of steps: how one ends, and when the next may begin."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import F
from django.db.models.functions import Greatest

from ..enums import MailState, ReminderState
from ..models import Clock, Mail, Reminder
from ..rules.policy import next_due, offsets_of
from ..rules.retries import PATIENCE
from ..selectors.policies import Book, current_book

LOCK_STEPS = """
SELECT FROM sla_reminder
WHERE state = 'claimed' AND id IN (SELECT reminder_id FROM sla_delivery WHERE mail_id = ANY(%(mails)s))
ORDER BY id FOR NO KEY UPDATE;
"""
"""In one order for everybody, and before the mail's row. Two mails of one step that end at the same
moment must see each other, or neither would close it: so ``READ_STEPS`` has to be a statement of its
own, which looks again after the wait for the lock."""

READ_STEPS = """
SELECT step.id, step.step, clock.id, clock.due_at, clock.ended_at, clock.calendar_id, clock.time_base,
    clock.steps::text, array_agg(mail.state), array_agg(mail.failures)
FROM sla_reminder step
JOIN sla_clock clock ON clock.id = step.clock_id
JOIN sla_delivery told ON told.reminder_id = step.id
JOIN sla_mail mail ON mail.id = told.mail_id
WHERE step.state = 'claimed'
    AND step.id IN (SELECT reminder_id FROM sla_delivery WHERE mail_id = ANY(%(mails)s))
GROUP BY step.id, clock.id
"""


class OpenStep(NamedTuple):
    """A step that is being told, with (state, failures) of each of its mails."""

    reminder: Reminder
    mails: list[tuple[str, int]]

    @property
    def waits_for(self) -> list[int]:
        return [failures for state, failures in self.mails if state == MailState.PENDING]


def open_steps(rows: Iterable[Sequence[Any]]) -> list[OpenStep]:
    """Rows of ``READ_STEPS``; the reminders and clocks hold what the ladder asks them, nothing else."""
    return [
        OpenStep(
            Reminder(
                pk=pk,
                step=step,
                clock=Clock(
                    pk=clock,
                    due_at=due_at,
                    ended_at=ended_at,
                    calendar_id=calendar,
                    time_base=base,
                    steps=json.loads(steps),
                ),
            ),
            list(zip(states, failures, strict=True)),
        )
        for pk, step, clock, due_at, ended_at, calendar, base, steps, states, failures in rows
    ]


def end_steps(*, steps: Sequence[OpenStep], at: datetime) -> None:
    """Close the steps whose mails have all ended, and let the next ones follow.

    The caller holds the row locks (``LOCK_STEPS``). A step is sent when it reached anybody and dead
    when it reached nobody. A step with a mail that failed PATIENCE times for a reason of its own stays
    open (the mail is still tried), but the ladder no longer waits for it: an unreachable rep must
    not keep the boss from hearing.
    """
    ended = [(one, _outcome({state for state, _ in one.mails})) for one in steps if not one.waits_for]
    overdue = [
        one.reminder
        for one in steps
        if one.waits_for and all(failures >= PATIENCE for failures in one.waits_for)
    ]
    _close(ended, at)
    sent = [one for one, outcome in ended if outcome == ReminderState.SENT]
    unheard = [one.reminder for one, outcome in ended if outcome != ReminderState.SENT]
    plan_next(reminders=[one.reminder for one in sent], at=at, push_back=True)
    plan_next(reminders=[*overdue, *unheard], at=at)
    for one in sent:
        if any(failures >= PATIENCE for _, failures in one.mails):
            _hold_back_next(one.reminder, at)


def _close(ended: Sequence[tuple[OpenStep, ReminderState]], at: datetime) -> None:
    if ended:
        ids = [one.reminder.pk for one, _ in ended]
        with connection.cursor() as cursor:
            cursor.execute(
                """
                UPDATE sla_reminder SET state = ended.state, ended_at = %s
                FROM unnest(%s::bigint[], %s::text[]) AS ended(id, state) WHERE sla_reminder.id = ended.id
                """,
                [at, ids, [outcome.value for _, outcome in ended]],
            )


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
