"""Telling people inside the product. Every room calls `notify` in the transaction of the fact."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from smarketing.accounts.models import User

from ..models import Notification
from ..selectors.notifications import notifications_of
from ..selectors.prepared import write
from .statements import columns_of, fresh, places_of, row_of

UNREAD = ("read_at",)


@dataclass(frozen=True)
class Note:
    """``key`` names the fact ("assignment:7"); ``lead_id``, or ``name`` and ``url`` for what is no lead."""

    user_id: int
    kind: str
    key: str
    lead_id: int | None = None
    name: str = ""
    url: str = ""


def notify(notes: Iterable[Note], *, at: datetime) -> None:
    """Tell each; one statement for all, none for nobody. Said before is not said again.

    What somebody has switched off is left out when they read, not here: a hand-off must not pay
    for reading preferences, and switching on again brings the past back.
    """
    rows = [
        fresh(
            Notification,
            user_id=note.user_id,
            kind=note.kind,
            key=note.key,
            lead_id=note.lead_id,
            name=note.name[:200],
            url=note.url,
            created_at=at,
        )
        for note in notes
    ]
    if len(rows) == 1:  # every hand-off comes by here
        write(_insert_one(), row_of(rows[0], but=UNREAD))
    elif rows:
        Notification.objects.bulk_create(rows, ignore_conflicts=True)


@cache
def _insert_one() -> str:
    columns = ", ".join(columns_of(Notification, but=UNREAD))
    return (
        f"INSERT INTO leads_notification ({columns}) VALUES ({places_of(Notification, but=UNREAD)}) "
        "ON CONFLICT DO NOTHING"
    )


def mark_read(*, user: User, at: datetime, notification_id: int | None = None) -> int:
    """One of the person's own, or all of them; how many became read."""
    unread = notifications_of(user).filter(read_at=None)
    if notification_id is not None:
        unread = unread.filter(pk=notification_id)
    return unread.update(read_at=at)
