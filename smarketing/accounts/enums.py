"""Words of the accounts room."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """What a person does here; source: the roles in the domain's agreement between both teams."""

    MARKETER = "marketer", _("Marketer")
    SDR = "sdr", _("Sales development rep (SDR)")
    AE = "ae", _("Account executive (AE)")
    MANAGER = "manager", _("Manager")
    EXECUTIVE = "executive", _("Executive (CEO)")
    ADMIN = "admin", _("Administrator")


REP_ROLES = frozenset({Role.SDR, Role.AE})
"""The roles that work leads themselves and see the leads they own."""


class Side(models.TextChoices):
    """The two parties of the agreement."""

    MARKETING = "marketing", _("Marketing")
    SALES = "sales", _("Sales")


class Scope(models.TextChoices):
    """What an API token may do; a token never may more than its user."""

    LEADS_READ = "leads:read", _("Read leads")
    LEADS_WRITE = "leads:write", _("Create, change and move leads")
    ACTIVITIES_WRITE = "activities:write", _("Record activities")
    FUNNEL_READ = "funnel:read", _("Read the funnel report")
    REMINDERS_READ = "reminders:read", _("Read the reminders ledger")


class ChangeAction(models.TextChoices):
    """What happened to a piece of configuration."""

    CREATED = "created", _("Created")
    CHANGED = "changed", _("Changed")
    DELETED = "deleted", _("Deleted")


class Origin(models.TextChoices):
    """The way in by which configuration was changed."""

    BROWSER = "browser", _("Browser")
    API = "api", _("API")
    ADMIN = "admin", _("Admin pages")
    COMMAND = "command", _("Command or job")


class NotificationKind(models.TextChoices):
    """What a person is told inside the product; each may be switched off in the profile."""

    ASSIGNED = "assigned", _("A lead was handed to me")
    REMINDED = "reminded", _("A promise of mine comes due")
    ESCALATED = "escalated", _("A promise of my team was not kept")
    RECYCLED = "recycled", _("A lead came back to marketing")
    UNASSIGNED = "unassigned", _("Nobody could take a lead")
    UNDELIVERABLE = "undeliverable", _("A reminder did not arrive")
    IMPORTED = "imported", _("An import has ended")
    PUBLISHED = "published", _("New scoring rules count")
    RESCORED = "rescored", _("A re-score that I started has ended")
    AGREEMENT = "agreement", _("An agreement waits for me or changed")
    DISPUTED = "disputed", _("A dispute waits for me")
    JUDGED = "judged", _("A dispute was decided")
    REVIEW = "review", _("I am invited to a review")
    TODO = "todo", _("A decision waits for me")


class ColourScheme(models.TextChoices):
    AUTO = "auto", _("Automatic")
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")
