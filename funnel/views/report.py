"""The funnel page: one report, the same for marketing and sales."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from smarketing.accounts.models import User

from ..enums import PART_OF, STAGES, Grouping, Part
from ..forms import EntryForm
from ..rules.report import FunnelReport, StageRow
from ..selectors.funnel_report import funnel_report

PAGE_SIZE = 20
OWNERS = {
    Part.TOP: _("owned by marketing"),
    Part.MIDDLE: _("shared by both teams"),
    Part.BOTTOM: _("owned by sales"),
}
GROUPINGS = (Grouping.SOURCE, Grouping.CAMPAIGN, Grouping.LANDING_PAGE)


@login_required
@require_safe
def report(request: HttpRequest) -> HttpResponse:
    assert isinstance(request.user, User)
    form = EntryForm(request.GET)
    filters = form.filters(request.user)
    by = Grouping(request.GET["by"]) if request.GET.get("by") in GROUPINGS else Grouping.SOURCE
    number = page_number(request)
    found = funnel_report(filters=filters, by=by, page=number, page_size=PAGE_SIZE)
    return render(
        request,
        "funnel/report.html",
        {
            "form": form,
            "filtered": bool(filters.params),
            "report": found,
            "parts": parts_of_funnel(found),
            "stages": STAGES,
            "grouping_label": by.label,
            **breakdown_pages(request, found, by, number),
        },
    )


def page_number(request: HttpRequest) -> int:
    """The page asked for; 1 when it is no sensible number."""
    text = request.GET.get("page", "")
    return max(1, min(int(text), 100_000)) if text.isascii() and text.isdigit() else 1


def breakdown_pages(request: HttpRequest, found: FunnelReport, by: Grouping, number: int) -> dict[str, Any]:
    kept = request.GET.copy()
    kept.pop("page", None)
    query = kept.urlencode()
    choices = []
    for grouping in GROUPINGS:
        kept["by"] = grouping.value
        choices.append({"value": grouping, "label": grouping.label, "query": kept.urlencode()})
    count = found.breakdown.count if found.breakdown else 0
    pages = Paginator(range(count), PAGE_SIZE)
    return {"breakdown_page": pages.get_page(number), "breakdown_query": query, "groupings": choices}


def parts_of_funnel(found: FunnelReport) -> list[dict[str, Any]]:
    """The stages in their three zones of ownership; a bar is as wide as its share of all entries."""
    most = max(found.stages[0].entered.count, 1)
    return [
        {
            "key": part.value,
            "label": part.label,
            "owner": OWNERS[part],
            "rows": [_bar(row, most) for row in found.stages if PART_OF[row.stage] == part],
        }
        for part in Part
    ]


def _bar(row: StageRow, most: int) -> dict[str, Any]:
    # A sliver stays visible: a stage that somebody reached is never an empty line.
    width = max(100 * row.entered.count / most, 0.6) if row.entered.count else 0
    return {
        "stage": row.stage,
        "entered": row.entered,
        "balance": row.balance,
        "conversion": row.conversion,
        "median_seconds": row.median_seconds,
        "bar_width": f"{width:.2f}",
        "bar_x": f"{(100 - width) / 2:.2f}",
    }
