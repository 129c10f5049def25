"""A form that was sent after the session had ended: carried through signing in, by the browser.

It is signed, or a page elsewhere could make a form that somebody sends here after signing in.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.core import signing

SALT = "smarketing.kept-form"
LONGEST = 200_000
"""Characters; what is longer is not kept."""

GOOD_FOR = 24 * 3600
SECRET = ("csrfmiddlewaretoken", "password")
"""Beginnings and parts of names that are never carried."""


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
