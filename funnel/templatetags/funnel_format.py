"""How stages, durations and filters are shown on pages."""

from collections.abc import Mapping
from urllib.parse import urlencode

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..enums import PART_OF, Reason, Stage
from ..forms import page_params

register = template.Library()


@register.filter
def query(params: Mapping[str, str]) -> str:
    """A filter as it stands in a URL; escaped for HTML by the template."""
    return urlencode(page_params(params))


@register.filter
def stage_part(stage: str) -> str:
    """top, middle or bottom: which colour a stage has everywhere."""
    return PART_OF[stage].value


@register.filter
def stage_label(stage: str) -> str:
    return str(Stage(stage).label)


@register.filter
def reason_label(reason: str) -> str:
    return str(Reason(reason).label) if reason else _("no reason given")


@register.filter
def duration(seconds: float) -> str:
    """The largest unit that fits, rounded: 45 seconds, 12 minutes, 3 hours, 9 days."""
    number = abs(round(seconds))
    if number < 60:
        return ngettext("%(n)d second", "%(n)d seconds", number) % {"n": number}
    number = round(number / 60)
    if number < 60:
        return ngettext("%(n)d minute", "%(n)d minutes", number) % {"n": number}
    number = round(number / 60)
    if number < 48:
        return ngettext("%(n)d hour", "%(n)d hours", number) % {"n": number}
    number = round(number / 24)
    return ngettext("%(n)d day", "%(n)d days", number) % {"n": number}
