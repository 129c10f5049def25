"""How the end of an absence is told."""

from datetime import datetime, time, timedelta

from django import template
from django.utils.formats import date_format

register = template.Library()


@register.filter(expects_localtime=True)
def until(end: datetime) -> str:
    """The last day when the absence ends with it, else the moment; by the reader's clock."""
    if end.time() == time.min:
        return date_format(end - timedelta(days=1), "SHORT_DATE_FORMAT")
    return date_format(end, "SHORT_DATETIME_FORMAT")
