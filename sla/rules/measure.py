"""A promise held against its facts: per day, week or month, and how the running one will end.

A number counts where its lead was handed over, so it moves only because an open one is decided.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import dropwhile
from zoneinfo import ZoneInfo

from funnel.rules.periods import Span, month_start, next_month
from funnel.rules.targets import planned, until

from ..enums import Outcome, Per, PromiseKind, Standing
from .pace import Pace, pace_of_count, pace_of_share, spread_of
from .policy import Timekeeper
from .promises import Kept
from .worth import Worth

DAY = dt.timedelta(days=1)
WEEK = 7 * DAY
SEEN = 4 * WEEK
"""The rate is that of the last four weeks, or of the running stretch where that is longer."""
COMPARED = 8
"""Weeks by which it is told how much weeks differ."""
SHOWN = {Per.DAY: 14, Per.WEEK: 12, Per.MONTH: 12}
EVERY = 100.0
"""Percent: agreed attempts are agreed for each lead."""
COUNTS = frozenset({PromiseKind.MQLS, PromiseKind.MQL_VALUE})


@dataclass(frozen=True, slots=True)
class Term:
    """One promise as it is measured. ``monthly``: what each month (its first day) is to bring, of leads or
    of money; ``target``: the percent of the decided ones; ``number``: how many minutes, days or attempts.

    ``worth``: what both sides agreed that an MQL is worth; None: it is measured.
    ``id`` None: no agreement says it, only the monthly targets do."""

    id: int | None
    kind: PromiseKind
    side: str
    source: str = ""
    number: int | None = None
    target: float | None = None
    monthly: Mapping[dt.date, int] = field(default_factory=dict)
    currency: str = ""
    worth: Worth | None = None

    @property
    def is_count(self) -> bool:
        return self.kind in COUNTS


@dataclass(frozen=True, slots=True)
class Fact:
    """What happened; ``value``: what the delivered MQLs are worth, where that was promised."""

    kept: Kept = field(default_factory=Kept)
    value: Decimal = Decimal()

    def __add__(self, other: "Fact") -> "Fact":
        return Fact(self.kept + other.kept, self.value + other.value)

    @property
    def broken(self) -> int:
        return self.kept.late + self.kept.missed


Days = Mapping[dt.date, Fact]


@dataclass(frozen=True, slots=True)
class Now:
    """A moment, and how time passes until and after it: working time where somebody works by a calendar.

    ``zone`` is the project's, by which days are counted."""

    at: dt.datetime
    zone: ZoneInfo
    keeper: Timekeeper

    @property
    def today(self) -> dt.date:
        return self.at.astimezone(self.zone).date()

    def since(self, day: dt.date) -> int:
        """Seconds from the beginning of ``day`` until now."""
        return self.keeper.between(self._midnight(day), self.at)

    def until_end_of(self, day: dt.date) -> int:
        return self.keeper.between(self.at, self._midnight(day + DAY))

    def _midnight(self, day: dt.date) -> dt.datetime:
        return dt.datetime.combine(day, dt.time(), self.zone)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A promise in one day, week or month. ``plan`` and ``due`` (of it until today) are of counts;
    ``pace`` is there while the stretch runs."""

    term: Term
    span: Span
    fact: Fact
    plan: int | None
    due: int | None
    standing: Standing
    pace: Pace | None = None

    @property
    def done(self) -> float | None:
        """In the promise's own unit: leads, money or percent; None: nothing was decided."""
        if self.term.kind == PromiseKind.MQL_VALUE:
            return float(self.fact.value)
        return float(self.fact.kept.kept) if self.term.is_count else self.fact.kept.percent

    @property
    def goal(self) -> float | None:
        return self.plan if self.term.is_count else self.term.target


def bucket(day: dt.date, per: Per, period: Span) -> Span:
    """The day, week (from Monday) or month that ``day`` lies in, as far as it belongs to the period."""
    first = {Per.DAY: day, Per.WEEK: day - day.weekday() * DAY, Per.MONTH: month_start(day)}[per]
    after = {Per.DAY: first + DAY, Per.WEEK: first + WEEK, Per.MONTH: next_month(first)}[per]
    return clipped(Span(first, after - DAY), period)


def clipped(span: Span, period: Span) -> Span:
    assert span.first and span.last and period.first and period.last
    return Span(max(span.first, period.first), min(span.last, period.last))


def buckets(day: dt.date, per: Per, period: Span) -> list[Span]:
    """The last stretches of the period until the one of ``day``, the oldest first."""
    found = [bucket(day, per, period)]
    while len(found) < SHOWN[per]:
        first = found[-1].first
        assert first is not None and period.first is not None
        if first <= period.first:
            break
        found.append(bucket(first - DAY, per, period))
    return found[::-1]


def days_needed(spans: Iterable[Span]) -> Span:
    """All that the stretches and the pace of the last of them are reckoned from."""
    spans = list(spans)
    first, last = spans[0].first, spans[-1].last
    begin = spans[-1].first
    assert first is not None and begin is not None
    return Span(min(first, begin - COMPARED * WEEK), last)


def total(days: Days, span: Span) -> Fact:
    assert span.first is not None and span.last is not None
    if len(days) == 1:  # a group's: all of its stretch on one day
        return sum((fact for day, fact in days.items() if span.first <= day <= span.last), Fact())
    return sum((days[day] for day in each(span) if day in days), Fact())


def each(span: Span) -> Iterator[dt.date]:
    assert span.first is not None and span.last is not None
    for number in range((span.last - span.first).days + 1):
        yield span.first + number * DAY


def stretch(term: Term, span: Span, days: Days, now: Now, *, with_pace: bool = True) -> Stretch:
    fact = total(days, span)
    plan = planned(term.monthly, span) if term.is_count else None
    begun = span.first is not None and span.first <= now.today
    due = planned(term.monthly, until(span, now.today)) if term.is_count and begun else None
    runs = begun and span.last is not None and now.today <= span.last
    one = Stretch(
        term=term,
        span=span,
        fact=fact,
        plan=plan,
        due=due,
        standing=standing(term, fact, plan, is_over=span.last is not None and span.last < now.today),
        pace=_pace(term, span, days, now, fact, plan) if runs and with_pace else None,
    )
    return replace(one, standing=Standing.BEHIND) if with_pace and _is_behind(one, now.today) else one


def standing(term: Term, fact: Fact, plan: int | None, *, is_over: bool) -> Standing:
    """Kept or missed only once nothing can change it any more."""
    if term.is_count:
        return _standing_of_count(term, fact, plan, is_over=is_over)
    kept = fact.kept
    if term.target is None or not kept.given:
        return Standing.NOTHING
    if term.target >= EVERY and fact.broken:
        return Standing.MISSED  # of what was promised for each lead, one is enough
    if is_over:
        if 100 * kept.kept >= term.target * kept.given:
            return Standing.KEPT
        if 100 * (kept.kept + kept.open) < term.target * kept.given:
            return Standing.MISSED
    return Standing.OPEN


def _is_behind(one: Stretch, today: dt.date) -> bool:
    """Less than agreed so far, and not to be made good at this rate. Today is not over: of a count it is
    what was due until yesterday that has to be there, so nothing is behind on its first day."""
    if one.standing != Standing.OPEN or one.done is None:
        return False
    agreed = one.goal
    if one.term.is_count:
        agreed = planned(one.term.monthly, until(one.span, today - DAY))
    if agreed is None or one.done >= agreed:
        return False
    return one.pace is None or one.goal is None or one.pace.middle < one.goal


def _standing_of_count(term: Term, fact: Fact, plan: int | None, *, is_over: bool) -> Standing:
    if plan is None:
        return Standing.NOTHING
    done = fact.value if term.kind == PromiseKind.MQL_VALUE else fact.kept.kept
    if done >= plan:
        return Standing.KEPT
    return Standing.MISSED if is_over else Standing.OPEN


def _pace(term: Term, span: Span, days: Days, now: Now, fact: Fact, plan: int | None) -> Pace | None:
    if term.kind == PromiseKind.MQL_VALUE:
        return _pace_of_value(span, days, now, fact, plan)
    if term.is_count:
        return _arrivals(span, days, now, plan)
    begin = span.first
    assert begin is not None
    past = total(days, Span(begin - SEEN, begin - DAY)).kept
    coming = _arrivals(span, days, now, None)
    to_come = 0 if coming is None else round(coming.middle) - fact.kept.given
    return pace_of_share(
        kept=fact.kept.kept,
        decided=fact.kept.decided,
        waiting=fact.kept.open + max(0, to_come),
        past=(past.kept, past.decided),
        target=term.target,
    )


def _arrivals(span: Span, days: Days, now: Now, plan: int | None) -> Pace | None:
    """How many there will be of what begins in ``span``, kept or not."""
    assert span.first is not None and span.last is not None
    since = seen_since(span.first, days, now.today)
    if since == now.today and not total(days, Span(since, since)).kept.given:
        return None  # it began today, and nothing came before: there is no rate yet
    return pace_of_count(
        done=total(days, span).kept.given,
        seen=total(days, Span(since, now.today)).kept.given,
        passed=now.since(since),
        left=now.until_end_of(span.last),
        spread=spread_of(weeks_before(days, now.today)),
        plan=plan,
    )


def seen_since(first: dt.date, days: Days, today: dt.date) -> dt.date:
    """From when on the rate is taken; where nothing is older, from the first day that had any. Where there
    is nothing at all, since the stretch began: nobody had promised anything before."""
    since = min(first, today - SEEN + DAY)
    with_any = [day for day, fact in days.items() if fact.kept.given and day <= today]
    return max(since, min(with_any, default=first))


def weeks_before(days: Days, today: dt.date) -> list[int]:
    """How many began in each of the last weeks until yesterday, from the first that had any."""
    begins = [today - number * WEEK for number in range(COMPARED, 0, -1)]
    weeks = [total(days, Span(begin, begin + 6 * DAY)).kept.given for begin in begins]
    return list(dropwhile(lambda count: not count, weeks))


def _pace_of_value(span: Span, days: Days, now: Now, fact: Fact, plan: int | None) -> Pace | None:
    """The range of how many there will be, at what those seen so far are worth on average."""
    assert span.first is not None
    arrivals = _arrivals(span, days, now, None)
    seen = total(days, Span(seen_since(span.first, days, now.today), now.today))
    if arrivals is None or not seen.kept.given:
        return None
    done, each_worth = fact.kept.given, float(seen.value) / seen.kept.given
    ends = [
        float(fact.value) + (end - done) * each_worth
        for end in (arrivals.low, arrivals.middle, arrivals.high)
    ]
    return Pace(*ends)


def outcomes(counts: Mapping[str, int]) -> Kept:
    return Kept(**{outcome.value: counts.get(outcome, 0) for outcome in Outcome})
