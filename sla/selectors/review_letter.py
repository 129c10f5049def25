"""Mails about reviews: the invitation with its calendar entry, and decisions that wait."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from ..enums import MailKind
from ..models import Mail, Notice, Review, ReviewDecision
from ..rules.ics import calendar_file
from ..rules.text import one_line
from .reviews import meeting_of


def reviews_told_of(mails: Iterable[Mail]) -> dict[int, Review]:
    """By id; no statement when no invitation is among them."""
    wanted = {mail.context["review"] for mail in mails if mail.kind == MailKind.REVIEW}
    rows = Review.objects.select_related("agreement", "organizer").prefetch_related("participants")
    return rows.in_bulk(wanted) if wanted else {}


def is_overtaken(mail: Mail, review: Review | None) -> bool:
    """The meeting is over, was moved since, or goes on without this person."""
    if review is None or review.is_held or review.sequence != mail.context["sequence"]:
        return True
    return mail.recipient_id not in {guest.pk for guest in review.participants.all()}


def review_context(review: Review) -> dict[str, Any]:
    moved = review.sequence > 0
    subject = _("Moved: review of %(agreement)s") if moved else _("Review of %(agreement)s")
    return {
        "subject": one_line(subject % {"agreement": review.agreement}),
        "review": review,
        "starts_at": localtime(review.starts_at),
        "url": f"{settings.SITE_URL}{reverse('sla:review', args=[review.pk])}",
    }


def attach_calendar(message: EmailMultiAlternatives, review: Review) -> None:
    file = calendar_file(meeting_of(review, tuple(review.participants.all())), method="REQUEST")
    message.attach("review.ics", file.decode(), "text/calendar; method=REQUEST; charset=utf-8")


def todo_context(notice: Notice) -> dict[str, Any]:
    decision = ReviewDecision.objects.select_related("review__agreement").get(pk=notice.context["decision"])
    return {
        "subject": one_line(_("A decision waits for you: %(text)s") % {"text": decision.text}),
        "decision": decision,
        "url": f"{settings.SITE_URL}{notice.context['url']}",
    }
