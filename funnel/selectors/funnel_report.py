"""The funnel report: a handful of statements over rollup cells and the tail not folded yet."""

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import Any

from django.db import connection

from leads.models import Campaign

from ..enums import COHORT_MEASURES, Cube, Grain, Grouping, Measure
from ..models import RollupState
from ..rules import report as rules
from ..rules.periods import Part, Span, in_cells, parts_of
from ..rules.report import Breakdown, Cell, Filters, FunnelReport, GroupRow, Number, Sums
from . import rollup_sql
from .rollup_query import Query, cube_for

_SHOWN = (Measure.STATE, Measure.WIN, Measure.DEAL)
"""What a group of a breakdown shows."""
_NO_CAMPAIGN = 0


def funnel_report(
    *,
    filters: Filters,
    by: Grouping | None = None,
    page: int = 1,
    page_size: int = 50,
    is_dated: bool = True,
    measures: Collection[Measure] = COHORT_MEASURES,
) -> FunnelReport:
    """Everything the funnel page shows, at most 5 statements whatever the size; ``is_dated``: also
    when the sums were refreshed, which is one of them. Without some ``measures`` what they tell is blank.

    What is filtered by, and for the breakdown what it is split by, choose the cube of cells that
    sums are read from; what no cell holds is read from the live rows.
    """
    sql, params = _cells(filters, Grouping.TOTAL, measures, by_month=True)
    state = RollupState.objects.first() if is_dated else None
    return replace(
        _report(filters, _rows(sql, params)),
        refreshed_at=state.refreshed_at if state else None,
        breakdown=breakdown(filters=filters, by=by, page=page, page_size=page_size) if by else None,
    )


def funnel_reports(wanted: Sequence[Filters]) -> list[FunnelReport]:
    """Several, undated and without a breakdown, in one statement."""
    pieces, params = [], {}
    for place, filters in enumerate(wanted):
        sql, given = _cells(filters, Grouping.TOTAL, COHORT_MEASURES, by_month=True)
        for name, value in given.items():
            sql = sql.replace(f"%({name})s", f"%({name}_{place})s")
            params[f"{name}_{place}"] = value
        pieces.append(f"SELECT {place} AS place, * FROM ({sql}) AS report")
    rows = _rows(" UNION ALL ".join(pieces), params)
    return [
        _report(filters, [row[1:] for row in rows if row[0] == place]) for place, filters in enumerate(wanted)
    ]


def _report(filters: Filters, rows: Sequence[tuple[Any, ...]]) -> FunnelReport:
    sums, months = _summed(rows)
    states = rules.States(sums)
    base = filters.params
    stages = rules.stage_rows(states, sums, base)
    return FunnelReport(
        leads=Number(states.current(), {**base, "current": "true"}),
        journeys=Number(stages[0].entered.count, dict(base)),
        won=stages[-1].entered,
        stages=stages,
        detours=rules.detours(states, base),
        revenue=rules.revenue(sums),
        days_to_win=rules.days_to_win(sums),
        cohorts=rules.cohorts(months, filters),
        refreshed_at=None,
    )


def _summed(rows: Sequence[tuple[Any, ...]]) -> tuple[Sums, dict[dt.date, Sums]]:
    """All sums of the journeys, and their states by month of entry."""
    sums, months = Sums(), defaultdict[dt.date, Sums](Sums)
    for _key, period, cell in _read(rows):
        sums.add(cell)
        if cell.measure == Measure.STATE and period is not None:
            months[period.replace(day=1)].add(cell)
    return sums, months


def breakdown(*, filters: Filters, by: Grouping, page: int = 1, page_size: int = 50) -> Breakdown:
    """Groups by number of journeys, the largest first."""
    window = {"limit": page_size, "offset": (page - 1) * page_size}
    if cube_for(filters, by) is None:
        return _live_breakdown(filters, by, window)
    sql, params = _cells(filters, by, (Measure.STATE,))
    found = _rows(
        f"SELECT key, count(*) OVER () FROM ({sql}) AS f GROUP BY key HAVING sum(sign * n) > 0"
        " ORDER BY sum(sign * n) DESC, key LIMIT %(limit)s OFFSET %(offset)s",
        {**params, **window},
    )
    rows = group_rows(filters=filters, by=by, keys=[row[0] for row in found])
    return Breakdown(by, found[0][1] if found else 0, rows)


def _live_breakdown(filters: Filters, by: Grouping, window: dict[str, int]) -> Breakdown:
    """The same in one statement: to read live rows twice would cost more than sums nobody looks at."""
    sql, params = _cells(filters, by, _SHOWN)
    found = _rows(
        f"""
        WITH found AS MATERIALIZED ({sql}), top AS (
          SELECT key, sum(n) AS size, count(*) OVER () AS groups FROM found
           WHERE measure = '{Measure.STATE}' GROUP BY key ORDER BY size DESC, key
           LIMIT %(limit)s OFFSET %(offset)s)
        SELECT groups, key, period, sign, measure, part, n, total, counts
          FROM top JOIN found USING (key) ORDER BY size DESC, key""",
        {**params, **window},
    )
    groups: dict[str, Sums] = defaultdict(Sums)
    for key, _period, cell in _read([row[1:] for row in found]):
        groups[key].add(cell)
    labels = _labels(by, list(groups))
    rows = [_group_row(filters, by, key, labels[key], sums) for key, sums in groups.items()]
    return Breakdown(by, found[0][0] if found else 0, rows)


def group_rows(*, filters: Filters, by: Grouping, keys: Sequence[str]) -> list[GroupRow]:
    """These groups (sources, landing pages or ids of campaigns), also those without any journey."""
    groups = _groups(filters, by, keys)
    labels = _labels(by, keys)
    return [_group_row(filters, by, key, labels[key], groups[key]) for key in keys]


def _groups(filters: Filters, by: Grouping, keys: Sequence[str]) -> dict[str, Sums]:
    groups = {key: Sums() for key in keys}
    if keys:
        for key, _period, cell in _read(_rows(*_cells(filters, by, _SHOWN, keys=keys))):
            groups[key].add(cell)
    return groups


def _read(rows: Sequence[tuple[Any, ...]]) -> Iterator[tuple[str, dt.date | None, Cell]]:
    """Key, period and cell of each row. All counts are read as one text: the same codes come again
    and again, and are then the same objects, which halves the time."""
    packs = json.loads(f"[{','.join(row[-1] for row in rows)}]")
    for (key, period, sign, measure, part, n, total, _), counts in zip(rows, packs, strict=True):
        yield key, period, Cell(sign, measure, part, n, total, counts)


def _group_row(filters: Filters, by: Grouping, key: str, label: str, sums: Sums) -> GroupRow:
    base = {**filters.params, by.value: key or (str(_NO_CAMPAIGN) if by == Grouping.CAMPAIGN else "")}
    return GroupRow(
        key=key,
        label=label,
        reached=rules.reached_numbers(rules.States(sums), base),
        revenue=rules.revenue(sums),
        days_to_win=rules.days_to_win(sums),
    )


def _labels(by: Grouping, keys: Sequence[str]) -> dict[str, str]:
    if by != Grouping.CAMPAIGN:
        return {key: key for key in keys}
    names = dict(Campaign.objects.filter(id__in=[key for key in keys if key]).values_list("id", "name"))
    return {key: names.get(int(key), key) if key else "" for key in keys}


def _rows(sql: str, params: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()


def _cells(
    filters: Filters,
    by: Grouping,
    measures: Collection[Measure],
    *,
    keys: Sequence[str] | None = None,
    by_month: bool = False,
) -> tuple[str, dict[str, Any]]:
    """A SELECT of ``key, period, sign, measure, part, n, total, counts`` for the filter, and its
    parameters. ``by_month``: states come by month at the coarsest."""
    cube = cube_for(filters, by)
    query = Query(filters, by, keys, by_month)
    kept: dict[frozenset[Grain], set[Measure]] = defaultdict(set)
    for measure in measures:
        kept[_grains_for(cube, measure, by_month)].add(measure)
    pieces = [
        piece
        for grains, some in kept.items()
        for piece in _pieces(query, cube, parts_of(filters.entered, grains), some)
    ]
    return " UNION ALL ".join(pieces), query.params


def _grains_for(cube: Cube | None, measure: Measure, by_month: bool) -> frozenset[Grain]:
    grains = rollup_sql.grains_of(cube, measure) if cube else frozenset()
    by_month = by_month and measure == Measure.STATE
    return frozenset() if by_month and Grain.MONTH not in grains else grains


def _pieces(query: Query, cube: Cube | None, parts: Sequence[Part], measures: set[Measure]) -> list[str]:
    pieces = [query.live(part, measures) for part in parts if part.grain is None]
    folded: dict[tuple[Grain, int], list[Span]] = defaultdict(list)
    for part in parts:
        if part.grain is not None:
            folded[part.grain, part.sign].append(part.span)
    for (grain, sign), spans in folded.items():
        assert cube is not None
        wanted = {grain: measures}
        if query.by_month and grain in (Grain.ALL, Grain.QUARTER):
            wanted = {grain: measures - {Measure.STATE}, Grain.MONTH: measures & {Measure.STATE}}
        pieces += [query.cells(cube, finer, sign, spans, some) for finer, some in wanted.items() if some]
    stretch = in_cells(query.filters.entered, parts)
    if stretch or not pieces:
        pieces.append(query.tail(stretch or query.filters.entered, measures))
    return pieces
