"""This room's pages in the navigation."""

from django.utils.translation import gettext_lazy as _

from smarketing.accounts.enums import REP_ROLES, Role
from smarketing.accounts.navigation import Entry, Group, SetupStep

from .selectors.setup import has_forms, has_submissions
from .services.imports import IMPORTERS

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
    Entry(
        _("Scoring"),
        "leads:scoring",
        Group.MARKETING,
        "star",
        order=40,
        roles=MARKETING,
        also_prefix="scoring",
    ),
    Entry(
        _("Imports"),
        "leads:imports",
        Group.MARKETING,
        "import",
        order=25,
        roles=IMPORTERS,
        also=frozenset({"leads:import", "leads:new-import", "leads:import-columns"}),
    ),
    Entry(_("Quarantine"), "leads:inbox", Group.MARKETING, "shield", order=30, roles=MARKETING),
)
SETUP = (
    SetupStep(
        "form",
        _("Make the first form"),
        _("A landing page posts to it; copy its HTML or script into your site."),
        "leads:forms",
        40,
        has_forms,
    ),
    SetupStep(
        "test",
        _("Send yourself a test lead"),
        _(
            "Open the form and choose “Send a test”: each step that a lead takes is shown, "
            "and nothing of it stays."
        ),
        "leads:forms",
        50,
        has_submissions,
    ),
)
