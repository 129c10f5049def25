"""A week or month in which one version of an agreement took over from another: what each counts of it.

A promise holds from the day its version is in force, so each version counts its own days against the plan
for these days; both together are the whole, which is told beside it.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from funnel.rules.periods import Span

from ..enums import Per, PromiseKind
from ..models import Agreement
from ..rules.measure import Now, Stretch, Term, bucket, clipped, stretch
from .agreements import versions_of
from .measure import facts_by_day, period_of, terms_of
from .worth import worth_of_mqls

ALWAYS = Span(dt.date.min, dt.date.max)


@dataclass(frozen=True, slots=True)
class Part:
    """The days on which a version was, is or will be in force."""

    agreement: Agreement
    span: Span


def whole_of(day: dt.date, per: Per) -> Span:
    """The day, week or month around ``day``, whoever had agreed on what in it."""
    return bucket(day, per, ALWAYS)


def versions_in(agreement: Agreement, span: Span) -> list[Part]:
    """Every version in force on a day of ``span``, with those days of it: nobody promised anything for
    others. One statement."""
    found = versions_of(agreement).signed()
    found = found.filter(in_force_from__lte=span.last, in_force_until__gte=span.first)
    parts = [Part(one, clipped(span, period_of(one))) for one in found]
    return [part for part in parts if not part.span.is_empty]


def others_in(agreement: Agreement, span: Span, day: dt.date, per: Per) -> list[Part]:
    """The other versions that hold days of the week or month of which ``agreement`` holds ``span``; no
    statement where it holds all of it."""
    whole = whole_of(day, per)
    if whole == span:
        return []
    return [part for part in versions_in(agreement, whole) if part.agreement.pk != agreement.pk]


def wholes(shown: Iterable[Stretch], others: Iterable[Part], *, now: Now) -> dict[int, Stretch]:
    """Of each count that other versions promised, too, by its promise: all versions together. Two
    statements for each other version and count."""
    found = {_promise(one.term): one for one in shown if one.term.is_count and one.term.id is not None}
    touched = set()
    for part in others:
        for key, more in _counted(part, found, now):
            found[key] = _together(found[key], more)
            touched.add(key)
    return {one.term.id: one for key, one in found.items() if key in touched and one.term.id is not None}


def _promise(term: Term) -> tuple[str, str, str]:
    """By which two versions say the same."""
    money = term.currency if term.kind == PromiseKind.MQL_VALUE else ""
    return term.kind.value, term.source, money


def _counted(
    part: Part, wanted: Mapping[tuple[str, str, str], Stretch], now: Now
) -> Iterable[tuple[tuple[str, str, str], Stretch]]:
    first = period_of(part.agreement).first
    for term in terms_of(part.agreement):
        if _promise(term) in wanted and first is not None:
            is_value = term.kind == PromiseKind.MQL_VALUE
            worth = (term.worth or worth_of_mqls(before=first, currency=term.currency)) if is_value else None
            days = facts_by_day(term, part.span, worth=worth, at=now.at)
            yield _promise(term), stretch(term, part.span, days, now, with_pace=False)


def _together(one: Stretch, other: Stretch) -> Stretch:
    assert one.span.first and one.span.last and other.span.first and other.span.last
    plan = None if one.plan is None or other.plan is None else one.plan + other.plan
    return replace(
        one,
        span=Span(min(one.span.first, other.span.first), max(one.span.last, other.span.last)),
        fact=one.fact + other.fact,
        plan=plan,
        due=None if plan is None else (one.due or 0) + (other.due or 0),
        pace=None,
    )
