"""JSON as RFC 8259 means it, with bounds: what the standard library lets pass is refused by name.

Stock parsers accept duplicate keys, NaN, NUL and half surrogates, or die on deep nesting.
"""

import json
import re
from typing import Any

from django.utils.translation import gettext_lazy as _

from .text import is_storable

MAX_DEPTH = 32
MAX_DIGITS = 18
"""Digits of an integer: more would not fit PostgreSQL's bigint."""

TOKENS = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?|[\[{]|[\]}]', re.DOTALL)
"""Strings as a whole, then brackets. The closing quote is optional so that an unfinished string
matches to the end at once instead of being tried again from every quote in it."""


class InvalidJson(ValueError):
    """The body is not acceptable JSON. `field` is the dotted place of the fault, or empty."""

    def __init__(self, message: object, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


def decode(body: bytes, *, charset: str = "utf-8") -> str:
    """The text of a body; JSON between systems is UTF-8 and nothing else (RFC 8259, 8.1)."""
    if charset.lower().strip("\"' ") not in {"utf-8", "utf8", "us-ascii"}:
        raise InvalidJson(_("The charset must be UTF-8."))
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidJson(
            _("The body is not valid UTF-8 at byte %(place)d.") % {"place": error.start}
        ) from None


def loads(text: str, *, max_depth: int = MAX_DEPTH) -> Any:
    """The value of a JSON text, or InvalidJson."""
    _refuse_depth(text, max_depth)
    try:
        value = json.loads(
            text,
            object_pairs_hook=_object,
            parse_constant=_constant,
            parse_int=_integer,
            parse_float=_number,
        )
    except json.JSONDecodeError as error:
        raise InvalidJson(
            _("The body is not valid JSON: line %(line)d, column %(column)d.")
            % {"line": error.lineno, "column": error.colno}
        ) from None
    # Raw NUL is no JSON and raw surrogates are no UTF-8: only an escape can bring them in.
    if "\\u" in text:
        _refuse_unstorable(value, "")
    return value


def _refuse_depth(text: str, max_depth: int) -> None:
    if text.count("[") + text.count("{") <= max_depth:
        return
    depth = 0
    for token in TOKENS.finditer(text):
        mark = token.group()
        if mark in "[{":
            depth += 1
            if depth > max_depth:
                raise InvalidJson(
                    _("The body is nested deeper than %(limit)d levels.") % {"limit": max_depth}
                )
        elif mark in "]}":
            depth -= 1


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        seen: set[str] = set()
        for key, _value in pairs:
            if key in seen:
                raise InvalidJson(_("The key appears more than once."), field=_shown(key))
            seen.add(key)
    return value


def _constant(name: str) -> Any:
    raise InvalidJson(_("%(name)s is not a JSON number.") % {"name": name})


def _integer(digits: str) -> int:
    if len(digits.lstrip("-")) > MAX_DIGITS:
        raise InvalidJson(_("A number has more than %(limit)d digits.") % {"limit": MAX_DIGITS})
    return int(digits)


def _number(digits: str) -> float:
    value = float(digits) if len(digits) <= 64 else float("inf")
    if value in (float("inf"), float("-inf")):
        raise InvalidJson(_("A number is out of range."))
    return value


def _refuse_unstorable(value: Any, place: str) -> None:
    """Walks the value; its depth is bounded already."""
    if isinstance(value, str):
        if not is_storable(value):
            raise InvalidJson(
                _("The text contains a NUL character or half of a surrogate pair."), field=place
            )
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _refuse_unstorable(item, f"{place}.{index}" if place else str(index))
    elif isinstance(value, dict):
        for key, item in value.items():
            here = f"{place}.{_shown(key)}" if place else _shown(key)
            if not is_storable(key):
                raise InvalidJson(
                    _("The key contains a NUL character or half of a surrogate pair."), field=here
                )
            _refuse_unstorable(item, here)


def _shown(key: str) -> str:
    """A key as it may stand in an answer: short and free of what made it a fault."""
    return key.encode("ascii", "backslashreplace").decode().replace("\x00", "\\x00")[:64]
