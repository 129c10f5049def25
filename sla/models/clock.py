from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from funnel.models import Journey
from leads.models import Lead

from ..enums import TICKING, ClockKind, ClockState, TimeBase
from .calendar import Calendar
from .policy import Policy


class ClockQuerySet(models.QuerySet["Clock"]):
    def ticking(self) -> "ClockQuerySet":
        return self.filter(state__in=TICKING)

    def ring_due(self, at: object) -> "ClockQuerySet":
        """Running clocks whose deadline has passed; the scheduler asks nothing else."""
        return self.filter(state=ClockState.RUNNING, due_at__lte=at)


class Clock(models.Model):
    """One run of a promise for one rep.

    The policy's values are copied when the clock starts (``minutes``, ``time_base``, ``attempts``,
    ``steps`` as ``[{"offset": int, "recipients": [Recipient, …]}, …]`` by offset), so a later edit
    changes no running clock. ``started_at`` is the rep's start (a reassignment starts a fresh clock),
    ``lead_started_at`` the lead's (kept over reassignments): *rep response* and *speed to lead*.
    ``due_at`` is a deadline column. A pause accumulates ``held_seconds`` and moves ``due_at``.
    At the end both wall and working seconds are stored.
    """

    journey = models.ForeignKey(Journey, models.CASCADE, related_name="clocks")
    lead = models.ForeignKey(Lead, models.CASCADE, related_name="clocks")
    kind = models.CharField(_("promise"), max_length=16, choices=ClockKind.choices)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="clocks",
        verbose_name=_("owner"),
    )
    policy = models.ForeignKey(Policy, models.SET_NULL, null=True, related_name="+")
    calendar = models.ForeignKey(Calendar, models.PROTECT, related_name="+")
    state = models.CharField(
        _("state"), max_length=12, choices=ClockState.choices, default=ClockState.RUNNING
    )
    minutes = models.PositiveIntegerField(_("window in minutes"))
    time_base = models.CharField(max_length=8, choices=TimeBase.choices)
    attempts = models.PositiveSmallIntegerField(_("agreed attempts"), default=0)
    steps = models.JSONField(default=list)
    started_at = models.DateTimeField(_("started"))
    lead_started_at = models.DateTimeField(_("lead waiting since"))
    due_at = models.DateTimeField(_("due"))
    paused_at = models.DateTimeField(null=True, blank=True)
    held_seconds = models.BigIntegerField(default=0)
    breached_at = models.DateTimeField(_("missed"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    wall_seconds = models.BigIntegerField(_("wall seconds"), null=True, blank=True)
    working_seconds = models.BigIntegerField(_("working seconds"), null=True, blank=True)

    objects = ClockQuerySet.as_manager()

    class Meta:
        ordering = ("due_at", "id")
        verbose_name = _("clock")
        verbose_name_plural = _("clocks")
        indexes = (
            models.Index(fields=("due_at",), condition=Q(state=ClockState.RUNNING), name="clock_ring_due"),
            models.Index(
                fields=("owner", "due_at"), condition=Q(state__in=sorted(TICKING)), name="clock_owner"
            ),
            models.Index(fields=("lead", "-started_at"), name="clock_lead"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("journey",), condition=Q(state__in=sorted(TICKING)), name="clock_one_ticking"
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.state} {self.lead_id}"
