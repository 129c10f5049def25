"""What a form received, and what became of each of it."""

from uuid import UUID

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from smarketing.accounts.access import for_roles
from smarketing.accounts.forms.days import DayField
from smarketing.accounts.views.access import person_of

from ..enums import SubmissionStatus
from ..models import Form
from ..selectors.landing import lately, submissions_of
from ..selectors.visibility import leads_visible_to
from .landing import READERS

PAGE_SIZE = 50
LOOKS: dict[str, str] = {
    SubmissionStatus.PROCESSED: "good",
    SubmissionStatus.FAILED: "late",
    SubmissionStatus.QUARANTINED: "soon",
}


class SubmissionsForm(forms.Form):
    """Which submissions; what does not validate is as if it were not asked."""

    status = forms.ChoiceField(
        label=_("State"), required=False, choices=[("", _("All")), *SubmissionStatus.choices]
    )
    since = DayField(label=_("Since"), required=False)


@login_required
@require_safe
@for_roles(READERS)
def submissions(request: HttpRequest, form_id: UUID) -> HttpResponse:
    """Of the last thirty days unless another day is asked for; a lead is named to who may see it."""
    found = get_object_or_404(Form, pk=form_id)
    data = request.GET.copy()
    asked = SubmissionsForm({**data.dict(), "since": data.get("since") or lately(timezone.now()).isoformat()})
    asked.is_valid()
    since = asked.cleaned_data.get("since") or lately(timezone.now())
    rows = submissions_of(found, since=since, status=asked.cleaned_data.get("status") or "")
    page = Paginator(rows, PAGE_SIZE).get_page(data.pop("page", [None])[0])
    leads = [row.lead_id for row in page.object_list if row.lead_id]
    seen = set(leads_visible_to(person_of(request)).filter(pk__in=leads).values_list("pk", flat=True))
    context = {
        "form": found,
        "asked": asked,
        "page": page,
        "rows": [
            (row, row.lead_id in seen, LOOKS.get(SubmissionStatus(row.status), "plain")) for row in page
        ],
        "query": data.urlencode(),
    }
    return render(request, "leads/submissions.html", context)
