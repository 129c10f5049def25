"""What the mails of a batch tell of, each kind of row read in one statement for all of them."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from ..models import Clock, Delivery, Mail, Notice
from .clocks import with_attempts


def saved(mails: Iterable[Mail]) -> list[int]:
    """All but what is only looked at."""
    return [mail.pk for mail in mails if mail.pk]


def notices_of(mails: Iterable[Mail]) -> dict[int, list[Notice]]:
    found: dict[int, list[Notice]] = {}
    ids = saved(mails)
    if not ids:
        return found
    rows = Notice.objects.filter(mail__in=ids).select_related("lead")
    for row in rows.order_by("created_at", "id"):
        assert row.mail_id is not None
        found.setdefault(row.mail_id, []).append(row)
    return found


def deliveries_of(mail_ids: Collection[int]) -> dict[int, list[Delivery]]:
    found: dict[int, list[Delivery]] = {}
    if not mail_ids:
        return found
    rows = Delivery.objects.filter(mail__in=mail_ids).select_related(
        "reminder__clock__lead__company", "reminder__clock__owner"
    )
    for row in rows.order_by("reminder__clock__due_at", "id"):
        found.setdefault(row.mail_id, []).append(row)
    return found


def attempts_of(clocks: Sequence[Clock]) -> Mapping[int, int]:
    """Contacts logged by a person since the hand-off, by clock."""
    if not clocks:
        return {}
    mentioned = Clock.objects.filter(pk__in={clock.pk for clock in clocks}).order_by()
    counted = with_attempts(mentioned).values_list("pk", "made")  # type: ignore[misc]  # annotated there
    return dict(counted)
