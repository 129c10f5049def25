"""Durations as people say them."""

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

MINUTE, HOUR, DAY = 60, 3600, 86400
MANY = 100
"""Hours from which minutes say nothing more."""


def in_words(seconds: int, *, working: bool = False) -> str:
    """The two largest units, in the active language: "2 hours 10 minutes", "less than a minute".

    Working time is never said in days: eight hours are a day to some and a third of one to others.
    """
    units = [] if working else [(DAY, _days)]
    parts = []
    for length, say in [*units, (HOUR, _hours), (MINUTE, _minutes)]:
        count, seconds = divmod(max(0, seconds), length)
        if count:
            parts.append(say(count))
        if len(parts) == 2 or (length == HOUR and count >= MANY):
            break
    return " ".join(parts) or _("less than a minute")


def _days(count: int) -> str:
    return ngettext("%(count)d day", "%(count)d days", count) % {"count": count}


def _hours(count: int) -> str:
    shown = number_format(count, force_grouping=True)
    return ngettext("%(count)s hour", "%(count)s hours", count) % {"count": shown}


def _minutes(count: int) -> str:
    return ngettext("%(count)d minute", "%(count)d minutes", count) % {"count": count}
