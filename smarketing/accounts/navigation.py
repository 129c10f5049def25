"""The product's sections in the navigation.

Each room names its own pages in ``<room>/navigation.py`` as ``ENTRIES``; nobody registers them
elsewhere, so a room never touches another's file.
"""

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
    """One link. ``order`` sorts within its group; ``also`` are view names on which it is lit too."""

    label: Promise
    url_name: str
    group: Group
    icon: str
    order: int = 50
    roles: frozenset[Role] = frozenset(Role)
    staff_too: bool = False
    also: frozenset[str] = frozenset()

    def is_for(self, user: User) -> bool:
        return user.role in self.roles or (self.staff_too and user.is_staff)


ENTRIES = (
    Entry(
        _("All settings"),
        "admin:index",
        Group.SETTINGS,
        "gear",
        order=90,
        roles=frozenset(),
        staff_too=True,
    ),
)


@cache
def entries() -> tuple[Entry, ...]:
    """What every installed room names, in the order of the navigation."""
    found: list[Entry] = []
    for config in apps.get_app_configs():
        if config.module is not None and module_has_submodule(config.module, "navigation"):
            found += getattr(import_module(f"{config.name}.navigation"), "ENTRIES", ())
    places = list(Group)
    return tuple(sorted(found, key=lambda entry: (places.index(entry.group), entry.order, entry.url_name)))


def groups_for(user: User, here: str) -> list[dict[str, Any]]:
    """The blocks that this person sees; the entry of the view named ``here`` is ``current``."""
    shown: dict[Group, list[dict[str, Any]]] = {}
    for entry in entries():
        if entry.is_for(user):
            current = here == entry.url_name or here in entry.also
            shown.setdefault(entry.group, []).append({"entry": entry, "current": current})
    return [{"key": group, "title": TITLES[group], "items": items} for group, items in shown.items()]
