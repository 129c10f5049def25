"""How many leads people can work, against how many a plan gives them.

Whoever works leads has working time: that of the calendar without absences, of which a part goes to
leads. An SDR needs the agreed attempts, each some minutes, for an MQL; an AE some minutes for an SQL.
Where routing bounds somebody's leads in 30 days, that counts too.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from zoneinfo import ZoneInfo

from funnel.enums import Stage
from funnel.rules.periods import Span

from ..enums import Fit
from .calendar import WorkingCalendar, working_between
from .goal import DAY, ceiling

Away = tuple[dt.datetime, dt.datetime]
FEW = Fraction(2, 3)
"""Of what can be worked: below that people have time for many more leads than are planned."""
BOUND_DAYS = 30
"""For which routing bounds the leads of a person."""


@dataclass(frozen=True, slots=True)
class Effort:
    """``lead_percent`` of the working time goes to leads; all four are above 0."""

    attempts: int
    attempt_minutes: int
    sql_minutes: int
    lead_percent: int

    def minutes(self, stage: Stage) -> int:
        """For one lead of the stage."""
        return self.attempts * self.attempt_minutes if stage == Stage.MQL else self.sql_minutes


@dataclass(frozen=True, slots=True)
class Worker:
    """Somebody who works the leads of a stage. ``seconds``: of working time, month by month; ``most``:
    leads in 30 days, None without a bound."""

    id: int
    name: str
    team: str
    stage: Stage
    seconds: tuple[int, ...]
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Load:
    """Leads of a stage, month by month: ``planned`` for ``heads`` people, who can work ``can``."""

    stage: Stage
    heads: int
    planned: list[int]
    can: list[int]

    @property
    def all_planned(self) -> int:
        return sum(self.planned)

    @property
    def all_can(self) -> int:
        return sum(self.can)

    @property
    def fit(self) -> Fit:
        if not self.heads:
            return Fit.NOBODY if self.all_planned else Fit.RIGHT
        if self.all_planned > self.all_can:
            return Fit.MANY
        return Fit.FEW if self.all_planned < FEW * self.all_can else Fit.RIGHT

    @property
    def heads_needed(self) -> int | None:
        """As many people of the same kind can work what is planned; None: nobody has any time."""
        return ceiling(Fraction(self.all_planned * self.heads, self.all_can)) if self.all_can else None

    @property
    def tight(self) -> list[int]:
        """Places of the months that bring more than can be worked in them."""
        return [n for n, (wanted, can) in enumerate(zip(self.planned, self.can, strict=True)) if wanted > can]


@lru_cache(maxsize=64)
def full_time(calendar: WorkingCalendar, months: tuple[Span, ...], zone: ZoneInfo) -> tuple[int, ...]:
    """Of somebody who is never away; kept, because each look at a plan walks every day of it."""
    return working_seconds(calendar, months, (), zone=zone)


def working_seconds(
    calendar: WorkingCalendar, months: Sequence[Span], away: Iterable[Away], *, zone: ZoneInfo
) -> tuple[int, ...]:
    """Month by month, without absences (which may overlap); days begin at midnight in ``zone``."""
    gone = list(joined(away))
    found = []
    for month in months:
        assert month.first is not None and month.last is not None
        begins, ends = (dt.datetime.combine(day, dt.time(), zone) for day in (month.first, month.last + DAY))
        missed = (
            working_between(calendar, max(start, begins), min(end, ends))
            for start, end in gone
            if start < ends and end > begins
        )
        found.append(working_between(calendar, begins, ends) - sum(missed))
    return tuple(found)


def joined(away: Iterable[Away]) -> list[Away]:
    """What overlaps or touches as one."""
    found: list[Away] = []
    for start, end in sorted(away):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def can_work(worker: Worker, effort: Effort, months: Sequence[Span]) -> list[int]:
    """Whole leads, month by month."""
    each = effort.minutes(worker.stage) * 60 * 100
    found = [seconds * effort.lead_percent // each for seconds in worker.seconds]
    if worker.most is None:
        return found
    return [
        min(leads, worker.most * days(month) // BOUND_DAYS)
        for leads, month in zip(found, months, strict=True)
    ]


def load_of(
    stage: Stage,
    *,
    heads: int,
    planned: Sequence[int],
    workers: Sequence[Worker],
    effort: Effort,
    months: Sequence[Span],
    full_time: Sequence[int],
) -> Load:
    """A plan may count other people than there are today: each of ``heads`` then works as much as the
    ``workers`` do on average, or, without any, as somebody who is never away (``full_time`` seconds)."""
    known = [can_work(one, effort, months) for one in workers if one.stage == stage]
    if not known:
        known = [can_work(Worker(0, "", "", stage, tuple(full_time)), effort, months)]
    can = [sum(month) * heads // len(known) for month in zip(*known, strict=True)]
    return Load(stage, heads, list(planned), can)


def days(month: Span) -> int:
    assert month.first is not None and month.last is not None
    return (month.last - month.first).days + 1
