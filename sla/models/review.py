import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from leads.models import RuleSet

from .agreement import Agreement
from .policy import Policy


class Review(models.Model):
    """A meeting of both teams over the numbers of an agreement; a planned one goes on with its next version.

    ``agenda``: what the numbers say, in the shape of ``selectors.agenda``; None until the meeting is
    held, from then on as it was then. ``uid`` and ``sequence`` are those of its calendar entry: the
    sequence grows with every change of its time, and each time invites once. ``version`` counts
    changes of the minutes, so that two writers do not overwrite each other.
    """

    is_configuration = True
    unaudited = ("uid", "sequence", "planned_at", "held_at", "agenda", "minutes", "version", "minutes_by")

    agreement = models.ForeignKey(
        Agreement, models.PROTECT, related_name="reviews", verbose_name=_("agreement")
    )
    starts_at = models.DateTimeField(_("starts"))
    minutes_long = models.PositiveSmallIntegerField(_("minutes"), default=60)
    place = models.CharField(_("room or link"), max_length=300, blank=True)
    participants = models.ManyToManyField(
        settings.AUTH_USER_MODEL, related_name="reviews", verbose_name=_("participants")
    )
    organizer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("invited by")
    )
    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    sequence = models.PositiveSmallIntegerField(default=0, editable=False)
    planned_at = models.DateTimeField(_("time set"), editable=False)
    held_at = models.DateTimeField(_("held"), null=True, blank=True)
    agenda = models.JSONField(null=True, blank=True, editable=False)
    minutes = models.TextField(_("minutes of the meeting"), blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)
    minutes_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ("-starts_at", "-id")
        verbose_name = _("review meeting")
        verbose_name_plural = _("review meetings")
        constraints = (
            models.UniqueConstraint(
                fields=("agreement",), condition=Q(held_at=None), name="review_one_to_come"
            ),
            models.CheckConstraint(
                condition=Q(held_at=None, agenda=None) | Q(held_at__isnull=False, agenda__isnull=False),
                name="review_held_has_agenda",
            ),
        )

    def __str__(self) -> str:
        return f"{self.agreement} {self.starts_at:%Y-%m-%d}"

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(minutes=self.minutes_long)

    @property
    def is_held(self) -> bool:
        return self.held_at is not None


class ReviewDecision(models.Model):
    """What was decided, who does it until when, and the version that it led to."""

    review = models.ForeignKey(Review, models.CASCADE, related_name="decisions")
    text = models.CharField(_("decision"), max_length=500)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="review_decisions", verbose_name=_("who")
    )
    due_on = models.DateField(_("until"))
    done_at = models.DateTimeField(_("done"), null=True, blank=True)
    agreement = models.ForeignKey(
        Agreement,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("led to this agreement"),
    )
    rule_set = models.ForeignKey(
        RuleSet,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("led to these scoring rules"),
    )
    policy = models.ForeignKey(
        Policy,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("led to this promise"),
    )

    class Meta:
        ordering = ("due_on", "id")
        verbose_name = _("decision of a review")
        verbose_name_plural = _("decisions of a review")
        indexes = (models.Index(fields=("due_on",), condition=Q(done_at=None), name="review_decision_open"),)

    def __str__(self) -> str:
        return self.text
