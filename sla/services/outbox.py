"""The outbox's rows: leased, tried, ended. The network is touched by ``delivery`` only."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from random import random

from django.db import transaction
from django.db.models import F, Q

from ..enums import MailKind, MailState, ReminderState
from ..models import Mail, MailAttempt, Reminder
from ..rules.retries import GIVE_UP_AFTER, POISON_LIMIT, back_off, server_back_off
from .ladder import end_steps
from .notices import tell_undeliverable

LEASE = timedelta(seconds=90)
"""A killed worker's mails are taken up again after this long."""


@transaction.atomic
def lease_due(*, at: datetime, limit: int, without: Iterable[str] = ()) -> list[Mail]:
    """Take up to ``limit`` due mails for LEASE; others skip them meanwhile. ``without``: domains to leave."""
    due = Mail.objects.due(at)
    for domain in without:
        due = due.exclude(address__iendswith=f"@{domain}")
    mails = list(due.select_for_update(skip_locked=True, no_key=True, of=("self",))[:limit])
    Mail.objects.filter(pk__in=[mail.pk for mail in mails]).update(leased_until=at + LEASE)
    return mails


def release(*, mails: Sequence[Mail]) -> None:
    """Give back what was leased and not tried."""
    Mail.objects.filter(pk__in=[mail.pk for mail in mails], state=MailState.PENDING).update(leased_until=None)


def begin_attempt(*, mail: Mail, at: datetime) -> MailAttempt:
    """Committed before the network is touched, so that the audit shows a try nobody survived."""
    return MailAttempt.objects.create(mail=mail, started_at=at)


@transaction.atomic
def mark_sent(*, mail: Mail, attempt: MailAttempt, at: datetime) -> None:
    """The server took it: ends the mail, its attempt and the steps it was the last mail of."""
    reminders = _lock_steps(mail)
    _end_attempt(attempt, "sent", at)
    fields = {"state": MailState.SENT, "sent_at": at, "error": ""}
    if _end_mail(mail, **fields, attempts=F("attempts") + 1):
        end_steps(reminders=reminders, at=at)


@transaction.atomic
def mark_skipped(*, mail: Mail, at: datetime) -> None:
    """Nothing is left to be said: every promise it spoke of has ended."""
    reminders = _lock_steps(mail)
    if _end_mail(mail, state=MailState.SKIPPED):
        end_steps(reminders=reminders, at=at)


@transaction.atomic
def mark_dead(*, mail: Mail, attempt: MailAttempt, error: str, at: datetime) -> None:
    """It will never arrive: ends its steps, and the next one up is told in the same transaction."""
    reminders = _lock_steps(mail)
    _end_attempt(attempt, error, at)
    fields = {"state": MailState.DEAD, "error": error}
    if _end_mail(mail, **fields, attempts=F("attempts") + 1, failures=F("failures") + 1):
        mail.error = error
        end_steps(reminders=reminders, at=at)
        tell_undeliverable(mail=mail, reminders=reminders, at=at)


@transaction.atomic
def mark_failed(*, mail: Mail, attempt: MailAttempt, error: str, at: datetime, poison: bool = False) -> bool:
    """It failed for a reason of its own: try again later, or give up (True) when that lasted too long."""
    failures = mail.failures + 1
    if failures >= POISON_LIMIT if poison else at - mail.created_at >= GIVE_UP_AFTER:
        mark_dead(mail=mail, attempt=attempt, error=error, at=at)
        return True
    reminders = _lock_steps(mail)
    _end_attempt(attempt, error, at)
    Mail.objects.filter(pk=mail.pk, state=MailState.PENDING).update(
        leased_until=None,
        error=error,
        attempts=F("attempts") + 1,
        failures=failures,
        next_attempt_at=at + back_off(failures, spread=random()),
    )
    end_steps(reminders=reminders, at=at)
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


def put_off_domain(*, domain: str, held: Sequence[Mail], at: datetime) -> None:
    """Its server keeps us hanging: what waits for that domain is not met again for a while."""
    waiting = Mail.objects.filter(state=MailState.PENDING, address__iendswith=f"@{domain}")
    mine = Q(pk__in=[mail.pk for mail in held])
    waiting.filter(mine | Q(leased_until=None), next_attempt_at__lte=at).update(
        leased_until=None, next_attempt_at=at + back_off(1, spread=random())
    )


def _lock_steps(mail: Mail) -> list[Reminder]:
    """In one order for everybody, and before the mail: see ``end_steps``."""
    if mail.kind not in (MailKind.REMINDER, MailKind.DIGEST):
        return []
    locked = Reminder.objects.filter(deliveries__mail=mail, state=ReminderState.CLAIMED)
    return list(locked.select_related("clock").select_for_update(of=("self",), no_key=True).order_by("pk"))


def _end_mail(mail: Mail, **fields: object) -> bool:
    """False when somebody else ended it: our lease had run out meanwhile."""
    return bool(Mail.objects.filter(pk=mail.pk, state=MailState.PENDING).update(leased_until=None, **fields))


def _end_attempt(attempt: MailAttempt, outcome: str, at: datetime) -> None:
    MailAttempt.objects.filter(pk=attempt.pk).update(ended_at=at, outcome=outcome[:200])
