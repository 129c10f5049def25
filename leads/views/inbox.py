"""What landing pages sent and is no lead: quarantined or failed, and the ways out."""

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.contrib.messages import constants
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from smarketing.accounts.access import for_roles
from smarketing.accounts.models import User
from smarketing.accounts.toasts import toast
from smarketing.accounts.views.paging import kept_query

from ..enums import SubmissionStatus
from ..models import Form
from ..selectors.landing import SHOWN, WAITING, counts_waiting, submissions_waiting
from ..services.intake import RELEASERS
from ..services.releasing import Released, may_release, reject_all, release_all, why_failed
from .landing import READERS

PAGE_SIZE = 25


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(READERS, writes=RELEASERS)
def inbox(request: HttpRequest) -> HttpResponse:
    """The list; posting the ticked ones lets them in, or rejects them."""
    if request.method == "POST":
        return _decide(request)
    status = request.GET.get("status", "")
    status = status if status in SHOWN else ""
    form = _form(request.GET.get("form", ""))
    found = submissions_waiting(status=status, form=form.pk if form else None)
    counts = counts_waiting()
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    waiting: Any
    for waiting in page.object_list:
        waiting.why = why_failed(waiting) if waiting.status == SubmissionStatus.FAILED else ""
    assert isinstance(request.user, User)
    context = {
        "page": page,
        "query": kept_query(request),
        "status": status,
        "form": form,
        "tabs": [
            ("", _("To decide"), sum(counts[value] for value in WAITING)),
            *((value, SubmissionStatus(value).label, counts[value]) for value in SHOWN),
        ],
        "may_release": may_release(request.user),
    }
    return render(request, "leads/inbox.html", context)


def _decide(request: HttpRequest) -> HttpResponse:
    assert isinstance(request.user, User)
    # A row's own button means that row, whatever else is ticked.
    one = request.POST.getlist("only") or request.POST.getlist("reject")
    named = one or request.POST.getlist("submission")
    chosen = [pk for pk in map(_uuid, named[:PAGE_SIZE]) if pk]
    if chosen and ("reject" in request.POST or "reject-ticked" in request.POST):
        _tell_rejected(request, reject_all(submission_ids=chosen, actor=request.user, at=timezone.now()))
    elif chosen:
        result = release_all(submission_ids=chosen, actor=request.user, at=timezone.now())
        _tell(request, result)
    else:
        toast(request, _("Tick at least one submission."), level=constants.WARNING)
    query = request.META.get("QUERY_STRING", "")
    return redirect(reverse("leads:inbox") + (f"?{query}" if query else ""))


def _tell(request: HttpRequest, result: Released) -> None:
    if result.leads:
        text = ngettext("%(n)d submission became a lead.", "%(n)d submissions became leads.", result.leads)
        toast(request, text % {"n": result.leads})
    if result.failed:
        text = ngettext("%(n)d failed: %(why)s", "%(n)d failed, the first one: %(why)s", len(result.failed))
        why = next(iter(result.failed.values()))
        toast(request, text % {"n": len(result.failed), "why": why}, level=constants.ERROR)
    if result.gone:
        text = ngettext(
            "%(n)d was dealt with in the meantime.", "%(n)d were dealt with in the meantime.", result.gone
        )
        toast(request, text % {"n": result.gone}, level=constants.INFO)


def _tell_rejected(request: HttpRequest, count: int) -> None:
    text = ngettext("%(n)d submission was rejected.", "%(n)d submissions were rejected.", count)
    toast(request, text % {"n": count} + " " + _("They stay under “Rejected” and can still be let in."))


def _form(text: str) -> Form | None:
    pk = _uuid(text)
    return Form.objects.filter(pk=pk).first() if pk else None


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
