"""`/styleguide/`: every piece of the design language beside the code that makes it; with DEBUG only."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.messages import constants
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import get_template
from django.utils import timezone
from django.views.decorators.http import require_safe

from funnel.enums import Stage
from smarketing.accounts.toasts import toast

EXAMPLES = (
    ("colours", "Colours"),
    ("page_header", "Page header with breadcrumbs and the primary action"),
    ("chips", "Chips: stage, ownership, state, grade"),
    ("stats", "Stat tiles"),
    ("meters", "Meters"),
    ("card", "Card"),
    ("filters", "Filter bar"),
    ("table", "Table: sortable, rows by state, actions of a row, pages"),
    ("table_wide", "Table of many numbers: heads wrap"),
    ("table_waiting", "Table: empty and loading"),
    ("form", "Form fields with help and error"),
    ("buttons", "Buttons"),
    ("tabs", "Tabs"),
    ("dialogs", "Dialogs and questions"),
    ("toasts", "Messages with undo"),
    ("timeline", "Timeline"),
    ("empty", "Empty state that teaches"),
    ("failed", "Requests that fail"),
    ("icons", "Icons"),
)


class SampleForm(forms.Form):
    name = forms.CharField(label="Name", help_text="As it stands on their card.")
    email = forms.EmailField(label="E-mail address")
    stage = forms.ChoiceField(label="Stage", choices=Stage.choices)
    note = forms.CharField(label="Note", widget=forms.Textarea(attrs={"rows": 3}), required=False)
    reason = forms.ChoiceField(
        label="Reason", choices=[("early", "Too early"), ("wrong", "Wrong person")], widget=forms.RadioSelect
    )
    consent = forms.BooleanField(label="They agreed to be called", required=False)


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    if not settings.DEBUG:
        raise Http404
    if "toast" in request.GET:
        level = constants.ERROR if request.GET["toast"] == "error" else constants.SUCCESS
        toast(request, "Lead returned to marketing.", level=level, undo_url=request.path)
        return HttpResponse()
    if "dialog" in request.GET:
        return render(request, "styleguide/remote_dialog.html", {"form": SampleForm()})
    if "fail" in request.GET:
        return HttpResponse(status=int(request.GET["fail"]))
    return render(request, "styleguide/page.html", {"examples": list(examples(request))})


def examples(request: HttpRequest) -> Any:
    context = {
        "stages": Stage.values,
        "now": timezone.now(),
        "form": SampleForm({"email": "ana@", "stage": "mql", "note": ""}),
        "plain_form": SampleForm(),
        "page": Paginator(range(60), 20).page(2),
        "query": "",
        "icons": icons(),
    }
    for name, title in EXAMPLES:
        found = get_template(f"styleguide/{name}.html")
        source = found.template.source  # type: ignore[attr-defined]
        yield {"id": name, "title": title, "shown": found.render(context, request), "code": source.strip()}


def icons() -> list[str]:
    drawn = (settings.BASE_DIR / "static/smarketing/icons.svg").read_text()
    return [part.split('"', 1)[0] for part in drawn.split('<symbol id="')[1:]]
