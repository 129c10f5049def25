"""The SQL that turns journeys into sums: one text for live rows, for the tail and for the cells.

``images`` are signed rows shaped like ``RollupDelta``; ``facts`` turns them into
``entered_at, source, landing_page, campaign_id, measure, part, code, n, total``, and ``packed``
sums these up into rows shaped like cells. Because the refresh, the rebuild and the live read
share it, they cannot disagree. Parameters are psycopg's named ones; ``%(tz)s`` is always among them.
"""

from collections.abc import Collection

from ..enums import RANK, STAGES, STAMPS, Grain, Grouping, Measure, OpportunityStatus
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


def period_of(grain: Grain, day: str) -> str:
    """The first day of the period that the day lies in; the same as ``rules.periods`` has it."""
    month = f"date_trunc('month', {day}::timestamp)::date"
    ten = f"{month} + 10 * least((date_part('day', {day})::int - 1) / 10, 2)"
    quarter = f"date_trunc('quarter', {day}::timestamp)::date"
    return {Grain.ALL: ALL_TIME, Grain.QUARTER: quarter, Grain.MONTH: month, Grain.TEN: ten, Grain.DAY: day}[
        grain
    ]


Sum = tuple[Grouping, Grain]
FINER: dict[Sum, Sum | None] = {
    (Grouping.SOURCE, Grain.DAY): None,
    (Grouping.SOURCE, Grain.TEN): (Grouping.SOURCE, Grain.DAY),
    (Grouping.SOURCE, Grain.MONTH): (Grouping.SOURCE, Grain.TEN),
    (Grouping.SOURCE, Grain.QUARTER): (Grouping.SOURCE, Grain.MONTH),
    (Grouping.SOURCE, Grain.ALL): (Grouping.SOURCE, Grain.QUARTER),
    (Grouping.TOTAL, Grain.DAY): (Grouping.SOURCE, Grain.DAY),
    (Grouping.TOTAL, Grain.TEN): (Grouping.TOTAL, Grain.DAY),
    (Grouping.TOTAL, Grain.MONTH): (Grouping.TOTAL, Grain.TEN),
    (Grouping.TOTAL, Grain.QUARTER): (Grouping.TOTAL, Grain.MONTH),
    (Grouping.TOTAL, Grain.ALL): (Grouping.TOTAL, Grain.QUARTER),
    (Grouping.CAMPAIGN, Grain.MONTH): None,
    (Grouping.CAMPAIGN, Grain.QUARTER): (Grouping.CAMPAIGN, Grain.MONTH),
    (Grouping.CAMPAIGN, Grain.ALL): (Grouping.CAMPAIGN, Grain.QUARTER),
    (Grouping.LANDING_PAGE, Grain.MONTH): None,
    (Grouping.LANDING_PAGE, Grain.QUARTER): (Grouping.LANDING_PAGE, Grain.MONTH),
    (Grouping.LANDING_PAGE, Grain.ALL): (Grouping.LANDING_PAGE, Grain.QUARTER),
}
"""The sums that are kept, and from which of them a rebuild makes each (None: from the journeys).
Pages by day would be nearly as many as the journeys themselves."""


def grains_of(grouping: Grouping) -> frozenset[Grain]:
    return frozenset(grain for kept, grain in FINER if kept == grouping)


_DIMS = "entered_at, source, landing_page, campaign_id"
_MOMENTS = ", ".join([*list(STAMPS.values())[1:], "closed_at"])
_JOURNEY = f"{_DIMS}, stage, status, reason, is_current, {_MOMENTS}"

TAIL = "SELECT * FROM funnel_rollupdelta AS j WHERE {where}"
# Materialized: the journeys are found once, not again for their deals.
LIVE = f"""
WITH chosen AS MATERIALIZED (SELECT id, {_JOURNEY} FROM funnel_journey AS j WHERE {{where}})
SELECT 'journey' AS kind, 1 AS sign, {_JOURNEY}, NULL::numeric AS amount, '' AS currency FROM chosen
UNION ALL
SELECT 'deal', 1, {_DIMS}, '', '', '', false,
       {", ".join(["NULL::timestamptz"] * len(STAGES))}, o.amount, o.currency
  FROM funnel_opportunity AS o JOIN chosen ON chosen.id = o.journey_id
 WHERE o.status = '{OpportunityStatus.WON}'
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
SELECT {_DIMS}, '{Measure.STAY}' AS measure, place AS part,
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
SELECT {_DIMS}, '{Measure.STATE}' AS measure, '' AS part,
       stage || ':' || status || ':' || reason || ':' || is_current::int AS code,
       sign AS n, 0::numeric AS total
  FROM images WHERE kind = 'journey'""",
    Measure.STAY: _STAY,
    Measure.WIN: f"""
SELECT {_DIMS}, '{Measure.WIN}' AS measure, '' AS part, {_DAYS}::text AS code,
       sign AS n, (sign * {_DAYS})::numeric AS total
  FROM images WHERE kind = 'journey' AND customer_at - mql_at IS NOT NULL""",
    Measure.DEAL: f"""
SELECT {_DIMS}, '{Measure.DEAL}' AS measure, currency AS part, NULL AS code,
       sign AS n, sign * amount AS total
  FROM images WHERE kind = 'deal'""",
}


def facts(images: str, measures: Collection[Measure] = tuple(Measure)) -> str:
    """A SELECT of signed facts over ``images`` (a SELECT shaped like ``RollupDelta``)."""
    branches = " UNION ALL ".join(_BRANCHES[measure] for measure in measures)
    return f"(WITH images AS ({images}) {branches})"


def packed(by: str, rows: str) -> str:
    """A SELECT of ``<by>, measure, part, n, total, counts`` over ``rows``, the FROM of facts that
    have the columns ``by``. Sums of nothing are left out."""
    return f"""
SELECT {by}, measure, part, sum(n)::bigint AS n, sum(total) AS total,
       coalesce(jsonb_object_agg(code, n) FILTER (WHERE code IS NOT NULL AND n <> 0), '{{}}') AS counts
  FROM (SELECT {by}, measure, part, code, sum(n)::bigint AS n, sum(total) AS total
          FROM {rows} GROUP BY {by}, measure, part, code) AS sums
 GROUP BY {by}, measure, part HAVING bool_or(n <> 0 OR total <> 0)
"""


_COLUMNS = "grouping, grain, key, period, measure, part, n, total, counts"
_UNPACKED = "(SELECT code, v::bigint AS n FROM jsonb_each_text({counts}) AS pair (code, v))"
_BOTH = " UNION ALL ".join(_UNPACKED.format(counts=f"{row}.counts") for row in ("cell", "excluded"))
_MERGED = f"""
SELECT coalesce(jsonb_object_agg(code, n), '{{}}')
  FROM (SELECT code, sum(n)::bigint AS n FROM ({_BOTH}) AS pairs GROUP BY code HAVING sum(n) <> 0) AS merged
"""


def fold(taken: str) -> str:
    """The statement that adds the images which ``taken`` (one or more CTEs, the last named
    ``taken``) yields to the cells."""
    cells = ", ".join(
        f"('{grouping}', '{grain}', {KEY_OF[grouping]}, {period_of(grain, ENTRY_DAY)})"
        for grouping, grain in FINER
    )
    keyed = f"facts CROSS JOIN LATERAL (VALUES {cells}) AS c (grouping, grain, key, period)"
    return f"""
WITH {taken}, facts AS {facts("SELECT * FROM taken")}
INSERT INTO funnel_rollupcell AS cell ({_COLUMNS}) {packed("grouping, grain, key, period", keyed)}
ON CONFLICT (grouping, grain, measure, key, period, part)
DO UPDATE SET n = cell.n + excluded.n, total = cell.total + excluded.total, counts = ({_MERGED})
"""


FACT_TABLE = """
CREATE TEMP TABLE funnel_fact (day date, source text, landing_page text, campaign_id bigint,
  measure text, part text, code text, n bigint, total numeric) ON COMMIT DROP
"""
FACT_ROWS = f"""
SELECT {ENTRY_DAY}, source, landing_page, campaign_id, measure, part, code, n, total
  FROM {facts(LIVE.format(where="true"))} AS facts
"""
_UNPACKED_CELLS = """
SELECT {key} AS key, {period} AS period, measure, part, code, coalesce(c.n, cell.n) AS n,
       -- The total of a cell goes with its first code, and with none when it has no codes.
       CASE WHEN coalesce(place, 1) = 1 THEN total ELSE 0 END AS total
  FROM funnel_rollupcell AS cell
  LEFT JOIN LATERAL (SELECT code, v::bigint AS n, place FROM jsonb_each_text(counts)
                            WITH ORDINALITY AS pair (code, v, place)) AS c ON true
 WHERE grouping = '{grouping}' AND grain = '{grain}'
"""


def build(grouping: Grouping, grain: Grain) -> str:
    """The statement that makes these cells, of which there are none, from ``funnel_fact`` or finer cells."""
    finer = FINER[grouping, grain]
    if finer is None:
        dims = f"{KEY_OF[grouping]} AS key, {period_of(grain, 'day')} AS period"
        rows = f"SELECT {dims}, measure, part, code, n, total FROM funnel_fact"
    else:
        rows = _UNPACKED_CELLS.format(
            key="key" if finer[0] == grouping else "''",
            period=period_of(grain, "period"),
            grouping=finer[0],
            grain=finer[1],
        )
    return (
        f"INSERT INTO funnel_rollupcell ({_COLUMNS})"
        f" SELECT '{grouping}', '{grain}', * FROM ({packed('key, period', f'({rows}) AS rows')}) AS packed"
    )
