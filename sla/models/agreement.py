from decimal import Decimal
from fractions import Fraction

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from funnel.enums import Stage

SMALLEST = Decimal("0.01")


class Agreement(models.Model):
    """What marketing and sales plan together for a period: the goal, and the rates that lead there.

    ``first_day`` and ``last_day`` are both part of the period. Money is in ``currency``.
    """

    is_configuration = True
    audited_parts = ("rates",)

    name = models.CharField(_("name"), max_length=120)
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"))
    currency = models.CharField(_("currency"), max_length=3)
    revenue = models.DecimalField(
        _("revenue goal"), max_digits=14, decimal_places=2, validators=[MinValueValidator(SMALLEST)]
    )
    sale = models.DecimalField(
        _("average sale"), max_digits=14, decimal_places=2, validators=[MinValueValidator(SMALLEST)]
    )
    sdrs = models.PositiveSmallIntegerField(_("SDRs"), default=0)
    aes = models.PositiveSmallIntegerField(_("account executives"), default=0)

    class Meta:
        ordering = ("-first_day", "-id")
        verbose_name = _("agreement")
        verbose_name_plural = _("agreements")
        constraints = (
            models.CheckConstraint(condition=Q(last_day__gte=F("first_day")), name="agreement_ends_after"),
            models.CheckConstraint(condition=Q(revenue__gt=0, sale__gt=0), name="agreement_money_positive"),
        )

    def __str__(self) -> str:
        return self.name


class AgreementRate(models.Model):
    """The share of a stage that is to reach ``stage``, and what it had been when that was agreed:
    ``reached`` of ``entered``. ``reason``: why the plan differs from what was measured."""

    agreement = models.ForeignKey(Agreement, models.CASCADE, related_name="rates")
    stage = models.CharField(_("stage reached"), max_length=12, choices=Stage.choices)
    percent = models.DecimalField(_("rate in percent"), max_digits=6, decimal_places=3)
    entered = models.PositiveIntegerField(_("measured on"), default=0)
    reached = models.PositiveIntegerField(_("of which reached it"), default=0)
    reason = models.CharField(_("reason"), max_length=300, blank=True)

    class Meta:
        ordering = ("agreement", "id")
        verbose_name = _("rate of an agreement")
        verbose_name_plural = _("rates of an agreement")
        constraints = (
            models.UniqueConstraint(fields=("agreement", "stage"), name="agreement_rate_once"),
            models.CheckConstraint(condition=Q(percent__gt=0, percent__lte=100), name="agreement_rate_share"),
        )

    def __str__(self) -> str:
        return f"{self.get_stage_display()}: {self.percent} %"

    @property
    def rate(self) -> Fraction:
        return Fraction(self.percent) / 100
