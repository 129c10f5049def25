"""Two people change the same setting: who saves second is shown what the first one did.

The audit log knows every change of a setting, so a form carries the number of the newest one its
reader could know of. The service that saves is given it and refuses (``Overtaken``) under its lock;
the page then shows what was done, and sending the form again is on purpose.
"""

from dataclasses import dataclass, field

from django.db import models
from django.http import HttpRequest

from ..selectors.changes import Told, changes_of, newest_change_of

MOST_DIGITS = 19
"""Longer numbers are none of ours, and more than the database holds."""


@dataclass(frozen=True, slots=True)
class Seen:
    """``number``: newest change that the form shown now takes into account (0: there was none; None: a
    new thing); ``overtaken``: changes that whoever sent it had not seen, oldest first."""

    number: int | None = None
    overtaken: list[Told] = field(default_factory=list)

    @property
    def status(self) -> int:
        """Of a form that comes back after it was sent."""
        return 409 if self.overtaken else 422


def seen_number(request: HttpRequest) -> int | None:
    """What the form that was sent has seen, for the service; None when it does not say."""
    posted = request.POST.get("seen", "") if request.method == "POST" else ""
    return int(posted) if posted.isdecimal() and len(posted) < MOST_DIGITS else None


def what_was_seen(request: HttpRequest, subject: models.Model | None) -> Seen:
    """For the page that is shown; one query. A new thing, and a form that does not say what it has
    seen, overtake nothing."""
    if subject is None or subject._state.adding:
        return Seen()
    said = seen_number(request)
    if said is None:
        return Seen(newest_change_of(subject))
    history = changes_of(subject)
    number = history[-1].change.pk if history else 0
    return Seen(number, [one for one in history if one.change.pk > said])
