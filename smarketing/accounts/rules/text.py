"""Cleaning of text that came from outside, before it is stored, compared or mailed.

Markup and template syntax stay what they are, text: showing them safely is the template's work.
"""

import re
import unicodedata

from .messages import Message as _

NUL = "\x00"
SURROGATE = re.compile("[\ud800-\udfff]")
LINE_BREAKS = re.compile("\r\n|[\r\n\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029]")
MANY_EMPTY_LINES = re.compile("\n{3,}")

INVISIBLE = re.compile(
    "["
    "\x01-\x08\x0e-\x1b\x7f-\x84\x86-\x9f"  # controls that are no white space
    "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\uffa0\u2800"  # soft hyphen, fillers, blanks
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # direction marks, embeddings, overrides, isolates
    "\u200b-\u200d\u2060-\u2065\u206a-\u206f\ufeff"  # zero width
    "\ufe00-\ufe0f\ufff0-\uffff\ufdd0-\ufdef"  # variation selectors, specials, non-characters
    "\U000e0000-\U000e0fff"  # tags and more variation selectors
    "]"
)
"""What nobody sees: it hides words from a reader, turns them round, or makes two equal names differ.

U+FFFD is not spared: it only ever tells that the text was broken on its way here.
"""


class InvalidText(ValueError):
    """The text cannot be stored; the message is written for the person who reads it."""


def is_storable(value: str) -> bool:
    """Whether PostgreSQL can keep it: NUL and lone surrogates have no place in its text type."""
    return NUL not in value and not SURROGATE.search(value)


def clean_text(value: str, *, max_length: int, multiline: bool = False) -> str:
    """`value` in NFC without invisible characters and with single spaces; may be empty.

    A line break in single-line text becomes a space, so it can never start a mail header. With
    `multiline` line ends become LF and at most one empty line stays between two paragraphs.
    Raises InvalidText on NUL, on half of a surrogate pair, and past `max_length` (after cleaning).
    """
    if value.isascii() and value.isprintable():  # nearly every value: nothing of all this is in it
        multiline = False
    elif NUL in value:
        raise InvalidText(_("The text contains a NUL character."))
    elif SURROGATE.search(value):
        raise InvalidText(_("The text contains half of a surrogate pair."))
    else:
        value = unicodedata.normalize("NFC", INVISIBLE.sub("", value))
    if multiline:
        lines = (" ".join(line.split()) for line in LINE_BREAKS.sub("\n", value).split("\n"))
        value = MANY_EMPTY_LINES.sub("\n\n", "\n".join(lines)).strip("\n")
    else:
        value = " ".join(value.split())
    if len(value) > max_length:
        raise InvalidText(_("The text is longer than %(limit)d characters.") % {"limit": max_length})
    return value
