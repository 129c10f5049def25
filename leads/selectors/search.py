"""Finding leads by what a person types: the beginnings of words."""

import re

from django.contrib.postgres.search import SearchQuery

from ..models.lead import WORDS, LeadQuerySet

MOST_WORDS = 8
WORD = re.compile(r"[^\W_]+")


def matching(leads: LeadQuerySet, text: str) -> LeadQuerySet:
    """Those in whose name, e-mail or company every word of `text` begins some word.

    "gar acme" finds García of acme.com. Served by the index `lead_words`; without any word in
    `text` nothing is found.
    """
    words = WORD.findall(text.lower())[:MOST_WORDS]
    if not words:
        return leads.none()
    # Only letters and digits are left, so nothing here can be read as an operator.
    query = SearchQuery(" & ".join(f"{word}:*" for word in words), search_type="raw", config="simple")
    return leads.alias(words=WORDS).filter(words=query)
