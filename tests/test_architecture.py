"""Directions between the rooms and between the layers inside a room (docs/architecture.md)."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ["smarketing.accounts", "leads", "funnel", "sla"]  # each knows itself and those before it
LAYERS = [
    {"enums", "errors", "signals"},
    {"rules"},
    {"models"},
    {"selectors"},
    {"services"},
    {"tasks", "receivers"},
    {"forms"},
    {"views", "api"},
    {"urls", "admin", "apps"},
]
OUTERMOST = {"management", "templatetags", "middleware"}  # entry points: may use every layer of the room
FORBIDDEN_IN_RULES = (
    "django.db",
    "django.conf",
    "django.apps",
    "django.utils.timezone",
    "rest_framework",
    "celery",
)


def room_of(module: str) -> str | None:
    return next((room for room in ROOMS if f"{module}.".startswith(f"{room}.")), None)


def layer_of(module: str, room: str) -> int | None:
    """The layer's rank, None for a helper module that belongs to no layer."""
    name = module.removeprefix(room).lstrip(".").split(".")[0]
    if name in OUTERMOST:
        return len(LAYERS)
    return next((rank for rank, names in enumerate(LAYERS) if name in names), None)


def imported(tree: ast.Module, module: str, is_package: bool) -> Iterator[tuple[int, str]]:
    """(line, absolute module) of every import, also of those inside functions."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parts = module.split(".")
            base = parts[: len(parts) - node.level + is_package] if node.level else []
            source = ".".join([*base, *([node.module] if node.module else [])])
            yield from ((node.lineno, f"{source}.{alias.name}") for alias in node.names)


def objection(module: str, target: str) -> str | None:
    here, there = room_of(module), room_of(target)
    if here is None:
        return None
    rank = layer_of(module, here)
    if rank == 1 and target.startswith(FORBIDDEN_IN_RULES):
        return "rules are pure"
    if there is None:
        return "a room may not know the project" if f"{target}.".startswith("smarketing.") else None
    if ROOMS.index(there) > ROOMS.index(here):
        return f"{here} may not know {there}"
    other = layer_of(target, there)
    if other == len(LAYERS) and here != there:
        return None  # what one room shows values with, the pages of another may use
    if rank is not None and other is not None and other > rank:
        return "an inner layer may not know an outer one"
    return None


def violations(module: str, source: str, is_package: bool = False) -> list[str]:
    return [
        f"{line}: {module} imports {target}: {reason}"
        for line, target in imported(ast.parse(source), module, is_package)
        if (reason := objection(module, target))
    ]


def sources() -> Iterator[Path]:
    for room in ROOMS:
        for path in sorted((ROOT / room.replace(".", "/")).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path


def test_every_import_points_inwards():
    found = []
    for path in sources():
        is_package = path.name == "__init__.py"
        dotted = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        found += [f"{path.relative_to(ROOT)}:{v}" for v in violations(dotted, path.read_text(), is_package)]
    assert found == []


@pytest.mark.parametrize(
    ("module", "line", "reason"),
    [
        ("leads.services.intake", "from sla.models import Clock", "leads may not know sla"),
        ("leads.models.lead", "import funnel.enums", "leads may not know funnel"),
        ("smarketing.accounts.models", "from leads import enums", "smarketing.accounts may not know leads"),
        ("sla.models.clock", "from sla.services import clocks", "an inner layer may not know an outer one"),
        ("sla.models.clock", "from ..services import clocks", "an inner layer may not know an outer one"),
        ("sla.selectors", "def f():\n    from sla import views", "an inner layer may not know an outer one"),
        (
            "sla.selectors.team",
            "from funnel.services import pools",
            "an inner layer may not know an outer one",
        ),
        ("sla.rules.time", "from django.utils import timezone", "rules are pure"),
        ("funnel.services.moving", "from smarketing.settings import X", "a room may not know the project"),
    ],
)
def test_planted_violation_is_named(module, line, reason):
    (found,) = violations(module, line)
    assert found.endswith(reason)
    assert found.startswith(f"{line.count(chr(10)) + 1}: {module} imports ")


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("sla.services.clocks", "from funnel.services import moving"),
        ("funnel.receivers", "from leads.signals import lead_scored"),
        ("leads.models.lead", "from leads.enums import Kind"),
        ("leads.api.views", "from smarketing.accounts.models import User"),
    ],
)
def test_allowed_import_is_not_named(module, line):
    assert violations(module, line) == []
