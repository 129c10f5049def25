"""A calendar as people write it: times of day instead of minutes, and never without working time."""

import re
from datetime import date
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.core.exceptions import ValidationError
from django.forms.models import BaseInlineFormSet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ..errors import EmptyCalendar
from ..models import Calendar, WorkingHours
from ..rules.calendar import compile_calendar, has_working_time


class MinutesField(forms.CharField):
    """``HH:MM`` from 00:00 to 24:00, as minutes after midnight."""

    default_error_messages = {"invalid": _("Give a time of day, such as 09:00 (24:00 is midnight).")}

    def prepare_value(self, value: Any) -> Any:
        return f"{value // 60:02}:{value % 60:02}" if isinstance(value, int) else value

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if text in self.empty_values:
            return None
        found = re.fullmatch(r"(\d{1,2}):([0-5]\d)", str(text), re.ASCII)
        minutes = int(found[1]) * 60 + int(found[2]) if found else None
        if minutes is None or minutes > 1440:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return minutes

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.prepare_value(initial), data)


class CalendarForm(forms.ModelForm):
    class Meta:
        model = Calendar
        fields = ("name", "time_zone")

    def clean_time_zone(self) -> str:
        name = self.cleaned_data["time_zone"]
        if name not in available_timezones():
            raise ValidationError(_("This time zone is not known. Example: Europe/Madrid."))
        return name


class HoursForm(forms.ModelForm):
    start_minute = MinutesField(label=_("from"))
    end_minute = MinutesField(label=_("until"))

    class Meta:
        model = WorkingHours
        fields = ("weekday", "start_minute", "end_minute")

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        start, end = values.get("start_minute"), values.get("end_minute")
        if start is not None and end is not None and start >= end:
            raise ValidationError({"end_minute": _("Work must end after it began.")})
        return values


class HoursFormSet(BaseInlineFormSet):
    def clean(self) -> None:
        super().clean()
        if not any(self.errors) and not _kept(self):
            raise ValidationError(_("A calendar without working hours would never reach a deadline."))


class HolidayFormSet(BaseInlineFormSet):
    def clean(self) -> None:
        """Against the hours as they are stored; those of a new calendar cannot all be holidays yet."""
        super().clean()
        if any(self.errors) or not self.instance.pk:
            return
        hours = self.instance.hours.values_list("weekday", "start_minute", "end_minute")
        days: list[date] = [row["day"] for row in _kept(self)]
        try:
            calendar = compile_calendar(time_zone=self.instance.time_zone, hours=list(hours), holidays=days)
        except EmptyCalendar:
            return  # said by the hours
        if not has_working_time(calendar, timezone.now()):
            raise ValidationError(_("These holidays leave no working time in the next ten years."))


def _kept(formset: BaseInlineFormSet) -> list[dict[str, Any]]:
    """What the rows will hold after saving: filled in and not marked for deletion."""
    rows = [form.cleaned_data for form in formset.forms if form not in formset.deleted_forms]
    return [row for row in rows if row]
