"""Where a lead stood at the beginning of a day, as it was known then."""

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Standing:
    """Open in ``stage`` (empty: in any) at the beginning of ``day``, there for ``days_from`` to
    ``days_to`` whole days of 24 hours (None: any), having come there with ``grade`` (None: any;
    "": without a score)."""

    day: dt.date
    stage: str = ""
    days_from: int = 0
    days_to: int | None = None
    grade: str | None = None
