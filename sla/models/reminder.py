from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ..enums import ReminderState
from .clock import Clock


class Reminder(models.Model):
    """The ledger: exactly one row per (clock, step).

    The row of step n+1 is written in the transaction that ends step n (sent, skipped or dead), due at
    ``max(planned, ended + gap)``: so after an outage the CEO never hears before the rep, and a
    hand-off costs one row. A claim takes rows with ``FOR UPDATE SKIP LOCKED`` and a lease
    (``leased_until``); a lease that ran out is claimed again. ``context`` is what was decided and
    why (lateness in seconds, names of recipient roles that had nobody).
    """

    clock = models.ForeignKey(Clock, models.CASCADE, related_name="reminders")
    step = models.PositiveSmallIntegerField(_("step"))
    due_at = models.DateTimeField(_("due"))
    state = models.CharField(
        _("state"), max_length=8, choices=ReminderState.choices, default=ReminderState.PENDING
    )
    leased_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    error = models.TextField(_("error"), blank=True)
    context = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ("-due_at", "-id")
        verbose_name = _("reminder")
        verbose_name_plural = _("reminders")
        indexes = (
            models.Index(
                fields=("due_at", "id"),
                condition=Q(state__in=[ReminderState.PENDING, ReminderState.CLAIMED]),
                name="reminder_due",
            ),
        )
        constraints = (models.UniqueConstraint(fields=("clock", "step"), name="reminder_once"),)

    def __str__(self) -> str:
        return f"{self.clock_id}/{self.step} {self.state}"
