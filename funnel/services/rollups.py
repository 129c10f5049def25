"""Keep the sums of the funnel report small and true. See ``models.rollups`` for how."""

from datetime import datetime

from django.conf import settings
from django.db import connection, transaction

from ..models import RollupState
from ..selectors import rollup_sql

BATCH = 20_000
"""Images folded per transaction: bounds memory and how long one refresh holds its lock."""

MANY = 200_000
"""So many images wait only after a migration or a great import; counting again is then cheaper."""

FEW = 2_000
"""Fewer images are folded whatever else there is."""

JOURNEYS_AN_IMAGE = 2
"""As many journeys at least are counted in the time in which one image is folded (measured: 2 at three
thousand journeys, 4 at a million). A first import leaves more images than there are journeys."""

# One folds at a time: two would update the same cells and wait for each other row by row.
_LOCK = 7_351_904_221

_TAKE = """
taken AS (
  DELETE FROM funnel_rollupdelta
   WHERE id IN (SELECT id FROM funnel_rollupdelta ORDER BY id LIMIT %(batch)s) RETURNING *)
"""
# One statement, hence one snapshot: a journey is either in the live rows or its image stays in
# the deltas, never both.
_TAKE_ALL = f"WITH gone AS (DELETE FROM funnel_rollupdelta) INSERT INTO funnel_fact {rollup_sql.FACT_ROWS}"


def refresh(*, at: datetime) -> int:
    """Fold committed images into the cells, in batches; returns how many were folded.

    Does nothing when another refresh is running. Rebuilds when the project's time zone changed,
    because the entry days and months did too, and when more images wait than are worth folding.
    """
    done = 0
    while True:
        folded = _fold_batch(at=at)
        done += folded
        if folded < BATCH:
            return done


@transaction.atomic
def _fold_batch(*, at: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            return 0
        state = RollupState.objects.first()
        if state is not None and state.time_zone != settings.TIME_ZONE:
            rebuild(at=at)
            return 0
        cursor.execute("SELECT count(*) FROM (SELECT FROM funnel_rollupdelta LIMIT %s) AS waiting", [MANY])
        waiting: int = cursor.fetchone()[0]
        if waiting == MANY or (waiting >= FEW and not _are_more_journeys(JOURNEYS_AN_IMAGE * waiting)):
            rebuild(at=at)
            return 0
        if waiting:
            cursor.execute(rollup_sql.fold(_TAKE), {"tz": settings.TIME_ZONE, "batch": BATCH})
            cursor.execute("DELETE FROM funnel_rollupcell WHERE n = 0")
    _stamp(at=at)
    return min(waiting, BATCH)


def _are_more_journeys(than: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT FROM funnel_journey OFFSET %s LIMIT 1", [than])
        return bool(cursor.rowcount)


@transaction.atomic
def rebuild(*, at: datetime) -> None:
    """Count everything again from the journeys; readers see the old sums until the commit."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        cursor.execute("SET LOCAL work_mem = '128MB'")
        cursor.execute("DELETE FROM funnel_rollupcell")
        cursor.execute(rollup_sql.FACT_TABLE)
        cursor.execute(_TAKE_ALL, {"tz": settings.TIME_ZONE})
        cursor.execute("ANALYZE funnel_fact")
        for statement in rollup_sql.builds():
            cursor.execute(statement)
        cursor.execute("DROP TABLE funnel_fact")
    _stamp(at=at)


def _stamp(*, at: datetime) -> None:
    RollupState.objects.update_or_create(id=1, defaults={"time_zone": settings.TIME_ZONE, "refreshed_at": at})
