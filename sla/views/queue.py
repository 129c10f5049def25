"""The queue: what to do next, with the time that is left for it."""

from http import HTTPStatus

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from funnel.selectors.opportunities import pressing
from smarketing.accounts.models import User

from ..forms.queue import QueueForm
from ..rules.queue import from_cursor, to_cursor
from ..selectors.queue import queue_counts, queue_page, version_of

PAGE_SIZE = 25
DEALS_SHOWN = 5


@login_required
@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    """The page; or for htmx, which asks every few seconds, the list alone.

    ``v`` names the list that the asking page shows: nothing to say (204) while it is still that.
    """
    assert isinstance(request.user, User)
    form = QueueForm(request.GET, user=request.user)
    wanted, at = form.wanted(), timezone.now()
    after = from_cursor(request.GET.get("after", ""))
    # One more than shown tells whether there is a next page.
    rows = queue_page(request.user, wanted, at=at, after=after, size=PAGE_SIZE + 1)
    counts = queue_counts(request.user, wanted, at=at)
    version = version_of(rows, counts)
    is_part = request.headers.get("HX-Request") == "true"
    if is_part and request.GET.get("v") == version:
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    kept = request.GET.copy()
    for name in ("after", "v"):
        kept.pop(name, None)
    shown = rows[:PAGE_SIZE]
    context = {
        "form": form,
        "wanted": wanted,
        "rows": shown,
        "counts": counts,
        "version": version,
        "query": kept.urlencode(),
        "after": request.GET.get("after", "") if after else "",
        "next_cursor": to_cursor(shown[-1].place) if len(rows) > PAGE_SIZE else "",
    }
    if is_part:
        return render(request, "sla/queue_list.html", context)
    # Deals have no clock; without this an account executive's morning would begin with an empty page.
    open_deals = pressing(request.user, mine=wanted.mine, today=timezone.localdate(at))
    context |= {"deals": open_deals[:DEALS_SHOWN], "today": timezone.localdate(at)}
    return render(request, "sla/queue.html", context)
