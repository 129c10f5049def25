"""One lead: changed in place, compared with who may be the same person, merged and un-merged."""

from datetime import datetime
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from smarketing.accounts.enums import Role
from smarketing.accounts.models import User
from smarketing.accounts.toasts import toast

from ..errors import InvalidValue, InvalidValues, LeadExists, LeadsError, NotAllowed, StaleLead
from ..forms.lead import LeadForm
from ..models import Lead, Merge
from ..selectors import leads_visible_to
from ..selectors.duplicates import find_duplicates
from ..services.leads import update_lead
from ..services.merging import MERGERS, UNDO_WITHIN, merge_leads, undo_merge


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """422: a field cannot be accepted; 409: somebody was faster, and both versions are shown."""
    user, lead = _seen(request, pk)
    if user.role == Role.EXECUTIVE:
        raise PermissionDenied
    if request.method != "POST":
        return _form(request, lead, LeadForm(lead=lead))
    form = LeadForm(request.POST, lead=lead)
    if not form.is_valid():
        return _form(request, lead, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        update_lead(
            lead_id=pk,
            changes=form.changes(),
            actor=user,
            at=timezone.now(),
            expected=_moment(form.cleaned_data["expected"]) or lead.updated_at,
        )
    except InvalidValues as error:
        for name, texts in error.errors.items():
            form.add_error(name if name in form.fields else None, list(map(str, texts)))
    except LeadExists as error:
        form.add_error(error.field if error.field in form.fields else None, str(error))
    except StaleLead as error:
        return _stale(request, lead, form, str(error))
    else:
        toast(request, _("Saved."))
        return _back(request, pk)
    return _form(request, lead, form, HTTPStatus.UNPROCESSABLE_ENTITY)


@login_required
@require_safe
def similar(request: HttpRequest, pk: int) -> HttpResponse:
    """Alone it is a page; fetched by the lead's page it is a part of that."""
    user, lead = _seen(request, pk)
    found = find_duplicates(lead, leads_visible_to(user))
    merges = lead.merges.filter(undone_at=None).select_related("duplicate", "actor")
    context = {
        "lead": lead,
        "found": found,
        "merges": merges,
        "still": timezone.now() - UNDO_WITHIN,
        "may_merge": user.role in MERGERS,
        "partial": _is_htmx(request),
    }
    return render(request, "leads/similar.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def merge(request: HttpRequest, pk: int, other: int) -> HttpResponse:
    """Show both side by side, then make the second a part of the first, or the other way round."""
    if (kept := _merged_already(request, pk, other)) is not None:
        toast(request, _("These two leads are merged already."), level=messages.WARNING)
        return _back(request, kept)
    user, lead = _seen(request, pk)
    _user, duplicate = _seen(request, other)
    if user.role not in MERGERS:
        raise PermissionDenied
    error = ""
    if request.method == "POST":
        kept, merged = (other, pk) if request.POST.get("keep") == str(other) else (pk, other)
        try:
            done = merge_leads(survivor_id=kept, duplicate_id=merged, actor=user, at=timezone.now())
        except InvalidValue as refused:
            error = str(refused)
        else:
            said = _("Merged: what was known of %(name)s stands here now.") % {"name": done.duplicate}
            toast(request, said, undo_url=reverse("leads:undo-merge", args=[done.pk]))
            return _back(request, kept)
    context = {"lead": lead, "both": [lead, duplicate], "error": error, "partial": _is_htmx(request)}
    status = HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK
    return render(request, "leads/merge.html", context, status=status)


@login_required
@require_POST
def take_merge_back(request: HttpRequest, merge_id: int) -> HttpResponse:
    """Both leads are again what they were; what cannot be undone is said."""
    assert isinstance(request.user, User)
    found = get_object_or_404(Merge, pk=merge_id, survivor__in=leads_visible_to(request.user))
    try:
        undo_merge(merge_id=merge_id, actor=request.user, at=timezone.now())
    except NotAllowed:
        raise PermissionDenied from None
    except LeadsError as error:
        toast(request, error, level=messages.ERROR)
    else:
        toast(request, _("The merge was undone."))
    return _back(request, found.survivor_id)


def _merged_already(request: HttpRequest, pk: int, other: int) -> int | None:
    """Which of the two was kept, when another page or person was faster."""
    visible = leads_visible_to(request.user).filter(merged_into=None, pk__in=(pk, other))
    known = Merge.objects.filter(survivor__in=visible, duplicate__in=(pk, other), undone_at=None)
    return known.values_list("survivor_id", flat=True).first()


def _seen(request: HttpRequest, pk: int) -> tuple[User, Lead]:
    assert isinstance(request.user, User)
    visible = leads_visible_to(request.user).filter(merged_into=None).select_related("company")
    return request.user, get_object_or_404(visible, pk=pk)


def _form(
    request: HttpRequest, lead: Lead, form: LeadForm, status: int = HTTPStatus.OK, **more: Any
) -> HttpResponse:
    context = {"lead": lead, "form": form, "partial": _is_htmx(request), **more}
    return render(request, "leads/edit.html", context, status=status)


def _stale(request: HttpRequest, lead: Lead, form: LeadForm, message: str) -> HttpResponse:
    """The fields that differ, with what stands there now; sent again it is done on purpose."""
    data = request.POST.copy()
    data["expected"] = lead.updated_at.isoformat()
    again = LeadForm(data, lead=lead)
    now = [(again[name].label, again[name].initial) for name in again.changed_data if name != "expected"]
    return _form(request, lead, again, HTTPStatus.CONFLICT, message=message, now=now)


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _back(request: HttpRequest, pk: int) -> HttpResponse:
    """To the lead; a page that asked by htmx loads it anew, with the message."""
    address = reverse("funnel:lead", args=[pk])
    if not _is_htmx(request):
        return redirect(address)
    return HttpResponse(status=HTTPStatus.NO_CONTENT, headers={"HX-Redirect": address})


def _is_htmx(request: HttpRequest) -> bool:
    return request.headers.get("HX-Request") == "true"
