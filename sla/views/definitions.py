"""The change log of definitions: everybody reads what both teams agreed on, and since when."""

from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from smarketing.accounts.selectors.changes import configuration
from smarketing.accounts.views.access import person_of

from ..enums import ClockKind, Outcome, Verdict
from ..selectors.definitions import KINDS, Defined, Side, defined, definition_changes
from .feedback import READERS, leads_url
from .tables import Cell

PAGE_SIZE = 10
WEEK = 7


@login_required
@require_safe
def definitions(request: HttpRequest) -> HttpResponse:
    kind = request.GET.get("kind", "")
    page = Paginator(definition_changes(kind=kind), PAGE_SIZE).get_page(request.GET.get("page"))
    may_open = person_of(request).role in READERS
    context = {
        "page": page,
        "rows": [_shown(one, may_open) for one in defined(list(page.object_list), at=timezone.now())],
        "kinds": _kinds(),
        "kind": kind,
        "query": urlencode({"kind": kind}) if kind else "",
        "may_open": may_open,
    }
    return render(request, "sla/definitions.html", context)


def _kinds() -> list[tuple[str, str]]:
    models = configuration()
    named = [(one, str(models[one]._meta.verbose_name_plural)) for one in KINDS]
    return sorted(((key, name[:1].upper() + name[1:]) for key, name in named), key=lambda pair: pair[1])


def _shown(one: Defined, may_open: bool) -> dict[str, Any]:
    lines = []
    if one.before is not None and one.after is not None:
        before, after = _cells(one.before, one.days, may_open), _cells(one.after, one.days, may_open)
        lines = [(label, before[label], after[label]) for label in before]
    return {"defined": one, "numbers": lines}


def _cells(side: Side, days: int, may_open: bool) -> dict[str, Cell]:
    """By label; each number opens what it counts, for those who may read it."""
    span = side.span
    assert span.first is not None and span.last is not None
    handed = {"first": span.first.isoformat(), "last": span.last.isoformat()}
    started = {"entered_from": span.first.isoformat(), "entered_to": span.last.isoformat()}
    kept = {**started, "kind": ClockKind.FIRST_CONTACT.value, "outcome": Outcome.KEPT.value}
    urls = (
        leads_url(handed, []),
        leads_url(handed, [], verdict=Verdict.RETURNED.value),
        f"{reverse('sla:promises')}?{urlencode(kept)}",
    )
    a_week = _("%(rate)s a week (%(n)s)") % {
        "rate": number_format(round(side.mqls * WEEK / days, 1), 1),
        "n": side.mqls,
    }
    texts = (a_week, _share(side.returned, side.judged), _share(side.in_time, side.contacts))
    counts = (side.mqls, side.returned, side.in_time)
    labels = (_("MQLs"), _("Returned by sales"), _("Contacted in time"))
    return {
        label: Cell(count, text, url if may_open and count else "")
        for label, count, text, url in zip(labels, counts, texts, urls, strict=True)
    }


def _share(part: int, whole: int) -> str:
    if not whole:
        return "–"
    share = number_format(round(100 * part / whole, 1), 1)
    return _("%(share)s %% (%(counted)s of %(of)s)") % {"share": share, "counted": part, "of": whole}
