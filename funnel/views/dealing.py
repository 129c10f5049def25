"""One deal, changed by whoever works it."""

from http import HTTPStatus
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from django_htmx.http import trigger_client_event

from smarketing.accounts.access import for_roles
from smarketing.accounts.models import User
from smarketing.accounts.toasts import toast

from ..errors import InvalidMove, MoveNotAllowed, StaleChange
from ..forms.dealing import OpportunityForm
from ..models import Opportunity
from ..rules.moves import AES
from ..selectors.journeys import opportunities_visible_to
from ..services.dealing import update_opportunity


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(AES)
def edit_opportunity(request: HttpRequest, opportunity_id: int) -> HttpResponse:
    """422: a field cannot be accepted; 409: somebody was faster (both versions are shown) or the
    deal has ended."""
    assert isinstance(request.user, User)
    found = opportunities_visible_to(request.user).filter(journey__lead__merged_into=None)
    deal = get_object_or_404(found, pk=opportunity_id)
    if request.method != "POST":
        return _form(request, deal, OpportunityForm(deal=deal))
    form = OpportunityForm(request.POST, deal=deal)
    if not form.is_valid():
        return _form(request, deal, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        update_opportunity(
            opportunity_id=opportunity_id,
            changes=form.changes(),
            actor=request.user,
            at=timezone.now(),
            expected_version=form.cleaned_data["expected"],
        )
    except InvalidMove as error:
        form.add_error(error.field if error.field in form.fields else None, str(error))
        return _form(request, deal, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    except (StaleChange, MoveNotAllowed) as error:
        return _stale(request, deal, str(error))
    toast(request, _("Saved."))
    return _done(request, deal)


def _stale(request: HttpRequest, deal: Opportunity, message: str) -> HttpResponse:
    """The fields that differ, with what stands there now; sent again it is done on purpose."""
    deal.refresh_from_db()
    data = request.POST.copy()
    data["expected"] = str(deal.version)
    again = OpportunityForm(data, deal=deal)
    now = [(again[name].label, again[name].initial) for name in again.changed_data if name != "expected"]
    return _form(request, deal, again, HTTPStatus.CONFLICT, message=message, now=now)


def _form(
    request: HttpRequest, deal: Opportunity, form: OpportunityForm, status: int = HTTPStatus.OK, **more: Any
) -> HttpResponse:
    context = {
        "deal": deal,
        "lead": deal.journey.lead,
        "form": form,
        "partial": request.headers.get("HX-Request") == "true",
        **more,
    }
    return render(request, "funnel/opportunity_edit.html", context, status=status)


def _done(request: HttpRequest, deal: Opportunity) -> HttpResponse:
    """To the lead; a page that asked by htmx stays, and refreshes what changed."""
    if request.headers.get("HX-Request") != "true":
        return redirect(reverse("funnel:lead", args=[deal.journey.lead_id]))
    answer = HttpResponse(status=HTTPStatus.NO_CONTENT)
    trigger_client_event(answer, "close-dialog")
    return trigger_client_event(answer, "lead-changed")
