from collections.abc import Mapping
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from ..enums import ClockKind, Recipient, TimeBase
from .calendar import Calendar


class Policy(models.Model):
    """A window for one kind of clock, and the ladder of steps when it passes.

    ``conditions``: list of ``{"field": str, "operator": Operator, "value": …}`` on the lead; all must
    hold. The first active policy of the kind by ``position`` whose conditions hold is taken.
    """

    is_configuration = True
    audited_parts = ("steps",)

    name = models.CharField(_("name"), max_length=120, unique=True)
    kind = models.CharField(_("for"), max_length=16, choices=ClockKind.choices)
    position = models.PositiveSmallIntegerField(_("order"), default=0)
    conditions = models.JSONField(_("conditions"), default=list, blank=True)
    calendar = models.ForeignKey(
        Calendar, models.PROTECT, related_name="policies", verbose_name=_("calendar")
    )
    time_base = models.CharField(
        _("counted in"), max_length=8, choices=TimeBase.choices, default=TimeBase.WORKING
    )
    minutes = models.PositiveIntegerField(_("window in minutes"))
    attempts = models.PositiveSmallIntegerField(_("agreed attempts per lead"), default=5)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        ordering = ("kind", "position", "id")
        verbose_name = _("policy")
        verbose_name_plural = _("policies")

    def __str__(self) -> str:
        return self.name


class PolicyStep(models.Model):
    """Who is told, and when. ``offset`` is in minutes from the due time; negative is a warning."""

    policy = models.ForeignKey(Policy, models.CASCADE, related_name="steps")
    offset = models.IntegerField(_("minutes after due"))
    recipients = ArrayField(
        models.CharField(max_length=12, choices=Recipient.choices), verbose_name=_("tell")
    )

    class Meta:
        ordering = ("policy", "offset", "id")
        verbose_name = _("policy step")
        verbose_name_plural = _("policy steps")
        constraints = (models.UniqueConstraint(fields=("policy", "offset"), name="policy_step_offset_once"),)

    def __str__(self) -> str:
        names = ", ".join(str(Recipient(one).label) for one in self.recipients if one in Recipient.values)
        return f"{self.offset:+d} min → {names}"

    @staticmethod
    def in_words(row: Mapping[str, Any]) -> str:
        return str(PolicyStep(**row))


class PolicyRevision(models.Model):
    """One row whose token changes whenever a policy or calendar does, so that processes can keep
    what they compiled. A token and not a counter: one read before a rollback must never come back."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    token = models.UUIDField()

    def __str__(self) -> str:
        return str(self.token)
