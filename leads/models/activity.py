from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ..enums import ActivityKind, ActivitySource, Outcome
from .lead import Lead


class Activity(models.Model):
    """What a lead did, or what was done with them. Append-only: scores are recomputed from it.

    ``is_scored`` is false for known bots, mail scanners and automated touches (kept, not counted).
    ``is_contact`` is true for a call, e-mail or meeting logged by a person: it counts as an attempt
    and the earliest stops the first-contact clock. ``origin_lead`` is set when a merge moved the row.
    """

    lead = models.ForeignKey(
        Lead, models.CASCADE, related_name="activities", verbose_name=_("lead"), db_index=False
    )
    kind = models.CharField(_("kind"), max_length=24, choices=ActivityKind.choices)
    asset = models.CharField(_("asset"), max_length=200, blank=True)
    occurred_at = models.DateTimeField(_("when"))
    recorded_at = models.DateTimeField(_("recorded"))
    source = models.CharField(_("recorded by"), max_length=8, choices=ActivitySource.choices)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("by"),
        db_index=False,
    )
    submission = models.ForeignKey(
        "leads.Submission", models.SET_NULL, null=True, blank=True, related_name="activities"
    )
    external_id = models.CharField(_("external id"), max_length=200, null=True, blank=True)
    outcome = models.CharField(_("outcome"), max_length=16, choices=Outcome.choices, blank=True)
    note = models.TextField(_("note"), blank=True)
    data = models.JSONField(_("details"), default=dict, blank=True)
    is_scored = models.BooleanField(_("counts for the score"), default=True)
    is_contact = models.BooleanField(_("counts as contact"), default=False)
    origin_lead = models.ForeignKey(
        Lead, models.SET_NULL, null=True, editable=False, related_name="+", db_index=False
    )

    class Meta:
        ordering = ("-occurred_at", "-id")
        verbose_name = _("activity")
        verbose_name_plural = _("activities")
        indexes = (
            models.Index(fields=("lead", "-occurred_at"), name="activity_lead_newest"),
            models.Index(
                fields=("lead", "occurred_at"),
                include=("outcome",),
                condition=Q(is_contact=True),
                name="activity_contact",
            ),
            # Nearly always empty: an index of all rows would be written for nothing.
            models.Index(fields=("actor",), condition=Q(actor__isnull=False), name="activity_actor"),
            models.Index(
                fields=("origin_lead",), condition=Q(origin_lead__isnull=False), name="activity_origin"
            ),
        )
        constraints = (models.UniqueConstraint(fields=("external_id",), name="activity_external_id_once"),)

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.asset}".strip()
