"""Periods that pages are asked for; every value lives in the URL."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django import forms
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from smarketing.accounts.forms.days import DayField

from ..rules.periods import EVER, Span, month_start, next_month

DAY = dt.timedelta(days=1)
MONTHS_OF_A_QUARTER = 3


class Period(models.TextChoices):
    THIS_MONTH = "this_month", _("This month")
    LAST_MONTH = "last_month", _("Last month")
    LAST_30_DAYS = "last_30_days", _("Last 30 days")
    THIS_QUARTER = "this_quarter", _("This quarter")
    THIS_YEAR = "this_year", _("This year")
    OWN = "own", _("From … until …")


def span_of(period: str, today: dt.date) -> Span:
    """Whole calendar periods, days to come included: a plan is held against all of them."""
    first = month_start(today)
    if period == Period.LAST_MONTH:
        return Span(month_start(first - DAY), first - DAY)
    if period == Period.LAST_30_DAYS:
        return Span(today - 29 * DAY, today)
    if period == Period.THIS_QUARTER:
        begin = first.replace(month=first.month - (first.month - 1) % MONTHS_OF_A_QUARTER)
        end = begin
        for _month in range(MONTHS_OF_A_QUARTER):
            end = next_month(end)
        return Span(begin, end - DAY)
    if period == Period.THIS_YEAR:
        return Span(today.replace(month=1, day=1), today.replace(month=12, day=31))
    return Span(first, next_month(first) - DAY)


def meant(data: Mapping[str, Any], default: str) -> dict[str, str]:
    """Dates that somebody types mean a period of one's own, whatever the menu says; but who had
    one on the page (``was``) and then chooses from the menu means what they chose."""
    chosen = data.get("period")
    if "period" in data and chosen != Period.OWN and data.get("was") == Period.OWN:
        return {"period": chosen or default, "entered_from": "", "entered_to": ""}
    if data.get("entered_from") or data.get("entered_to"):
        return {"period": Period.OWN.value}
    return {"period": chosen or default}


def today() -> dt.date:
    """The project's day, by which months are counted."""
    return timezone.localdate(timezone=timezone.get_default_timezone())


def in_order(form: forms.Form, cleaned: dict[str, Any]) -> dict[str, Any]:
    """Of two days in the wrong order the last is told, and is as if it were not asked."""
    first, last = cleaned.get("entered_from"), cleaned.get("entered_to")
    if first and last and first > last:
        form.add_error("entered_to", _("This day lies before the first one."))
    return cleaned


class EntryPeriodForm(forms.Form):
    """Of leads that entered in a period; all of them unless one is asked for."""

    period = forms.ChoiceField(
        label=_("Leads that entered"), required=False, choices=[("", _("at any time")), *Period.choices]
    )
    entered_from = DayField(label=_("From"), required=False)
    entered_to = DayField(label=_("Until"), required=False)

    def __init__(self, data: Any) -> None:
        super().__init__({**data.dict(), **meant(data, "")})

    def clean(self) -> dict[str, Any]:
        return in_order(self, super().clean() or {})

    def span(self, day: dt.date) -> Span:
        """What does not validate is as if it were not asked."""
        self.is_valid()
        period = self.cleaned_data.get("period")
        if period == Period.OWN:
            return Span(self.cleaned_data.get("entered_from"), self.cleaned_data.get("entered_to"))
        return span_of(period, day) if period else EVER
