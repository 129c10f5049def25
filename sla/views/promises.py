"""The promises behind a number of the dashboard: which lead, whose, how long it took."""

from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from funnel.selectors.lead_list import SEEING_ALL
from funnel.selectors.lead_sorting import ShortPaginator
from leads.selectors import leads_visible_to
from smarketing.accounts.models import User

from ..enums import Outcome
from ..forms.dashboard import PromisesForm
from ..models.clock import ClockQuerySet
from ..selectors.promises import Promised, at_risk, given_up, promised

PAGE_SIZE = 25
LOOKS = {Outcome.KEPT: "good", Outcome.LATE: "soon", Outcome.MISSED: "late", Outcome.OPEN: "plain"}


def _found(form: PromisesForm, wanted: Promised, user: User, at: datetime) -> ClockQuerySet:
    if form.of_depth:
        return given_up(wanted)
    return at_risk(user=user, wanted=wanted, at=at) if form.is_overdue else promised(wanted, at=at)


@login_required
@require_safe
def promises(request: HttpRequest) -> HttpResponse:
    """Exactly what was counted; a manager reads the names of those leads only that are theirs to see."""
    assert isinstance(request.user, User)
    form = PromisesForm(request.GET)
    wanted = form.promised(request.user)
    found = _found(form, wanted, request.user, timezone.now()).select_related("lead__company", "owner")
    pages = ShortPaginator(found, PAGE_SIZE)
    page = pages.get_page(request.GET.get("page"))
    seen = None
    if request.user.role not in SEEING_ALL:
        shown = [clock.lead_id for clock in page.object_list]
        seen = set(leads_visible_to(request.user).filter(pk__in=shown).values_list("pk", flat=True))
    clock: Any
    for clock in page.object_list:
        outcome = Outcome(clock.outcome)
        clock.words, clock.look = outcome.label, LOOKS[outcome]
        clock.is_seen = seen is None or clock.lead_id in seen
    kept = request.GET.copy()
    for name in ("page", "count"):
        kept.pop(name, None)
    is_counted = pages.is_long and "count" in request.GET
    return render(
        request,
        "sla/promises.html",
        {
            "form": form,
            "page": page,
            "query": kept.urlencode(),
            "of_depth": form.of_depth,
            "count": found.order_by().count() if is_counted else pages.count,
            "is_long": pages.is_long,
            "is_counted": is_counted,
        },
    )
