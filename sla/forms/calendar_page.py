"""A working calendar as administrators fill it in: each weekday's hours in one line."""

import re
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from smarketing.accounts.forms.days import DayField
from smarketing.accounts.forms.people import zones

from ..models import Calendar, WorkingHours
from ..rules.public_holidays import countries, regions
from ..rules.weeks import clock

RANGE = re.compile(r"(\d{1,2})[:.](\d\d)\s*[-–—]\s*(\d{1,2})[:.](\d\d)", re.ASCII)
YEARS_AHEAD = 3


class HoursField(forms.CharField):
    """ "09:00-14:00, 16:00-19:00" ↔ [(540, 840), (960, 1140)]; empty: nobody works that day."""

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, list):
            return ", ".join(f"{clock(start)}-{clock(end)}" for start, end in value)
        return value

    def to_python(self, value: Any) -> Any:
        text = (super().to_python(value) or "").strip()
        found = []
        for part in filter(None, re.split(r"[,;]\s*", text)):
            matched = RANGE.fullmatch(part.strip())
            if matched is None:
                raise ValidationError(_("Write it like 09:00-14:00, 16:00-19:00."))
            first, second, third, fourth = map(int, matched.groups())
            start, end = first * 60 + second, third * 60 + fourth
            if second > 59 or fourth > 59 or end > 1440:
                raise ValidationError(_("Write it like 09:00-14:00, 16:00-19:00."))
            if start >= end:
                raise ValidationError(_("Work must end after it began."))
            found.append((start, end))
        return sorted(found)


class CalendarPageForm(forms.ModelForm):
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=zones)

    class Meta:
        model = Calendar
        fields = ("name", "time_zone")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stored: dict[int, list[tuple[int, int]]] = {}
        if self.instance.pk:
            for row in self.instance.hours.all():
                stored.setdefault(row.weekday, []).append((row.start_minute, row.end_minute))
        for day in WorkingHours.Weekday:
            self.fields[f"day{day.value}"] = HoursField(
                label=day.label, required=False, max_length=120, initial=stored.get(day.value, [])
            )

    def hours(self) -> list[tuple[int, int, int]]:
        return [
            (day.value, start, end)
            for day in WorkingHours.Weekday
            for start, end in self.cleaned_data[f"day{day.value}"]
        ]


class HolidayRow(forms.Form):
    day = DayField(label=_("Day"), required=False)
    name = forms.CharField(label=_("Name"), max_length=120, required=False)


HolidayRows = forms.formset_factory(HolidayRow, extra=3, can_delete=True, can_delete_extra=False, max_num=300)


class PlaceForm(forms.Form):
    """Which public holidays. The regions shown are those of the country that was chosen before."""

    country = forms.ChoiceField(label=_("Country"))
    region = forms.ChoiceField(label=_("Region"), required=False)
    year = forms.TypedChoiceField(label=_("Year"), coerce=int)

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        country, region, year = self.fields["country"], self.fields["region"], self.fields["year"]
        assert isinstance(country, forms.ChoiceField)
        assert isinstance(region, forms.ChoiceField)
        assert isinstance(year, forms.ChoiceField)
        country.choices = [("", "—"), *countries()]
        chosen = str(self.data.get("country", ""))
        region.choices = [("", _("the whole country")), *regions(chosen)]
        year.choices = [(year, str(year)) for year in range(today.year, today.year + YEARS_AHEAD)]

    def clean_region(self) -> str:
        return str(self.cleaned_data["region"])


def holiday_days(formset: Any) -> dict[date, str]:
    """Rows that stay and say a day."""
    rows = (form.cleaned_data for form in formset.forms if form not in formset.deleted_forms)
    return {row["day"]: row.get("name", "") for row in rows if row.get("day")}
