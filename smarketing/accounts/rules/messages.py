"""Texts that are kept, and told later to somebody whose language is not known yet."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext, override


class Message(Promise):
    """Reads like a lazy translation, in the language of whoever reads it, and can be kept as JSON.

    Import it as ``_``, so that the text is found for the catalog. ``%`` gives it values, each of them
    a text, a number, a lazy translation, or a list of these.
    """

    def __init__(self, text: str, values: Mapping[str, Any] | None = None) -> None:
        self.text, self.values = text, dict(values or {})

    def __mod__(self, values: Mapping[str, Any]) -> "Message":
        return Message(self.text, values)

    def __str__(self) -> str:
        words = gettext(self.text)
        return words % {name: _told(value) for name, value in self.values.items()} if self.values else words

    @property
    def kept(self) -> dict[str, Any]:
        """As JSON; ``recalled`` reads it."""
        return {"text": self.text, "values": {name: _kept(value) for name, value in self.values.items()}}


def recalled(kept: Any) -> Message:
    """From JSON; a plain text was finished when it was kept."""
    if isinstance(kept, str):
        return Message(kept)
    return Message(kept["text"], {name: _recalled(value) for name, value in kept["values"].items()})


def _recalled(value: Any) -> Any:
    if isinstance(value, list):
        return [_recalled(one) for one in value]
    return recalled(value) if isinstance(value, dict) else value


def _kept(value: Any) -> Any:
    if isinstance(value, list):
        return [_kept(one) for one in value]
    if isinstance(value, Promise) and not isinstance(value, Message):
        with override(None):  # a label of an enum: without a language it is its own id
            value = Message(str(value))
    return value.kept if isinstance(value, Message) else value


def _told(value: Any) -> Any:
    return ", ".join(str(one) for one in value) if isinstance(value, list) else value
