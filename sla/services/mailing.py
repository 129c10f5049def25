"""Writing mails into the outbox: keys, Message-IDs, one per person."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, OuterRef

from leads.services.notifications import Note, notify
from smarketing.accounts.enums import NotificationKind
from smarketing.accounts.models import User

from ..enums import ALONE, MailKind, MailState
from ..models import Mail, MailAttempt, Notice

GATHERED_AT_ONCE = 1000
"""Notices put into mails in one transaction."""


def message_id(key: str) -> str:
    """The same key always gives the same Message-ID, so a repeat after a crash is recognisable."""
    host = urlsplit(settings.SITE_URL).hostname or "localhost"
    return f"<{key.replace(':', '.')}@{host}>"


def addresses(person_ids: Iterable[int]) -> dict[int, str]:
    return dict(User.objects.filter(id__in=set(person_ids)).values_list("id", "email"))


def new_mail(
    *, key: str, kind: MailKind, person_id: int | None, address: str, at: datetime, lead_id: int | None
) -> Mail:
    """Not saved: callers write many at once."""
    return Mail(
        key=key,
        message_id=message_id(key),
        kind=kind,
        recipient_id=person_id,
        address=address,
        lead_id=lead_id,
        created_at=at,
        next_attempt_at=at,
    )


def joinable(person_ids: Iterable[int]) -> dict[int, Mail]:
    """By person, a waiting mail that was never handed to a mail server, locked.

    One that was may have been read, so it stays as it is.
    """
    waiting = Mail.objects.filter(
        recipient__in=person_ids, state=MailState.PENDING, attempts=0, leased_until=None
    ).exclude(kind__in=ALONE)
    # Trap: a mail on its way may have lost its lease by being held back; its try tells.
    waiting = waiting.filter(~Exists(MailAttempt.objects.filter(mail=OuterRef("pk"))))
    locked = waiting.select_for_update(skip_locked=True, no_key=True).order_by("-pk")
    return {mail.recipient_id: mail for mail in locked if mail.recipient_id}


def make_digests(mails: Iterable[Mail]) -> None:
    """They say more than one thing now."""
    Mail.objects.filter(pk__in=[mail.pk for mail in mails]).update(kind=MailKind.DIGEST, lead=None)


def notices_for(
    *,
    subject: str,
    kind: MailKind,
    person_ids: Iterable[int],
    at: datetime,
    lead_id: int | None,
    context: Mapping[str, Any],
) -> list[Notice]:
    """One notice per person about ``subject``, part of the key: saying it twice writes nothing.

    Not saved: callers write many at once (``write_notices``).
    """
    return [
        Notice(
            key=f"{kind.value}:{subject}:{person}",
            kind=kind,
            recipient_id=person,
            lead_id=lead_id,
            context=dict(context),
            created_at=at,
        )
        for person in sorted(set(person_ids))
    ]


def write_notices(notices: Sequence[Notice], *, at: datetime) -> None:
    """For the next mail, and at once inside the product."""
    if not notices:
        return
    Notice.objects.bulk_create(notices, ignore_conflicts=True)
    notify(
        (
            Note(
                notice.recipient_id,
                NotificationKind(notice.kind),
                notice.key.rpartition(":")[0],
                lead_id=notice.lead_id,
                name=notice.context.get("name", ""),
                url=notice.context.get("url", ""),
            )
            for notice in notices
        ),
        at=at,
    )


def gather_notices(*, at: datetime) -> int:
    """Put every waiting notice into a mail, with whatever else waits for its person; how many."""
    gathered = 0
    while some := _gather_some(at):
        gathered += some
    return gathered


@transaction.atomic
def _gather_some(at: datetime) -> int:
    waiting = Notice.objects.waiting().select_for_update(skip_locked=True, no_key=True)
    by_person: dict[int, list[Notice]] = {}
    for notice in waiting[:GATHERED_AT_ONCE]:
        by_person.setdefault(notice.recipient_id, []).append(notice)
    if not by_person:
        return 0
    mails = joinable(by_person)
    make_digests(mails.values())
    mails |= _mails_of({person: own for person, own in by_person.items() if person not in mails}, at)
    gathered = [(notice.pk, mails[person].pk) for person, own in by_person.items() for notice in own]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE sla_notice SET mail_id = put.mail
            FROM unnest(%s::bigint[], %s::bigint[]) AS put (id, mail) WHERE sla_notice.id = put.id
            """,
            [list(ids) for ids in zip(*gathered, strict=True)],
        )
    return len(gathered)


def _mails_of(by_person: Mapping[int, Sequence[Notice]], at: datetime) -> dict[int, Mail]:
    known = addresses(by_person)
    mails = {}
    for person, own in by_person.items():
        first, alone = own[0], len(own) == 1
        mails[person] = new_mail(
            key=first.key,
            kind=MailKind(first.kind) if alone else MailKind.DIGEST,
            person_id=person,
            address=known[person],
            at=at,
            lead_id=first.lead_id if alone else None,
        )
    Mail.objects.bulk_create(mails.values())
    return mails
