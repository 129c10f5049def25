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

OWN_LETTERS = "ñ"
"""Letters of their own in Spanish: who types one means it (año), who types n may mean either."""
KEPT_TO = "".join(
    letter.lower() if letter.lower() in OWN_LETTERS else plain for letter, plain in zip(FROM, TO, strict=True)
)
"""As TO, but letters of their own stay."""

TABLE = str.maketrans(FROM, TO)
KEEPING = str.maketrans(FROM, KEPT_TO)


def fold(text: str, *, keep_own: bool = False) -> str:
    """In small letters, without accents; ``keep_own``: except letters of their own."""
    small = unicodedata.normalize("NFC", text).lower()
    return small.translate(KEEPING if keep_own else TABLE)


def has_own_letters(text: str) -> bool:
    return any(letter in OWN_LETTERS for letter in unicodedata.normalize("NFC", text).lower())
