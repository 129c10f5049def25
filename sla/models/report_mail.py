"""The mails that come by the clock: when, to whom, and what they tell."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from smarketing.accounts.models import Team

from ..enums import REPORTS, Audience, MailKind, ReportPart
from .calendar import Calendar, WorkingHours


class ReportMail(models.Model):
    """One of the reports; a kind without a row goes by ``rules.reports.DEFAULTS``.

    ``time_zone`` "" is that of each reader. On the days off of ``calendar`` nothing goes out. A weekly
    report has one weekday. Who gets it: ``audiences``, and the people and teams of ``receivers``.
    """

    is_configuration = True
    audited_parts = ("receivers",)

    kind = models.CharField(
        _("report"), max_length=16, choices=[(kind.value, kind.label) for kind in REPORTS], unique=True
    )
    is_active = models.BooleanField(_("active"), default=True)
    time = models.TimeField(_("time of day"))
    weekdays = ArrayField(
        models.PositiveSmallIntegerField(choices=WorkingHours.Weekday.choices), verbose_name=_("on")
    )
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True)
    calendar = models.ForeignKey(
        Calendar, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("working calendar")
    )
    audiences = ArrayField(
        models.CharField(max_length=12, choices=Audience.choices), verbose_name=_("goes to"), blank=True
    )
    parts = ArrayField(models.CharField(max_length=16, choices=ReportPart.choices), verbose_name=_("tells"))
    even_if_empty = models.BooleanField(_("also when there is nothing to tell"), default=True)

    class Meta:
        ordering = ("id",)
        verbose_name = _("report by mail")
        verbose_name_plural = _("reports by mail")
        constraints = (
            models.CheckConstraint(
                condition=Q(weekdays__len__gt=0)
                & Q(weekdays__contained_by=list(range(7)))
                & (~Q(kind=MailKind.WEEKLY) | Q(weekdays__len=1)),
                name="report_mail_has_days",
            ),
        )

    def __str__(self) -> str:
        return str(MailKind(self.kind).label)


class ReportReceiver(models.Model):
    """One person, or everybody in a team, who gets a report whatever they do."""

    report = models.ForeignKey(ReportMail, models.CASCADE, related_name="receivers")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="+")
    team = models.ForeignKey(Team, models.CASCADE, null=True, related_name="+")

    class Meta:
        ordering = ("report", "id")
        verbose_name = _("receiver of a report")
        verbose_name_plural = _("receivers of a report")
        constraints = (
            models.CheckConstraint(
                condition=Q(person=None, team__isnull=False) | Q(person__isnull=False, team=None),
                name="report_receiver_is_one",
            ),
            models.UniqueConstraint(fields=("report", "person"), name="report_receiver_person_once"),
            models.UniqueConstraint(fields=("report", "team"), name="report_receiver_team_once"),
        )

    def __str__(self) -> str:
        return str(self.person or self.team)

    @staticmethod
    def in_words(row: Mapping[str, Any]) -> str:
        return str((row["person"] or row["team"])["name"])
