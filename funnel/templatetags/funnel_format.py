"""How stages, durations and filters are shown on pages."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django import template
from django.core.exceptions import FieldDoesNotExist
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from leads.enums import ActivityKind
from leads.models import Company, Lead

from ..enums import PART_OF, Move, Reason, ReturnAction, Stage
from ..forms import page_params
from ..models import Opportunity
from ..selectors.lead_columns import Column

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


@register.filter
def field_changes(data: Mapping[str, Any]) -> list[tuple[str, Any, Any]]:
    """What a noted edit changed: the field's name on screen, what it was, what it is."""
    return [(field_name(name), *pair) for name, pair in data.get("changed", {}).items()]


def field_name(name: str) -> str:
    """ "company.employees" and "budget" as people read them; custom fields by their own name."""
    part, _dot, inner = name.partition(".")
    model = {"company": Company, "deal": Opportunity}.get(part, Lead)
    column = name if model is Lead else inner
    try:
        return str(model._meta.get_field(column).verbose_name)  # type: ignore[union-attr]
    except FieldDoesNotExist:
        return column.removeprefix("custom.")


@register.filter
def action_label(kind: str) -> str:
    """What was taken back, by the name that the room had for it."""
    if kind in ActivityKind.values:
        return str(ActivityKind(kind).label)
    return str(Move(kind).label) if kind in Move.values else _("Given to somebody else")


@register.filter
def return_action(action: str) -> str:
    return str(ReturnAction(action).label) if action in ReturnAction.values else action


@register.filter
def cell(journey: Any, column: Column) -> str:
    """What a column of the list says about a journey."""
    value = column.value(journey)
    if isinstance(value, datetime):
        return date_format(localtime(value), "SHORT_DATETIME_FORMAT")
    return "" if value is None else str(value)
