"""What an agreement asks of the numbers that the product works with, and where they differ."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from funnel.enums import STAGES, Stage
from funnel.rules.periods import Span, month_start, next_month

from ..enums import ClockKind, PromiseKind, TimeBase
from .goal import Goal, months_of, needs, spread

DAY = dt.timedelta(days=1)
MINUTES_OF_A_DAY = 1440
CLOCKS = {
    PromiseKind.FIRST_CONTACT: ClockKind.FIRST_CONTACT,
    PromiseKind.DECISION: ClockKind.DECISION,
    PromiseKind.AE_DECISION: ClockKind.AE_DECISION,
}


@dataclass(frozen=True, slots=True)
class Promise:
    """``AgreementPromise`` as far as numbers of the product come from it."""

    kind: str
    amount: Decimal | None = None
    minutes: int | None = None
    days: int | None = None
    source: str = ""


@dataclass(frozen=True, slots=True)
class Numbers:
    """Those of a policy. ``is_general``: it is for every lead."""

    id: int | None
    name: str
    minutes: int
    attempts: int
    time_base: str
    is_general: bool


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a kind of clock is to run by; None: nothing is agreed about it."""

    minutes: int | None = None
    attempts: int | None = None

    def time_base(self, kind: str) -> str:
        """Minutes to a first contact are working time, days to decide are days of 24 hours."""
        return TimeBase.WORKING if kind == ClockKind.FIRST_CONTACT else TimeBase.WALL


@dataclass(frozen=True, slots=True)
class Deviation:
    """``field`` of a policy is ``actual`` instead of ``agreed``; without a policy there is none at all."""

    kind: str
    policy_id: int | None
    policy: str
    field: str
    agreed: int | str
    actual: int | str


def wanted(promises: Iterable[Promise]) -> dict[ClockKind, Wanted]:
    """By kind of clock; kinds of which nothing is promised are left out."""
    by_kind = {promise.kind: promise for promise in promises}
    found = {}
    for kind, clock in CLOCKS.items():
        promise = by_kind.get(kind)
        if promise is not None:
            minutes = promise.minutes if promise.days is None else promise.days * MINUTES_OF_A_DAY
            found[clock] = Wanted(minutes=minutes)
    attempts = by_kind.get(PromiseKind.ATTEMPTS)
    if attempts is not None and attempts.amount is not None:
        known = found.get(ClockKind.FIRST_CONTACT, Wanted())
        found[ClockKind.FIRST_CONTACT] = Wanted(known.minutes, int(attempts.amount))
    return found


def deviations(kind: str, asked: Wanted, policies: Sequence[Numbers]) -> list[Deviation]:
    """Where the active policies of a kind, in their order, are not what is agreed.

    The first one for every lead has to say exactly that. One for some leads that comes before it may
    be stricter, never looser; what comes after it is never used.
    """
    found: list[Deviation] = []
    for policy in policies:
        found += _of_policy(kind, asked, policy)
        if policy.is_general:
            return found
    return [*found, Deviation(kind, None, "", "", "", "")]


def _of_policy(kind: str, asked: Wanted, policy: Numbers) -> list[Deviation]:
    exact = policy.is_general
    base = asked.time_base(kind)
    pairs: list[tuple[str, int | str | None, int | str, bool]] = [
        ("minutes", asked.minutes, policy.minutes, policy.minutes > (asked.minutes or 0)),
        ("attempts", asked.attempts, policy.attempts, policy.attempts < (asked.attempts or 0)),
    ]
    if asked.minutes is not None:
        # Working time is the longer one: as many minutes of it end later.
        pairs.append(("time_base", base, policy.time_base, policy.time_base == TimeBase.WORKING))
    return [
        Deviation(kind, policy.id, policy.name, field, agreed, actual)
        for field, agreed, actual, is_looser in pairs
        if agreed is not None and actual != agreed and (exact or is_looser)
    ]


def targets(
    goal: Goal, span: Span, promises: Iterable[Promise], *, since: dt.date
) -> dict[dt.date, dict[Stage, int]]:
    """How many are to reach each stage by month, from the month of ``since`` on: what the plan needs,
    and for MQL what marketing promises. A month that the period only touches holds its part."""
    months = months_of(span)
    needed = needs(goal)
    shares = {stage: spread(needed[stage], span, months) for stage in STAGES}
    monthly = mqls_a_month(promises)
    found = {}
    for place, month in enumerate(months):
        assert month.first is not None and month.last is not None
        counts = {stage: shares[stage][place] for stage in STAGES}
        if monthly is not None:
            counts[Stage.MQL] = _part_of(monthly, month)
        if month_start(month.first) >= month_start(since):
            found[month_start(month.first)] = counts
    return found


def mqls_a_month(promises: Iterable[Promise]) -> Decimal | None:
    """Promised for all leads, or else for all the sources together; None: nothing is promised."""
    by_source = {one.source: one.amount for one in promises if one.kind == PromiseKind.MQLS and one.amount}
    return by_source.get("") or sum(by_source.values(), Decimal()) or None


def _part_of(monthly: Decimal, month: Span) -> int:
    assert month.first is not None and month.last is not None
    days = (month.last - month.first + DAY).days
    length = (next_month(month.first) - month_start(month.first)).days
    return int((monthly * days / length).quantize(Decimal(1), ROUND_HALF_UP))


def differing(
    agreed: Mapping[dt.date, Mapping[Stage, int]], actual: Mapping[dt.date, Mapping[Stage, int]]
) -> dict[dt.date, dict[Stage, tuple[int, int | None]]]:
    """(agreed, actual) by month and stage, where they are not the same."""
    found: dict[dt.date, dict[Stage, tuple[int, int | None]]] = {}
    for month, counts in agreed.items():
        known = actual.get(month, {})
        rows = {
            stage: (count, known.get(stage)) for stage, count in counts.items() if known.get(stage) != count
        }
        if rows:
            found[month] = rows
    return found
