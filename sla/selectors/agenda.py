"""What a review is about, from the numbers: what moved, which promise broke, what to question.

The agenda is plain data, so that it can be kept as it was when the meeting was held and be read in
either language: ``{"since", "until", "moved", "judged", "broken", "behind", "hints", "disputes", "open"}``.
Shares are ``[counted, of]``. ``judged``: the versions that were in force, each with its days of this time; a
line of ``broken`` or ``behind`` is of a month of one of them, as far as it was in force, and says its days.
Broken is what no lead can mend any more; what is behind pace in a month that goes on can still be kept.
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import Count, F, Max, Min, Q

from funnel.enums import Stage
from funnel.rules.periods import Span
from funnel.rules.report import Filters
from funnel.selectors.events import events_in
from funnel.selectors.funnel_journeys import within

from ..enums import ClockKind, DisputeState, PromiseKind, Standing
from ..models import Agreement, Dispute, Review, ReviewDecision
from ..rules.drift import Hint
from ..rules.measure import Now, clipped
from ..rules.promises import Kept
from ..rules.stretches import days_of
from .agreements import day_of
from .feedback import drift, names_of
from .kept_months import Clocks, days_of_months, months_in
from .measure import present
from .promise_sums import PromiseSums
from .promises import Promised
from .quality import quality_in
from .statements import rows_of
from .whole_stretch import Part, versions_in

DAY = dt.timedelta(days=1)
HINTED = dt.timedelta(days=182)
"""A few weeks hold too few returns to question a definition; half a year does."""
MOST = 20


def agenda_of(review: Review, *, at: dt.datetime) -> dict[str, Any]:
    """Of the time since the review before; some twenty statements."""
    today = day_of(at)
    span = Span(_since(review, today), today)
    before = as_long_before(span)
    assert span.first is not None
    # A month that ended on the day of the review before was still running then.
    parts = versions_in(review.agreement, Span(span.first - DAY, today))
    clocks = PromiseSums(Promised(_days_read(before, span, parts)), at=at).by_day()
    numbers = _Numbers(Span(before.first, span.last), clocks)
    now, then = numbers.shown(span), numbers.shown(before)
    short = [line for part in parts for line in _lines(part, clocks, present(at))]
    judged = [(part.agreement, clipped(span, part.span)) for part in parts]
    return {
        "since": span.first.isoformat(),
        "until": today.isoformat(),
        "moved": [{"what": what, "now": value, "before": then[what]} for what, value in now.items()],
        "judged": [
            {"agreement": one.pk, "name": str(one), **_days(days)}
            for one, days in judged
            if not days.is_empty
        ],
        "broken": [line for standing, line in short if standing == Standing.MISSED],
        "behind": [line for standing, line in short if standing == Standing.BEHIND],
        "hints": [_hint(hint) for hint in drift(Span(today - HINTED, today))],
        "disputes": _disputes(span),
        "open": _open(review),
    }


def span_of(review: Review, *, at: dt.datetime) -> Span:
    """The days that its agenda tells of."""
    if review.agenda and review.is_held:
        return Span(*(dt.date.fromisoformat(review.agenda[name]) for name in ("since", "until")))
    today = day_of(at)
    return Span(_since(review, today), today)


def as_long_before(span: Span) -> Span:
    assert span.first is not None and span.last is not None
    length = (span.last - span.first).days + 1
    return Span(span.first - length * DAY, span.first - DAY)


def _days_read(before: Span, span: Span, parts: Iterable[Part]) -> Span:
    """All days of clocks that the agenda tells of, as one span that is read once."""
    spans = [before, span, *(days_of_months(part.agreement, part.span) for part in parts)]
    return Span(min(one.first for one in spans if one.first), max(one.last for one in spans if one.last))


class _Numbers:
    """Both promises in any days of a span."""

    def __init__(self, span: Span, clocks: Clocks) -> None:
        self._events, self._days = events_in(filters=Filters(), span=span), clocks

    def shown(self, span: Span) -> dict[str, Any]:
        mqls = self._events.reached(Stage.MQL, span)
        quality = quality_in(filters=Filters(), span=span, events=self._events)
        clocks = (ClockKind.FIRST_CONTACT, PromiseKind.ATTEMPTS, ClockKind.DECISION, ClockKind.AE_DECISION)
        return {
            "mqls": [quality.agreed(mqls), None],
            "accepted_share": [quality.accepted.count, quality.decided],
            **{kind.value: self._pair(kind, span) for kind in clocks},
        }

    def _pair(self, kind: str, span: Span) -> list[int]:
        kept = [self._days[day].get(kind, Kept()) for day in days_of(span) if day in self._days]
        return [sum(one.kept for one in kept), sum(one.decided for one in kept)]


def _since(review: Review, today: dt.date) -> dt.date:
    """The day after the review before this one, else the day from which any version was in force; in the
    past."""
    series = Agreement.objects.filter(series=review.agreement.series)
    began = Q(in_force_until__gte=F("in_force_from"))
    found = series.aggregate(
        last=Max("reviews__held_at", filter=~Q(reviews=review.pk)), first=Min("in_force_from", filter=began)
    )
    if found["last"] is not None:
        return min(day_of(found["last"]) + DAY, today)
    return min(found["first"] or review.agreement.first_day, today)


def _days(span: Span) -> dict[str, str]:
    assert span.first is not None and span.last is not None
    return {"since": span.first.isoformat(), "until": span.last.isoformat()}


def _lines(part: Part, clocks: Clocks, now: Now) -> Iterator[tuple[Standing, dict[str, Any]]]:
    """What fell short in a month of ``part``, as *How it is kept* has it: what was promised, and what it came
    to. A month is judged whole, also its days before the time that the agenda is of: so it was promised."""
    for one in months_in(part.agreement, part.span, clocks=clocks, now=now):
        if one.standing not in (Standing.MISSED, Standing.BEHIND):
            continue
        assert one.span.last is not None
        term, kept = one.term, one.fact.kept
        line: dict[str, Any] = {"kind": term.kind.value, "promise": term.id, "source": term.source}
        line |= _days(Span(one.span.first, min(one.span.last, now.today)))
        if term.is_count:
            due = one.plan if one.standing == Standing.MISSED else one.due
            line |= {"now": [int(one.done or 0), due], "target": None}
        else:
            line |= {"now": [kept.kept, kept.decided], "target": term.target}
        if term.kind == PromiseKind.MQL_VALUE:
            line["currency"] = term.currency
        yield one.standing, line


def _hint(hint: Hint) -> dict[str, Any]:
    names = names_of(hint.group.facts)
    return {
        "facts": [list(fact) for fact in hint.group.facts],
        "names": {f"{feature}:{value}": name for (feature, value), name in names.items()},
        "counts": {
            "returned": hint.group.returned,
            "n": hint.group.n,
            "others_returned": hint.others_returned,
            "others": hint.others,
        },
    }


def _disputes(span: Span) -> dict[str, int]:
    """Decided in these days, and all that wait."""
    counts = dict(rows_of(_disputed, span))
    return {state.value: counts.get(state, 0) for state in DisputeState}


def _disputed(span: Span) -> Any:
    found: Any = Dispute.objects.filter(within("decided_at", span) | Q(state=DisputeState.OPEN)).order_by()
    return found.values_list("state").annotate(n=Count("pk"))


def _open(review: Review) -> list[dict[str, Any]]:
    """Decisions of earlier reviews that nobody has carried out yet."""
    rows = ReviewDecision.objects.filter(done_at=None, review__agreement__series=review.agreement.series)
    rows = rows.exclude(review=review).select_related("owner").order_by("due_on", "pk")
    return [
        {"text": row.text, "owner": str(row.owner), "due_on": row.due_on.isoformat(), "review": row.review_id}
        for row in rows[:MOST]
    ]
