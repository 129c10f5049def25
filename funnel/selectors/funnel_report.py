"""The funnel report: a handful of statements over rollup cells and the tail not folded yet."""

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.db import connection

from leads.models import Campaign

from ..enums import Cube, Grain, Grouping, Measure
from ..models import RollupState
from ..rules import report as rules
from ..rules.periods import Part, Span, in_cells, parts_of, starts_of
from ..rules.report import Breakdown, Cell, Filters, FunnelReport, GroupRow, Number, Sums
from . import rollup_sql

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
    measures: Collection[Measure] = tuple(Measure),
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
        sql, given = _cells(filters, Grouping.TOTAL, tuple(Measure), by_month=True)
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
    if _cube_for(filters, by) is None:
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
    cube = _cube_for(filters, by)
    query = _Query(filters, by, keys, by_month)
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


def _pieces(query: "_Query", cube: Cube | None, parts: Sequence[Part], measures: set[Measure]) -> list[str]:
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


def _cube_for(filters: Filters, by: Grouping) -> Cube | None:
    """The cube of exactly the dimensions that are filtered and split by; None when there is none."""
    used = {*_asked(filters), by.value} - {Grouping.TOTAL.value}
    return next((cube for cube, pair in rollup_sql.DIMENSIONS.items() if {*pair} - {""} == used), None)


def _asked(filters: Filters) -> dict[str, list[str]]:
    """The keys that each filtered dimension may have."""
    asked: dict[str, list[str]] = {}
    if filters.source is not None:
        asked["source"] = [filters.source]
    if filters.landing_page is not None:
        asked["landing_page"] = [filters.landing_page]
    if filters.campaign is not None:
        asked["campaign"] = [str(filters.campaign or "")]
    if filters.owner_ids is not None:
        asked["owner"] = [str(owner) for owner in sorted(filters.owner_ids)]
    if filters.persona is not None:
        asked["persona"] = [str(filters.persona)]
    return asked


class _Query:
    """Writes the pieces of one statement and collects its parameters."""

    def __init__(self, filters: Filters, by: Grouping, keys: Sequence[str] | None, by_month: bool) -> None:
        self.filters = filters
        self.by = by
        self.by_month = by_month
        self.params: dict[str, Any] = {"tz": settings.TIME_ZONE}
        self.keys = keys
        if keys is not None:
            self.params["keys"] = list(keys)

    def cells(
        self, cube: Cube, grain: Grain, sign: int, spans: Sequence[Span], measures: Collection[Measure]
    ) -> str:
        where = [
            f"cube = '{cube}'",
            f"grain = '{grain}'",
            f"measure = ANY({self._bind(sorted(measures))})",
            *self._keys(cube),
            self._periods(grain, spans),
        ]
        # The report's key, not the filter's: a filtered page asked for its total has key "".
        shown = rollup_sql.column_of(cube, "" if self.by == Grouping.TOTAL else self.by.value)
        return (
            f"SELECT {shown} AS key, period, {sign} AS sign, measure, part, n, total, counts"
            f" FROM funnel_rollupcell WHERE {' AND '.join(where)}"
        )

    def _keys(self, cube: Cube) -> list[str]:
        asked, where = _asked(self.filters), []
        for column, dimension in zip(("within", "key"), rollup_sql.DIMENSIONS[cube], strict=True):
            if not dimension:
                where.append(f"{column} = ''")
            elif dimension in asked:
                where.append(f"{column} = ANY({self._bind(asked[dimension])})")
            elif self.keys is not None:
                where.append(f"{column} = ANY(%(keys)s)")
        return where

    def _periods(self, grain: Grain, spans: Sequence[Span]) -> str:
        """Named one by one where that is possible: then the index finds each cell at once."""
        starts = [start for span in spans for start in starts_of(grain, span) or []]
        if starts:
            return f"period = ANY({self._bind(starts)})"
        bounds = []
        for span in spans:
            if span.first is not None:
                bounds.append(f"period >= {self._bind(span.first)}")
            if span.last is not None:
                bounds.append(f"period <= {self._bind(span.last)}")
        return " AND ".join(bounds) or "true"

    def live(self, part: Part, measures: Collection[Measure]) -> str:
        where = self._dimensions()
        if self.filters.owner_ids is not None:
            owners = self._bind(sorted(self.filters.owner_ids))
            where.append(f"j.lead_id IN (SELECT id FROM leads_lead WHERE owner_id = ANY({owners}))")
        if self.filters.persona is not None:
            persona = self.filters.persona
            chosen = f"= {self._bind(persona)}" if persona else "IS NULL"
            where.append(f"j.lead_id IN (SELECT id FROM leads_lead WHERE persona_id {chosen})")
        return self._images(rollup_sql.LIVE, part.span, part.sign, where, measures)

    def tail(self, span: Span, measures: Collection[Measure]) -> str:
        """The images in the days that cells were read for and that are not folded into them yet."""
        where = self._dimensions()
        if self.filters.owner_ids is not None:
            where.append(f"j.owner_id = ANY({self._bind(sorted(self.filters.owner_ids))})")
        return self._images(rollup_sql.TAIL, span, 1, where, measures)

    def _images(
        self, relation: str, span: Span, sign: int, where: Sequence[str], measures: Collection[Measure]
    ) -> str:
        chosen = ["true", *self._span(span), *where]
        facts = rollup_sql.facts(relation.format(where=" AND ".join(chosen)), measures)
        # Months matter for the states of a summary only; split by month, the rest would be ten times as much.
        month = f"CASE WHEN measure = '{Measure.STATE}' THEN {rollup_sql.ENTRY_MONTH} END"
        month = month if self.by_month else "NULL::date"
        key = rollup_sql.KEY_OF["" if self.by == Grouping.TOTAL else self.by.value]
        keyed = f"SELECT *, {key} AS key, {month} AS period, {sign} AS sign"
        shown = "" if self.keys is None else f" WHERE {key} = ANY(%(keys)s)"
        rows = f"({keyed} FROM {facts} AS facts{shown}) AS keyed"
        return f"SELECT * FROM ({rollup_sql.packed('key, period, sign', rows)}) AS packed"

    def _span(self, span: Span) -> list[str]:
        """Comparing ``entered_at`` itself lets its index serve; midnight is the project's."""
        where = []
        if span.first is not None:
            where.append(f"j.entered_at >= {self._bind(span.first)}::timestamp AT TIME ZONE %(tz)s")
        if span.last is not None:
            after = self._bind(span.last + dt.timedelta(days=1))
            where.append(f"j.entered_at < {after}::timestamp AT TIME ZONE %(tz)s")
        return where

    def _dimensions(self) -> list[str]:
        where = []
        if self.filters.source is not None:
            where.append(f"j.source = {self._bind(self.filters.source)}")
        if self.filters.landing_page is not None:
            where.append(f"j.landing_page = {self._bind(self.filters.landing_page)}")
        if self.filters.campaign is not None:
            campaign = self.filters.campaign
            where.append(f"j.campaign_id = {self._bind(campaign)}" if campaign else "j.campaign_id IS NULL")
        return where

    def _bind(self, value: Any) -> str:
        name = f"p{len(self.params)}"
        self.params[name] = value
        return f"%({name})s"
