"""The SQL that turns journeys into sums: one text for live rows, for the tail and for the cells.

``images`` are signed rows shaped like ``RollupDelta``; ``facts`` turns them into
``entered_at, source, landing_page, campaign_id, measure, stage, code, n, total``. Because the
refresh, the rebuild and the live read share it, they cannot disagree. Parameters are psycopg's
named ones; ``%(tz)s`` is always among them.
"""

from collections.abc import Collection

from ..enums import RANK, STAGES, STAMPS, Grain, Grouping, Measure, OpportunityStatus, Stage
from ..rules.histogram import EXACT, STEP

KEY_OF = {
    Grouping.TOTAL: "''",
    Grouping.SOURCE: "source",
    Grouping.LANDING_PAGE: "landing_page",
    Grouping.CAMPAIGN: "coalesce(campaign_id::text, '')",
}
ALL_TIME = "'0001-01-01'::date"
ENTRY_DAY = "(entered_at AT TIME ZONE %(tz)s)::date"
ENTRY_MONTH = "date_trunc('month', entered_at AT TIME ZONE %(tz)s)::date"
PERIOD_OF = {Grain.ALL: ALL_TIME, Grain.MONTH: ENTRY_MONTH, Grain.DAY: ENTRY_DAY}

CELLS: tuple[tuple[Grouping, Grain], ...] = (
    (Grouping.TOTAL, Grain.ALL),
    (Grouping.TOTAL, Grain.MONTH),
    (Grouping.TOTAL, Grain.DAY),
    (Grouping.SOURCE, Grain.ALL),
    (Grouping.SOURCE, Grain.MONTH),
    (Grouping.LANDING_PAGE, Grain.ALL),
    (Grouping.LANDING_PAGE, Grain.MONTH),
    (Grouping.CAMPAIGN, Grain.ALL),
    (Grouping.CAMPAIGN, Grain.MONTH),
)
"""The sums that are kept; ``LANDING_PAGE`` by month without stays, see ``RollupCell``."""

_DIMS = "entered_at, source, landing_page, campaign_id"
_MOMENTS = ", ".join([*list(STAMPS.values())[1:], "closed_at"])
_JOURNEY = f"{_DIMS}, stage, status, reason, is_current, {_MOMENTS}"

TAIL = "SELECT * FROM funnel_rollupdelta AS j WHERE {where}"
LIVE = f"""
SELECT 'journey' AS kind, 1 AS sign, {_JOURNEY}, NULL::numeric AS amount, '' AS currency
  FROM funnel_journey AS j WHERE {{where}}
UNION ALL
SELECT 'deal', 1, j.entered_at, j.source, j.landing_page, j.campaign_id, '', '', '', false,
       {", ".join(["NULL::timestamptz"] * len(STAGES))}, o.amount, o.currency
  FROM funnel_opportunity AS o JOIN funnel_journey AS j ON j.id = o.journey_id
 WHERE o.status = '{OpportunityStatus.WON}' AND {{where}}
"""


def _stays() -> str:
    """(stage, since, until) of each stage that can be left; not reached or not left: NULL."""
    rows = []
    for stage in STAGES[:-1]:
        following = STAMPS[STAGES[RANK[stage] + 1]]
        until = f"coalesce({following}, CASE WHEN stage = '{stage}' THEN closed_at END)"
        rows.append(f"('{stage}', {STAMPS[stage]}, {until})")
    return ", ".join(rows)


# date_part, not EXTRACT: double precision instead of the much slower numeric. A history that
# was imported with its errors may leave a stage before it was reached: that stay is 0 seconds.
_STAY = f"""
SELECT {_DIMS}, '{Measure.STAY}' AS measure, place AS stage,
       (CASE WHEN seconds < {EXACT} THEN seconds::int
             ELSE {EXACT} + floor(ln(seconds / {EXACT}) / ln({STEP}::float8))::int END)::text AS code,
       sign AS n, (sign * seconds)::numeric AS total
  FROM (SELECT {_DIMS}, sign, place, floor(greatest(date_part('epoch', until - since), 0)) AS seconds
          FROM images CROSS JOIN LATERAL (VALUES {_stays()}) AS stay (place, since, until)
         WHERE kind = 'journey' AND until - since IS NOT NULL) AS stays
"""
_DAYS = "floor(date_part('epoch', customer_at - mql_at) / 86400)::int"
_BRANCHES = {
    Measure.STATE: f"""
SELECT {_DIMS}, '{Measure.STATE}' AS measure, stage,
       status || ':' || reason || ':' || is_current::int AS code, sign AS n, 0::numeric AS total
  FROM images WHERE kind = 'journey'""",
    Measure.STAY: _STAY,
    Measure.WIN: f"""
SELECT {_DIMS}, '{Measure.WIN}' AS measure, '{Stage.CUSTOMER}' AS stage, {_DAYS}::text AS code,
       sign AS n, (sign * {_DAYS})::numeric AS total
  FROM images WHERE kind = 'journey' AND customer_at - mql_at IS NOT NULL""",
    Measure.DEAL: f"""
SELECT {_DIMS}, '{Measure.DEAL}' AS measure, '{Stage.CUSTOMER}' AS stage, currency AS code,
       sign AS n, sign * amount AS total
  FROM images WHERE kind = 'deal'""",
}


def facts(images: str, measures: Collection[Measure] = tuple(Measure)) -> str:
    """A SELECT of signed facts over ``images`` (a SELECT shaped like ``RollupDelta``)."""
    branches = " UNION ALL ".join(_BRANCHES[measure] for measure in measures)
    return f"(WITH images AS ({images}) {branches})"


def fold(taken: str) -> str:
    """The statement that adds the images which ``taken`` (one or more CTEs, the last named
    ``taken``) yields to the cells."""
    cells = ", ".join(
        f"('{grouping}', '{grain}', {KEY_OF[grouping]}, {PERIOD_OF[grain]})" for grouping, grain in CELLS
    )
    return f"""
WITH {taken}, facts AS {facts("SELECT * FROM taken")}
INSERT INTO funnel_rollupcell AS cell (grouping, grain, measure, key, period, stage, code, n, total)
SELECT c.grouping, c.grain, measure, c.key, c.period, stage, code, sum(n), sum(total)
  FROM facts CROSS JOIN LATERAL (VALUES {cells}) AS c (grouping, grain, key, period)
 WHERE NOT (c.grouping = '{Grouping.LANDING_PAGE}' AND c.grain = '{Grain.MONTH}'
            AND measure = '{Measure.STAY}')
 GROUP BY 1, 2, 3, 4, 5, 6, 7
HAVING sum(n) <> 0 OR sum(total) <> 0
ON CONFLICT (grouping, grain, measure, key, period, stage, code)
DO UPDATE SET n = cell.n + excluded.n, total = cell.total + excluded.total
"""
