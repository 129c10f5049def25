"""Landing-page forms: the list, one form with its code to paste, and its editor."""

from contextlib import suppress
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from smarketing.accounts.access import for_roles
from smarketing.accounts.enums import REP_ROLES, Role
from smarketing.accounts.errors import Overtaken
from smarketing.accounts.models import User
from smarketing.accounts.toasts import toast
from smarketing.accounts.views.overtaking import seen_number, what_was_seen
from smarketing.accounts.views.paging import page_of

from ..forms.landing import MOST_ROWS, LandingPageForm, field_rows, initial_rows
from ..models import Form
from ..rules.form_fields import CUSTOM, KINDS, TARGETS, Row, settings_of
from ..selectors.landing import forms_by_name, inboxes, lately, rows_of_form
from ..services.landing import EDITORS, may_edit, save_form

READERS = frozenset(Role) - REP_ROLES
PAGE_SIZE = 50
STATES = {"on": True, "off": False}
MORE_ROWS = 3


@login_required
@require_safe
@for_roles(READERS)
def forms(request: HttpRequest) -> HttpResponse:
    q, state = request.GET.get("q", "").strip()[:200], request.GET.get("state", "")
    context = page_of(request, forms_by_name(q, is_active=STATES.get(state)), PAGE_SIZE)
    since = lately(timezone.now())
    found = inboxes([form.pk for form in context["page"]], since=since)
    rows = [{"form": form, "inbox": found[form.pk]} for form in context["page"]]
    context |= {"rows": rows, "q": q, "state": state, "filtered": bool(q) or state in STATES}
    context |= {"since": since, "may_edit": _may_edit(request)}
    return render(request, "leads/forms.html", context)


@login_required
@require_safe
@for_roles(READERS)
def form(request: HttpRequest, form_id: UUID) -> HttpResponse:
    """The form with its code to paste, as visitors will see it, and what came in."""
    found = get_object_or_404(Form.objects.select_related("campaign"), pk=form_id)
    rows, since = rows_of_form(found), lately(timezone.now())
    context = {
        "form": found,
        "rows": rows,
        "since": since,
        "inbox": inboxes([found.pk], since=since)[found.pk],
        "consent_texts": list(found.consent_texts.select_related("actor")),
        "may_edit": _may_edit(request),
        **code_of(found, rows),
    }
    return render(request, "leads/form.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(EDITORS)
def edit_form(request: HttpRequest, form_id: UUID | None = None) -> HttpResponse:
    """A new form, or a change; ``more`` asks for further empty rows and stores nothing."""
    assert isinstance(request.user, User)
    instance = get_object_or_404(Form, pk=form_id) if form_id else Form()
    head = LandingPageForm(
        request.POST if request.method == "POST" else None, instance=instance, initial=_from_campaign(request)
    )
    if request.method == "POST" and "more" not in request.POST:
        rows = field_rows(request.POST)
        rows.honeypot = str(request.POST.get("honeypot", ""))
        if head.is_valid() & rows.is_valid():
            with suppress(Overtaken):  # then the page shows what the other did
                _save(head.instance, rows.rows(), request.user, seen_number(request))
                toast(request, _("The form was saved."))
                return redirect("leads:form", form_id=head.instance.pk)
        seen = what_was_seen(request, instance)
        status = seen.status
    else:
        shown = _typed(request.POST) if request.method == "POST" else initial_rows(rows_of_form(instance))
        rows = field_rows(initial=shown)
        rows.extra = MORE_ROWS if request.method == "POST" else 1
        seen, status = what_was_seen(request, instance), 200
    title = _("Change the form") if form_id else _("New form")
    context = {
        "head": head,
        "rows": rows,
        "form": instance if form_id else None,
        "title": title,
        "seen": seen,
    }
    return render(request, "leads/form_edit.html", context, status=status)


@login_required
@require_POST
@for_roles(EDITORS)
def preview(request: HttpRequest) -> HttpResponse:
    """What is typed in the editor as visitors would see it; nothing is checked or stored."""
    names = ("consent_text", "name")
    sketch = Form(**{name: request.POST.get(name, "") for name in names})
    sketch.consent_required = "consent_required" in request.POST
    rows = [
        Row(row["name"], row["label"], row["target"], row["kind"] or "text", row["required"])
        for row in _typed(request.POST)
        if row["name"] and row["target"] in (CUSTOM, *TARGETS) and row["kind"] in ("", *KINDS)
    ]
    return render(request, "leads/form_preview.html", {"form": sketch, "rows": rows})


def code_of(form: Form, rows: list[Row]) -> dict[str, str]:
    """The code to paste: a plain HTML form, and the script that sends it without leaving the page."""
    endpoint = settings.SITE_URL + reverse("leads-api:form-submissions", args=[form.pk])
    context = {"form": form, "rows": rows, "endpoint": endpoint}
    return {
        "endpoint": endpoint,
        "html_code": render_to_string("leads/code.html", context).strip(),
        "script_code": render_to_string("leads/code_script.html", context).strip(),
    }


def _save(form: Form, rows: list[Row], actor: User, seen: int | None) -> None:
    chosen = settings_of(rows)
    form.mapping, form.custom_fields = chosen.mapping, chosen.custom_fields
    form.required_fields, form.layout = chosen.required_fields, chosen.layout
    save_form(form=form, actor=actor, at=timezone.now(), seen=seen)


def _typed(data: QueryDict) -> list[dict[str, Any]]:
    """The rows as they were typed, right or wrong; those to remove are left out."""
    try:
        many = min(int(data.get("row-TOTAL_FORMS", "")), MOST_ROWS)
    except ValueError:
        many = 0
    rows = [
        {
            **{part: data.get(f"row-{n}-{part}", "") for part in ("name", "label", "target", "kind")},
            "required": f"row-{n}-required" in data,
        }
        for n in range(many)
        if f"row-{n}-DELETE" not in data
    ]
    return [row for row in rows if row["name"]]


def _from_campaign(request: HttpRequest) -> dict[str, Any]:
    """A campaign's page offers to make a form for it."""
    return {"campaign": request.GET["campaign"]} if request.GET.get("campaign", "").isdigit() else {}


def _may_edit(request: HttpRequest) -> bool:
    assert isinstance(request.user, User)
    return may_edit(request.user)
