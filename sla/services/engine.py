"""One round of the deadline engine: ring, decide, deliver, beat."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import connection as database

from ..selectors.health import TICK
from .delivery import Delivered, Stopwatch, deliver_due
from .reminders import BATCH, decide_due
from .ringing import ring
from .transport import Connection

RING_SECONDS = 20.0
DECIDE_SECONDS = 20.0
DELIVER_SECONDS = 30.0
"""A round is bounded; what is left is due in the next one."""

BEAT_SECONDS = 5
"""A beat is written at most this often."""


@dataclass
class Round:
    """What one tick did."""

    rung: int = 0
    decided: int = 0
    delivered: Delivered = field(default_factory=Delivered)


def tick(*, at: datetime, connection: Connection | None = None) -> Round:
    """Ring clocks, decide reminders, hand mails over, and say that the engine lives.

    Safe to run many times at once: each part claims its rows without waiting for others. Each part
    ends in transactions of its own, so that a round that is killed leaves only expiring leases.
    """
    done = Round()
    if not _work_waits(at):
        return done
    watch = Stopwatch(at)
    while watch.seconds() < RING_SECONDS and (rung := ring(at=at)):
        done.rung += rung
    ringing = watch.seconds()
    while watch.seconds() - ringing < DECIDE_SECONDS and (decided := decide_due(at=at, limit=BATCH)):
        done.decided += decided
    done.delivered = deliver_due(at=watch.now(), seconds=DELIVER_SECONDS, connection=connection)
    beat(name=TICK, at=at)
    return done


def beat(*, name: str, at: datetime) -> None:
    """One cheap statement; it writes only when the last beat is older than BEAT_SECONDS."""
    with database.cursor() as cursor:
        cursor.execute(f"{BEAT} SELECT %(name)s, %(at)s {UNLESS_FRESH}", _beating(name, at))


BEAT = "INSERT INTO sla_enginebeat (name, beat_at)"

UNLESS_FRESH = """
WHERE NOT EXISTS (SELECT FROM sla_enginebeat WHERE name = %(name)s AND beat_at >= %(fresh)s)
ON CONFLICT (name) DO UPDATE SET beat_at = greatest(sla_enginebeat.beat_at, excluded.beat_at)
"""
"""Trap: ON CONFLICT locks the row, which is a write, even when its own WHERE then changes nothing."""


def _beating(name: str, at: datetime) -> dict[str, str | datetime]:
    return {"name": name, "at": at, "fresh": at - timedelta(seconds=BEAT_SECONDS)}


def _work_waits(at: datetime) -> bool:
    """Is anything due? If not, the round ends here and has beaten: one statement in all.

    It reads the first entry of five partial indexes. Trap: asked with EXISTS, the planner expects to
    meet a due row soon and reads the whole table when there is none. The smallest value of an index
    is always one step away.
    """
    with database.cursor() as cursor:
        cursor.execute(
            f"""
            WITH work AS MATERIALIZED (
                SELECT coalesce(least(
                    (SELECT min(due_at) FROM sla_reminder WHERE state = 'pending'),
                    (SELECT min(next_attempt_at) FROM sla_mail WHERE state = 'pending'),
                    (SELECT min(created_at) FROM sla_notice WHERE mail_id IS NULL),
                    (SELECT min(due_at) FROM sla_clock WHERE state = 'running'),
                    (SELECT min(retry_at) FROM sla_clock WHERE ended_at IS NULL AND retry_at IS NOT NULL)
                ) <= %(at)s, false) AS waits
            ), beaten AS (
                {BEAT} SELECT %(name)s, %(at)s FROM (SELECT FROM work WHERE NOT waits) idle {UNLESS_FRESH}
            )
            SELECT waits FROM work
            """,
            _beating(TICK, at),
        )
        return bool(cursor.fetchone()[0])
