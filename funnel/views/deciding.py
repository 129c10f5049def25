"""One decision for many leads: asked for, confirmed with the count, worked off with progress."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.contrib.messages import constants
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from smarketing.accounts.access import for_roles
from smarketing.accounts.enums import Role
from smarketing.accounts.models import User
from smarketing.accounts.toasts import toast

from ..enums import LABELS, BulkAction
from ..errors import InvalidMove
from ..forms import BulkForm, LeadListForm
from ..models import BulkJob
from ..selectors.journeys import journeys_visible_to
from ..services.bulk_jobs import MOST_ROWS, ROWS_IN_A_REQUEST, actions_open_to, cancel_job, run_job, start_job
from ..services.taking_back import start_taking_back, taking_back
from .lead_list import found_by, list_address
from .sorting import PAGE_SIZE

WRITERS = frozenset(Role) - {Role.EXECUTIVE}


@login_required
@require_POST
@for_roles(WRITERS)
def bulk(request: HttpRequest) -> HttpResponse:
    """Ask for what the action needs, with the number of leads; `confirmed` does it."""
    assert isinstance(request.user, User)
    action = request.POST.get("action", "")
    if action not in actions_open_to(request.user.role):
        raise Http404
    query = QueryDict(request.POST.get("query", "")[:2000])
    ids = _chosen(request, query)
    if not ids or len(ids) > MOST_ROWS:
        text = _("At most %(n)d leads at once.") % {"n": MOST_ROWS} if ids else _("Choose at least one lead.")
        toast(request, text, level=constants.WARNING)
        return redirect(list_address(query))
    confirmed = "confirmed" in request.POST
    form = BulkForm(request.POST if confirmed else None, action=action, actor=request.user)
    if confirmed and form.is_valid():
        return _start(request, action, form, ids)
    context = {
        "form": form,
        "action": BulkAction(action),
        "count": len(ids),
        "ids": [] if _all(request) else ids,
        "all": _all(request),
        "query": request.POST.get("query", ""),
        "back": list_address(query),
    }
    return render(request, "funnel/bulk.html", context, status=422 if confirmed else 200)


@login_required
@require_safe
def bulk_job(request: HttpRequest, job_id: int) -> HttpResponse:
    """How far it has come, and which rows could not be done; for whoever asked for it."""
    job = get_object_or_404(BulkJob, pk=job_id, actor=request.user)
    undoing = taking_back(job) if job.action in LABELS else None
    context = {
        "job": job,
        "partial": request.headers.get("HX-Request") == "true",
        "undoing": undoing,
        "may_take_back": undoing is None and job.can_be_taken_back(timezone.now()),
    }
    return render(request, "funnel/bulk_job.html", context)


@login_required
@require_POST
@for_roles(WRITERS)
def take_back_bulk_job(request: HttpRequest, job_id: int) -> HttpResponse:
    """What one's own job set goes, lead by lead; a page of its own tells how far it is."""
    assert isinstance(request.user, User)
    at = timezone.now()
    try:
        job = start_taking_back(job_id=job_id, actor=request.user, at=at)
    except BulkJob.DoesNotExist:
        raise Http404 from None
    except InvalidMove as error:
        toast(request, str(error), level=constants.WARNING)
        return redirect("funnel:bulk-job", job_id=job_id)
    run_job(job_id=job.pk, at=at, rows=ROWS_IN_A_REQUEST)
    return redirect("funnel:bulk-job", job_id=job.pk)


@login_required
@require_POST
@for_roles(WRITERS)
def cancel_bulk_job(request: HttpRequest, job_id: int) -> HttpResponse:
    assert isinstance(request.user, User)
    try:
        cancel_job(job_id=job_id, actor=request.user, at=timezone.now())
    except BulkJob.DoesNotExist:
        raise Http404 from None
    return redirect("funnel:bulk-job", job_id=job_id)


def _start(request: HttpRequest, action: str, form: BulkForm, ids: list[int]) -> HttpResponse:
    assert isinstance(request.user, User)
    at = timezone.now()
    try:
        job = start_job(actor=request.user, action=action, params=form.params(), journey_ids=ids, at=at)
    except InvalidMove as error:
        toast(request, str(error), level=constants.WARNING)
        return redirect("funnel:leads")
    run_job(job_id=job.pk, at=at, rows=ROWS_IN_A_REQUEST)
    return redirect("funnel:bulk-job", job_id=job.pk)


def _all(request: HttpRequest) -> bool:
    """Every lead that the filter finds, not only the ticked ones of this page."""
    return request.POST.get("scope") == "all"


def _chosen(request: HttpRequest, query: QueryDict) -> list[int]:
    assert isinstance(request.user, User)
    if _all(request):
        found: Any = found_by(LeadListForm(query), request.user, []).select_related(None)
        return list(found.values_list("pk", flat=True)[: MOST_ROWS + 1])
    ticked = [int(text) for text in request.POST.getlist("journey") if text.isascii() and text.isdigit()]
    visible = journeys_visible_to(request.user).filter(pk__in=[pk for pk in ticked if pk < 2**63])
    return list(visible.values_list("pk", flat=True)[:PAGE_SIZE])
