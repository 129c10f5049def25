"""This room's pages in the navigation."""

from django.utils.translation import gettext_lazy as _

from smarketing.accounts.navigation import Entry, Group

ENTRIES = (
    Entry(_("Leads"), "funnel:leads", Group.WORK, "people", order=20, also=frozenset({"funnel:lead"})),
    Entry(_("Funnel"), "funnel:report", Group.RESULTS, "funnel", order=20),
)
