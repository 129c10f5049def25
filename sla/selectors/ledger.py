"""The ledger: who was told what and when, whether it arrived, or why not."""

from collections import defaultdict
from collections.abc import Iterable

from django.contrib.auth.models import AnonymousUser

from leads.selectors import leads_visible_to
from smarketing.accounts.models import User

from ..models import Clock, Reminder
from ..models.reminder import ReminderQuerySet


def reminders_visible_to(user: User | AnonymousUser) -> ReminderQuerySet:
    """Steps of clocks of the leads that the user may see, latest due first: three queries a page."""
    found = Reminder.objects.filter(clock__lead__in=leads_visible_to(user))
    return with_deliveries(found.select_related("clock__lead")).order_by("-due_at", "-pk")


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
