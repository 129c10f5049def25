"""The plan by month: what each stage is to reach."""

import datetime as dt
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from smarketing.accounts.models import User

from ..errors import AgreedNumber
from ..forms import TargetsForm
from ..rules.periods import Span, month_start, next_month
from ..selectors.agreed import agreed_targets
from ..selectors.flow import targets_in
from ..services.targets import PLANNERS, set_targets

MONTHS_SHOWN = 6


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def targets(request: HttpRequest) -> HttpResponse:
    assert isinstance(request.user, User)
    if request.user.role not in PLANNERS:
        raise PermissionDenied
    month, now, status = chosen_month(request), timezone.now(), HTTPStatus.OK
    agreed = agreed_targets(month, at=now)
    if request.method == "POST":
        form = TargetsForm(request.POST)
        if form.is_valid():
            try:
                set_targets(month=month, counts=form.counts(), actor=request.user, at=now)
            except AgreedNumber as error:
                form, status = TargetsForm(initial=plan_for(month)), HTTPStatus.CONFLICT
                messages.error(request, str(error))
            else:
                messages.success(request, _("The targets are saved."))
                return redirect(f"{reverse('funnel:targets')}?month={month:%Y-%m}")
    else:
        copied = request.GET.get("copy") == "last" and not agreed
        form = TargetsForm(initial=plan_for(month, copied=copied))
    context = {"form": form, "month": month, "months": months(month), "agreed": agreed}
    return render(request, "funnel/targets.html", context, status=status)


def chosen_month(request: HttpRequest) -> dt.date:
    """The first day of ``?month=2026-03``; this month when it says nothing sensible."""
    today = timezone.localdate(timezone=timezone.get_default_timezone())
    try:
        asked = parse_date(f"{request.GET.get('month', '')}-01")
    except ValueError:
        asked = None
    return asked or month_start(today)


def plan_for(month: dt.date, *, copied: bool = False) -> dict[str, int]:
    """By stage; ``copied``: what the month before has."""
    source = month_start(month - dt.timedelta(days=1)) if copied else month
    found = targets_in(Span(source, source))
    return {stage.value: counts[source] for stage, counts in found.items() if source in counts}


def months(chosen: dt.date) -> list[dict[str, Any]]:
    """The month before the chosen one and the following, with whether they have a plan."""
    first = month_start(chosen - dt.timedelta(days=1))
    shown = [first]
    while len(shown) < MONTHS_SHOWN:
        shown.append(next_month(shown[-1]))
    planned = {month for counts in targets_in(Span(shown[0], shown[-1])).values() for month in counts}
    return [{"month": month, "has_plan": month in planned, "chosen": month == chosen} for month in shown]
