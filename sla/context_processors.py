"""What every page may show about the engine."""

from time import monotonic
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from .selectors.health import EngineState, engine_state

GOOD_FOR = 5.0
"""Seconds that one answer serves all pages of a process."""

_known: tuple[float, EngineState] | None = None


def engine(request: HttpRequest) -> dict[str, Any]:
    """``engine``: the EngineState; asked for only when a template uses it."""
    return {"engine": SimpleLazyObject(_recent)}


def forget() -> None:
    """Ask again at once; for tests."""
    global _known
    _known = None


def _recent() -> EngineState:
    global _known
    if _known is None or monotonic() - _known[0] > GOOD_FOR:
        _known = (monotonic(), engine_state(timezone.now()))
    return _known[1]
