"""The promises of an agreement in numbers, and what is behind each: one queryset serves both."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Case, CharField, Count, F, Q, QuerySet, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import TruncDate

from funnel.enums import Stage
from funnel.rules.periods import Span, month_start, next_month
from funnel.rules.report import Filters
from funnel.selectors.flow import targets_in
from funnel.selectors.funnel_journeys import GIVEN_BACK, Behind, journeys_behind
from funnel.selectors.given import handed_to
from smarketing.accounts.enums import Side
from smarketing.accounts.models import Team, User

from ..enums import ClockKind, DisputeKind, Feature, Outcome, Per, PromiseKind, SplitBy, TimeBase
from ..models import Agreement, AgreementPromise
from ..rules.document import worth_in
from ..rules.measure import (
    EVERY,
    Days,
    Fact,
    Now,
    Stretch,
    Term,
    buckets,
    days_needed,
    outcomes,
    stretch,
)
from ..rules.policy import Timekeeper
from ..rules.promises import Kept
from ..rules.worth import Worth
from .policies import company_calendar
from .promise_sums import PromiseSums
from .promises import DECIDED, Promised, given_up, promised
from .quality import upheld
from .queue import NO_CALENDAR
from .statements import rows_of
from .worth import group_of, worth_of_mqls

CLOCKS = {
    PromiseKind.FIRST_CONTACT: ClockKind.FIRST_CONTACT,
    PromiseKind.DECISION: ClockKind.DECISION,
    PromiseKind.AE_DECISION: ClockKind.AE_DECISION,
}
BROKEN = (Outcome.LATE, Outcome.MISSED)
NOBODY = ""
"""Key of a group: nobody's, in no team, of no source."""


@dataclass(frozen=True, slots=True)
class Group:
    """``key`` as the address has it; ``team``: of a person."""

    key: str
    label: str
    stretch: Stretch


@dataclass(frozen=True, slots=True)
class Counted:
    """``groups`` of the running stretch, by their key."""

    days: Days
    groups: Mapping[Any, Fact]


@dataclass(frozen=True, slots=True)
class Card:
    """A promise: the running stretch (or the one asked for), those before it, and who brought what."""

    term: Term
    now: Stretch
    series: list[Stretch]
    groups: list[Group]
    worth: Worth | None = None


def period_of(agreement: Agreement) -> Span:
    """In force, or as it is planned while it is not signed."""
    return Span(
        agreement.in_force_from or agreement.first_day, agreement.in_force_until or agreement.last_day
    )


def terms_of(agreement: Agreement) -> list[Term]:
    """Marketing's promises first, in the order in which they were written down; one statement."""
    worth = worth_in(agreement.frozen or {})
    terms = [_term(row, agreement, worth) for row in agreement.promises.order_by("pk")]
    return sorted(terms, key=lambda term: term.side != Side.MARKETING)


def _term(row: AgreementPromise, agreement: Agreement, worth: Worth | None) -> Term:
    kind = PromiseKind(row.kind)
    amount = 0 if row.amount is None else int(row.amount)
    numbers = {PromiseKind.FIRST_CONTACT: row.minutes, PromiseKind.ATTEMPTS: amount}
    monthly = {}
    if kind in (PromiseKind.MQLS, PromiseKind.MQL_VALUE):
        monthly = dict.fromkeys(_months(period_of(agreement)), amount)
    share = None if row.target_percent is None else float(row.target_percent)
    target = EVERY if kind == PromiseKind.ATTEMPTS else share
    return Term(
        id=row.pk,
        kind=kind,
        side=row.side,
        source=row.source,
        number=numbers.get(kind, row.days),
        target=target,
        monthly=monthly,
        currency=agreement.currency,
        worth=worth if kind == PromiseKind.MQL_VALUE else None,
    )


def _months(period: Span) -> Iterable[dt.date]:
    assert period.first is not None and period.last is not None
    month = month_start(period.first)
    while month <= period.last:
        yield month
        month = next_month(month)


def term_of_targets(span: Span) -> Term:
    """Marketing's promise where no agreement is in force: the monthly targets."""
    return Term(None, PromiseKind.MQLS, Side.MARKETING, monthly=targets_in(span).get(Stage.MQL, {}))


def present(at: dt.datetime) -> Now:
    """By the company's calendar; without one, time passes as on the wall."""
    calendar = company_calendar()
    keeper = Timekeeper(TimeBase.WORKING if calendar else TimeBase.WALL, calendar or NO_CALENDAR)
    return Now(at, ZoneInfo(settings.TIME_ZONE), keeper)


def cards(
    terms: Iterable[Term], *, period: Span, day: dt.date, per: Per, by: SplitBy, now: Now
) -> list[Card]:
    """Five statements at most for all promises on clocks, two for each other one, one more for what MQLs
    are worth, and one for names."""
    terms, names = list(terms), _names(by)
    spans = buckets(day, per, period)
    clocks = _of_clocks(terms, spans, by, at=now.at)
    return [
        card(term, spans, clocks.get(term.kind), period=period, by=by, names=names, now=now) for term in terms
    ]


def card(
    term: Term,
    spans: list[Span],
    counted: Counted | None,
    *,
    period: Span,
    by: SplitBy,
    names: Mapping[Any, str],
    now: Now,
) -> Card:
    """``counted``: what was counted already, by day and by group."""
    worth = None
    if term.kind == PromiseKind.MQL_VALUE and period.first is not None:
        worth = term.worth or worth_of_mqls(before=period.first, currency=term.currency)
    if counted is None:
        days = facts_by_day(term, days_needed(spans), worth=worth, at=now.at)
        counted = Counted(days, dict(_counted(_question(term, worth), spans[-1], now.at, by, worth)))
    series = [stretch(term, span, counted.days, now) for span in spans]
    groups = groups_of(term, spans[-1], counted.groups, names=names, now=now)
    return Card(term, series[-1], series, groups, worth)


def _of_clocks(
    terms: Iterable[Term], spans: list[Span], by: SplitBy, *, at: dt.datetime
) -> dict[str, Counted]:
    """Of each promise on clocks: by day, past ones from their sums; by group in the last stretch."""
    kinds = {term.kind: CLOCKS.get(term.kind, term.kind) for term in terms if of_clocks(term)}
    if not kinds:
        return {}
    groups: dict[str, dict[Any, Fact]] = {}
    clocks = tuple(kind for kind in kinds.values() if kind in ClockKind)
    if clocks:
        groups |= _by_group(rows_of(_clocks_by_group, spans[-1], at, clocks, by))
    if PromiseKind.ATTEMPTS in kinds:
        tried = _Question(PromiseKind.ATTEMPTS)
        groups[PromiseKind.ATTEMPTS] = dict(_counted(tried, spans[-1], at, by))
    days = PromiseSums(Promised(days_needed(spans)), at=at).by_day()
    return {promise: Counted(facts_of(kind, days), groups.get(kind, {})) for promise, kind in kinds.items()}


def facts_of(kind: str, days: Mapping[dt.date, Mapping[str, Kept]]) -> Days:
    """Of one kind among those that ``PromiseSums`` has by day."""
    return {day: Fact(kept[kind]) for day, kept in days.items() if kind in kept}


def _by_group(rows: Iterable[tuple[Any, ...]]) -> dict[str, dict[Any, Fact]]:
    counts: dict[str, dict[Any, dict[str, int]]] = {}
    for kind, key, outcome, n in rows:
        counts.setdefault(kind, {}).setdefault(key, {})[outcome] = n
    return {
        kind: {key: Fact(outcomes(count)) for key, count in groups.items()} for kind, groups in counts.items()
    }


def _clocks_by_group(span: Span, at: dt.datetime, kinds: tuple[ClockKind, ...], by: SplitBy) -> Any:
    key = group_key(Term(None, PromiseKind.FIRST_CONTACT, ""), by)
    rows: Any = promised(Promised(span), at=at).filter(kind__in=kinds).order_by().annotate(key=key)
    return rows.values_list("kind", "key", "outcome").annotate(n=Count("pk"))


def facts_by_day(term: Term, span: Span, *, worth: Worth | None = None, at: dt.datetime) -> Days:
    return dict(_counted(_question(term, worth), span, at, None, worth))


def _day_of(term: Term) -> TruncDate:
    return TruncDate(_when(term), tzinfo=ZoneInfo(settings.TIME_ZONE))


def groups_of(
    term: Term, span: Span, facts: Mapping[Any, Fact], *, names: Mapping[Any, str], now: Now
) -> list[Group]:
    """Most first. A count has no plan for each group: what was agreed by source is a promise of its own."""
    bare = replace(term, monthly={})
    rows = [
        Group(
            key=NOBODY if key is None else str(key),
            label=names.get(key, str(key or "")),
            # The days of a group are not known, so nothing tells its rate.
            stretch=stretch(bare, span, {span.first: fact} if span.first else {}, now, with_pace=False),
        )
        for key, fact in facts.items()
    ]
    return sorted(rows, key=lambda row: (-row.stretch.fact.kept.given, row.label))


def _names(by: SplitBy) -> Mapping[Any, str]:
    """Of everybody, or of all teams: small tables, and one statement for all promises."""
    if by == SplitBy.SOURCE:
        return {}
    if by == SplitBy.TEAM:
        return dict(Team.objects.values_list("pk", "name"))
    return {user.pk: str(user) for user in User.objects.only("first_name", "last_name", "email")}


def behind(
    term: Term,
    span: Span,
    *,
    at: dt.datetime,
    outcome: str = "",
    by: SplitBy | None = None,
    key: str = "",
) -> QuerySet[Any]:
    """Exactly what a number of ``term`` counted, clocks or journeys, each with its ``outcome``, the
    latest first. ``outcome`` "broken": late or not done, "decided": no longer open; ``by`` and ``key``: of
    one group only."""
    found: Any
    if term.kind == PromiseKind.ATTEMPTS:
        found = given_up(Promised(span))
    elif term.kind in CLOCKS:
        found = promised(Promised(span, kind=CLOCKS[term.kind]), at=at)
    else:
        source = term.source or None
        handed_over = Behind(reached=Stage.MQL, reached_in=span)
        found = journeys_behind(filters=Filters(source=source), behind=handed_over)
        found = found.exclude(_no_longer_counts(term))
        found = found.order_by("-mql_at", "-pk").annotate(outcome=_verdict(term))
    if outcome == "broken":
        found = found.filter(outcome__in=BROKEN)
    elif outcome == DECIDED:
        found = found.exclude(outcome=Outcome.OPEN)
    elif outcome:
        found = found.filter(outcome=outcome)
    if by is not None:
        found = found.alias(key=group_key(term, by))
        empty = Q(key="") if by == SplitBy.SOURCE else Q(key__isnull=True)
        found = found.filter(Q(key=key) if key else empty)
    return found


def group_key(term: Term, by: SplitBy) -> Combinable:
    """Whose clock it was; of journeys, to whom they were handed, whoever has the lead now."""
    if of_clocks(term):
        columns = {SplitBy.TEAM: "owner__team", SplitBy.REP: "owner", SplitBy.SOURCE: "journey__source"}
        return F(columns[by])
    if by == SplitBy.SOURCE:
        return F("source")
    return handed_to("user" if by == SplitBy.REP else "user__team")


def of_clocks(term: Term) -> bool:
    return term.kind in CLOCKS or term.kind == PromiseKind.ATTEMPTS


def _when(term: Term) -> str:
    return "started_at" if of_clocks(term) else "mql_at"


def _verdict(term: Term) -> Case | Value:
    """A delivered MQL is delivered; of the share accepted, what sales gave back breaks it."""
    if term.kind != PromiseKind.ACCEPTED_SHARE:
        return Value(Outcome.KEPT.value, output_field=CharField())
    return Case(
        When(sql_at__isnull=False, then=Value(Outcome.KEPT.value)),
        When(GIVEN_BACK, then=Value(Outcome.MISSED.value)),
        default=Value(Outcome.OPEN.value),
        output_field=CharField(),
    )


def _no_longer_counts(term: Term) -> Q:
    """What the mediator took out: no MQL after all, or given back without cause."""
    if term.is_count:
        return Q(upheld(DisputeKind.NO_MQL))
    return GIVEN_BACK & Q(upheld(DisputeKind.UNFAIR_RETURN))


@dataclass(frozen=True, slots=True)
class _Question:
    """What decides which statement counts a promise; ``level``: by what its MQLs differ in worth."""

    kind: PromiseKind
    source: str = ""
    level: Feature | None = None


def _question(term: Term, worth: Worth | None) -> _Question:
    return _Question(term.kind, term.source, worth.by if worth else None)


def _counted(
    asked: _Question, span: Span, at: dt.datetime, by: SplitBy | None, worth: Worth | None = None
) -> Iterable[tuple[Any, Fact]]:
    """By group, or by day."""
    counts: dict[Any, dict[str, int]] = {}
    values: dict[Any, Decimal] = {}
    for key, outcome, level, n in rows_of(_rows_counted, asked, span, at, by):
        mine = counts.setdefault(key, {})
        mine[outcome] = mine.get(outcome, 0) + n
        if worth is not None:
            values[key] = values.get(key, Decimal()) + n * worth.of(level)
    return [(key, Fact(outcomes(count), values.get(key, Decimal()))) for key, count in counts.items()]


def _rows_counted(asked: _Question, span: Span, at: dt.datetime, by: SplitBy | None) -> Any:
    term = Term(None, asked.kind, "", asked.source)
    rows = behind(term, span, at=at).order_by()
    level = group_of(asked.level) if asked.level else Value("", output_field=CharField())
    rows = rows.annotate(key=_day_of(term) if by is None else group_key(term, by), level=level)
    return rows.values_list("key", "outcome", "level").annotate(n=Count("pk"))
