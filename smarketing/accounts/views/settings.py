"""The way to everything that can be set up, and the log of what was changed."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from ..enums import Role
from ..forms.audit import AuditForm
from ..models import ConfigChange
from ..navigation import settings_for
from ..selectors.changes import told
from .access import only_for, person_of
from .paging import kept_query

PAGE_SIZE = 25


@only_for(Role.ADMIN, Role.MANAGER)
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    return render(request, "settings/index.html", {"blocks": settings_for(person_of(request))})


@only_for(Role.ADMIN)
@require_safe
def audit(request: HttpRequest) -> HttpResponse:
    """Newest first. ``kind`` and ``object`` together are the history of one thing."""
    form = AuditForm(request.GET)
    found = form.narrow(ConfigChange.objects.select_related("actor"))
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "page": page,
        "changes": [told(change) for change in page.object_list],
        "query": kept_query(request),
        "filtered": any(form.cleaned_data.values()),
    }
    return render(request, "settings/audit.html", context)
