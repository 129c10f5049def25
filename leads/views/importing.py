"""Importing a file of leads: upload, columns, dry run, run, undo. Every step is a page of its own."""

from http import HTTPStatus
from typing import Any, cast

from django.contrib.auth.decorators import login_required
from django.contrib.messages import constants
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from smarketing.accounts.access import for_roles
from smarketing.accounts.models import User
from smarketing.accounts.toasts import toast
from smarketing.accounts.views.overtaking import MOST_DIGITS
from smarketing.accounts.views.paging import page_of

from ..enums import IMPORT_WORKS, IMPORTABLE, ImportOutcome, ImportStatus
from ..errors import InvalidValues, OvertakenImport, StaleImport, UnusableTable
from ..forms.importing import MEGABYTE, ColumnsForm, UploadForm, initial_of
from ..models import Import, ImportMapping, ImportRow
from ..rules.importing import TARGETS, header_key, label_of, read_row, recalled
from ..selectors import imports as selectors
from ..services import imports
from ..services.import_plans import lead_values
from ..services.imports import CHANGEABLE, IMPORTERS, largest_file, may_undo
from ..tasks.importing import work_on

PAGE_SIZE = 25
AT_ONCE_SECONDS = 1.0
"""So long a request works on an import itself; what is left is for the jobs, seconds later."""

PREVIEWED = ("first_name", "last_name", "job_title", "company_name", "phone", "country", "source")


@login_required
@require_safe
@for_roles(IMPORTERS)
def import_list(request: HttpRequest) -> HttpResponse:
    q, status = request.GET.get("q", "").strip()[:200], request.GET.get("status", "")
    status = status if status in ImportStatus.values else ""
    found = selectors.imports_visible_to(request.user).select_related("actor")
    found = found.filter(file_name__icontains=q, **({"status": status} if status else {}))
    context = {**page_of(request, found, PAGE_SIZE), "q": q, "status": status}
    return render(request, "leads/imports.html", {**context, "statuses": ImportStatus.choices})


@csrf_exempt
def new_import(request: HttpRequest) -> HttpResponse:
    """A body that is too large is refused unread; the check against forged forms would read it."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > largest_file() + MEGABYTE:
        return _too_large(request)
    return cast(HttpResponse, _new_import(request))


@csrf_protect
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(IMPORTERS)
def _new_import(request: HttpRequest) -> HttpResponse:
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        if file.size > largest_file():
            return _too_large(request)
        try:
            imported = imports.upload(
                file=file.file,
                name=file.name,
                key=form.key_value,
                actor=_person(request),
                at=timezone.now(),
            )
        except UnusableTable as error:
            form.add_error("file", str(error))
        else:
            return redirect("leads:import-columns", import_id=imported.pk)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "leads/import_new.html", _upload_page(form), status=status)


def _too_large(request: HttpRequest) -> HttpResponse:
    form = UploadForm()
    message = _("This file is larger than %(n)d MB; split it.") % {"n": largest_file() // MEGABYTE}
    context = {**_upload_page(form), "message": message}
    return render(request, "leads/import_new.html", context, status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)


def _upload_page(form: UploadForm) -> dict[str, Any]:
    return {"form": form, "most": largest_file() // MEGABYTE}


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(IMPORTERS)
def columns(request: HttpRequest, import_id: int) -> HttpResponse:
    """What the columns mean; sent, the check of all rows begins."""
    imported = _found(request, import_id)
    if imported.status not in CHANGEABLE:
        return redirect("leads:import", import_id=import_id)
    form = _columns_form(request, imported)
    if request.method == "POST" and form.is_valid():
        try:
            stored = imports.set_columns(
                import_id=import_id,
                columns=form.columns(),
                options=form.options(),
                actor=_person(request),
                at=timezone.now(),
                remember=form.cleaned_data["remember"].strip(),
                seen=_seen(request),
            )
        except OvertakenImport:
            imported.refresh_from_db()
            return _columns_page(request, imported, form, told=form.differences(imported))
        except InvalidValues as error:
            for text in error.errors.get("", []):
                form.add_error(None, text)
        else:
            work_on(import_id, stored.status, seconds=AT_ONCE_SECONDS)
            return redirect("leads:import", import_id=import_id)
    return _columns_page(request, imported, form)


def _columns_page(
    request: HttpRequest,
    imported: Import,
    form: ColumnsForm,
    *,
    told: list[tuple[str, str, str]] | None = None,
) -> HttpResponse:
    """``told``: what another tab or person has saved since, and differs from what was sent."""
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    sent = _seen(request)
    context = {
        "told": told,
        "version": imported.version if told is not None or sent is None else sent,
        "imported": imported,
        "form": form,
        "earlier": selectors.earlier_of(imported),
        "mappings": list(selectors.mappings_for(imported)[:20]),
        **_preview(imported, form),
    }
    answer = HTTPStatus.CONFLICT if told is not None else status
    return render(request, "leads/import_columns.html", context, status=answer)


@login_required
@require_POST
@for_roles(IMPORTERS)
def preview(request: HttpRequest, import_id: int) -> HttpResponse:
    """The first rows as leads, by what is chosen on the page; nothing is stored."""
    imported = _found(request, import_id)
    form = _columns_form(request, imported)
    return render(request, "leads/import_preview.html", {"imported": imported, **_preview(imported, form)})


@login_required
@require_safe
@for_roles(IMPORTERS)
def one_import(request: HttpRequest, import_id: int) -> HttpResponse:
    """How far it has come and what came of it; asks for the next look itself while work goes on."""
    imported = _found(request, import_id)
    if imported.status == ImportStatus.UPLOADED:
        return redirect("leads:import-columns", import_id=import_id)
    checked = imported.status == ImportStatus.CHECKED
    context = {
        "imported": imported,
        "partial": request.headers.get("HX-Request") == "true",
        "at_work": imported.status in IMPORT_WORKS,
        "may_undo": may_undo(imported, timezone.now()),
        "undo_days": imports.UNDO_DAYS,
        "targets": _targets_of(imported),
        "counts": _counts_of(imported),
        "faulty": list(selectors.faulty_rows(imported)[: selectors.SHOWN]),
        "filling": [_filling(row) for row in selectors.filling_rows(imported)[: selectors.SHOWN]]
        if checked
        else [],
        "kept": list(selectors.kept_rows(imported)[: selectors.SHOWN]) if imported.undone_at else [],
    }
    return render(request, "leads/import.html", context)


@login_required
@require_POST
@for_roles(IMPORTERS)
def act(request: HttpRequest, import_id: int, what: str) -> HttpResponse:
    """Start, cancel, undo or discard. What is done already is told, never done twice."""
    imported, at, person = _found(request, import_id), timezone.now(), _person(request)
    try:
        if what == "start":
            version = request.POST.get("version", "")
            imports.start(
                import_id=import_id, version=int(version) if version.isdecimal() else -1, actor=person, at=at
            )
        elif what == "cancel":
            imports.cancel(import_id=import_id, actor=person, at=at)
        elif what == "undo":
            imports.begin_undo(import_id=import_id, actor=person, at=at)
        else:
            imports.discard(import_id=import_id, actor=person)
            toast(request, _("The file “%(name)s” was thrown away.") % {"name": imported.file_name})
            return redirect("leads:imports")
    except StaleImport as error:
        toast(request, error, level=constants.WARNING)
    else:
        imported.refresh_from_db()
        if imported.status in IMPORT_WORKS:
            work_on(import_id, imported.status, seconds=AT_ONCE_SECONDS)
    return redirect("leads:import", import_id=import_id)


def _seen(request: HttpRequest) -> int | None:
    """The version that the page which was sent had shown; none says nothing."""
    version = request.POST.get("version", "")
    return int(version) if version.isdecimal() and len(version) < MOST_DIGITS else None


def _columns_form(request: HttpRequest, imported: Import) -> ColumnsForm:
    """Filled with what was sent, a remembered mapping (``?mapping=``), or what is stored."""
    samples = selectors.samples_of(imported)
    if request.method == "POST":
        form = ColumnsForm(request.POST, imported=imported, samples=samples)
        form.is_valid()
        return form
    initial = initial_of(imported)
    chosen = request.GET.get("mapping", "")
    if chosen.isascii() and chosen.isdigit() and len(chosen) < 19:
        key = header_key(imported.header)
        known = ImportMapping.objects.filter(pk=int(chosen), header_key=key).first()
        if known is not None:
            imported.columns = recalled(imported.header, known.columns)
            initial |= known.options | {"remember": known.name}
    return ColumnsForm(initial=initial, imported=imported, samples=samples)


def _preview(imported: Import, form: ColumnsForm) -> dict[str, Any]:
    """The first rows as they would be read now."""
    chosen = form.columns() if form.is_bound else imported.columns
    options = form.options() if form.is_bound else None
    spec = selectors.spec_of(imported, columns=chosen, options=options)
    rows = []
    for row in form.samples:
        read = read_row(row.cells, spec)
        values = lead_values(read) if not read.faults else {}
        rows.append(
            {
                "number": row.number,
                "read": read,
                "cells": [(TARGETS[name], values.get(name, "")) for name in PREVIEWED],
            }
        )
    return {"previewed": [TARGETS[name] for name in PREVIEWED], "rows": rows}


def _targets_of(imported: Import) -> list[tuple[str, Any]]:
    named = zip(imported.header, imported.columns, strict=True)
    return [(name, TARGETS.get(target, _("a custom field"))) for name, target in named if target]


def _filling(row: ImportRow) -> dict[str, Any]:
    """A row with what it would write, by the words of the page."""
    facts = dict(row.filled.get("lead", {}))
    facts |= {f"company.{name}": value for name, value in row.filled.get("company", {}).items()}
    named = {str(label_of(name)): value for name, value in facts.items()}
    return {"row": row, "facts": {**named, **row.filled.get("custom", {})}}


def _counts_of(imported: Import) -> list[dict[str, Any]]:
    """Each outcome with its number; once it has run, with the leads behind it."""
    ran = imported.started_at is not None and imported.emptied_at is None and imported.undone_at is None
    leads = reverse("funnel:leads")
    return [
        {
            "label": ImportOutcome(outcome).label,
            "number": number,
            "url": f"{leads}?imported={imported.pk}&outcome={outcome}"
            if ran and number and outcome in IMPORTABLE
            else "",
        }
        for outcome, number in imported.tally.items()
    ]


def _found(request: HttpRequest, import_id: int) -> Import:
    visible = selectors.imports_visible_to(request.user).select_related("actor", "campaign")
    return get_object_or_404(visible, pk=import_id)


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
