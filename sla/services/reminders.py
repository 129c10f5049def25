"""Deciding what is due: who is told what, written into the outbox in one short transaction."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from random import random
from typing import Any, NamedTuple

from django.db import InterfaceError, OperationalError, connection, transaction

from funnel.enums import OPEN
from funnel.models import Journey
from leads.models import Activity
from leads.services.notifications import Note, notify
from smarketing.accounts.enums import NotificationKind

from ..enums import ClockKind, ClockState, MailKind, Recipient, ReminderState, SkipReason
from ..models import Clock, Delivery, Mail, Reminder
from ..rules.recipients import Told, resolve
from ..rules.retries import POISON_LIMIT, back_off
from ..selectors.people import people
from .ladder import plan_next
from .mailing import addresses, joinable, make_digests, new_mail

BATCH = 500
"""Reminders decided in one transaction: many to be quick, few to hold no lock for long."""

LOOK_AGAIN = timedelta(minutes=10)
"""A paused clock's reminder is moved when the clock resumes; until then it is seldom looked at."""


READ = (
    *("step", "due_at", "clock__journey", "clock__lead", "clock__kind", "clock__owner", "clock__state"),
    *("clock__steps", "clock__due_at", "clock__ended_at", "clock__calendar", "clock__time_base"),
    *("clock__lead_started_at", "clock__lead__owner", "clock__lead__merged_into"),
)
"""What deciding asks; making whole leads of it takes longer than finding and locking them."""


class Verdict(NamedTuple):
    """Told whom, or skipped why; neither for a clock that is paused."""

    reminder: Reminder
    told: Told | None = None
    skipped: SkipReason | None = None


def decide_due(*, at: datetime, limit: int = BATCH) -> int:
    """Decide up to ``limit`` due reminders and answer how many were taken; 0 means nothing is left.

    A reminder that cannot be decided does not hold up the others: the batch is repeated one by one,
    and the guilty one is pushed on and shown.
    """
    try:
        return _decide(at=at, limit=limit)
    except (OperationalError, InterfaceError):
        raise  # the database is away: no reminder's fault
    except Exception:
        return _decide_one_by_one(at=at, limit=limit)


def _decide_one_by_one(*, at: datetime, limit: int) -> int:
    ids = list(Reminder.objects.due(at).values_list("pk", flat=True)[:limit])
    for pk in ids:
        try:
            _decide(at=at, limit=1, pk=pk)
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:
            _push_on(pk, error, at)
    return len(ids)


@transaction.atomic
def _push_on(pk: int, error: Exception, at: datetime) -> None:
    reminder = Reminder.objects.select_for_update(no_key=True).get(pk=pk)
    if reminder.state != ReminderState.PENDING:
        return
    reminder.attempts += 1
    reminder.error = f"{type(error).__name__}: {error}"[:1000]
    reminder.retry_at = at + back_off(reminder.attempts, spread=random())
    if reminder.attempts >= POISON_LIMIT:
        reminder.state, reminder.ended_at = ReminderState.DEAD, at
    reminder.save(update_fields=["attempts", "error", "retry_at", "state", "ended_at"])


@transaction.atomic
def _decide(*, at: datetime, limit: int, pk: int | None = None) -> int:
    reminders = _claim(at, limit, pk)
    if not reminders:
        return 0
    verdicts = _judge(reminders, at)
    told = [(one.reminder, one.told) for one in verdicts if one.told]
    reached = [(reminder, who) for reminder, who in told if who.people]
    unheard = [reminder for reminder, who in told if not who.people]
    _write_mails(reached, at)
    _mark_decided(reached, at)
    for reason in SkipReason:
        _end([one.reminder for one in verdicts if one.skipped == reason], ReminderState.SKIPPED, reason, at)
    _end(unheard, ReminderState.DEAD, "nobody", at)
    plan_next(reminders=unheard, at=at)
    paused = [one.reminder.pk for one in verdicts if not one.told and not one.skipped]
    if paused:
        Reminder.objects.filter(pk__in=paused).update(retry_at=at + LOOK_AGAIN)
    return len(reminders)


def _claim(at: datetime, limit: int, pk: int | None) -> list[Reminder]:
    """Lock reminder, clock and lead, never waiting.

    Whoever logs a contact or moves the journey holds the lead and then wants the clock. By taking
    only what is free we cannot deadlock with them, and what they are changing is left for later.
    """
    due = Reminder.objects.due(at) if pk is None else Reminder.objects.due(at).filter(pk=pk)
    return list(
        due.select_related("clock__lead")
        .only(*READ)
        .select_for_update(skip_locked=True, of=("self", "clock", "clock__lead"), no_key=True)[:limit]
    )


def _judge(reminders: Sequence[Reminder], at: datetime) -> list[Verdict]:
    """Facts are read after the locks, so that what was committed a moment ago counts."""
    everybody = people()
    journeys = dict(
        Journey.objects.filter(pk__in={one.clock.journey_id for one in reminders}).values_list("pk", "status")
    )
    contacts = _last_contacts({one.clock.lead_id for one in reminders}, at)
    verdicts = []
    for reminder in reminders:
        clock = reminder.clock
        reason = _reason_to_skip(clock, journeys[clock.journey_id], contacts.get(clock.lead_id))
        if reason:
            verdicts.append(Verdict(reminder, skipped=reason))
        elif clock.state == ClockState.PAUSED:
            verdicts.append(Verdict(reminder))
        else:
            roles = clock.steps[reminder.step]["recipients"]
            verdicts.append(Verdict(reminder, resolve(everybody, owner_id=clock.owner_id, roles=roles)))
    return verdicts


def _last_contacts(lead_ids: Iterable[int], at: datetime) -> dict[int, datetime]:
    """Last contact logged by a person, by lead; one dated in the future has not happened yet."""
    rows = (
        Activity.objects.filter(lead__in=lead_ids, is_contact=True, occurred_at__lte=at)
        .order_by("lead_id", "-occurred_at")
        .distinct("lead_id")
        .values_list("lead_id", "occurred_at")
    )
    return dict(rows)


def _reason_to_skip(clock: Clock, status: str, contact: datetime | None) -> SkipReason | None:
    lead = clock.lead
    if not clock.is_ticking:
        return SkipReason.CLOCK_ENDED
    if lead.merged_into_id:
        return SkipReason.MERGED
    if status not in OPEN:
        return SkipReason.JOURNEY_CLOSED
    if lead.owner_id != clock.owner_id:
        return SkipReason.OWNER_CHANGED
    if clock.kind == ClockKind.FIRST_CONTACT and contact and contact >= clock.lead_started_at:
        return SkipReason.CONTACTED
    return None


def _write_mails(decided: Sequence[tuple[Reminder, Told]], at: datetime) -> None:
    """One mail per person: new reminders join a mail that waits and was never tried."""
    lines: dict[int, list[tuple[Reminder, str]]] = {}
    for reminder, told in decided:
        for person, role in told.people.items():
            lines.setdefault(person, []).append((reminder, role))
    found = joinable(lines)
    make_digests(found.values())
    found |= _new_mails({person: rows for person, rows in lines.items() if person not in found}, at)
    Delivery.objects.bulk_create(
        Delivery(reminder=reminder, mail=found[person], role=role)
        for person, rows in lines.items()
        for reminder, role in rows
    )
    _notify(lines, at)


def _notify(lines: Mapping[int, list[tuple[Reminder, str]]], at: datetime) -> None:
    """The same inside the product, lead by lead: there is no digest to wait for."""
    notify(
        (
            Note(
                person,
                NotificationKind.REMINDED if role == Recipient.REP else NotificationKind.ESCALATED,
                f"reminder:{reminder.clock_id}:{reminder.step}",
                lead_id=reminder.clock.lead_id,
            )
            for person, rows in lines.items()
            for reminder, role in rows
        ),
        at=at,
    )


def _new_mails(lines: Mapping[int, list[tuple[Reminder, str]]], at: datetime) -> dict[int, Mail]:
    known = addresses(lines)
    mails = {}
    for person, rows in lines.items():
        first, alone = rows[0][0], len(rows) == 1
        mails[person] = new_mail(
            key=f"reminder:{first.clock_id}:{first.step}:{person}",
            kind=MailKind.REMINDER if alone else MailKind.DIGEST,
            person_id=person,
            address=known[person],
            at=at,
            lead_id=first.clock.lead_id if alone else None,
        )
    Mail.objects.bulk_create(mails.values())
    return mails


def _mark_decided(decided: Sequence[tuple[Reminder, Told]], at: datetime) -> None:
    if not decided:
        return
    contexts = [json.dumps(_context(reminder, told, at)) for reminder, told in decided]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE sla_reminder SET state = 'claimed', error = '', context = decided.context::jsonb
            FROM unnest(%s::bigint[], %s::text[]) AS decided(id, context)
            WHERE sla_reminder.id = decided.id
            """,
            [[reminder.pk for reminder, _ in decided], contexts],
        )


def _context(reminder: Reminder, told: Told, at: datetime) -> dict[str, Any]:
    context: dict[str, Any] = {"late_seconds": (at - reminder.due_at) // timedelta(seconds=1)}
    if told.missing:
        context["missing"] = told.missing
    return context


def _end(reminders: Sequence[Reminder], state: ReminderState, error: str, at: datetime) -> None:
    if reminders:
        ids = [reminder.pk for reminder in reminders]
        Reminder.objects.filter(pk__in=ids).update(state=state, error=error, ended_at=at)
