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
