"""Disputes: the list, one with its decision, raising one, and those of a lead."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from leads.models import Lead
from leads.selectors import leads_visible_to
from smarketing.accounts.enums import Role
from smarketing.accounts.toasts import toast
from smarketing.accounts.views.access import person_of
from smarketing.accounts.views.paging import kept_query

from ..enums import DisputeState
from ..errors import AlreadyDecided, AlreadyDisputed
from ..forms.disputes import DecideForm, DisputesForm, RaiseForm
from ..models import Dispute
from ..selectors.disputes import Disputable, disputable, disputes, disputes_visible_to, with_details
from ..selectors.mediation import may_decide
from ..services.disputes import decide, raise_dispute

PAGE_SIZE = 25
RAISERS = frozenset({Role.SDR, Role.AE, Role.MARKETER, Role.MANAGER})
LOOKS = {DisputeState.OPEN: "soon", DisputeState.UPHELD: "good", DisputeState.REFUSED: "plain"}


@login_required
@require_safe
def dispute_list(request: HttpRequest) -> HttpResponse:
    user = person_of(request)
    form = DisputesForm(request.GET)
    page = Paginator(disputes(user, form.wanted(user), at=timezone.now()), PAGE_SIZE).get_page(
        request.GET.get("page")
    )
    context = {
        "form": form,
        "page": page,
        "rows": [_shown(dispute) for dispute in page.object_list],
        "query": kept_query(request),
        "filtered": bool(form.origin) or any(form.cleaned_data.values()),
    }
    return render(request, "sla/disputes.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def dispute(request: HttpRequest, dispute_id: int) -> HttpResponse:
    """Everybody it concerns reads it; the mediator decides. 409: somebody decided meanwhile."""
    found = get_object_or_404(
        with_details(disputes_visible_to(person_of(request), at=timezone.now())), pk=dispute_id
    )
    is_mine = may_decide(person_of(request), found, at=timezone.now())
    if request.method != "POST":
        return _page(request, found, DecideForm() if is_mine and found.is_open else None)
    if not is_mine:
        raise PermissionDenied
    form = DecideForm(request.POST)
    if not form.is_valid():
        return _page(request, found, form if found.is_open else None, 422)
    try:
        decide(
            dispute_id=dispute_id,
            upheld=form.is_upheld,
            reason=form.cleaned_data["reason"],
            actor=person_of(request),
            at=timezone.now(),
        )
    except AlreadyDecided as error:
        return _page(request, found, None, 409, message=str(error), typed=form.cleaned_data["reason"])
    toast(request, _("Your decision was sent to both teams."))
    return redirect("sla:dispute", dispute_id=dispute_id)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def dispute_lead(request: HttpRequest, pk: int) -> HttpResponse:
    """Object to what the other team did with a lead."""
    user = person_of(request)
    lead = get_object_or_404(leads_visible_to(user).filter(merged_into=None), pk=pk)
    if user.role not in RAISERS:
        raise PermissionDenied
    offered = disputable(user, lead)
    form = RaiseForm(request.POST or None, kinds=offered) if offered else None
    if request.method != "POST":
        return _raise_page(request, lead, form, offered, 200)
    if form is None:
        if not Dispute.objects.filter(journey__lead=lead).exists():
            raise PermissionDenied
        return _raise_page(request, lead, None, offered, 409)
    if not form.is_valid():
        return _raise_page(request, lead, form, offered, 422)
    try:
        raised = raise_dispute(lead_id=lead.pk, actor=user, at=timezone.now(), **form.cleaned_data)
    except AlreadyDisputed:
        return _raise_page(request, lead, None, {}, 409)
    toast(request, _("The mediator has been told."))
    address = reverse("sla:dispute", args=[raised.pk])
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return redirect(address)


@login_required
@require_safe
def lead_disputes(request: HttpRequest, pk: int) -> HttpResponse:
    """A part of the lead's page, fetched by it."""
    user = person_of(request)
    lead = get_object_or_404(leads_visible_to(user), pk=pk)
    rows = with_details(disputes_visible_to(user, at=timezone.now()).filter(journey__lead=lead))
    context = {
        "lead": lead,
        "rows": [_shown(row) for row in rows],
        "may_raise": bool(disputable(user, lead)) and lead.merged_into_id is None,
        "partial": request.headers.get("HX-Request") == "true",
    }
    return render(request, "sla/lead_disputes.html", context)


def _shown(row: Dispute) -> dict[str, Any]:
    state = DisputeState(row.state)
    return {"dispute": row, "lead": row.journey.lead, "look": LOOKS[state], "word": state.label}


def _page(
    request: HttpRequest,
    found: Dispute,
    form: DecideForm | None,
    status: int = 200,
    *,
    message: str = "",
    typed: str = "",
) -> HttpResponse:
    """Read again, so that a decision made meanwhile is shown."""
    user = person_of(request)
    fresh = with_details(Dispute.objects.all()).get(pk=found.pk) if status == 409 else found
    context = {
        **_shown(fresh),
        "form": form,
        "message": message,
        "typed": typed,
        "may_open_lead": leads_visible_to(user).filter(pk=fresh.journey.lead_id).exists(),
        "history": fresh.journey.changes.select_related("actor"),
    }
    return render(request, "sla/dispute.html", context, status=status)


def _raise_page(
    request: HttpRequest, lead: Lead, form: RaiseForm | None, offered: dict[Any, Disputable], status: int
) -> HttpResponse:
    context = {
        "lead": lead,
        "form": form,
        "offered": list(offered.values()),
        "partial": request.headers.get("HX-Request") == "true",
    }
    return render(request, "sla/dispute_lead.html", context, status=status)
