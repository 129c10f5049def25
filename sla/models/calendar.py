from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _


class Calendar(models.Model):
    """When people work: several ranges per weekday, holidays, one time zone."""

    is_configuration = True
    audited_parts = ("hours", "holidays")

    name = models.CharField(_("name"), max_length=120, unique=True)
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC")

    class Meta:
        ordering = ("name",)
        verbose_name = _("working calendar")
        verbose_name_plural = _("working calendars")

    def __str__(self) -> str:
        return self.name


class WorkingHours(models.Model):
    """One range of local wall time on a weekday (0 = Monday). ``minute`` values count from 00:00."""

    class Weekday(models.IntegerChoices):
        MONDAY = 0, _("Monday")
        TUESDAY = 1, _("Tuesday")
        WEDNESDAY = 2, _("Wednesday")
        THURSDAY = 3, _("Thursday")
        FRIDAY = 4, _("Friday")
        SATURDAY = 5, _("Saturday")
        SUNDAY = 6, _("Sunday")

    calendar = models.ForeignKey(Calendar, models.CASCADE, related_name="hours")
    weekday = models.PositiveSmallIntegerField(_("weekday"), choices=Weekday.choices)
    start_minute = models.PositiveSmallIntegerField(_("from (minutes after midnight)"))
    end_minute = models.PositiveSmallIntegerField(_("until (minutes after midnight)"))

    class Meta:
        ordering = ("calendar", "weekday", "start_minute")
        verbose_name = _("working hours")
        verbose_name_plural = _("working hours")
        constraints = (
            models.CheckConstraint(
                condition=Q(end_minute__gt=F("start_minute"), end_minute__lte=1440),
                name="hours_end_after_start",
            ),
        )

    def __str__(self) -> str:
        start, end = divmod(self.start_minute, 60), divmod(self.end_minute, 60)
        return f"{self.get_weekday_display()} {start[0]:02}:{start[1]:02}–{end[0]:02}:{end[1]:02}"

    @staticmethod
    def in_words(row: Mapping[str, Any]) -> str:
        return str(WorkingHours(**row))


class Holiday(models.Model):
    calendar = models.ForeignKey(Calendar, models.CASCADE, related_name="holidays")
    day = models.DateField(_("day"))
    name = models.CharField(_("name"), max_length=120, blank=True)

    class Meta:
        ordering = ("calendar", "day")
        verbose_name = _("holiday")
        verbose_name_plural = _("holidays")
        constraints = (models.UniqueConstraint(fields=("calendar", "day"), name="holiday_once"),)

    def __str__(self) -> str:
        return f"{self.day} {self.name}".strip()

    @staticmethod
    def in_words(row: Mapping[str, Any]) -> str:
        day = date_format(date.fromisoformat(str(row["day"])), "SHORT_DATE_FORMAT")
        return f"{day} {row['name']}".strip()
