"""Campaigns: what they cost and brought, and their editor."""

from contextlib import suppress
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from leads.forms.campaigns import CampaignForm
from leads.models import Campaign
from leads.services.campaigns import save_campaign
from leads.services.landing import EDITORS, may_edit
from smarketing.accounts.access import for_roles
from smarketing.accounts.enums import REP_ROLES, Role
from smarketing.accounts.errors import Overtaken
from smarketing.accounts.models import User
from smarketing.accounts.toasts import toast
from smarketing.accounts.views.overtaking import seen_number, what_was_seen
from smarketing.accounts.views.paging import kept_query

from ..forms.periods import EntryPeriodForm, today
from ..rules.periods import Span
from ..selectors.campaigns import campaign_page, campaign_rows, campaigns_by_name
from ..selectors.flow import days

READERS = frozenset(Role) - REP_ROLES
PAGE_SIZE = 50


@login_required
@require_safe
@for_roles(READERS)
def campaigns(request: HttpRequest) -> HttpResponse:
    assert isinstance(request.user, User)
    q = request.GET.get("q", "").strip()[:200]
    page = Paginator(campaigns_by_name(q), PAGE_SIZE).get_page(request.GET.get("page"))
    form = EntryPeriodForm(request.GET)
    span = form.span(today())
    context = {
        "page": page,
        "rows": campaign_rows(list(page), span=span),
        "form": form,
        "span": span,
        "of_period": _asked(span),
        "q": q,
        "query": kept_query(request),
        "may_edit": may_edit(request.user),
    }
    return render(request, "funnel/campaigns.html", context)


@login_required
@require_safe
@for_roles(READERS)
def campaign(request: HttpRequest, campaign_id: int) -> HttpResponse:
    assert isinstance(request.user, User)
    form = EntryPeriodForm(request.GET)
    span = form.span(today())
    context = {
        "found": campaign_page(get_object_or_404(Campaign, pk=campaign_id), span=span),
        "form": form,
        "span": span,
        "of_period": _asked(span),
        "may_edit": may_edit(request.user),
    }
    return render(request, "funnel/campaign.html", context)


def _asked(span: Span) -> str:
    """The query that asks for the same days; empty: all time."""
    return urlencode(days(span, "entered"))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(EDITORS)
def edit_campaign(request: HttpRequest, campaign_id: int | None = None) -> HttpResponse:
    assert isinstance(request.user, User)
    instance = get_object_or_404(Campaign, pk=campaign_id) if campaign_id else Campaign()
    name = instance.name
    form = CampaignForm(request.POST if request.method == "POST" else None, instance=instance)
    if request.method == "POST" and form.is_valid():
        with suppress(Overtaken):  # then the page shows what the other did
            known = seen_number(request)
            stored = save_campaign(campaign=form.instance, actor=request.user, at=timezone.now(), seen=known)
            toast(request, _("The campaign was saved."))
            return redirect("funnel:campaign", campaign_id=stored.pk)
    seen = what_was_seen(request, instance)
    context = {
        "form": form,
        "pk": campaign_id,
        "seen": seen,
        "name": name,
        "title": _("Change the campaign") if campaign_id else _("New campaign"),
    }
    return render(
        request, "funnel/campaign_edit.html", context, status=seen.status if request.method == "POST" else 200
    )
