"""How the queue says what is due."""

from typing import Any

from django import template
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from funnel.models import Journey
from funnel.rules.moves import moves_open_to
from funnel.services.reassigning import may_give_away
from funnel.services.waiting import target_at
from leads.models import Lead
from smarketing.accounts.enums import Role
from smarketing.accounts.models import User

from ..enums import ActionKind, ClockKind, Urgency
from ..selectors.queue import QueueRow

register = template.Library()

LOOKS = {Urgency.LATE: "late", Urgency.SOON: "soon", Urgency.ON_TIME: "plain", Urgency.PAUSED: "plain"}


@register.filter
def look(urgency: Urgency) -> str:
    """Which colour and shape says so; the word says it too."""
    return LOOKS[urgency]


@register.filter
def to_do(row: QueueRow) -> str:
    if row.countdown.urgency == Urgency.PAUSED:
        day = localtime(row.clock.journey.resume_at)
        return _("Postponed until %(day)s") % {"day": date_format(day, "SHORT_DATE_FORMAT")}
    return {
        ClockKind.FIRST_CONTACT: _("Contact them for the first time"),
        ClockKind.DECISION: _("Decide: accept, postpone or return"),
        ClockKind.AE_DECISION: _("Decide: convert, postpone or return"),
    }[ClockKind(row.clock.kind)]


@register.simple_tag
def countdown(row: QueueRow) -> SafeString:
    """The time as text; the script counts it on, by what stands in the data attributes."""
    shown = row.countdown
    is_late = shown.urgency == Urgency.LATE
    number = format_html(
        '<span data-seconds="{}" data-step="{}"{}>{}</span>',
        shown.seconds,
        (1 if is_late else -1) if shown.runs else 0,
        mark_safe(" data-days") if row.in_days else "",
        row.face,
    )
    words = _("%(time)s late") if is_late else _("%(time)s left")
    if not shown.runs and shown.urgency != Urgency.PAUSED:
        words = _("%(time)s late, counted in working time") if is_late else _("%(time)s of working time left")
    return format_html(words.replace("%(time)s", "{}"), number)


ICONS = {
    ActionKind.QUALIFY: ("check", gettext_lazy("Accept as SQL")),
    ActionKind.CONVERT: ("euro", gettext_lazy("Convert to opportunity")),
    ActionKind.WIN: ("star", gettext_lazy("Deal won")),
    ActionKind.LOSE: ("close", gettext_lazy("Deal lost")),
    ActionKind.RESUME: ("play", gettext_lazy("Resume")),
    ActionKind.POSTPONE: ("pause", gettext_lazy("Postpone")),
    ActionKind.RECYCLE: ("return", gettext_lazy("Return to marketing")),
    ActionKind.DISQUALIFY: ("trash", gettext_lazy("Disqualify")),
}
"""What can be done, in this order; the rest of the moves belongs to marketing and the machine."""

KEYS = {
    ActionKind.POSTPONE: "p",
    ActionKind.RECYCLE: "r",
    ActionKind.QUALIFY: "a",
    ActionKind.CONVERT: "o",
}
"""One key for what is done most; the page of a lead lists them."""


@register.inclusion_tag("sla/actions.html", takes_context=True)
def lead_actions(context: Any, lead: Lead, journey: Journey | None, in_row: bool = False) -> dict[str, Any]:
    """The ways to act on a lead that this person has: buttons, or in a row one button and a menu."""
    user = context["request"].user
    offered = []
    if journey is not None and isinstance(user, User):
        moves = {str(move) for move in moves_open_to(user.role, stage=journey.stage, status=journey.status)}
        offered = [
            (f"sla:{kind}", kind, icon, label) for kind, (icon, label) in ICONS.items() if kind in moves
        ]
        if may_give_away(user, lead) and journey.is_open and target_at(journey.stage):
            offered.append(
                ("sla:reassign", ActionKind.REASSIGN, "swap", gettext_lazy("Give to somebody else"))
            )
    return {
        "lead": lead,
        "in_row": in_row,
        "may_contact": user.role != Role.EXECUTIVE,
        "contact_url": reverse("sla:contact", args=[lead.pk]),
        "offered": [
            (reverse(name, args=[lead.pk]), KEYS.get(kind, ""), icon, label)
            for name, kind, icon, label in offered
        ],
    }
