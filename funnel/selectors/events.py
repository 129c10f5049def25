"""What happened in a span of days, whenever the journeys entered: from sums, or else from live rows."""

import json

from django.db import connection

from ..enums import STAMPS, Cube, Grain, Grouping, Measure, Stage
from ..rules.events import Events
from ..rules.periods import EVER, Part, Span, month_start
from ..rules.report import Filters
from . import rollup_sql
from .rollup_query import Query, cube_for


def events_in(*, filters: Filters, span: Span, mqls: Span | None = None) -> Events:
    """Of the days of ``span``, and what became MQL in those of ``mqls``; one statement. Both closed.

    Sums are read for all leads and those of one source, one campaign or some owners, the live rows for
    any other filter. It may hold more than was asked for, but of whole days only.
    """
    cube = cube_for(filters, Grouping.TOTAL) if filters.entered.is_everything else None
    query = Query(filters, Grouping.TOTAL, None, by_month=True)
    if cube is not None and cube in rollup_sql.EVENT_CUBES:
        pieces = [_cells(query, cube, span, mqls), query.tail(EVER, {Measure.EVENT})]
    else:
        pieces = [query.live(Part(None, filters.entered), {Measure.EVENT}, _touched(query, span, mqls))]
    sql = " UNION ALL ".join(f"SELECT period, part, counts::text FROM ({piece}) AS piece" for piece in pieces)
    with connection.cursor() as cursor:
        cursor.execute(sql, query.params)
        return Events((month, part, json.loads(counts)) for month, part, counts in cursor.fetchall())


def _cells(query: Query, cube: Cube, span: Span, mqls: Span | None) -> str:
    wanted = f"period BETWEEN {_months(query, span)}"
    if mqls is not None:
        wanted += f" OR part = '{Stage.MQL}' AND period BETWEEN {_months(query, mqls)}"
    where = " AND ".join(
        [
            f"cube = '{cube}'",
            f"grain = '{Grain.MONTH}'",
            f"measure = '{Measure.EVENT}'",
            *query.of_cube(cube),
            f"({wanted})",
        ]
    )
    return f"SELECT period, part, counts FROM funnel_rollupcell WHERE {where}"


def _months(query: Query, span: Span) -> str:
    """Those that the span touches, for BETWEEN."""
    assert span.first is not None and span.last is not None
    return f"{query.bind(month_start(span.first))} AND {query.bind(span.last)}"


def _touched(query: Query, span: Span, mqls: Span | None) -> str:
    """Journeys to which something happened in these days; the summaries of the stamps find them."""
    spans = [(column, span) for column in (*STAMPS.values(), "closed_at")]
    if mqls is not None:
        spans.append((STAMPS[Stage.MQL], mqls))
    return f"({' OR '.join(' AND '.join(query.within(*one)) for one in spans)})"
