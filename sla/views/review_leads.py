"""The leads behind what moved since the review before, and behind what broke."""

import datetime as dt

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from funnel.rules.periods import Span, month_start

from ..enums import PromiseKind
from ..models import AgreementPromise, Review
from ..rules.measure import DAY, Term
from ..selectors.agenda import as_long_before, span_of
from ..selectors.measure import terms_of
from ..selectors.measure_words import title_of
from .agenda import PROMISE, names
from .measure import counted_leads


@login_required
@require_safe
def review_leads(request: HttpRequest, review_id: int, what: str) -> HttpResponse:
    """Exactly what a line of the agenda counted, the same for everybody, in its time or the one before."""
    review = get_object_or_404(Review.objects.select_related("agreement"), pk=review_id)
    term, title = _term(review, what)
    span = span_of(review, at=timezone.now())
    found = counted_leads(request, term, Span(_first_day(span), span.last))
    return render(request, "sla/measure_leads.html", {**found, "title": title, "review": review})


def _first_day(span: Span) -> dt.date:
    """Of the time before, or of the month that its first day lies in, which is judged whole."""
    before = as_long_before(span).first
    assert before is not None and span.first is not None
    return min(before, month_start(span.first - DAY))


def _term(review: Review, what: str) -> tuple[Term, str]:
    """A line of what moved, or a promise of any version of the agreement; with its name."""
    if title := names().get(what):
        return Term(None, PromiseKind(what), ""), title
    number = what.removeprefix(PROMISE)
    if number == what or not number.isdecimal() or len(number) > 9:
        raise Http404
    rows = AgreementPromise.objects.select_related("agreement")
    promise = get_object_or_404(rows, pk=int(number), agreement__series=review.agreement.series)
    term = next(term for term in terms_of(promise.agreement) if term.id == promise.pk)
    return term, title_of(term)
