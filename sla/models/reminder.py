from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ..enums import ReminderState
from .clock import Clock


class ReminderQuerySet(models.QuerySet["Reminder"]):
    def due(self, at: object) -> "ReminderQuerySet":
        """What the engine asks for; served by the partial index, oldest first."""
        return (
            self.filter(state=ReminderState.PENDING, due_at__lte=at)
            .filter(Q(retry_at=None) | Q(retry_at__lte=at))
            .order_by("due_at", "id")
        )

    def told(self, word: str) -> "ReminderQuerySet":
        """Steps that went to somebody whose name or address starts with ``word``."""
        to = "deliveries__mail__"
        wanted = (
            Q(**{f"{to}recipient__first_name__istartswith": word})
            | Q(**{f"{to}recipient__last_name__istartswith": word})
            | Q(**{f"{to}address__istartswith": word})
        )
        return self.filter(pk__in=self.model.objects.filter(wanted).values("pk"))


class Reminder(models.Model):
    """The ledger: exactly one row per (clock, step).

    The row of step n+1 is written in the transaction that ends step n (sent, skipped or dead), due at
    ``max(planned, ended + gap)``: so after an outage the CEO never hears before the rep, and a
    hand-off costs one row. Deciding takes due rows with ``FOR UPDATE SKIP LOCKED`` and ends in the
    same short transaction, so a killed worker leaves nothing behind; a row that cannot be decided is
    pushed on (``retry_at``) and shown. ``claimed`` means: decided, its mails are in the outbox.
    ``context`` is what was decided and why (lateness in seconds, names of recipient roles that had
    nobody); ``error`` says why it was skipped or could not be delivered.
    """

    clock = models.ForeignKey(Clock, models.CASCADE, related_name="reminders", db_index=False)
    step = models.PositiveSmallIntegerField(_("step"))
    due_at = models.DateTimeField(_("due"))
    state = models.CharField(
        _("state"), max_length=8, choices=ReminderState.choices, default=ReminderState.PENDING
    )
    retry_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    error = models.TextField(_("error"), blank=True)
    context = models.JSONField(default=dict, blank=True)

    objects = ReminderQuerySet.as_manager()

    class Meta:
        ordering = ("-due_at", "-id")
        verbose_name = _("reminder")
        verbose_name_plural = _("reminders")
        indexes = (
            models.Index(
                fields=("due_at", "id"), condition=Q(state=ReminderState.PENDING), name="reminder_due"
            ),
            models.Index(fields=("-due_at", "-id"), name="reminder_newest"),
        )
        constraints = (models.UniqueConstraint(fields=("clock", "step"), name="reminder_once"),)

    def __str__(self) -> str:
        return f"{self.clock_id}/{self.step} {self.state}"
