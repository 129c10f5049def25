"""Keep the sums of the promises by day true. See ``models.promise_day`` for how."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count, Min
from django.db.models.functions import TruncDate

from funnel.rules.periods import Span

from ..enums import ClockState
from ..models import PromiseDay
from ..rules.stretches import days_of, stretches
from ..selectors.promises import Promised, ended, kept_and_missed, promised

BATCH = 366
"""Days summed in one transaction."""

NEVER_DUE = datetime.min.replace(tzinfo=UTC)
"""No clock has passed its deadline yet: running ones count as open."""

# One sums at a time: the other would miss the changes that this one takes.
_LOCK = 7_351_904_222

# Clocks of the last day change without being told, and what changed one may take a day to commit. By
# the clock of the database, as the triggers have it.
_DUE = """
WITH past AS (
  SELECT min(day) AS first, (now() AT TIME ZONE %(tz)s)::date - 3 AS last FROM (
    SELECT (min(started_at) AT TIME ZONE %(tz)s)::date AS day FROM sla_clock
    UNION ALL SELECT min(day) FROM sla_promiseday) AS began),
due AS (
  SELECT (started_at AT TIME ZONE %(tz)s)::date AS day FROM sla_promisechange
  UNION
  SELECT passed::date FROM past, generate_series(first::timestamp, last, '1 day') AS passed
   WHERE NOT EXISTS (
     SELECT FROM sla_promiseday AS kept WHERE kept.day = passed::date AND kept.time_zone = %(tz)s))
SELECT day FROM due, past WHERE day <= last ORDER BY day DESC LIMIT %(batch)s
"""
_TAKE = "DELETE FROM sla_promisechange WHERE (started_at AT TIME ZONE %s)::date = ANY(%s)"


def refresh() -> int:
    """Sum the days that are past and have no true sum, the latest first; returns how many they were."""
    done = 0
    while True:
        summed = _sum_some()
        done += summed
        if summed < BATCH:
            return done


@transaction.atomic
def _sum_some() -> int:
    """Changes are taken before anything is counted: one that commits meanwhile stays, and so does the
    doubt about its day."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute(_DUE, {"tz": settings.TIME_ZONE, "batch": BATCH})
        days = sorted(day for (day,) in cursor.fetchall())
        cursor.execute(_TAKE, [settings.TIME_ZONE, days])
    for stretch in stretches(days):
        _sum(stretch)
    return len(days)


def _sum(stretch: Span) -> None:
    wanted, began = Promised(stretch), TruncDate("started_at", tzinfo=ZoneInfo(settings.TIME_ZONE))
    clocks: Any = promised(wanted, at=NEVER_DUE).order_by().annotate(day=began)
    counts = clocks.values_list("day", "kind", "owner", "outcome", "bar").annotate(n=Count("pk"))
    tallies, owners = _tallied(counts)
    tries: dict[date, dict[str | None, int]] = defaultdict(dict)
    given_up: Any = ended(wanted).order_by().annotate(day=began)
    for day, outcome, n in given_up.values_list("day", "outcome").annotate(n=Count("pk")):
        tries[day][outcome] = n
    running = clocks.filter(state=ClockState.RUNNING).values_list("day").annotate(due=Min("due_at"))
    due: dict[date, datetime] = dict(running)
    PromiseDay.objects.bulk_create(
        (
            PromiseDay(
                day=day,
                time_zone=settings.TIME_ZONE,
                tallies=[[*key, n] for key, n in tallies[day].items()],
                owners=owners[day],
                next_due=due.get(day),
                kept=(depth := kept_and_missed(tries[day])).kept,
                missed=depth.missed,
            )
            for day in days_of(stretch)
        ),
        update_conflicts=True,
        unique_fields=["day"],
        update_fields=["time_zone", "tallies", "owners", "next_due", "kept", "missed"],
    )


Counts = defaultdict[date, Counter[Any]]


def _tallied(rows: Iterable[tuple[date, str, int | None, str, int | None, int]]) -> tuple[Counts, Counts]:
    """By day: over all owners with the bars, and by owner without."""
    tallies: Counts = defaultdict(Counter)
    owners: Counts = defaultdict(Counter)
    for day, kind, owner, outcome, bar, n in rows:
        tallies[day][kind, outcome, bar] += n
        owners[day][f"{kind}:{owner or ''}:{outcome}"] += n
    return tallies, owners
