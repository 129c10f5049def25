"""Whether an agreement sets the plan of a month; the room above knows it."""

import datetime as dt
from typing import Any

from leads.rules.agreed import Agreed

from ..rules.periods import month_start
from ..signals import targets_agreed


def agreed_targets(month: dt.date, *, at: dt.datetime) -> Agreed | None:
    asked = targets_agreed.send(sender=None, month=month_start(month), at=at)
    answers: list[Any] = [answer for _receiver, answer in asked]
    return next((answer for answer in answers if answer is not None), None)
