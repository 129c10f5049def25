"""Writing mails into the outbox: keys, Message-IDs, one per person."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from leads.services.notifications import Note, notify
from smarketing.accounts.enums import NotificationKind
from smarketing.accounts.models import User

from ..enums import MailKind
from ..models import Mail


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


def write_notices(
    *,
    subject: str,
    kind: MailKind,
    person_ids: Iterable[int],
    at: datetime,
    lead_id: int | None,
    context: Mapping[str, Any],
) -> list[Mail]:
    """One mail per person about ``subject`` (part of the key: saying it twice writes nothing), and the
    same inside the product."""
    found = addresses(person_ids)
    mails = [
        new_mail(
            key=f"{kind.value}:{subject}:{person}",
            kind=kind,
            person_id=person,
            address=address,
            at=at,
            lead_id=lead_id,
        )
        for person, address in sorted(found.items())
    ]
    for mail in mails:
        mail.context = dict(context)
    notify(
        (
            Note(person, NotificationKind(kind.value), f"{kind.value}:{subject}", lead_id=lead_id)
            for person in sorted(found)
        ),
        at=at,
    )
    return Mail.objects.bulk_create(mails, ignore_conflicts=True)
