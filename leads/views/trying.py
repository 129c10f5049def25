"""Sending a form a test: the steps it would take, and nothing stays."""

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from smarketing.accounts.access import for_roles
from smarketing.accounts.models import User
from smarketing.accounts.services.setup import step_was_done

from ..models import Form
from ..rules.touches import UTM
from ..selectors.landing import rows_of_form
from ..services.landing import EDITORS
from ..services.trying import try_form

VALUE = "value:"
"""Before the posted names, so that they cannot meet the page's own (the CSRF token)."""


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(EDITORS)
def try_page(request: HttpRequest, form_id: UUID) -> HttpResponse:
    assert isinstance(request.user, User)
    form = get_object_or_404(Form.objects.select_related("campaign"), pk=form_id)
    steps = None
    if request.method == "POST":
        posted = [(n.removeprefix(VALUE), v) for n, v in request.POST.items() if n.startswith(VALUE)]
        at = timezone.now()
        steps = try_form(form=form, posted=posted, actor=request.user, at=at)
        step_was_done(key="test", actor=request.user, at=at)  # the test itself leaves no trace
    context = {"form": form, "steps": steps, "fields": _fields(request, form)}
    return render(request, "leads/try_form.html", context)


def _fields(request: HttpRequest, form: Form) -> list[dict[str, Any]]:
    """What a visitor fills in, what a script sends beside it, and the trap; with samples at first."""
    asked = [(row.name, row.shown, row.input, row.sample) for row in rows_of_form(form)]
    if form.consent_text:
        asked.append(("consent", form.consent_text, "checkbox", "yes"))
    asked += [(name, name, "text", "") for name in UTM[:3]]
    if form.honeypot:
        asked.append((form.honeypot, form.honeypot, "text", ""))
    posted = request.method == "POST"
    return [
        {
            "name": VALUE + name,
            "label": label,
            "input": kind,
            "value": request.POST.get(VALUE + name, "") if posted else sample,
            "trap": name == form.honeypot,
        }
        for name, label, kind, sample in asked
    ]
