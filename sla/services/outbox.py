"""The outbox's rows: leased, tried, ended. The network is touched by ``delivery`` only."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from random import random

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q

from ..enums import MailKind, MailState
from ..models import Delivery, Mail, MailAttempt
from ..rules.retries import GIVE_UP_AFTER, PATIENCE, POISON_LIMIT, back_off, server_back_off
from .ladder import LOCK_STEPS, READ_STEPS, OpenStep, end_steps, open_steps
from .mailing import new_mail
from .notices import tell_undeliverable

LEASE = timedelta(seconds=getattr(settings, "SLA_LEASE_SECONDS", 90))
"""A killed worker's mails are taken up again after this long. More than the worst hand-over of one
mail (a time-out of 10 s for each word of the conversation), less than the promised 120 s."""

SENT = "sent"
"""Outcome of a try that the mail server accepted; every other outcome is an error's text."""

NOTE_TAKEN = "UPDATE sla_mailattempt SET ended_at = %(at)s, outcome = %(sent)s WHERE id = %(taken)s"


@transaction.atomic
def lease_due(
    *, at: datetime, limit: int, without: Iterable[str] = (), later: Collection[int] = ()
) -> list[Mail]:
    """Take up to ``limit`` due mails for LEASE; others skip them meanwhile.

    ``without``: domains to leave; ``later``: mails to leave.
    """
    due = Mail.objects.due(at)
    if later:
        due = due.exclude(pk__in=later)
    for domain in without:
        due = due.exclude(address__iendswith=f"@{domain}")
    mails = list(due.select_for_update(skip_locked=True, no_key=True, of=("self",))[:limit])
    for mail in mails:
        mail.leased_until = at + LEASE
    Mail.objects.filter(pk__in=[mail.pk for mail in mails]).update(leased_until=at + LEASE)
    return mails


def release(*, mails: Sequence[Mail]) -> None:
    """Give back what was leased and not tried."""
    if not mails:
        return
    Mail.objects.filter(pk__in=[mail.pk for mail in mails], state=MailState.PENDING).update(leased_until=None)


def begin_attempt(*, mail: Mail, at: datetime, taken: MailAttempt | None = None) -> MailAttempt | None:
    """Committed before the network is touched, so that the audit shows a try nobody survived.

    ``taken``: the try before, which the server has just accepted; it is noted in the same statement,
    so a mail costs one commit, and a kill can repeat one mail at most. None when the mail is not ours
    any more: its lease ran out, or it was held back meanwhile. Its row is locked for the moment:
    nothing may join a mail that is on its way (``reminders``).
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH noted AS ({NOTE_TAKEN}), mine AS (
                SELECT id FROM sla_mail
                WHERE id = %(mail)s AND state = 'pending' AND leased_until = %(lease)s FOR NO KEY UPDATE
            )
            INSERT INTO sla_mailattempt (mail_id, started_at, outcome)
            SELECT id, %(at)s, '' FROM mine RETURNING id
            """,
            {
                "mail": mail.pk,
                "lease": mail.leased_until,
                "at": at,
                "taken": taken.pk if taken else None,
                "sent": SENT,
            },
        )
        row = cursor.fetchone()
    return MailAttempt(pk=row[0], mail=mail, started_at=at) if row else None


def note_taken(*, attempt: MailAttempt, at: datetime) -> None:
    """The server accepted it: from here on it is never tried again, though it is not yet booked."""
    with connection.cursor() as cursor:
        cursor.execute(NOTE_TAKEN, {"taken": attempt.pk, "at": at, "sent": SENT})


def taken_before(*, mails: Sequence[Mail]) -> set[int]:
    """Leased mails that a worker handed over and was killed before it could book them."""
    tries = MailAttempt.objects.filter(mail__in=[mail.pk for mail in mails], outcome=SENT)
    return set(tries.values_list("mail_id", flat=True))


def call_earlier_steps_first(
    *, at: datetime, tried: Collection[int] = (), without: Collection[str] = ()
) -> set[int]:
    """Before the boss's mail is tried, the rep's that is still waiting is tried once more.

    Both wait when the server put off everybody; the rep's waits longer, having failed more often, and
    would come second. Answers the mails that must not be tried before: whose earlier one is neither
    among ``tried`` nor for a domain in ``without``. If the earlier one gets through now, the later is
    held back for the gap (``end_steps``). An earlier step's mail is the older one; the order of the
    numbers also keeps two digests from waiting for each other.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH pair AS (
                SELECT early.id AS early, mail.id AS later, mail.next_attempt_at AS due
                FROM sla_mail early
                JOIN sla_delivery told ON told.mail_id = early.id
                JOIN sla_reminder step ON step.id = told.reminder_id
                JOIN sla_reminder next ON next.clock_id = step.clock_id AND next.step > step.step
                JOIN sla_delivery tell ON tell.reminder_id = next.id
                JOIN sla_mail mail ON mail.id = tell.mail_id
                WHERE early.state = 'pending' AND early.failures >= %(patience)s
                  AND early.id <> ALL(%(tried)s)
                  AND lower(regexp_replace(early.address, '^.*@', '')) <> ALL(%(without)s)
                  AND mail.state = 'pending' AND mail.next_attempt_at <= %(at)s
                  AND mail.id > early.id
            ), called AS (
                UPDATE sla_mail SET next_attempt_at = first.due - interval '1 millisecond'
                FROM (SELECT early, min(due) AS due FROM pair GROUP BY early) first
                WHERE sla_mail.id = first.early AND state = 'pending' AND leased_until IS NULL
                  AND next_attempt_at > %(at)s
            )
            SELECT DISTINCT later FROM pair
            """,
            {"at": at, "patience": PATIENCE, "tried": list(tried), "without": list(without)},
        )
        return {later for (later,) in cursor.fetchall()}


@transaction.atomic
def book_sent(*, mail_ids: Collection[int], at: datetime) -> None:
    """Mails whose tries say that the server took them: they end, and the steps they were the last mail of.

    Many at once, some moments after they were sent: the tries already keep them from being sent
    again. A worker killed in between leaves them to whoever leases them next (``taken_before``).
    """
    if not mail_ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            LOCK_STEPS
            + """
            UPDATE sla_mail SET state = 'sent', sent_at = try.ended_at, error = '', attempts = attempts + 1,
                leased_until = NULL
            FROM sla_mailattempt try
            WHERE try.mail_id = sla_mail.id AND try.outcome = %(sent)s
              AND sla_mail.id = ANY(%(mails)s) AND state = 'pending';
            """
            + READ_STEPS,
            {"mails": list(mail_ids), "sent": SENT},
        )
        end_steps(steps=open_steps(cursor.fetchall()), at=at)


@transaction.atomic
def mark_skipped(*, mail: Mail, at: datetime) -> None:
    """Nothing is left to be said: every promise it spoke of has ended."""
    _lock_steps(mail)
    if _end_mail(mail, state=MailState.SKIPPED):
        end_steps(steps=_read_steps(mail), at=at)


@transaction.atomic
def mark_dead(*, mail: Mail, attempt: MailAttempt, error: str, at: datetime) -> None:
    """It will never arrive: ends its steps, and the next one up is told in the same transaction."""
    _lock_steps(mail)
    _end_attempt(attempt, error, at)
    fields = {"state": MailState.DEAD, "error": error}
    if _end_mail(mail, **fields, attempts=F("attempts") + 1, failures=F("failures") + 1):
        mail.error = error
        steps = _read_steps(mail)
        end_steps(steps=steps, at=at)
        tell_undeliverable(mail=mail, reminders=[one.reminder for one in steps], at=at)


@transaction.atomic
def mark_failed(*, mail: Mail, attempt: MailAttempt, error: str, at: datetime, poison: bool = False) -> bool:
    """It failed for a reason of its own: try again later, or give up (True) when that lasted too long."""
    failures = mail.failures + 1
    if failures >= POISON_LIMIT if poison else at - mail.created_at >= GIVE_UP_AFTER:
        mark_dead(mail=mail, attempt=attempt, error=error, at=at)
        return True
    _lock_steps(mail)
    _end_attempt(attempt, error, at)
    Mail.objects.filter(pk=mail.pk, state=MailState.PENDING).update(
        leased_until=None,
        error=error,
        attempts=F("attempts") + 1,
        failures=failures,
        next_attempt_at=at + back_off(failures, spread=random()),
    )
    end_steps(steps=_read_steps(mail), at=at)
    return False


@transaction.atomic
def mark_server_away(
    *, mail: Mail, attempt: MailAttempt, others: Sequence[Mail], error: str, at: datetime
) -> None:
    """Nobody can be reached now: the tried mail and the rest of the batch wait for the server."""
    _end_attempt(attempt, error, at)
    waits = at + server_back_off(mail.attempts + 1, spread=random())
    fields = {"leased_until": None, "error": error, "next_attempt_at": waits}
    mine = Mail.objects.filter(state=MailState.PENDING)
    mine.filter(pk=mail.pk).update(**fields, attempts=F("attempts") + 1)
    mine.filter(pk__in=[other.pk for other in others]).update(**fields)


@transaction.atomic
def split_off(*, mail: Mail, deliveries: Sequence[Delivery], at: datetime) -> None:
    """Take lines that cannot be written out of a digest, into mails of their own.

    There they fail alone; the digest goes out without them.
    """
    for delivery in deliveries:
        reminder = delivery.reminder
        alone = new_mail(
            key=f"reminder:{reminder.clock_id}:{reminder.step}:{mail.recipient_id}:alone",
            kind=MailKind.REMINDER,
            person_id=mail.recipient_id,
            address=mail.address,
            at=at,
            lead_id=reminder.clock.lead_id,
        )
        # Counted as a try: nothing may join a mail that cannot be written.
        alone.attempts = alone.failures = 1
        alone.next_attempt_at = at + back_off(1, spread=random())
        alone.save(force_insert=True)
        Delivery.objects.filter(pk=delivery.pk).update(mail=alone)


def put_off_domain(*, domain: str, held: Sequence[Mail], at: datetime) -> None:
    """Its server keeps us hanging: what waits for that domain is not met again for a while."""
    waiting = Mail.objects.filter(state=MailState.PENDING, address__iendswith=f"@{domain}")
    mine = Q(pk__in=[mail.pk for mail in held])
    waiting.filter(mine | Q(leased_until=None), next_attempt_at__lte=at).update(
        leased_until=None, next_attempt_at=at + back_off(1, spread=random())
    )


def _lock_steps(mail: Mail) -> None:
    with connection.cursor() as cursor:
        cursor.execute(LOCK_STEPS, {"mails": [mail.pk]})


def _read_steps(mail: Mail) -> list[OpenStep]:
    with connection.cursor() as cursor:
        cursor.execute(READ_STEPS, {"mails": [mail.pk]})
        return open_steps(cursor.fetchall())


def _end_mail(mail: Mail, **fields: object) -> bool:
    """False when somebody else ended it: our lease had run out meanwhile."""
    return bool(Mail.objects.filter(pk=mail.pk, state=MailState.PENDING).update(leased_until=None, **fields))


def _end_attempt(attempt: MailAttempt, outcome: str, at: datetime) -> None:
    MailAttempt.objects.filter(pk=attempt.pk).update(ended_at=at, outcome=outcome[:200])
