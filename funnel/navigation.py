"""This room's pages in the navigation."""

from django.utils.translation import gettext_lazy as _

from smarketing.accounts.enums import REP_ROLES, Role
from smarketing.accounts.navigation import Entry, Group, Setting

ENTRIES = (
    Entry(
        _("Leads"),
        "funnel:leads",
        Group.WORK,
        "people",
        order=20,
        also=frozenset({"funnel:board", "funnel:move", "funnel:bulk", "funnel:bulk-job", "funnel:lead"}),
    ),
    Entry(
        _("Campaigns"),
        "funnel:campaigns",
        Group.MARKETING,
        "campaign",
        order=10,
        roles=frozenset(Role) - REP_ROLES,
        also=frozenset({"funnel:campaign", "funnel:new-campaign", "funnel:edit-campaign"}),
    ),
    Entry(
        _("Recycled leads"),
        "funnel:recycled",
        Group.MARKETING,
        "return",
        order=15,
        roles=frozenset(Role) - REP_ROLES,
        also=frozenset({"funnel:decide-return"}),
    ),
    Entry(
        _("Opportunities"),
        "funnel:opportunities",
        Group.WORK,
        "euro",
        order=30,
        also=frozenset({"funnel:edit-opportunity"}),
    ),
    Entry(
        _("Personas"),
        "funnel:personas",
        Group.MARKETING,
        "card",
        order=45,
        roles=frozenset(Role) - REP_ROLES,
        also=frozenset({"funnel:persona", "funnel:new-persona", "funnel:edit-persona"}),
    ),
    Entry(_("Funnel"), "funnel:report", Group.RESULTS, "funnel", order=20),
)
SETTINGS = (
    Setting(
        _("Routing"),
        _("Which pool a lead goes to, who is in it, and who would get the next one."),
        "funnel:settings-routing",
        "swap",
        order=34,
    ),
)
