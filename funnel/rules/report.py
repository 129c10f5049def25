"""The funnel report: its shape, and how it is put together from sums.

Everything counts journeys that *entered* in the chosen span (entry cohorts), never history rows,
so a re-entry counts as the new journey it is and a lost deal stays in the base of a conversion.
For every stage ``entered == left + balance``. Each number carries ``params``: the filter of the
journeys behind it (``selectors.funnel_journeys.journeys_behind``).
"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

from ..enums import OPEN, RANK, STAGES, Grouping, Measure, Stage, Status
from .histogram import median, median_seconds
from .periods import EVER, Span, next_month

Params = dict[str, str]
RESTING = frozenset({*OPEN, Status.WON})
"""A current journey in one of these still stands in its stage."""
DETOURS = (Status.POSTPONED, Status.RECYCLED, Status.DISQUALIFIED, Status.LOST)


@dataclass(frozen=True, slots=True)
class Filters:
    """Which journeys; None = any. ``source`` and ``landing_page`` "" = none given, ``campaign``
    0 = none. ``owner_ids`` and ``persona`` (0 = none): the present owner and buyer persona of the lead."""

    entered: Span = EVER
    source: str | None = None
    landing_page: str | None = None
    campaign: int | None = None
    owner_ids: frozenset[int] | None = None
    persona: int | None = None
    params: Mapping[str, str] = field(default_factory=dict)
    """The same filter as query parameters, the base of every number's own ``params``."""


class Cell(NamedTuple):
    """A packed sum; see ``Measure`` for what part, codes and total mean. ``sign`` -1: taken off."""

    sign: int
    measure: str
    part: str
    n: int
    total: Decimal
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Number:
    count: int
    params: Params


@dataclass(frozen=True, slots=True)
class StageRow:
    """``conversion``: percent of those that entered the stage and reached the next one.
    Times are wall seconds of completed stays; the mean is exact, the median within 2.5 %."""

    stage: Stage
    balance: Number
    entered: Number
    left: Number
    conversion: float | None
    mean_seconds: float | None
    median_seconds: float | None


@dataclass(frozen=True, slots=True)
class Detour:
    status: Status
    stage: Stage
    reason: str
    number: Number


@dataclass(frozen=True, slots=True)
class Money:
    currency: str
    deals: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class DaysToWin:
    """Whole days (24 h, rounded down) from MQL to won; ``mean`` and ``median`` are exact."""

    count: int
    mean: float | None
    median: float | None


@dataclass(frozen=True, slots=True)
class Cohort:
    """Journeys that entered in ``month`` (its first day), and how many reached each stage."""

    month: dt.date
    reached: dict[str, Number]


@dataclass(frozen=True, slots=True)
class GroupRow:
    """One source, landing page or campaign (``key`` "" = none)."""

    key: str
    label: str
    reached: dict[str, Number]
    revenue: list[Money]
    days_to_win: DaysToWin


@dataclass(frozen=True, slots=True)
class Breakdown:
    by: Grouping
    count: int
    rows: list[GroupRow]


@dataclass(frozen=True, slots=True)
class FunnelReport:
    """``leads``: leads that stand in the funnel now; ``journeys``: passages, re-entries included."""

    leads: Number
    journeys: Number
    won: Number
    stages: list[StageRow]
    detours: list[Detour]
    revenue: list[Money]
    days_to_win: DaysToWin
    cohorts: list[Cohort]
    refreshed_at: dt.datetime | None
    breakdown: Breakdown | None = None


class Sums:
    """Cells of the same journeys, or of journeys that share none, added up."""

    def __init__(self, cells: Iterable[Cell] = ()) -> None:
        self.counts: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
        self.n: Counter[tuple[str, str]] = Counter()
        self.total: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
        for cell in cells:
            self.add(cell)

    def add(self, cell: Cell) -> None:
        place = cell.measure, cell.part
        self.n[place] += cell.sign * cell.n
        self.total[place] += cell.sign * cell.total
        counts, sign = self.counts[place], cell.sign
        if not counts and sign == 1:
            counts.update(cell.counts)  # the first one is copied as it is
            return
        for code, n in cell.counts.items():  # tens of thousands: twice as fast as Counter.update
            counts[code] += sign * n

    def by_number(self, measure: Measure, part: str = "") -> Counter[int]:
        """Counts of a measure whose codes are numbers."""
        return Counter({int(code): n for code, n in self.counts[measure, part].items() if n})


State = tuple[str, str, str, bool]


@lru_cache(maxsize=4096)
def state_of(code: str) -> State:
    """Stage, status, reason, is current; the few hundred codes that occur are read once."""
    stage, status, reason, current = code.split(":")
    return stage, status, reason, current == "1"


class States:
    """Journeys by furthest stage, status, reason and whether they are their lead's current one."""

    def __init__(self, sums: Sums) -> None:
        self.counts: Counter[State] = Counter()
        self._resting: Counter[str] = Counter()
        furthest: Counter[str] = Counter()
        for code, n in sums.counts[Measure.STATE, ""].items():
            state = state_of(code)
            stage, status, _, current = state
            self.counts[state] += n
            furthest[stage] += n
            if current and status in RESTING:
                self._resting[stage] += n
        beyond = accumulate(furthest[stage] for stage in reversed(STAGES))
        self._reached = dict(zip(reversed(STAGES), beyond, strict=True))

    def reached(self, stage: Stage) -> int:
        """A skipped stage counts as reached: it was passed at the moment of the jump."""
        return self._reached[stage]

    def resting(self, stage: Stage) -> int:
        return self._resting[stage]

    def current(self) -> int:
        return sum(n for (*_, current), n in self.counts.items() if current)


def reached_numbers(states: States, base: Mapping[str, str]) -> dict[str, Number]:
    return {stage.value: Number(states.reached(stage), {**base, "reached": stage.value}) for stage in STAGES}


def stage_rows(states: States, sums: Sums, base: Mapping[str, str]) -> list[StageRow]:
    rows = []
    for stage in STAGES:
        entered, resting = states.reached(stage), states.resting(stage)
        stays = sums.n[Measure.STAY, stage]
        rows.append(
            StageRow(
                stage=stage,
                balance=Number(resting, {**base, "resting": stage.value}),
                entered=Number(entered, {**base, "reached": stage.value}),
                left=Number(entered - resting, {**base, "left": stage.value}),
                conversion=_conversion(states, stage, entered),
                mean_seconds=int(sums.total[Measure.STAY, stage]) / stays if stays else None,
                median_seconds=median_seconds(sums.by_number(Measure.STAY, stage)),
            )
        )
    return rows


def _conversion(states: States, stage: Stage, entered: int) -> float | None:
    if stage == STAGES[-1] or not entered:
        return None
    return round(100 * states.reached(STAGES[RANK[stage] + 1]) / entered, 2)


def detours(states: States, base: Mapping[str, str]) -> list[Detour]:
    sums: Counter[tuple[str, str, str]] = Counter()
    for (stage, status, reason, _), n in states.counts.items():
        if status in DETOURS:
            sums[status, stage, reason] += n
    found = sorted(sums, key=lambda k: (DETOURS.index(Status(k[0])), RANK[k[1]], -sums[k], k[2]))
    return [
        Detour(
            Status(status),
            Stage(stage),
            reason,
            Number(
                sums[status, stage, reason],
                {**base, "status": status, "stage": stage, "reason": reason},
            ),
        )
        for status, stage, reason in found
        if sums[status, stage, reason]
    ]


def revenue(sums: Sums) -> list[Money]:
    deals = sorted((part, n) for (measure, part), n in sums.n.items() if measure == Measure.DEAL and n)
    return [Money(currency, n, sums.total[Measure.DEAL, currency]) for currency, n in deals]


def days_to_win(sums: Sums) -> DaysToWin:
    days = sums.by_number(Measure.WIN)
    count = days.total()
    mean = sum(day * n for day, n in days.items()) / count if count else None
    return DaysToWin(count, mean, median(days))


def cohorts(by_month: Mapping[dt.date, Sums], filters: Filters) -> list[Cohort]:
    """One per month that has journeys, oldest first; its params keep within the chosen span."""
    found = []
    for month in sorted(by_month):
        states = States(by_month[month])
        if states.counts.total():
            found.append(
                Cohort(month, reached_numbers(states, {**filters.params, **_within(month, filters)}))
            )
    return found


def _within(month: dt.date, filters: Filters) -> Params:
    first, last = month, next_month(month) - dt.timedelta(days=1)
    if filters.entered.first is not None:
        first = max(first, filters.entered.first)
    if filters.entered.last is not None:
        last = min(last, filters.entered.last)
    return {"entered_from": first.isoformat(), "entered_to": last.isoformat()}
