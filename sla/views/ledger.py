"""Pages of the sla room: the ledger, and the clocks of one lead as a fragment for its page."""

from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from funnel.selectors.lead_sorting import ShortPaginator
from funnel.templatetags.funnel_format import duration
from leads.models import Lead
from leads.selectors import leads_visible_to
from smarketing.accounts.views.paging import kept_query

from ..enums import ClockState, ReminderState, SkipReason
from ..forms.ledger import LedgerForm
from ..models import Clock, Reminder
from ..selectors.ledger import reminders_visible_to, steps_of
from ..selectors.queue import rows_of

PAGE_SIZE = 25
CLOCKS_SHOWN = 10
LOOKS = {
    ClockState.RUNNING: "plain",
    ClockState.PAUSED: "plain",
    ClockState.MET: "good",
    ClockState.MET_LATE: "soon",
    ClockState.BREACHED: "late",
    ClockState.CANCELLED: "plain",
    ReminderState.PENDING: "plain",
    ReminderState.CLAIMED: "soon",
    ReminderState.SENT: "good",
    ReminderState.SKIPPED: "plain",
    ReminderState.DEAD: "late",
}


@login_required
@require_safe
def lead_clocks(request: HttpRequest, pk: int) -> HttpResponse:
    """Alone it is a page; fetched by the lead's page it is a part of that."""
    lead = get_object_or_404(leads_visible_to(request.user), pk=pk)
    clocks = clocks_shown(lead, request.user, timezone.now())
    partial = request.headers.get("HX-Request") == "true"
    return render(request, "sla/lead_clocks.html", {"lead": lead, "clocks": clocks, "partial": partial})


@login_required
@require_safe
def reminders(request: HttpRequest) -> HttpResponse:
    form = LedgerForm(request.GET)
    found = form.narrow(reminders_visible_to(request.user))
    pages = ShortPaginator(found, PAGE_SIZE)
    page = pages.get_page(request.GET.get("page"))
    for reminder in page.object_list:
        show_reminder(reminder)
    context = {"form": form, "page": page, "query": kept_query(request), "is_long": pages.is_long}
    return render(request, "sla/reminders.html", context)


def clocks_shown(lead: Lead, user: Any, at: datetime) -> list[Any]:
    """The latest, each with what the template shows of it."""
    found = lead.clocks.select_related("owner", "journey", "lead").order_by("-started_at", "-pk")
    clocks = list(found[:CLOCKS_SHOWN])
    told = steps_of(clocks)
    for clock in clocks:
        show_clock(clock, told.get(clock.pk, []), at)
    show_countdowns([clock for clock in clocks if clock.is_ticking], user, at)
    return clocks


def show_clock(clock: Any, told: list[Reminder], at: datetime) -> None:
    """Add what the template shows: the state as it is by now, its colour, who was told."""
    late = clock.state == ClockState.RUNNING and clock.due_at <= at
    state = ClockState.BREACHED if late else ClockState(clock.state)
    clock.words, clock.look, clock.told = state.label, LOOKS[state], told
    for reminder in told:
        reminder.clock = clock
        show_reminder(reminder)


def show_countdowns(clocks: list[Any], user: Any, at: datetime) -> None:
    """Add to ticking clocks what the queue shows of them."""
    for row in rows_of(clocks, user, at) if clocks else ():
        row.clock.row = row


def show_reminder(reminder: Any) -> None:
    reminder.look = LOOKS[ReminderState(reminder.state)]
    reminder.when = step_words(reminder.clock, reminder.step)
    known = reminder.error in SkipReason.values
    reminder.why = SkipReason(reminder.error).label if known else reminder.error


def step_words(clock: Clock, step: int) -> str:
    """When this step of the clock's own ladder happens: "2 minutes before"."""
    if step >= len(clock.steps):
        return ""
    offset = int(clock.steps[step]["offset"])
    if offset == 0:
        return _("When it is due")
    time = duration(60 * offset)
    return _("%(time)s before") % {"time": time} if offset < 0 else _("%(time)s late") % {"time": time}
