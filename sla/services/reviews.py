"""Reviews are planned, held and written down by the heads, the mediator and administrators."""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from funnel.errors import NotAllowed
from leads.services.notifications import Note, notify
from smarketing.accounts.enums import NotificationKind
from smarketing.accounts.models import User
from smarketing.accounts.services.audit import changing, record_created

from ..enums import MailKind
from ..errors import ReviewStands, StaleReview
from ..models import Agreement, Mail, Review, ReviewDecision
from ..selectors.agenda import agenda_of
from ..selectors.agreements import day_of
from ..selectors.reviews import may_write, open_decisions, to_come
from .mailing import new_mail, notices_for, write_notices

SOON = timedelta(days=1)
"""A decision's owner is reminded the day before it is due, and once when it is overdue."""


@transaction.atomic
def plan_review(
    *,
    agreement: Agreement,
    starts_at: datetime,
    minutes_long: int,
    place: str,
    participants: Collection[User],
    actor: User,
    at: datetime,
) -> Review:
    """Set the next review and invite. Raises ``NotAllowed`` and ``ReviewStands``: one is planned already."""
    _check(actor, agreement)
    # The agreement's lock: two heads who plan at once make one meeting.
    Agreement.objects.select_for_update(no_key=True).get(pk=agreement.pk)
    if to_come(agreement).exists():
        raise ReviewStands(_("The next review is planned already."))
    review = Review.objects.create(
        agreement=agreement,
        starts_at=starts_at,
        minutes_long=minutes_long,
        place=place,
        organizer=actor,
        planned_at=at,
    )
    review.participants.set(participants)
    record_created(review, actor=actor, at=at)
    _invite(review, at)
    return review


@transaction.atomic
def change_review(
    *,
    review_id: int,
    starts_at: datetime,
    minutes_long: int,
    place: str,
    participants: Collection[User],
    actor: User,
    at: datetime,
) -> Review:
    """Only another time invites those again who have been invited; who is new is invited anyway."""
    review = _locked(review_id, actor)
    if review.is_held:
        raise ReviewStands(_("This review has been held; its date stands."))
    if (review.starts_at, review.minutes_long) != (starts_at, minutes_long):
        review.sequence += 1
        review.planned_at = at
    review.starts_at, review.minutes_long, review.place = starts_at, minutes_long, place
    with changing(review, actor=actor, at=at):
        review.save(update_fields=["starts_at", "minutes_long", "place", "sequence", "planned_at"])
    review.participants.set(participants)
    _invite(review, at)
    return review


def follow_version(*, agreement: Agreement, actor: User | None, at: datetime) -> None:
    """The review to come of an earlier version is of ``agreement`` from now on: time and guests stand, so
    nobody is invited again. Part of the transaction in which ``agreement`` comes into force."""
    waiting = to_come(agreement).select_for_update(of=("self",)).order_by("starts_at", "pk")
    found = list(waiting)
    if not found or any(review.agreement_id == agreement.pk for review in found):
        return
    with changing(found[0], actor=actor, at=at):
        found[0].agreement = agreement
        found[0].save(update_fields=["agreement"])


@transaction.atomic
def hold_review(*, review_id: int, actor: User, at: datetime) -> Review:
    """The meeting begins: its agenda stays as the numbers are now. A second time changes nothing."""
    review = _locked(review_id, actor)
    if not review.is_held:
        review.agenda, review.held_at = agenda_of(review, at=at), at
        review.save(update_fields=["agenda", "held_at"])
    return review


@transaction.atomic
def write_minutes(*, review_id: int, minutes: str, seen: int, actor: User) -> Review:
    """``seen``: the version that the writer began with; ``StaleReview`` when it is another one by now."""
    review = _locked(review_id, actor)
    if review.version != seen:
        raise StaleReview(_("%(who)s wrote the minutes meanwhile.") % {"who": review.minutes_by})
    if review.minutes != minutes:
        review.minutes, review.minutes_by, review.version = minutes, actor, review.version + 1
        review.save(update_fields=["minutes", "minutes_by", "version"])
    return review


@transaction.atomic
def decide_in_review(*, review_id: int, text: str, owner: User, due_on: date, actor: User) -> ReviewDecision:
    review = _locked(review_id, actor)
    return ReviewDecision.objects.create(review=review, text=text, owner=owner, due_on=due_on)


@transaction.atomic
def follow_up(
    *, decision_id: int, is_done: bool, led_to: dict[str, Any], actor: User, at: datetime
) -> ReviewDecision:
    """Carried out or not, and what it led to; also by who is to do it. Raises ``NotAllowed``."""
    decision = ReviewDecision.objects.select_for_update(of=("self",)).get(pk=decision_id)
    if actor.pk != decision.owner_id:
        _check(actor, decision.review.agreement)
    decision.done_at = (decision.done_at or at) if is_done else None
    for name, value in led_to.items():
        setattr(decision, name, value)
    decision.save(update_fields=["done_at", *led_to])
    return decision


def remind_of_decisions(*, at: datetime) -> int:
    """Tell owners the day before a decision is due and once when it is overdue; how many were told of.

    The key names decision, day and occasion, so it may run as often as it likes.
    """
    today = day_of(at)
    notices = []
    for decision in open_decisions(day=today + SOON):
        occasion = "late" if decision.due_on < today else "soon"
        notices += notices_for(
            subject=f"{decision.pk}:{decision.due_on.isoformat()}:{occasion}",
            kind=MailKind.TODO,
            person_ids=[decision.owner_id],
            at=at,
            lead_id=None,
            context={
                "decision": decision.pk,
                "name": decision.text,
                "url": reverse("sla:review", args=[decision.review_id]),
            },
        )
    write_notices(notices, at=at)
    return len(notices)


def _invite(review: Review, at: datetime) -> None:
    """One mail for each time and person; whoever was written to about this time is not again."""
    guests = list(review.participants.filter(is_active=True).exclude(email=""))
    mails = []
    for guest in guests:
        mail = new_mail(
            key=f"review:{review.pk}:{review.sequence}:{guest.pk}",
            kind=MailKind.REVIEW,
            person_id=guest.pk,
            address=guest.email,
            at=at,
            lead_id=None,
        )
        mail.context = {"review": review.pk, "sequence": review.sequence}
        mails.append(mail)
    Mail.objects.bulk_create(mails, ignore_conflicts=True)
    key, url = f"review:{review.pk}:{review.sequence}", reverse("sla:review", args=[review.pk])
    notes = [
        Note(guest.pk, NotificationKind.REVIEW, key, name=str(review.agreement), url=url)
        for guest in guests
        if guest.pk != review.organizer_id
    ]
    notify(notes, at=at)


def _locked(review_id: int, actor: User) -> Review:
    rows = Review.objects.select_for_update(of=("self",)).select_related("agreement", "minutes_by")
    review = rows.get(pk=review_id)
    _check(actor, review.agreement)
    return review


def _check(actor: User, agreement: Agreement) -> None:
    if not may_write(actor, agreement):
        raise NotAllowed(_("The heads of both teams, the mediator and administrators write reviews."))
