"""Mails that belong to no step: a lead nobody took, a lead returned, a mail that never arrives."""

from collections.abc import Sequence
from datetime import datetime

from funnel.models import Assignment, Journey
from leads.services.notifications import Note, notify
from smarketing.accounts.enums import NotificationKind
from smarketing.accounts.models import User

from ..enums import MailKind
from ..models import Delivery, Mail, Reminder
from ..rules.recipients import marketing, next_above, sales_managers
from ..selectors.people import people
from .mailing import new_mail, write_notices

PASSWORD_WINDOW = 600
"""Seconds."""


def tell_unassigned(*, assignment: Assignment, at: datetime) -> list[Mail]:
    """Nobody was eligible: the sales managers hear of it."""
    return write_notices(
        subject=str(assignment.pk),
        kind=MailKind.UNASSIGNED,
        person_ids=sales_managers(people()),
        at=at,
        lead_id=assignment.lead_id,
        context={"skipped": len(assignment.decision.get("skipped", []))},
    )


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


def tell_recycled(*, journey: Journey, owner_id: int | None, at: datetime) -> list[Mail]:
    """Not decided in time: who had the lead and marketing, who have it again, both see it."""
    everybody = people()
    told = set(marketing(everybody))
    owner = everybody.get(owner_id) if owner_id else None
    if owner:
        told.update([owner.id] if owner.is_active else next_above(everybody, owner.id))
    return write_notices(
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


def tell_undeliverable(*, mail: Mail, reminders: Sequence[Reminder], at: datetime) -> list[Mail]:
    """The next one up hears at once that ``mail`` did not arrive, and what it was about.

    ``tried`` grows along the chain, so it ends when everybody up to the administrators was unreachable;
    then only the ledger shows it. Who gets a mail about the very same steps anyway hears it there.
    """
    if mail.kind == MailKind.PASSWORD:
        return []  # nobody else's business
    tried = [*mail.context.get("tried", []), mail.recipient_id]
    chosen = next_above(people(), mail.recipient_id, tried=tried)
    steps = {reminder.pk for reminder in reminders}
    if steps:
        heard: dict[int, set[int]] = {}
        rows = Delivery.objects.filter(reminder__in=steps, mail__recipient__in=chosen)
        for person, reminder in rows.values_list("mail__recipient_id", "reminder_id"):
            heard.setdefault(person, set()).add(reminder)
        chosen = [person for person in chosen if heard.get(person) != steps]
    return write_notices(
        subject=str(mail.pk),
        kind=MailKind.UNDELIVERABLE,
        person_ids=chosen,
        at=at,
        lead_id=mail.lead_id,
        context={"mail": mail.context.get("mail", mail.pk), "tried": tried, "error": mail.error[:300]},
    )
