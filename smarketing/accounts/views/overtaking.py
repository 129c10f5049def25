"""Two people change the same setting: who saves second is shown what the first one did.

The audit log knows every change of a setting, so a form carries the number of the newest one its
reader could know of. Sending the form again, after it was shown, is done on purpose.
"""

from dataclasses import dataclass, field

from django.db import models
from django.http import HttpRequest

from ..selectors.changes import Told, changes_of


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


def what_was_seen(request: HttpRequest, subject: models.Model | None) -> Seen:
    """One query. A new thing, and a form that does not say what it has seen, overtake nothing."""
    if subject is None or subject._state.adding:
        return Seen()
    history = changes_of(subject)
    number = history[-1].change.pk if history else 0
    posted = request.POST.get("seen", "") if request.method == "POST" else ""
    known = int(posted) if posted.isdecimal() and len(posted) < 19 else number
    return Seen(number, [one for one in history if one.change.pk > known])
