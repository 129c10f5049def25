"""The ledger: who was told what and when, whether it arrived, or why not."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, OuterRef, Q

from funnel.selectors.timeline import Source
from leads.selectors import in_sight
from smarketing.accounts.models import User

from ..enums import ReminderState, SkipReason
from ..models import Clock, Delivery, Reminder
from ..models.reminder import ReminderQuerySet


@dataclass(frozen=True, slots=True)
class LedgerFilter:
    """Every given value must match. ``person`` is who was told; ``due_until`` is not included."""

    state: str | None = None
    kind: str | None = None
    lead: int | None = None
    person: int | None = None
    due_from: datetime | None = None
    due_until: datetime | None = None


def reminders_visible_to(user: User | AnonymousUser) -> ReminderQuerySet:
    """Steps of clocks of the leads that the user may see, latest due first: four statements a page."""
    found = Reminder.objects.filter(in_sight(user, "clock__lead"))
    found = found.select_related("clock__lead", "clock__owner")
    return with_deliveries(found).order_by("-due_at", "-pk")


def ledger_page(
    user: User | AnonymousUser,
    wanted: LedgerFilter,
    *,
    after: tuple[datetime, int] | None,
    size: int,
) -> list[Reminder]:
    """The next ``size`` reminders; ``after``: due time and id of the last row seen."""
    exact: dict[str, object] = {
        "state": wanted.state,
        "clock__kind": wanted.kind,
        "clock__lead": wanted.lead,
        "due_at__gte": wanted.due_from,
        "due_at__lt": wanted.due_until,
    }
    given = {field: value for field, value in exact.items() if value is not None}
    rows = reminders_visible_to(user).filter(**given)
    if wanted.person is not None:
        heard = Delivery.objects.filter(reminder=OuterRef("pk"), mail__recipient=wanted.person)
        rows = rows.filter(Exists(heard))
    if after:
        due_at, pk = after
        # The first condition alone lets the index be entered at the right place.
        rows = rows.filter(due_at__lte=due_at).filter(Q(due_at__lt=due_at) | Q(pk__lt=pk))
    return list(rows[:size])


def why(reminder: Reminder) -> str:
    """Why nobody (more) heard, in words; empty when everything went well."""
    try:
        return str(SkipReason(reminder.error).label)
    except ValueError:
        return reminder.error


def with_deliveries(reminders: ReminderQuerySet) -> ReminderQuerySet:
    """Each with the mails that carried it and whom they went to."""
    return reminders.prefetch_related("deliveries__mail__recipient")


def steps_of(clocks: Iterable[Clock]) -> dict[int, list[Reminder]]:
    """Reminders by clock id, in the order of the ladder."""
    found: dict[int, list[Reminder]] = defaultdict(list)
    rows = Reminder.objects.filter(clock__in=[clock.pk for clock in clocks]).order_by("clock", "step")
    for reminder in with_deliveries(rows):
        found[reminder.clock_id].append(reminder)
    return found


def told_reminders() -> ReminderQuerySet:
    """What somebody was told, or should have been and could not be; what was not needed told nobody."""
    ended = Reminder.objects.filter(
        state__in=(ReminderState.SENT, ReminderState.DEAD), ended_at__isnull=False
    )
    return with_deliveries(ended.select_related("clock"))


REMINDERS_OF_A_LEAD = Source("reminder", "ended_at", told_reminders, has_actor=False, lead="clock__lead_id")
"""For the timeline of a lead."""
