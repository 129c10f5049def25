"""Finding leads by what a person types: the beginnings of words."""

import re

from django.contrib.postgres.search import SearchQuery
from django.db.models import BooleanField, Func

from ..models.lead import OWN_WORDS, WORDS, LeadQuerySet
from ..rules.folding import fold, has_own_letters

MOST_WORDS = 8
FEW = 1000
"""So many leads are worth naming one by one; more are met soon in any order."""
WORD = re.compile(r"[^\W_]+")


def matching(leads: LeadQuerySet, text: str) -> LeadQuerySet:
    """Those in whose name, e-mail or company every word of `text` begins some word.

    "gar acme" finds García of acme.com, and "nunez" Núñez; "ñ" finds only itself. Served by the
    index `lead_words`; without any word in `text` nothing is found.
    """
    words = words_of(text)
    if not words:
        return leads.none()
    found = leads.alias(words=WORDS).filter(words=_beginnings(words))
    if has_own_letters(text):
        # As a function, of which the planner expects a third: by the operator it expects next to none
        # besides those of the index, and would gather thousands of them for a page.
        kept = _beginnings(words_of(text, keep_own=True))
        found = found.filter(Func(OWN_WORDS, kept, function="ts_match_vq", output_field=BooleanField()))
    return found


def words_of(text: str, *, keep_own: bool = False) -> list[str]:
    return WORD.findall(fold(text, keep_own=keep_own))[:MOST_WORDS]


def _beginnings(words: list[str]) -> SearchQuery:
    # Only letters and digits are left, so nothing here can be read as an operator.
    return SearchQuery(" & ".join(f"{word}:*" for word in words), search_type="raw", config="simple")


def first_matching(leads: LeadQuerySet, text: str) -> LeadQuerySet:
    """``matching`` for who wants the first few in some order; asks once before.

    PostgreSQL takes every beginning of a word for a frequent one, so it would walk the order's index
    until it has found enough: for a rare word that is every lead there is.
    """
    found = matching(leads, text)
    ids = list(found.order_by().values_list("pk", flat=True)[: FEW + 1])
    return found if len(ids) > FEW else leads.filter(pk__in=ids)
