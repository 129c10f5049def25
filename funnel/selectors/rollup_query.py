"""The pieces of a statement that reads sums: cells, the images not folded yet, and live rows."""

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Any

from django.conf import settings

from ..enums import Cube, Grain, Grouping, Measure
from ..rules.periods import Part, Span, starts_of
from ..rules.report import Filters
from . import rollup_sql


def cube_for(filters: Filters, by: Grouping) -> Cube | None:
    """The cube of exactly the dimensions that are filtered and split by; None when there is none."""
    used = {*asked(filters), by.value} - {Grouping.TOTAL.value}
    return next((cube for cube, pair in rollup_sql.DIMENSIONS.items() if {*pair} - {""} == used), None)


def asked(filters: Filters) -> dict[str, list[str]]:
    """The keys that each filtered dimension may have."""
    found: dict[str, list[str]] = {}
    if filters.source is not None:
        found["source"] = [filters.source]
    if filters.landing_page is not None:
        found["landing_page"] = [filters.landing_page]
    if filters.campaign is not None:
        found["campaign"] = [str(filters.campaign or "")]
    if filters.owner_ids is not None:
        found["owner"] = [str(owner) for owner in sorted(filters.owner_ids)]
    if filters.persona is not None:
        found["persona"] = [str(filters.persona)]
    return found


class Query:
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
            f"measure = ANY({self.bind(sorted(measures))})",
            *self.of_cube(cube),
            self._periods(grain, spans),
        ]
        # The report's key, not the filter's: a filtered page asked for its total has key "".
        shown = rollup_sql.column_of(cube, "" if self.by == Grouping.TOTAL else self.by.value)
        return (
            f"SELECT {shown} AS key, period, {sign} AS sign, measure, part, n, total, counts"
            f" FROM funnel_rollupcell WHERE {' AND '.join(where)}"
        )

    def of_cube(self, cube: Cube) -> list[str]:
        chosen, where = asked(self.filters), []
        for column, dimension in zip(("within", "key"), rollup_sql.DIMENSIONS[cube], strict=True):
            if not dimension:
                where.append(f"{column} = ''")
            elif dimension in chosen:
                where.append(f"{column} = ANY({self.bind(chosen[dimension])})")
            elif self.keys is not None:
                where.append(f"{column} = ANY(%(keys)s)")
        return where

    def _periods(self, grain: Grain, spans: Sequence[Span]) -> str:
        """Named one by one where that is possible: then the index finds each cell at once."""
        starts = [start for span in spans for start in starts_of(grain, span) or []]
        if starts:
            return f"period = ANY({self.bind(starts)})"
        bounds = []
        for span in spans:
            if span.first is not None:
                bounds.append(f"period >= {self.bind(span.first)}")
            if span.last is not None:
                bounds.append(f"period <= {self.bind(span.last)}")
        return " AND ".join(bounds) or "true"

    def live(self, part: Part, measures: Collection[Measure], *more: str) -> str:
        """``more``: conditions on the journey ``j``."""
        where = [*self._dimensions(), *more]
        if self.filters.owner_ids is not None:
            owners = self.bind(sorted(self.filters.owner_ids))
            where.append(f"j.lead_id IN (SELECT id FROM leads_lead WHERE owner_id = ANY({owners}))")
        if self.filters.persona is not None:
            persona = self.filters.persona
            chosen = f"= {self.bind(persona)}" if persona else "IS NULL"
            where.append(f"j.lead_id IN (SELECT id FROM leads_lead WHERE persona_id {chosen})")
        return self._images(rollup_sql.LIVE, part.span, part.sign, where, measures)

    def tail(self, span: Span, measures: Collection[Measure]) -> str:
        """The images in the days that cells were read for and that are not folded into them yet."""
        where = self._dimensions()
        if self.filters.owner_ids is not None:
            where.append(f"j.owner_id = ANY({self.bind(sorted(self.filters.owner_ids))})")
        return self._images(rollup_sql.TAIL, span, 1, where, measures)

    def _images(
        self, relation: str, span: Span, sign: int, where: Sequence[str], measures: Collection[Measure]
    ) -> str:
        chosen = ["true", *self.within("entered_at", span), *where]
        facts = rollup_sql.facts(relation.format(where=" AND ".join(chosen)), measures)
        # Months matter for events and the states of a summary only; split by month, the rest would be
        # ten times as much.
        dated = f"measure IN ('{Measure.STATE}', '{Measure.EVENT}')"
        month = f"CASE WHEN {dated} THEN {rollup_sql.ENTRY_MONTH} END"
        month = month if self.by_month else "NULL::date"
        key = rollup_sql.KEY_OF["" if self.by == Grouping.TOTAL else self.by.value]
        keyed = f"SELECT *, {key} AS key, {month} AS period, {sign} AS sign"
        shown = "" if self.keys is None else f" WHERE {key} = ANY(%(keys)s)"
        rows = f"({keyed} FROM {facts} AS facts{shown}) AS keyed"
        return f"SELECT * FROM ({rollup_sql.packed('key, period, sign', rows)}) AS packed"

    def within(self, column: str, span: Span) -> list[str]:
        """Comparing the column itself lets its index serve; midnight is the project's."""
        where = []
        if span.first is not None:
            where.append(f"j.{column} >= {self.bind(span.first)}::timestamp AT TIME ZONE %(tz)s")
        if span.last is not None:
            after = self.bind(span.last + dt.timedelta(days=1))
            where.append(f"j.{column} < {after}::timestamp AT TIME ZONE %(tz)s")
        return where

    def _dimensions(self) -> list[str]:
        where = []
        if self.filters.source is not None:
            where.append(f"j.source = {self.bind(self.filters.source)}")
        if self.filters.landing_page is not None:
            where.append(f"j.landing_page = {self.bind(self.filters.landing_page)}")
        if self.filters.campaign is not None:
            campaign = self.filters.campaign
            where.append(f"j.campaign_id = {self.bind(campaign)}" if campaign else "j.campaign_id IS NULL")
        return where

    def bind(self, value: Any) -> str:
        name = f"p{len(self.params)}"
        self.params[name] = value
        return f"%({name})s"
