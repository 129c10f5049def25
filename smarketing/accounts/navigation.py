"""The product's sections in the navigation.

Each room names its own pages in ``<room>/navigation.py`` as ``ENTRIES``; nobody registers them
elsewhere, so a room never touches another's file.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import import_module
from typing import Any

from django.apps import apps
from django.utils.functional import Promise
from django.utils.module_loading import module_has_submodule
from django.utils.translation import gettext_lazy as _

from .enums import Role
from .models import User
from .selectors.setup import has_colleagues


class Group(StrEnum):
    """Blocks of the navigation, in the order of a day's work."""

    WORK = "work"
    MARKETING = "marketing"
    RESULTS = "results"
    SETTINGS = "settings"


TITLES: dict[Group, Promise] = {
    Group.WORK: _("Work"),
    Group.MARKETING: _("Marketing"),
    Group.RESULTS: _("Results"),
    Group.SETTINGS: _("Settings"),
}


@dataclass(frozen=True)
class Entry:
    """One link. ``order`` sorts within its group; ``also`` are view names on which it is lit too,
    and so are those whose last part begins with ``also_prefix``."""

    label: Promise
    url_name: str
    group: Group
    icon: str
    order: int = 50
    roles: frozenset[Role] = frozenset(Role)
    staff_too: bool = False
    also: frozenset[str] = frozenset()
    also_prefix: str = ""

    def is_for(self, user: User) -> bool:
        return user.role in self.roles or (self.staff_too and user.is_staff)

    def is_lit(self, here: str) -> bool:
        if here == self.url_name or here in self.also:
            return True
        return bool(self.also_prefix) and here.partition(":")[2].startswith(self.also_prefix)


@dataclass(frozen=True)
class Setting:
    """One card of the settings page; each room names its own as ``SETTINGS`` beside ``ENTRIES``."""

    label: Promise
    lede: Promise
    url_name: str
    icon: str
    order: int = 50
    roles: frozenset[Role] = frozenset({Role.ADMIN})


@dataclass(frozen=True)
class SetupStep:
    """One of the first steps; each room names its own as ``SETUP``. ``is_done`` asks the facts."""

    key: str
    label: Promise
    lede: Promise
    url_name: str
    order: int
    is_done: Callable[[], bool]


SETUP = (
    SetupStep(
        "people",
        _("Invite your people"),
        _("Reps, their managers and the CEO: reminders need somebody to go to, and a line to climb."),
        "accounts:settings-people",
        20,
        has_colleagues,
    ),
)
SETTINGS = (
    Setting(
        _("First steps"),
        _("Company, people, calendar, the first form and a test lead."),
        "accounts:settings-setup",
        "play",
        order=5,
    ),
    Setting(
        _("People"),
        _("Who works here, their roles, whom they report to, and when they are away."),
        "accounts:settings-people",
        "people",
        order=10,
        roles=frozenset({Role.ADMIN, Role.MANAGER}),
    ),
    Setting(
        _("Teams"),
        _("Marketing's and sales' teams, and which is part of which."),
        "accounts:settings-teams",
        "building",
        order=12,
    ),
    Setting(
        _("API tokens"),
        _("What other programs may read and write here, and when they last did."),
        "accounts:settings-tokens",
        "link",
        order=80,
    ),
    Setting(
        _("Changes"),
        _("Who changed which setting, when, and from what to what."),
        "accounts:settings-audit",
        "shield",
        order=90,
    ),
)
ENTRIES = (
    Entry(
        _("Settings"),
        "accounts:settings",
        Group.SETTINGS,
        "gear",
        order=10,
        roles=frozenset({Role.ADMIN, Role.MANAGER}),
        also_prefix="settings",
    ),
    Entry(
        _("Admin pages"),
        "admin:index",
        Group.SETTINGS,
        "updown",
        order=90,
        roles=frozenset(),
        staff_too=True,
    ),
)


@cache
def entries() -> tuple[Entry, ...]:
    """What every installed room names, in the order of the navigation."""
    found: list[Entry] = named("ENTRIES")
    places = list(Group)
    return tuple(sorted(found, key=lambda entry: (places.index(entry.group), entry.order, entry.url_name)))


def named(attribute: str) -> list[Any]:
    """Everything that the rooms' ``navigation`` modules hold under this name."""
    found: list[Any] = []
    for config in apps.get_app_configs():
        if config.module is not None and module_has_submodule(config.module, "navigation"):
            found += getattr(import_module(f"{config.name}.navigation"), attribute, ())
    return found


def settings_for(user: User) -> list[Setting]:
    """What this person may set up, in order."""
    mine = (setting for setting in named("SETTINGS") if user.role in setting.roles)
    return sorted(mine, key=lambda setting: (setting.order, setting.url_name))


def setup_steps() -> list[SetupStep]:
    """The first steps of every room, in the order in which they make sense."""
    return sorted(named("SETUP"), key=lambda step: step.order)


def groups_for(user: User, here: str) -> list[dict[str, Any]]:
    """The blocks that this person sees; the entry of the view named ``here`` is ``current``."""
    shown: dict[Group, list[dict[str, Any]]] = {}
    for entry in entries():
        if entry.is_for(user):
            shown.setdefault(entry.group, []).append({"entry": entry, "current": entry.is_lit(here)})
    return [{"key": group, "title": TITLES[group], "items": items} for group, items in shown.items()]
