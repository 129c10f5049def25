"""Does the engine run, and does it keep up?"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

STANDS_STILL_AFTER = timedelta(seconds=90)
"""Several ticks missed. Less than the two minutes within which somebody must be able to see it."""

TICK = "tick"


@dataclass(frozen=True, slots=True)
class EngineState:
    """``still_since``: when it stopped keeping its promise, None while it is fine.

    ``oldest_overdue``: due time of the reminder that waits longest to be decided, ``oldest_mail``:
    when the mail that waits longest to be handed over was written (the mail server's matter, so
    it does not make the engine stand still).
    """

    last_beat: datetime | None
    oldest_overdue: datetime | None
    oldest_mail: datetime | None
    still_since: datetime | None

    @property
    def is_ok(self) -> bool:
        return self.still_since is None and self.last_beat is not None


def engine_state(at: datetime) -> EngineState:
    """One statement over three small indexes.

    Two things are wrong: nobody ticks, or somebody ticks and gets nowhere. A reminder that was pushed
    on because it could not be decided is shown in the ledger and does not count as standing still.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT
                (SELECT beat_at FROM sla_enginebeat WHERE name = %(tick)s),
                (SELECT due_at FROM sla_reminder WHERE state = 'pending' AND retry_at IS NULL
                    AND due_at <= %(at)s ORDER BY due_at LIMIT 1),
                (SELECT min(created_at) FROM sla_mail WHERE state = 'pending')
            """,
            {"tick": TICK, "at": at},
        )
        beat, overdue, mail = cursor.fetchone()
    known = [moment for moment in (beat, overdue) if moment and at - moment > STANDS_STILL_AFTER]
    return EngineState(beat, overdue, mail, min(known) if known else None)
