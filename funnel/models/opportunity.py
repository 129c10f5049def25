from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ..enums import OpportunityStatus, Reason
from .journey import Journey


class Opportunity(models.Model):
    """A deal accepted by sales: money, currency and expected close. ``version`` counts its changes.

    ``hoped_amount`` and ``hoped_currency``: what stood there until it was won, corrected by the win or
    not; empty where that is not known (loaded from an export, or won before it was kept).
    """

    journey = models.OneToOneField(Journey, models.CASCADE, related_name="opportunity")
    name = models.CharField(_("name of the deal"), max_length=200, blank=True)
    next_step = models.TextField(_("next step"), blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)
    currency = models.CharField(_("currency"), max_length=3, default="EUR")
    hoped_amount = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True, editable=False)
    hoped_currency = models.CharField(max_length=3, blank=True, editable=False)
    expected_close = models.DateField(_("expected close"), null=True, blank=True)
    status = models.CharField(
        _("status"), max_length=8, choices=OpportunityStatus.choices, default=OpportunityStatus.OPEN
    )
    opened_at = models.DateTimeField(_("opened"))
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=16, choices=Reason.choices, blank=True)
    data = models.JSONField(_("details"), default=dict, blank=True)

    class Meta:
        ordering = ("-opened_at", "-id")
        verbose_name = _("opportunity")
        verbose_name_plural = _("opportunities")
        constraints = (
            models.CheckConstraint(condition=Q(amount__gte=0), name="opportunity_amount_not_negative"),
        )

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"
