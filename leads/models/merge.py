from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from .lead import Lead


class Merge(models.Model):
    """Two leads found to be one person; ``snapshot`` holds what undo needs to take it back."""

    survivor = models.ForeignKey(Lead, models.CASCADE, related_name="merges", verbose_name=_("kept lead"))
    duplicate = models.ForeignKey(Lead, models.CASCADE, related_name="+", verbose_name=_("merged lead"))
    at = models.DateTimeField(_("when"))
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    snapshot = models.JSONField(default=dict)
    undone_at = models.DateTimeField(_("undone"), null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ("-at",)
        verbose_name = _("merge")
        verbose_name_plural = _("merges")

    def __str__(self) -> str:
        return f"{self.duplicate_id} → {self.survivor_id}"
