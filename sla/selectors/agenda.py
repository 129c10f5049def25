"""What a review is about, from the numbers: what moved, which promise broke, what to question.

The agenda is plain data, so that it can be kept as it was when the meeting was held and be read in
either language: ``{"since", "until", "moved", "judged", "broken", "hints", "disputes", "open"}``. Shares
are ``[counted, of]``. ``judged``: the versions that were in force, each with its days of this time; a line
of ``broken`` is of one of them, and says its days where they are not all.
"""

import datetime as dt
from typing import Any

from django.db.models import Count, F, Max, Min, Q

from funnel.enums import Stage
from funnel.rules.periods import Span
from funnel.rules.report import Filters
from funnel.rules.targets import planned as plan_of
from funnel.selectors.events import events_in
from funnel.selectors.funnel_journeys import within

from ..enums import ClockKind, DisputeState, PromiseKind
from ..models import Agreement, Dispute, Review, ReviewDecision
from ..rules.drift import Hint
from ..rules.measure import Term, total
from ..rules.promises import Kept, attainment
from .agreements import day_of
from .feedback import drift, names_of
from .measure import facts_by_day, period_of, terms_of
from .promise_sums import PromiseSums
from .promises import Promised
from .quality import Quality, quality_in
from .whole_stretch import versions_in
from .worth import worth_of_mqls

DAY = dt.timedelta(days=1)
HINTED = dt.timedelta(days=182)
"""A few weeks hold too few returns to question a definition; half a year does."""
MOST = 20


def agenda_of(review: Review, *, at: dt.datetime) -> dict[str, Any]:
    """Of the time since the review before; some twenty statements."""
    today = day_of(at)
    span = Span(_since(review, today), today)
    now, then = _Numbers(span, at), _Numbers(as_long_before(span), at)
    judged = [(part.agreement, part.span) for part in versions_in(review.agreement, span)]
    assert span.first is not None
    return {
        "since": span.first.isoformat(),
        "until": today.isoformat(),
        "moved": [
            {"what": what, "now": value, "before": then.shown[what]} for what, value in now.shown.items()
        ],
        "judged": [{"agreement": one.pk, "name": str(one), **_days(days)} for one, days in judged],
        "broken": [
            line if days == span else {**line, **_days(days)}
            for one, days in judged
            for line in _broken(one, now if days == span else _Numbers(days, at), days, at)
        ],
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


class _Numbers:
    """Both promises in a span."""

    def __init__(self, span: Span, at: dt.datetime) -> None:
        events = events_in(filters=Filters(), span=span)
        self.mqls = events.reached(Stage.MQL, span)
        self.quality: Quality = quality_in(filters=Filters(), span=span, events=events)
        promised = PromiseSums(Promised(span), at=at)
        self.kept, self.depth = attainment(promised.tallies), promised.depth
        self.shown: dict[str, Any] = {
            "mqls": [self.quality.agreed(self.mqls), None],
            "accepted_share": [self.quality.accepted.count, self.quality.decided],
            ClockKind.FIRST_CONTACT.value: _pair(self.kept[ClockKind.FIRST_CONTACT]),
            "attempts": _pair(self.depth),
            ClockKind.DECISION.value: _pair(self.kept[ClockKind.DECISION]),
            ClockKind.AE_DECISION.value: _pair(self.kept[ClockKind.AE_DECISION]),
        }


def _pair(kept: Kept) -> list[int]:
    return [kept.kept, kept.decided]


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


def _broken(agreement: Agreement, now: _Numbers, span: Span, at: dt.datetime) -> list[dict[str, Any]]:
    """What fell short, as *How it is kept* has it: what was promised, and what it came to."""
    found: list[dict[str, Any]] = []
    for term in terms_of(agreement):
        line: dict[str, Any] = {"kind": term.kind.value, "promise": term.id, "source": term.source}
        if term.is_count:
            done, due = _delivered(term, agreement, span, at)
            if done < due:
                money = {"currency": term.currency} if term.kind == PromiseKind.MQL_VALUE else {}
                found.append({**line, "now": [done, due], "target": None, **money})
        elif term.target is not None and term.kind.value in now.shown:
            kept, of = now.shown[term.kind.value]
            if of and 100 * kept / of < term.target:
                found.append({**line, "now": [kept, of], "target": term.target})
    return found


def _delivered(term: Term, agreement: Agreement, span: Span, at: dt.datetime) -> tuple[int, int]:
    """In leads or money: what came, and what was due."""
    period = period_of(agreement)
    assert period.first is not None
    worth = None
    if term.kind == PromiseKind.MQL_VALUE:
        worth = term.worth or worth_of_mqls(before=period.first, currency=term.currency)
    fact = total(facts_by_day(term, span, worth=worth, at=at), span)
    done = int(fact.value) if worth else fact.kept.kept
    return done, plan_of(term.monthly, span) or 0


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
    decided, waits = within("decided_at", span), Q(state=DisputeState.OPEN)
    return Dispute.objects.filter(decided | waits).aggregate(
        upheld=Count("pk", filter=decided & Q(state=DisputeState.UPHELD)),
        refused=Count("pk", filter=decided & Q(state=DisputeState.REFUSED)),
        open=Count("pk", filter=waits),
    )


def _open(review: Review) -> list[dict[str, Any]]:
    """Decisions of earlier reviews that nobody has carried out yet."""
    rows = ReviewDecision.objects.filter(done_at=None, review__agreement__series=review.agreement.series)
    rows = rows.exclude(review=review).select_related("owner").order_by("due_on", "pk")
    return [
        {"text": row.text, "owner": str(row.owner), "due_on": row.due_on.isoformat(), "review": row.review_id}
        for row in rows[:MOST]
    ]
