"""How the queue says what is due."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from ..enums import ClockKind, Urgency
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
        return _("Postponed until %(day)s") % {"day": f"{row.clock.journey.resume_at:%Y-%m-%d}"}
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
        format_html(" data-days") if row.in_days else "",
        row.face,
    )
    words = _("%(time)s late") if is_late else _("%(time)s left")
    if not shown.runs and shown.urgency != Urgency.PAUSED:
        words = _("%(time)s late, counted in working time") if is_late else _("%(time)s of working time left")
    return format_html(words.replace("%(time)s", "{}"), number)
