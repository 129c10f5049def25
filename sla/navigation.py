"""This room's pages in the navigation."""

from django.utils.translation import gettext_lazy as _

from smarketing.accounts.navigation import Entry, Group

ENTRIES = (
    Entry(_("Queue"), "sla:queue", Group.WORK, "queue", order=10),
    Entry(_("Reminders"), "sla:reminders", Group.RESULTS, "bell", order=60),
)
