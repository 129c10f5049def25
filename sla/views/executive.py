"""The executive's page: what escalated to the top, and whether both promises are kept."""

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from funnel.templatetags.funnel_format import query
from smarketing.accounts.access import for_roles
from smarketing.accounts.dates import Shape, day_words
from smarketing.accounts.enums import Role

from ..enums import ClockKind
from ..forms.dashboard import Period, span_of, today
from ..rules.promises import Kept
from ..selectors.agreements import agreement_in_force, targeted
from ..selectors.executive import WeekLine, escalated, escalations, two_promises, weeks_before
from .dashboard import marketing_meter, sales_meters
from .tables import Cell, Row, Table, counted, percent, plain

PAGE_SIZE = 25
READERS = frozenset({Role.EXECUTIVE, Role.ADMIN})


@login_required
@require_safe
@for_roles(READERS)
def executive(request: HttpRequest) -> HttpResponse:
    at, day = timezone.now(), today()
    clocks = escalated(at=at)
    only_waiting = request.GET.get("waiting") == "1"
    shown = clocks.filter(ended_at=None) if only_waiting else clocks
    page = Paginator(shown, PAGE_SIZE).get_page(request.GET.get("page"))
    agreed = targeted(agreement_in_force(at))
    month = two_promises(span=span_of(Period.THIS_MONTH, day), at=at, today=day, agreed=agreed)
    context = {
        "page": page,
        "rows": escalations(page.object_list, at=at),
        "waiting": clocks.filter(ended_at=None).count(),
        "only_waiting": only_waiting,
        "query": "waiting=1" if only_waiting else "",
        "month": month,
        "marketing": marketing_meter(month),
        "sales": sales_meters(month),
        "weeks": _weeks(weeks_before(at=at, today=day, agreed=agreed)),
    }
    return render(request, "sla/executive.html", context)


def _weeks(lines: list[WeekLine]) -> Table:
    head = [
        _("Week from"),
        _("MQLs delivered"),
        _("Plan"),
        *(str(kind.label) + ", %" for kind in ClockKind),
    ]
    top = max([line.delivered.count for line in lines] + [line.plan or 0 for line in lines] + [1])
    rows = [_row(line, top) for line in lines]
    return Table("weeks", _("The eight weeks before"), head, rows, note=_("The line on a bar is the plan."))


def _row(line: WeekLine, top: int) -> Row:
    assert line.span.first is not None
    mark = None if line.plan is None else 100 * line.plan / top
    delivered = counted(line.delivered, share=100 * line.delivered.count / top, mark=mark)
    kept = [_kept(line, kind, line.kept[kind]) for kind in ClockKind]
    head = Cell(line.span.first.isoformat(), day_words(line.span.first, Shape.DAY))
    return Row(head, [delivered, plain(line.plan), *kept])


def _kept(line: WeekLine, kind: ClockKind, kept: Kept) -> Cell:
    """The share, and behind it the promises of that week and kind."""
    if kept.percent is None:
        return percent(None)
    assert line.span.first is not None and line.span.last is not None
    params = {
        "entered_from": line.span.first.isoformat(),
        "entered_to": line.span.last.isoformat(),
        "kind": kind.value,
    }
    shown = percent(kept.percent)
    return Cell(shown.value, shown.shown, f"{reverse('sla:promises')}?{query(params)}")
