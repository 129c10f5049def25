"""This room's pages in the navigation."""

from django.utils.translation import gettext_lazy as _

from smarketing.accounts.enums import REP_ROLES, Role
from smarketing.accounts.navigation import Entry, Group

MARKETING = frozenset(Role) - REP_ROLES

ENTRIES = (
    Entry(
        _("Forms"),
        "leads:forms",
        Group.MARKETING,
        "form",
        order=20,
        roles=MARKETING,
        also=frozenset({"leads:form", "leads:edit-form", "leads:new-form", "leads:try-form"}),
    ),
    Entry(_("Quarantine"), "leads:inbox", Group.MARKETING, "shield", order=30, roles=MARKETING),
)
