import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from leads.models import Lead

from ..enums import ActionKind

UNDO_SECONDS = 10
"""For so long the page offers to take an action back."""

UNDO_WITHIN = timedelta(seconds=UNDO_SECONDS + 5)
"""For so long the server does: the click at the last moment still has to arrive."""


class Action(models.Model):
    """What a person did about a lead from the queue or its page: done at once, taken back for a while.

    ``token`` comes from the form, so that a form sent twice is done once. ``said`` is what was typed.
    ``before`` and ``after`` are images of every row that the action may touch (see
    ``services.undoing``); they are emptied when they are no longer needed.
    """

    token = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(_("action"), max_length=12, choices=ActionKind.choices)
    lead = models.ForeignKey(Lead, models.CASCADE, related_name="actions", verbose_name=_("lead"))
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="actions", verbose_name=_("by")
    )
    at = models.DateTimeField(_("when"))
    said = models.JSONField(_("details"), default=dict, blank=True)
    before = models.JSONField(default=dict, blank=True, editable=False)
    after = models.JSONField(default=dict, blank=True, editable=False)
    undone_at = models.DateTimeField(_("taken back"), null=True, blank=True)

    class Meta:
        ordering = ("-at",)
        verbose_name = _("action")
        verbose_name_plural = _("actions")
        indexes = (models.Index(fields=("actor", "-at"), name="action_actor"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.lead_id}"

    def can_be_undone(self, at: datetime) -> bool:
        """As far as time goes, and when nobody was written to because of it."""
        return self.undone_at is None and bool(self.after) and at <= self.at + UNDO_WITHIN
