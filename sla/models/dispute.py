from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from funnel.models import Journey, StageChange
from leads.models import RuleSet

from ..enums import DisputeKind, DisputeState

_STATE_FITS = Q(state=DisputeState.OPEN, decided_at=None) | (
    ~Q(state=DisputeState.OPEN) & Q(decided_at__isnull=False) & ~Q(decision="")
)


class Dispute(models.Model):
    """One side objects to what the other did with a lead; the mediator decides, once.

    It is about a journey, so a recycled lead can be disputed anew and history stays as it was: an
    upheld one changes how the journey counts (``selectors.quality``), never the journey.
    ``rule_set``: the scoring rules by which it became an MQL, None if it was handed over without any.
    ``change``: the return that was not fair.
    """

    journey = models.ForeignKey(Journey, models.CASCADE, related_name="disputes", verbose_name=_("journey"))
    kind = models.CharField(_("what is disputed"), max_length=16, choices=DisputeKind.choices)
    change = models.ForeignKey(
        StageChange, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("return")
    )
    rule_set = models.ForeignKey(
        RuleSet, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("scoring rules")
    )
    reason = models.TextField(_("why"))
    raised_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("raised by")
    )
    raised_at = models.DateTimeField(_("raised"))
    state = models.CharField(
        _("state"), max_length=8, choices=DisputeState.choices, default=DisputeState.OPEN
    )
    decision = models.TextField(_("reason of the decision"), blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("decided by"),
    )
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)

    class Meta:
        ordering = ("-raised_at", "-id")
        verbose_name = _("dispute")
        verbose_name_plural = _("disputes")
        indexes = (models.Index(fields=("-raised_at", "-id"), name="dispute_newest"),)
        constraints = (
            models.UniqueConstraint(fields=("journey", "kind"), name="dispute_once"),
            models.CheckConstraint(condition=_STATE_FITS, name="dispute_state_fits"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.journey_id} {self.state}"

    @property
    def is_open(self) -> bool:
        return self.state == DisputeState.OPEN
