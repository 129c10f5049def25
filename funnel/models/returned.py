from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from leads.models import Campaign

from ..enums import ReturnAction
from .journey import StageChange


class ReturnDecision(models.Model):
    """What marketing decided about a lead that came back. A later decision replaces an earlier one,
    which is kept; ``due_on`` is the day to look at the lead again."""

    change = models.ForeignKey(StageChange, models.CASCADE, related_name="decisions")
    action = models.CharField(_("next action"), max_length=12, choices=ReturnAction.choices)
    campaign = models.ForeignKey(
        Campaign, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("campaign")
    )
    note = models.TextField(_("note"), blank=True)
    due_on = models.DateField(_("look at it again"), null=True, blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("by")
    )
    at = models.DateTimeField(_("when"))
    is_current = models.BooleanField(default=True)

    class Meta:
        ordering = ("-at", "-id")
        verbose_name = _("decision about a returned lead")
        verbose_name_plural = _("decisions about returned leads")
        constraints = (
            models.UniqueConstraint(
                fields=("change",), condition=Q(is_current=True), name="return_one_current_decision"
            ),
        )

    def __str__(self) -> str:
        return f"{self.action} {self.at:%Y-%m-%d}"
