"""The funnel report: a handful of statements over rollup cells and the tail not folded yet."""

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any

from django.conf import settings
from django.db import connection

from leads.models import Campaign

from ..enums import Grain, Grouping, Measure
from ..models import RollupState
from ..rules import report as rules
from ..rules.periods import Span, hull, parts_of
from ..rules.report import Breakdown, Cell, Filters, FunnelReport, GroupRow, Number, Sums
from . import rollup_sql

_EVERY: tuple[Measure, ...] = tuple(Measure)
_NO_CAMPAIGN = 0


def funnel_report(
    *,
    filters: Filters,
    by: Grouping | None = None,
    page: int = 1,
    page_size: int = 50,
) -> FunnelReport:
    """Everything the funnel page shows, at most 5 statements whatever the size.

    Without a filter or with one of source, campaign and landing page sums are read from cells, in a
    span from those of whole months; what no cell holds is read from the live rows.
    """
    sums, months = _summary(filters)
    states = rules.States(sums)
    base = filters.params
    state = RollupState.objects.first()
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
        refreshed_at=state.refreshed_at if state else None,
        breakdown=_breakdown(filters, by, page, page_size) if by else None,
    )


def _summary(filters: Filters) -> tuple[Sums, dict[dt.date, Sums]]:
    """All sums of the journeys, and their states by month of entry."""
    sums, months = Sums(), defaultdict[dt.date, Sums](Sums)
    for _key, period, *rest in _rows(*_cells(filters, Grouping.TOTAL, _EVERY, by_month=True)):
        cell = _cell(rest)
        sums.add(cell)
        if cell.measure == Measure.STATE:
            months[period.replace(day=1)].add(cell)
    return sums, months


def _breakdown(filters: Filters, by: Grouping, page: int, page_size: int) -> Breakdown:
    """Groups by number of journeys, the largest first."""
    sql, params = _cells(filters, by, (Measure.STATE,))
    found = _rows(
        f"SELECT key, count(*) OVER () FROM ({sql}) AS f GROUP BY key HAVING sum(n) > 0"
        " ORDER BY sum(n) DESC, key LIMIT %(limit)s OFFSET %(offset)s",
        {**params, "limit": page_size, "offset": (page - 1) * page_size},
    )
    rows = group_rows(filters=filters, by=by, keys=[row[0] for row in found])
    return Breakdown(by, found[0][1] if found else 0, rows)


def group_rows(*, filters: Filters, by: Grouping, keys: Sequence[str]) -> list[GroupRow]:
    """These groups (sources, landing pages or ids of campaigns), also those without any journey."""
    groups = _groups(filters, by, keys)
    labels = _labels(by, keys)
    return [_group_row(filters, by, key, labels[key], groups[key]) for key in keys]


def _groups(filters: Filters, by: Grouping, keys: Sequence[str]) -> dict[str, Sums]:
    groups = {key: Sums() for key in keys}
    if keys:
        shown = (Measure.STATE, Measure.WIN, Measure.DEAL)
        for key, _period, *rest in _rows(*_cells(filters, by, shown, keys=keys)):
            groups[key].add(_cell(rest))
    return groups


def _cell(row: Sequence[Any]) -> Cell:
    measure, part, n, total, counts = row
    return Cell(measure, part, n, total, json.loads(counts))


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
    """A SELECT of ``key, period, measure, part, n, total, counts`` for the filter, and its parameters.

    ``by_month``: states come by month at the coarsest.
    """
    grouping, key = _cells_for(filters, by)
    query = _Query(filters, by, keys)
    parts = parts_of(filters.entered, rollup_sql.grains_of(grouping) if grouping else ())
    pieces = [query.images(rollup_sql.LIVE, part.span, measures) for part in parts if part.grain is None]
    folded = [part for part in parts if part.grain is not None]
    for part in folded:
        assert part.grain is not None and grouping is not None
        wanted = {part.grain: {*measures}}
        if by_month and part.grain in (Grain.ALL, Grain.QUARTER):
            wanted = {part.grain: {*measures} - {Measure.STATE}, Grain.MONTH: {Measure.STATE}}
        pieces += [query.cells(grouping, key, grain, part.span, some) for grain, some in wanted.items()]
    if folded or not parts:
        tail = hull(part.span for part in folded) if folded else filters.entered
        pieces.append(query.images(rollup_sql.TAIL, tail, measures))
    return " UNION ALL ".join(pieces), query.params


def _cells_for(filters: Filters, by: Grouping) -> tuple[Grouping | None, str | None]:
    """The grouping whose cells answer this filter and the key in it (None: every key); grouping
    None when no cells do: two dimensions at once, or an owner."""
    asked: dict[Grouping, str] = {}
    if filters.source is not None:
        asked[Grouping.SOURCE] = filters.source
    if filters.landing_page is not None:
        asked[Grouping.LANDING_PAGE] = filters.landing_page
    if filters.campaign is not None:
        asked[Grouping.CAMPAIGN] = str(filters.campaign or "")
    used = {*asked, by} - {Grouping.TOTAL}
    if filters.owner_ids is not None or len(used) > 1:
        return None, None
    grouping = next(iter(used), Grouping.TOTAL)
    return grouping, asked.get(grouping)


class _Query:
    """Writes the pieces of one statement and collects its parameters."""

    def __init__(self, filters: Filters, by: Grouping, keys: Sequence[str] | None) -> None:
        self.filters = filters
        self.by = by
        self.params: dict[str, Any] = {"tz": settings.TIME_ZONE}
        self.keys = keys
        if keys is not None:
            self.params["keys"] = list(keys)

    def cells(
        self, grouping: Grouping, key: str | None, grain: Grain, span: Span, measures: Collection[Measure]
    ) -> str:
        where = [
            f"grouping = '{grouping}'",
            f"grain = '{grain}'",
            f"measure = ANY({self._bind(sorted(measures))})",
        ]
        if key is not None:
            where.append(f"key = {self._bind(key)}")
        elif self.keys is not None:
            where.append("key = ANY(%(keys)s)")
        if span.first is not None:
            where.append(f"period >= {self._bind(span.first)}")
        if span.last is not None:
            where.append(f"period <= {self._bind(span.last)}")
        # The report's key, not the filter's: a filtered page asked for its total has key "".
        shown = "''" if self.by == Grouping.TOTAL else "key"
        return (
            f"SELECT {shown} AS key, period, measure, part, n, total, counts"
            f" FROM funnel_rollupcell WHERE {' AND '.join(where)}"
        )

    def images(self, relation: str, span: Span, measures: Collection[Measure]) -> str:
        """Live rows or the tail, within ``span`` and the filter."""
        where = ["true", *self._span(span), *self._dimensions()]
        facts = rollup_sql.facts(relation.format(where=" AND ".join(where)), measures)
        # Months matter for states only; split by month too, the many stays would be ten times as many.
        month = f"CASE WHEN measure = '{Measure.STATE}' THEN {rollup_sql.ENTRY_MONTH} END"
        keyed = f"SELECT *, {rollup_sql.KEY_OF[self.by]} AS key, {month} AS period"
        chosen = "" if self.keys is None else f" WHERE {rollup_sql.KEY_OF[self.by]} = ANY(%(keys)s)"
        rows = f"({keyed} FROM {facts} AS facts{chosen}) AS keyed"
        return f"SELECT * FROM ({rollup_sql.packed('key, period', rows)}) AS packed"

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
        if self.filters.owner_ids is not None:
            owners = self._bind(sorted(self.filters.owner_ids))
            where.append(f"j.lead_id IN (SELECT id FROM leads_lead WHERE owner_id = ANY({owners}))")
        return where

    def _bind(self, value: Any) -> str:
        name = f"p{len(self.params)}"
        self.params[name] = value
        return f"%({name})s"
