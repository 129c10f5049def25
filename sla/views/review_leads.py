"""The leads behind what moved since the review before."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from funnel.rules.periods import Span

from ..enums import PromiseKind
from ..models import Review
from ..rules.measure import Term
from ..selectors.agenda import as_long_before, span_of
from .agenda import names
from .measure import counted_leads


@login_required
@require_safe
def review_leads(request: HttpRequest, review_id: int, what: str) -> HttpResponse:
    """Exactly what a line of the agenda counted, the same for everybody, in its time or the one before."""
    review = get_object_or_404(Review.objects.select_related("agreement"), pk=review_id)
    title = names().get(what)
    if title is None:
        raise Http404
    span = span_of(review, at=timezone.now())
    both = Span(as_long_before(span).first, span.last)
    found = counted_leads(request, Term(None, PromiseKind(what), ""), both)
    return render(request, "sla/measure_leads.html", {**found, "title": title, "review": review})
