"""The settings pages: who may open which, by which methods."""

from smarketing.accounts.enums import Role

ADMIN = frozenset({Role.ADMIN})
LEADERS = frozenset({Role.ADMIN, Role.MANAGER})

SETTINGS: dict[str, tuple[frozenset[Role], set[str]]] = {
    "settings/": (LEADERS, {"get"}),
    "settings/audit/": (ADMIN, {"get"}),
}
