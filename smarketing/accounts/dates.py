"""Days and months as the reader's language writes them, in the shapes that Django's formats do not name."""

import datetime as dt
from enum import StrEnum
from functools import lru_cache
from typing import Any

from django.utils.formats import date_format, get_format_modules
from django.utils.translation import get_language


class Shape(StrEnum):
    """The names under which ``smarketing/formats`` has them."""

    DATE = "SHORT_DATE_FORMAT"
    DAY = "SHORT_DAY_FORMAT"
    WEEKDAY = "WEEKDAY_FORMAT"
    LONG_DAY = "LONG_DAY_FORMAT"
    MONTH = "SHORT_MONTH_FORMAT"


def day_words(day: dt.date, shape: Shape) -> str:
    """7 Sep, Mon 7 Sep, Monday, 7 September 2026 and Sep 2026; in Spanish 7 sep, lun 7 sep and so on."""
    return _shown(day, shape, get_language() or "")


@lru_cache(maxsize=4096)
def _shown(day: dt.date, shape: Shape, language: str) -> str:
    """In the ``language`` that is active; each row of a table names the same days again."""
    words = date_format(day, shape.value if shape == Shape.DATE else _format(shape))
    return words if _format("CAPITALS") else words.lower()


def _format(name: str) -> Any:
    """From the first formats module of the active language that has it."""
    return next(getattr(module, name) for module in get_format_modules() if hasattr(module, name))
