"""A form that was sent after the session had ended: carried through signing in, by the browser.

It is signed, or a page elsewhere could make a form that somebody sends here after signing in.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.core import signing

SALT = "smarketing.kept-form"
LONGEST = 200_000
"""Characters; what is longer is not kept."""

GOOD_FOR = 24 * 3600
SECRET = ("csrfmiddlewaretoken", "password")
"""Beginnings and parts of names that are never carried."""

OURS = frozenset({"expected", "seen", "version", "was", "next", "scope", "view", "to", "confirmed"})
"""Fields that nobody types: pages send them along."""


@dataclass(frozen=True)
class KeptForm:
    path: str
    values: list[tuple[str, str]]


def keep(*, path: str, values: Iterable[tuple[str, str]]) -> str:
    """As text for a hidden field; empty when it is too long to carry."""
    pairs = [[name, value] for name, value in values if not any(part in name for part in SECRET)]
    if sum(len(name) + len(value) for name, value in pairs) > LONGEST:
        return ""
    return signing.dumps({"path": path, "values": pairs}, salt=SALT, compress=True)


def kept(text: str) -> KeptForm | None:
    """None for what we did not sign, or signed more than a day ago."""
    try:
        found = signing.loads(text, salt=SALT, max_age=GOOD_FOR)
    except signing.BadSignature:
        return None
    return KeptForm(found["path"], [(name, value) for name, value in found["values"]])


def in_words(values: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """What a person typed or chose, named as the pages name it; empty fields are left out."""
    known = _known_fields()
    return [
        (_label(known.get(name), name), _chosen(known.get(name), value))
        for name, value in values
        if value.strip() and name not in OURS
    ]


def _known_fields() -> dict[str, Any]:
    """Fields by name, of whichever model has one: forms call theirs after them."""
    models = (model for model in apps.get_models() if model.__module__.split(".")[0] != "django")
    return {field.name: field for model in models for field in model._meta.concrete_fields}


def _label(field: Any, name: str) -> str:
    text = str(field.verbose_name) if field else name.replace("_", " ")
    return text[:1].upper() + text[1:]


def _chosen(field: Any, value: str) -> str:
    return str(dict(field.flatchoices).get(value, value)) if field else value
