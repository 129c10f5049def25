"""Reviews: who writes them, when the next one is due, and the calendar entry of one."""

import datetime as dt
from typing import Any

from django.conf import settings
from django.db.models import Count, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from leads.models import RuleSet
from smarketing.accounts.enums import Role
from smarketing.accounts.models import User

from ..enums import ReviewState
from ..models import Agreement, Policy, Review, ReviewDecision
from ..rules.ics import Guest, Meeting
from ..rules.reviews import next_day
from .agreements import agreement_in_force, day_of
from .policies import company_calendar

HOUR = dt.time(10)
"""When a review is proposed to begin, in the company's own time."""


def may_write(user: User, agreement: Agreement | None) -> bool:
    """The heads and the mediator of the agreement, and administrators."""
    if not user.is_active or agreement is None:
        return False
    named = {agreement.marketing_head_id, agreement.sales_head_id, agreement.mediator_id}
    return user.role == Role.ADMIN or user.pk in named


STATES: dict[str, Q] = {
    ReviewState.TO_COME: Q(held_at=None),
    ReviewState.HELD: Q(held_at__isnull=False),
    ReviewState.TO_DO: Q(left__gt=0),
}


def reviews(state: str = "") -> QuerySet[Review]:
    """The one to come first, then the latest; with how many decisions are open. ``state``: one of
    ``ReviewState``, or anything else for all."""
    left = Count("decisions", filter=Q(decisions__done_at=None))
    rows = Review.objects.select_related("agreement").annotate(made=Count("decisions"), left=left)
    return rows.filter(STATES.get(state, Q())).order_by("-starts_at", "-pk")


def proposed_start(agreement: Agreement, *, at: dt.datetime) -> dt.datetime:
    """The next date by the agreed cadence after the last review (or since the agreement is in force),
    on a working day, and not in the past."""
    calendar = company_calendar()
    zone = calendar.zone if calendar else dt.UTC

    def is_working(day: dt.date) -> bool:
        if calendar is None:
            return day.weekday() < 5
        return bool(calendar.week[day.weekday()]) and day not in calendar.holidays

    held = Review.objects.filter(agreement__series=agreement.series, held_at__isnull=False)
    last = held.order_by("-starts_at").values_list("starts_at", flat=True).first()
    day = last.astimezone(zone).date() if last else agreement.in_force_from or agreement.first_day
    due = next_day(day, agreement.review_every, is_working=is_working)
    while due <= day_of(at):
        due = next_day(due, agreement.review_every, is_working=is_working)
    return dt.datetime.combine(due, HOUR, zone)


def whom_to_invite(agreement: Agreement) -> list[User]:
    """Both heads, the mediator, and the executives."""
    named = [agreement.marketing_head_id, agreement.sales_head_id, agreement.mediator_id]
    wanted = Q(pk__in=[pk for pk in named if pk]) | Q(role=Role.EXECUTIVE)
    return list(User.objects.filter(wanted, is_active=True).order_by("first_name", "last_name", "pk"))


def to_come(agreement: Agreement) -> QuerySet[Review]:
    """Planned and not held yet, of any version."""
    return Review.objects.filter(agreement__series=agreement.series, held_at=None)


def to_plan(*, at: dt.datetime) -> Agreement | None:
    """The agreement in force, when no review of it is planned."""
    found = agreement_in_force(at)
    return None if found is None or to_come(found).exists() else found


def meeting_of(review: Review, guests: tuple[User, ...] = ()) -> Meeting:
    """The calendar entry, in the language that is active."""
    url = f"{settings.SITE_URL}{reverse('sla:review', args=[review.pk])}"
    return Meeting(
        uid=f"{review.uid}@smarketing",
        sequence=review.sequence,
        stamp=review.planned_at,
        starts_at=review.starts_at,
        ends_at=review.ends_at,
        summary=_("Review: %(agreement)s") % {"agreement": review.agreement},
        description=_("Agenda and decisions: %(url)s") % {"url": url},
        place=review.place,
        url=url,
        organizer=Guest(str(review.organizer), review.organizer.email),
        guests=tuple(Guest(str(guest), guest.email) for guest in guests),
    )


def open_decisions(*, day: dt.date) -> QuerySet[ReviewDecision]:
    """Those due until ``day`` that nobody has carried out, whose owner is still here."""
    rows = ReviewDecision.objects.filter(done_at=None, due_on__lte=day, owner__is_active=True)
    return rows.select_related("owner", "review__agreement").order_by("due_on", "pk")


def choices_of_led_to() -> dict[str, Any]:
    """What a decision may have led to: agreements, published scoring rules, policies."""
    return {
        "agreement": Agreement.objects.signed(),
        "rule_set": RuleSet.objects.exclude(published_at=None),
        "policy": Policy.objects.all(),
    }
