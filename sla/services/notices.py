"""News that belongs to no step: a lead nobody took, a lead returned, a mail that never arrives."""

from collections.abc import Sequence
from datetime import datetime

from funnel.models import Assignment, Journey
from leads.services.notifications import Note, notify
from smarketing.accounts.enums import NotificationKind
from smarketing.accounts.models import User

from ..enums import MailKind
from ..models import Delivery, Mail, Notice, Reminder
from ..rules.recipients import People, marketing, next_above, sales_managers
from ..selectors.people import people
from .mailing import new_mail, notices_for, write_notices

PASSWORD_WINDOW = 600
"""Seconds."""


def tell_unassigned(*, assignment: Assignment, at: datetime) -> None:
    """Nobody was eligible: the sales managers hear of it."""
    notices = notices_for(
        subject=str(assignment.pk),
        kind=MailKind.UNASSIGNED,
        person_ids=sales_managers(people()),
        at=at,
        lead_id=assignment.lead_id,
        context={"skipped": len(assignment.decision.get("skipped", []))},
    )
    write_notices(notices, at=at)


def tell_assigned(*, assignment: Assignment, actor: User | None, at: datetime) -> None:
    """Whose lead it is now sees it inside the product, unless they took it themselves."""
    if assignment.user_id is not None and (actor is None or actor.pk != assignment.user_id):
        note = Note(
            assignment.user_id,
            NotificationKind.ASSIGNED,
            f"assignment:{assignment.pk}",
            lead_id=assignment.lead_id,
        )
        notify([note], at=at)


def tell_recycled(*, journey: Journey, owner_id: int | None, at: datetime) -> None:
    """Not decided in time: who had the lead and marketing, who have it again, both see it."""
    write_notices(recycled_notices(journey=journey, owner_id=owner_id, at=at, everybody=people()), at=at)


def recycled_notices(
    *, journey: Journey, owner_id: int | None, at: datetime, everybody: People
) -> list[Notice]:
    """Not saved: many leads are returned in one transaction."""
    told = set(marketing(everybody))
    owner = everybody.get(owner_id) if owner_id else None
    if owner:
        told.update([owner.id] if owner.is_active else next_above(everybody, owner.id))
    return notices_for(
        subject=str(journey.pk),
        kind=MailKind.RECYCLED,
        person_ids=told,
        at=at,
        lead_id=journey.lead_id,
        context={"owner": owner_id},
    )


def send_password_link(*, user: User, at: datetime) -> None:
    """One mail in ten minutes, however often it is asked for; its link is made when it is sent."""
    window = int(at.timestamp()) // PASSWORD_WINDOW
    mail = new_mail(
        key=f"password:{user.pk}:{window}",
        kind=MailKind.PASSWORD,
        person_id=user.pk,
        address=user.email,
        at=at,
        lead_id=None,
    )
    Mail.objects.bulk_create([mail], ignore_conflicts=True)


def tell_undeliverable(*, mail: Mail, reminders: Sequence[Reminder], at: datetime) -> None:
    """The next one up hears at once that ``mail`` did not arrive, and what it was about.

    News in it of other mails that did not arrive is passed on as it is. ``tried`` grows along the
    chain, so it ends when everybody up to the administrators was unreachable; then only the ledger
    shows it. Who gets a mail about the very same steps anyway hears it there.
    """
    if mail.kind == MailKind.PASSWORD:
        return  # nobody else's business
    inside = list(mail.notices.all())
    passed_on = [notice for notice in inside if notice.kind == MailKind.UNDELIVERABLE]
    tried = {mail.recipient_id, *(person for notice in passed_on for person in notice.context["tried"])}
    chosen = next_above(people(), mail.recipient_id, tried=tried)
    notices = [
        one
        for notice in passed_on
        for one in _undelivered(
            notice.context["mail"], chosen, tried, notice.context["error"], notice.lead_id, at
        )
    ]
    if reminders or len(passed_on) < len(inside) or not inside:
        untold = _who_did_not_hear(chosen, {reminder.pk for reminder in reminders})
        notices += _undelivered(mail.pk, untold, tried, mail.error[:300], mail.lead_id, at)
    write_notices(notices, at=at)


def _undelivered(
    mail_id: int,
    person_ids: Sequence[int],
    tried: set[int | None],
    error: str,
    lead_id: int | None,
    at: datetime,
) -> list[Notice]:
    return notices_for(
        subject=str(mail_id),
        kind=MailKind.UNDELIVERABLE,
        person_ids=person_ids,
        at=at,
        lead_id=lead_id,
        context={"mail": mail_id, "tried": sorted(one for one in tried if one), "error": error},
    )


def _who_did_not_hear(chosen: Sequence[int], steps: set[int]) -> list[int]:
    heard: dict[int, set[int]] = {}
    rows = (
        Delivery.objects.filter(reminder__in=steps, mail__recipient__in=chosen)
        if steps
        else Delivery.objects.none()
    )
    for person, reminder in rows.values_list("mail__recipient_id", "reminder_id"):
        heard.setdefault(person, set()).add(reminder)
    return [person for person in chosen if not steps or heard.get(person) != steps]
