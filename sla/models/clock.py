from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from funnel.models import Journey
from leads.models import Lead

from ..enums import ClockKind, ClockState, TimeBase
from .calendar import Calendar
from .policy import Policy

_STATE_FITS = (
    Q(state=ClockState.RUNNING, ended_at=None, paused_at=None, breached_at=None)
    | Q(state=ClockState.PAUSED, ended_at=None, paused_at__isnull=False)
    | Q(state=ClockState.BREACHED, paused_at=None, breached_at__isnull=False)
    | Q(state__in=[ClockState.MET, ClockState.CANCELLED], ended_at__isnull=False, breached_at=None)
    | Q(state=ClockState.MET_LATE, ended_at__isnull=False, breached_at__isnull=False)
)
"""What each state says about the stamps; CANCELLED was never missed, a miss stays one."""


class ClockQuerySet(models.QuerySet["Clock"]):
    def ticking(self) -> "ClockQuerySet":
        """Clocks that still wait for somebody, missed or not."""
        return self.filter(ended_at=None)

    def ring_due(self, at: datetime) -> "ClockQuerySet":
        """Running clocks whose deadline has passed; the scheduler asks nothing else."""
        return self.filter(state=ClockState.RUNNING, due_at__lte=at)

    def retry_due(self, at: datetime) -> "ClockQuerySet":
        """Missed clocks whose consequence failed and is to be tried again."""
        missed = self.ticking().filter(state=ClockState.BREACHED, due_at__lte=at)  # not paused or moved since
        return missed.filter(retry_at__lte=at)

    def overdue(self, at: datetime) -> "ClockQuerySet":
        """Ticking clocks past their deadline by ``at``, also before a tick has said so."""
        return self.ticking().filter(paused_at=None, due_at__lt=at)  # as the index of the queue has it


class Clock(models.Model):
    """One run of a promise for one rep.

    The policy's values are copied when the clock starts (``minutes``, ``time_base``, ``attempts``,
    ``steps`` as ``[{"offset": int, "recipients": [Recipient, …]}, …]`` by offset), so a later edit
    changes no running clock. ``started_at`` is the rep's start (a reassignment starts a fresh clock),
    ``lead_started_at`` the lead's (kept over reassignments): *rep response* and *speed to lead*.
    ``due_at`` is a deadline column; a pause moves it. ``breached_at`` is the deadline that was missed
    and never moves. A clock ticks until ``ended_at`` is set; ``BREACHED`` with ``ended_at`` means that
    what was promised never happened.

    Pauses accumulate in ``held_seconds`` (wall) and ``held_working_seconds``; ``wall_seconds`` and
    ``working_seconds``, stored at the end, are without them. ``retry_at``, ``failures`` and ``error``
    belong to a consequence of the miss (the automatic recycle) that failed.
    """

    journey = models.ForeignKey(Journey, models.CASCADE, related_name="clocks", db_index=False)
    lead = models.ForeignKey(Lead, models.CASCADE, related_name="clocks", db_index=False)
    kind = models.CharField(_("promise"), max_length=16, choices=ClockKind.choices)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="clocks",
        verbose_name=_("owner"),
    )
    # Without indexes: only who deletes one looks for its clocks, and every hand-off would pay for them.
    policy = models.ForeignKey(Policy, models.SET_NULL, null=True, related_name="+", db_index=False)
    calendar = models.ForeignKey(Calendar, models.PROTECT, related_name="+", db_index=False)
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
    held_seconds = models.BigIntegerField(_("paused, wall seconds"), default=0)
    held_working_seconds = models.BigIntegerField(_("paused, working seconds"), default=0)
    breached_at = models.DateTimeField(_("missed"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    wall_seconds = models.BigIntegerField(_("wall seconds"), null=True, blank=True)
    working_seconds = models.BigIntegerField(_("working seconds"), null=True, blank=True)
    retry_at = models.DateTimeField(_("next attempt"), null=True, blank=True)
    failures = models.PositiveSmallIntegerField(_("failed attempts"), default=0)
    error = models.TextField(_("error"), blank=True)

    objects = ClockQuerySet.as_manager()

    class Meta:
        ordering = ("due_at", "id")
        verbose_name = _("clock")
        verbose_name_plural = _("clocks")
        indexes = (
            models.Index(fields=("due_at",), condition=Q(state=ClockState.RUNNING), name="clock_ring_due"),
            models.Index(
                fields=("retry_at",),
                condition=Q(ended_at=None, retry_at__isnull=False),
                name="clock_retry_due",
            ),
            models.Index(fields=("owner", "due_at"), condition=Q(ended_at=None), name="clock_owner"),
            models.Index(
                fields=("due_at", "id"), condition=Q(ended_at=None, paused_at=None), name="clock_queue"
            ),
            # Written when a promise was missed, not at a hand-off.
            models.Index(
                fields=("breached_at",),
                condition=Q(kind=ClockKind.FIRST_CONTACT, breached_at__isnull=False),
                name="clock_missed",
            ),
            models.Index(fields=("lead", "-started_at"), name="clock_lead"),
            # Also of the foreign key. Which clock of a journey is the last, and what it asks of whom, is
            # read in it alone.
            models.Index(
                fields=("journey", "kind", "started_at", "id"),
                include=("owner", "attempts"),
                name="clock_last",
            ),
            # With all that counting the promises of a span asks: it reads no clock itself.
            models.Index(
                fields=("-started_at", "-id"),
                include=(
                    "kind",
                    "owner",
                    "state",
                    "due_at",
                    "working_seconds",
                    "journey",
                    "lead",
                    "attempts",
                ),
                name="clock_newest",
            ),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("journey",), condition=Q(ended_at=None), name="clock_one_ticking"
            ),
            models.CheckConstraint(condition=_STATE_FITS, name="clock_state_fits"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.state} {self.lead_id}"

    @property
    def is_ticking(self) -> bool:
        return self.ended_at is None

    def state_at(self, at: datetime) -> ClockState:
        """The state as time has it: a running clock past its deadline is missed before any tick."""
        if self.state == ClockState.RUNNING and self.due_at < at:
            return ClockState.BREACHED
        return ClockState(self.state)
