"""The SQL that turns journeys into sums: one text for live rows, for the tail and for the cells.

``images`` are signed rows shaped like ``RollupDelta``; ``facts`` turns them into dimensions,
``measure, part, code, n, total`` (in hundredths), and ``packed`` sums these up into rows shaped like
cells. Because the refresh, the rebuild and the live read share it, they cannot disagree. Parameters
are psycopg's named ones; ``%(tz)s`` is always among them.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence

from ..enums import (
    COHORT_MEASURES,
    RANK,
    STAGES,
    STAMPS,
    Cube,
    Grain,
    Measure,
    OpportunityStatus,
    Stage,
    Status,
)
from ..rules.events import ACCEPTED, BACK, CAME_BACK
from ..rules.histogram import EXACT, STEP

KEY_OF = {
    "": "''",
    "source": "source",
    "landing_page": "landing_page",
    "campaign": "coalesce(campaign_id::text, '')",
    "owner": "coalesce(owner_id::text, '')",
}
"""The key of an image in each dimension; "" is none."""
DIMENSIONS = {
    Cube.TOTAL: ("", ""),
    Cube.SOURCE: ("", "source"),
    Cube.LANDING_PAGE: ("", "landing_page"),
    Cube.CAMPAIGN: ("", "campaign"),
    Cube.OWNER: ("", "owner"),
    Cube.SOURCE_CAMPAIGN: ("source", "campaign"),
    Cube.SOURCE_PAGE: ("source", "landing_page"),
    Cube.CAMPAIGN_PAGE: ("campaign", "landing_page"),
    Cube.OWNER_SOURCE: ("owner", "source"),
    Cube.OWNER_CAMPAIGN: ("owner", "campaign"),
    Cube.OWNER_PAGE: ("owner", "landing_page"),
}
"""What ``within`` and ``key`` of a cube's cells are."""
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


Sum = tuple[Cube, Grain]
FINER: dict[Sum, Sum | None] = {
    (Cube.SOURCE, Grain.DAY): None,
    (Cube.SOURCE, Grain.TEN): (Cube.SOURCE, Grain.DAY),
    (Cube.SOURCE, Grain.MONTH): (Cube.SOURCE, Grain.TEN),
    (Cube.SOURCE, Grain.QUARTER): (Cube.SOURCE, Grain.MONTH),
    (Cube.SOURCE, Grain.ALL): (Cube.SOURCE, Grain.QUARTER),
    (Cube.TOTAL, Grain.DAY): (Cube.SOURCE, Grain.DAY),
    (Cube.TOTAL, Grain.TEN): (Cube.TOTAL, Grain.DAY),
    (Cube.TOTAL, Grain.MONTH): (Cube.TOTAL, Grain.TEN),
    (Cube.TOTAL, Grain.QUARTER): (Cube.TOTAL, Grain.MONTH),
    (Cube.TOTAL, Grain.ALL): (Cube.TOTAL, Grain.QUARTER),
    (Cube.SOURCE_CAMPAIGN, Grain.MONTH): None,
    (Cube.SOURCE_CAMPAIGN, Grain.QUARTER): (Cube.SOURCE_CAMPAIGN, Grain.MONTH),
    (Cube.SOURCE_CAMPAIGN, Grain.ALL): (Cube.SOURCE_CAMPAIGN, Grain.QUARTER),
    (Cube.CAMPAIGN, Grain.MONTH): (Cube.SOURCE_CAMPAIGN, Grain.MONTH),
    (Cube.CAMPAIGN, Grain.QUARTER): (Cube.CAMPAIGN, Grain.MONTH),
    (Cube.CAMPAIGN, Grain.ALL): (Cube.CAMPAIGN, Grain.QUARTER),
    (Cube.LANDING_PAGE, Grain.MONTH): None,
    (Cube.LANDING_PAGE, Grain.QUARTER): (Cube.LANDING_PAGE, Grain.MONTH),
    (Cube.LANDING_PAGE, Grain.ALL): (Cube.LANDING_PAGE, Grain.QUARTER),
    (Cube.SOURCE_PAGE, Grain.MONTH): None,
    (Cube.SOURCE_PAGE, Grain.ALL): None,
    (Cube.CAMPAIGN_PAGE, Grain.ALL): None,
    (Cube.OWNER_SOURCE, Grain.MONTH): None,
    (Cube.OWNER_SOURCE, Grain.ALL): (Cube.OWNER_SOURCE, Grain.MONTH),
    (Cube.OWNER_CAMPAIGN, Grain.MONTH): None,
    (Cube.OWNER_CAMPAIGN, Grain.ALL): (Cube.OWNER_CAMPAIGN, Grain.MONTH),
    (Cube.OWNER_PAGE, Grain.QUARTER): None,
    (Cube.OWNER_PAGE, Grain.ALL): (Cube.OWNER_PAGE, Grain.QUARTER),
    (Cube.OWNER, Grain.TEN): None,
    (Cube.OWNER, Grain.MONTH): (Cube.OWNER, Grain.TEN),
    (Cube.OWNER, Grain.QUARTER): (Cube.OWNER, Grain.MONTH),
    (Cube.OWNER, Grain.ALL): (Cube.OWNER, Grain.QUARTER),
}
"""The sums that are kept, and from which of them a rebuild makes each (None: from the journeys).
Pages by day would be nearly as many as the journeys themselves."""
LEFT_OUT: Mapping[Sum, Measure] = dict.fromkeys(
    [
        (Cube.SOURCE_PAGE, Grain.MONTH),
        (Cube.CAMPAIGN_PAGE, Grain.ALL),
        (Cube.OWNER_CAMPAIGN, Grain.MONTH),
        (Cube.OWNER_CAMPAIGN, Grain.ALL),
        (Cube.OWNER_PAGE, Grain.QUARTER),
        (Cube.OWNER_PAGE, Grain.ALL),
    ],
    Measure.STAY,
)
"""What is not summed: no breakdown shows stays, and few journeys share both keys of a filter."""
EVENT_CUBES = (Cube.TOTAL, Cube.SOURCE, Cube.CAMPAIGN, Cube.OWNER)
"""Those with events, all by month: their codes tell the day, so any days are read from few cells."""


def grains_of(cube: Cube, measure: Measure) -> frozenset[Grain]:
    """The periods for which a cube has sums of a measure."""
    if measure == Measure.EVENT:
        return frozenset({Grain.MONTH} if cube in EVENT_CUBES else ())
    return frozenset(
        grain for kept, grain in FINER if kept == cube and LEFT_OUT.get((kept, grain)) != measure
    )


def column_of(cube: Cube, dimension: str) -> str:
    """Where a cube's cells have the key of a dimension; an empty text for none."""
    places = dict(zip(DIMENSIONS[cube], ("within", "key"), strict=True))
    return places.get(dimension, "''") if dimension else "''"


_DIMS = "entered_at, source, landing_page, campaign_id, owner_id"
_MOMENTS = ", ".join([*list(STAMPS.values())[1:], "closed_at"])
_STATE = f"stage, status, reason, is_current, {_MOMENTS}"
_JOURNEY = ", ".join(
    f"j.{column.strip()}" for column in f"entered_at, source, landing_page, campaign_id, {_STATE}".split(",")
)

TAIL = "SELECT * FROM funnel_rollupdelta AS j WHERE {where}"
# Not materialized: to read some rows again for each measure costs half of keeping them all aside.
_LIVE = f"""
WITH chosen AS NOT MATERIALIZED (
  SELECT j.id, {_JOURNEY}, {{owner}} AS owner_id FROM {{journeys}} WHERE {{where}})
SELECT 'journey' AS kind, 1 AS sign, {_DIMS}, {_STATE}, NULL::numeric AS amount, '' AS currency FROM chosen
UNION ALL
SELECT 'deal', 1, {_DIMS}, '', '', '', false,
       {", ".join(["NULL::timestamptz"] * len(STAGES))}, o.amount, o.currency
  FROM funnel_opportunity AS o JOIN chosen ON chosen.id = o.journey_id
 WHERE o.status = '{OpportunityStatus.WON}'
"""
LIVE = _LIVE.replace("{owner}", "NULL::bigint").replace("{journeys}", "funnel_journey AS j")
"""Without the owner: whoever filters by it asks the lead."""
_LIVE_OWNED = _LIVE.format(
    owner="l.owner_id", journeys="funnel_journey AS j JOIN leads_lead AS l ON l.id = j.lead_id", where="true"
)


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
       sign AS n, (sign * seconds)::bigint * 100 AS total
  FROM (SELECT {_DIMS}, sign, place, floor(greatest(date_part('epoch', until - since), 0)) AS seconds
          FROM images CROSS JOIN LATERAL (VALUES {_stays()}) AS stay (place, since, until)
         WHERE kind = 'journey' AND until - since IS NOT NULL) AS stays
"""


def _events() -> str:
    """(part, moment, what more is told) of all that can have happened to a journey; NULL: it has not."""
    told = {
        Stage.MQL: f"CASE WHEN sql_at IS NOT NULL THEN '{ACCEPTED}'"
        f" WHEN status IN ('{Status.RECYCLED}', '{Status.DISQUALIFIED}') THEN '{BACK}' ELSE '' END"
    }
    rows = [f"('{CAME_BACK}', CASE WHEN status = '{Status.RECYCLED}' THEN closed_at END, reason)"]
    for stage in STAGES:
        beyond = ", ".join(f"'{later}'" for later in STAGES[RANK[stage] :])
        moment = f"CASE WHEN stage IN ({beyond}) THEN {STAMPS[stage]} END"
        rows.append(f"('{stage}', {moment}, {told.get(stage, repr(''))})")
    return ", ".join(rows)


# Of an event the moment stands in place of the entry, so that all that follows takes it for its day.
_EVENT = f"""
SELECT moment AS entered_at, source, landing_page, campaign_id, owner_id, '{Measure.EVENT}' AS measure, part,
       date_part('day', moment AT TIME ZONE %(tz)s) || ':' || more AS code, sign AS n, 0::bigint AS total
  FROM images CROSS JOIN LATERAL (VALUES {_events()}) AS event (part, moment, more)
 WHERE kind = 'journey' AND moment IS NOT NULL
"""
_DAYS = "floor(date_part('epoch', customer_at - mql_at) / 86400)::int"
_BRANCHES = {
    Measure.STATE: f"""
SELECT {_DIMS}, '{Measure.STATE}' AS measure, '' AS part,
       stage || ':' || status || ':' || reason || ':' || is_current::int AS code,
       sign AS n, 0::bigint AS total
  FROM images WHERE kind = 'journey'""",
    Measure.STAY: _STAY,
    Measure.WIN: f"""
SELECT {_DIMS}, '{Measure.WIN}' AS measure, '' AS part, {_DAYS}::text AS code,
       sign AS n, (sign * {_DAYS})::bigint * 100 AS total
  FROM images WHERE kind = 'journey' AND customer_at - mql_at IS NOT NULL""",
    Measure.DEAL: f"""
SELECT {_DIMS}, '{Measure.DEAL}' AS measure, currency AS part, NULL AS code,
       sign AS n, (sign * amount * 100)::bigint AS total
  FROM images WHERE kind = 'deal'""",
    Measure.EVENT: _EVENT,
}


def facts(images: str, measures: Collection[Measure] = tuple(Measure)) -> str:
    """A SELECT of signed facts over ``images`` (a SELECT shaped like ``RollupDelta``)."""
    branches = " UNION ALL ".join(_BRANCHES[measure] for measure in measures)
    return f"(WITH images AS NOT MATERIALIZED ({images}) {branches})"


def packed(by: str, rows: str, *, total: str = "sum(total) * 0.01") -> str:
    """A SELECT of ``<by>, measure, part, n, total, counts`` over ``rows``, the FROM of facts that
    have the columns ``by``. Sums of nothing are left out."""
    return f"""
SELECT {by}, measure, part, sum(n)::bigint AS n, {total} AS total,
       coalesce(jsonb_object_agg(code, n) FILTER (WHERE code IS NOT NULL AND n <> 0), '{{}}') AS counts
  FROM (SELECT {by}, measure, part, code, sum(n)::bigint AS n, sum(total) AS total
          FROM {rows} GROUP BY {by}, measure, part, code) AS sums
 GROUP BY {by}, measure, part HAVING bool_or(n <> 0 OR total <> 0)
"""


_COLUMNS = "cube, grain, within, key, period, measure, part, n, total, counts"
# Only the codes that change are touched: a cell may have hundreds, a refresh changes few of most.
_MERGED = """
SELECT (cell.counts - coalesce(array_agg(code) FILTER (WHERE n = 0), '{}'))
       || coalesce(jsonb_object_agg(code, n) FILTER (WHERE n <> 0), '{}')
  FROM (SELECT code, v::bigint + coalesce((cell.counts ->> code)::bigint, 0) AS n
          FROM jsonb_each_text(excluded.counts) AS pair (code, v)) AS changed
"""
_KEPT = " AND ".join(
    f"NOT (cube = '{cube}' AND grain = '{grain}' AND measure = '{measure}')"
    for (cube, grain), measure in LEFT_OUT.items()
)
_EVENTS_KEPT = ", ".join(f"'{cube}'" for cube in EVENT_CUBES)
_KEPT += f" AND (measure <> '{Measure.EVENT}' OR (grain = '{Grain.MONTH}' AND cube IN ({_EVENTS_KEPT})))"


def fold(taken: str) -> str:
    """The statement that adds the images which ``taken`` (one or more CTEs, the last named
    ``taken``) yields to the cells."""
    cells = ", ".join(
        f"('{cube}', '{grain}', {KEY_OF[DIMENSIONS[cube][0]]}, {KEY_OF[DIMENSIONS[cube][1]]},"
        f" {period_of(grain, ENTRY_DAY)})"
        for cube, grain in FINER
    )
    keyed = f"facts JOIN LATERAL (VALUES {cells}) AS c (cube, grain, within, key, period) ON {_KEPT}"
    return f"""
WITH {taken}, facts AS (
  -- Most of what an image says, its successor says again: added up here, it goes no further.
  SELECT {_DIMS}, measure, part, code, sum(n)::bigint AS n, sum(total) AS total
    FROM {facts("SELECT * FROM taken")} AS told GROUP BY {_DIMS}, measure, part, code
  HAVING sum(n) <> 0 OR sum(total) <> 0)
INSERT INTO funnel_rollupcell AS cell ({_COLUMNS}) {packed("cube, grain, within, key, period", keyed)}
ON CONFLICT (cube, grain, measure, within, key, period, part)
DO UPDATE SET n = cell.n + excluded.n, total = cell.total + excluded.total, counts = ({_MERGED})
"""


FACT_TABLE = """
CREATE TEMP TABLE funnel_fact (day date, source text, landing_page text, campaign_id bigint,
  owner_id bigint, measure text, part text, code text, n bigint, total bigint) ON COMMIT DROP
"""
FACT_ROWS = f"""
SELECT {ENTRY_DAY}, source, landing_page, campaign_id, owner_id, measure, part, code, n, total
  FROM {facts(_LIVE_OWNED).replace("NOT MATERIALIZED", "MATERIALIZED")} AS facts
"""
_UNPACKED_CELLS = """
SELECT {within} AS within, {key} AS key, {period} AS period, measure, part, code, coalesce(c.n, cell.n) AS n,
       -- The total of a cell goes with its first code, and with none when it has no codes.
       CASE WHEN coalesce(place, 1) = 1 THEN total ELSE 0 END AS total
  FROM funnel_rollupcell AS cell
  LEFT JOIN LATERAL (SELECT code, v::bigint AS n, place FROM jsonb_each_text(counts)
                            WITH ORDINALITY AS pair (code, v, place)) AS c ON true
 WHERE cube = '{cube}' AND grain = '{grain}' AND measure = ANY({measures})
"""


def builds() -> Iterator[str]:
    """The statements that make all cells, of which there are none, from ``funnel_fact``."""
    for (cube, grain), finer in FINER.items():
        kept = [measure for measure in COHORT_MEASURES if LEFT_OUT.get((cube, grain)) != measure]
        yield _build(cube, grain, finer, kept)
    for cube in EVENT_CUBES:
        yield _build(cube, Grain.MONTH, None, [Measure.EVENT])


def _build(cube: Cube, grain: Grain, finer: Sum | None, measures: Sequence[Measure]) -> str:
    within, key = DIMENSIONS[cube]
    by = "within, key, period"
    wanted = f"'{{{','.join(measures)}}}'"
    if finer is None:
        dims = f"{KEY_OF[within]} AS within, {KEY_OF[key]} AS key, {period_of(grain, 'day')} AS period"
        facts = f"SELECT {dims}, measure, part, code, n, total FROM funnel_fact WHERE measure = ANY({wanted})"
        rows = packed(by, f"({facts}) AS rows")
    else:
        unpacked = _UNPACKED_CELLS.format(
            within=column_of(finer[0], within),
            key=column_of(finer[0], key),
            period=period_of(grain, "period"),
            cube=finer[0],
            grain=finer[1],
            measures=wanted,
        )
        rows = packed(by, f"({unpacked}) AS rows", total="sum(total)")
    return f"INSERT INTO funnel_rollupcell ({_COLUMNS}) SELECT '{cube}', '{grain}', * FROM ({rows}) AS packed"
