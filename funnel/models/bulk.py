from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from smarketing.accounts.rules.messages import recalled

from ..enums import LABELS, BulkAction
from .journey import Journey

TAKEN_BACK_WITHIN = timedelta(days=1)


class BulkJob(models.Model):
    """One decision for many journeys, worked off in small transactions; resumable at ``position``.

    ``params``: the keyword arguments of the service behind the action (reason, note, to_user_id).
    ``failures``: list of ``{"lead", "name", "why"}`` in the order of the rows, ``why`` a message that is
    told in the language of whoever reads it (``told``); of the others before
    ``position`` so many as ``unchanged`` were so already, and the rest is done.
    """

    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("by")
    )
    action = models.CharField(_("action"), max_length=12, choices=BulkAction.choices)
    params = models.JSONField(default=dict)
    journey_ids = ArrayField(models.BigIntegerField(), default=list)
    position = models.PositiveIntegerField(default=0)
    failures = models.JSONField(default=list)
    unchanged = models.PositiveIntegerField(_("were so already"), default=0)
    started_at = models.DateTimeField(_("started"))
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    is_cancelled = models.BooleanField(_("cancelled"), default=False)

    class Meta:
        ordering = ("-started_at", "-id")
        verbose_name = _("bulk action")
        verbose_name_plural = _("bulk actions")
        indexes = (models.Index(fields=("id",), condition=Q(finished_at=None), name="bulk_job_open"),)

    def __str__(self) -> str:
        return f"{self.action} {self.position}/{self.total}"

    @property
    def total(self) -> int:
        return len(self.journey_ids)

    @property
    def succeeded(self) -> int:
        return self.position - len(self.failures) - self.unchanged

    @property
    def told(self) -> list[dict[str, Any]]:
        """What could not be decided, for a reader."""
        return [{**row, "why": recalled(row["why"])} for row in self.failures]

    @property
    def left(self) -> int:
        return self.total - self.position

    @property
    def percent(self) -> int:
        return 100 * self.position // self.total if self.total else 100

    def can_be_taken_back(self, at: datetime) -> bool:
        """As far as its kind and the time go; each lead is asked again."""
        ended = self.finished_at is not None and self.succeeded > 0 and self.action in LABELS
        return ended and at <= self.started_at + TAKEN_BACK_WITHIN


class BulkBefore(models.Model):
    """What a job found on a lead whose label it changed, as the service behind its action takes it back;
    deleted once the time for that is over."""

    job = models.ForeignKey(BulkJob, models.CASCADE, related_name="found", db_index=False)
    journey = models.ForeignKey(Journey, models.CASCADE, related_name="+")
    values = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("what a bulk action found")
        verbose_name_plural = _("what bulk actions found")
        constraints = (models.UniqueConstraint(fields=("job", "journey"), name="bulk_before_once"),)

    def __str__(self) -> str:
        return f"{self.job_id}: {self.journey_id}"
