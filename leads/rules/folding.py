"""Letters without their accents, so that "perez" finds "Pérez"; the same here and in the database.

PostgreSQL's own ``unaccent`` is an extension that not every server carries, and no index may be
built on it as it is: its dictionary can be edited. This table cannot.
"""

import unicodedata

ACCENTED = {
    "a": "áàâäãåā",
    "c": "çčć",
    "e": "éèêëēėę",
    "i": "íìîïī",
    "l": "ł",
    "n": "ñń",
    "o": "óòôöõøō",
    "s": "šśş",
    "u": "úùûüū",
    "y": "ýÿ",
    "z": "žźż",
}
SMALL = "".join(ACCENTED.values())
FROM = SMALL + SMALL.upper()
TO = 2 * "".join(plain * len(letters) for plain, letters in ACCENTED.items())
"""Capitals too: a database with the locale C turns only those without accents into small letters."""

TABLE = str.maketrans(FROM, TO)
OWN_LETTERS = "ñ"
"""A letter of its own in Spanish: who types it means it (año), who types n may mean either."""


def fold(text: str) -> str:
    """In small letters, without accents."""
    return unicodedata.normalize("NFC", text).lower().translate(TABLE)
