"""One lead with everything that happened."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from leads.enums import Dimension
from leads.models import Lead
from leads.rules.touches import UTM
from leads.selectors import explain, leads_visible_to
from smarketing.accounts.views.access import person_of

from ..enums import OpportunityStatus
from ..models import Journey
from ..rules.moves import AES
from ..rules.paging import InvalidCursor, from_cursor, to_cursor
from ..selectors.timeline import PARTS, SORT, position_of, timeline

TIMELINE_SIZE = 30
MOST_REASONS = 3
PART_NAMES = {
    "contacts": gettext_lazy("Contacts"),
    "forms": gettext_lazy("Forms"),
    "pages": gettext_lazy("Pages and content"),
    "mails": gettext_lazy("Mails"),
    "move": gettext_lazy("Moves"),
    "reminder": gettext_lazy("Reminders"),
    "score": gettext_lazy("Scores"),
    "assignment": gettext_lazy("Owners"),
}


@login_required
@require_safe
def lead(request: HttpRequest, pk: int) -> HttpResponse:
    visible = leads_visible_to(request.user).select_related(
        "company", "owner", "campaign", "persona", "rule_set"
    )
    found = get_object_or_404(visible, pk=pk)
    journeys = list(found.journeys.select_related("opportunity").order_by("-number"))
    scores = score_parts(found)
    current = next((journey for journey in journeys if journey.is_current), None)
    context = {
        "lead": found,
        "company": found.company or found.company_name,
        "journey": current,
        "may_edit_deal": has_open_deal(current) and person_of(request).role in AES,
        "journeys": journeys,
        "scores": scores,
        "reasons": top_reasons(scores),
        "facts": facts(found),
        **happenings(found, request.GET.get("before", ""), request.GET.get("show", "")),
    }
    return render(request, "funnel/lead.html", context)


def has_open_deal(journey: Journey | None) -> bool:
    deal = getattr(journey, "opportunity", None)
    return deal is not None and deal.status == OpportunityStatus.OPEN


def happenings(lead: Lead, before: str, show: str) -> dict[str, Any]:
    """One page of the timeline; ``before`` is the cursor of the page above, ignored when broken.

    ``show`` is one of the timeline's parts; anything else shows all of them.
    """
    part = show if show in PARTS else ""
    try:
        after = from_cursor(before, sort=SORT) if before else None
    except InvalidCursor:
        after = None
    # One more than shown tells whether there is an older page.
    entries = timeline(lead, after=after, size=TIMELINE_SIZE + 1, part=part)
    shown = entries[:TIMELINE_SIZE]
    older = to_cursor(position_of(shown[-1])) if len(entries) > TIMELINE_SIZE else ""
    return {
        "entries": shown,
        "older": older,
        "newest_left_out": after is not None,
        "show": part,
        "kinds": [("", _("All")), *((name, PART_NAMES[name]) for name in PARTS)],
    }


def top_reasons(scores: list[dict[str, Any]]) -> list[tuple[Any, Any]]:
    """The rules that gave most, with their dimension: why this lead is hot."""
    lines = [(part["label"], line) for part in scores for line in part["lines"] if line.counted > 0]
    return sorted(lines, key=lambda pair: -pair[1].counted)[:MOST_REASONS]


def score_parts(lead: Lead) -> list[dict[str, Any]]:
    """The three scores as they are stored, with the rules behind them at that moment."""
    found = explain(lead, lead.scored_at) if lead.scored_at else None
    if found is None:
        return []
    return [
        {
            "label": dimension.label,
            "points": getattr(found, dimension.value),
            "lines": [line for line in found.lines if line.dimension == dimension],
        }
        for dimension in Dimension
    ]


def facts(lead: Lead) -> list[tuple[Any, Any]]:
    """What is known, label by label; what is not is left out."""
    company = lead.company
    rows = (
        (_("E-mail"), lead.email),
        (_("Phone"), lead.phone),
        (_("Level"), lead.get_seniority_display()),
        (_("Company"), company or lead.company_name),
        (_("Employees"), company.employees if company else None),
        (_("Industry"), company.industry if company else ""),
        (_("Country"), lead.country or (company.country if company else "")),
        (_("Budget"), lead.budget),
        (_("Need"), lead.need),
        (_("Timeline"), lead.timeline),
        (_("Buyer persona"), lead.persona),
        (_("Source"), lead.source),
        (_("Campaign"), lead.campaign),
        (_("Landing page"), lead.landing_page),
        (_("First came from"), touch_words(lead.first_touch)),
        (_("Came last from"), touch_words(lead.last_touch) if lead.last_touch != lead.first_touch else ""),
        (
            _("Consent"),
            date_format(localtime(lead.consent_at), "SHORT_DATETIME_FORMAT") if lead.consent_at else "",
        ),
        (_("Arrived"), date_format(localtime(lead.created_at), "SHORT_DATETIME_FORMAT")),
    )
    return [
        (label, value) for label, value in (*rows, *sorted(lead.custom.items())) if value not in (None, "")
    ]


def touch_words(touch: dict[str, str]) -> str:
    """One visit as its link told it: "ads / cpc / spring · www.example.org → https://…", and when."""
    campaign = " / ".join(touch[name] for name in UTM if touch.get(name))
    way = " → ".join(touch[name] for name in ("referrer", "landing_page") if touch.get(name))
    when = parse_datetime(touch.get("at", ""))
    day = date_format(localtime(when), "SHORT_DATE_FORMAT") if when else ""
    return " · ".join(part for part in (campaign, way, day) if part)
