"""What was foreseen on a day, kept so that it can be held against what came true."""

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from ..enums import Horizon


class ForecastSnapshot(models.Model):
    """The state at the beginning of ``day``, from facts known then. ``made_at`` may be much later: a
    forecast made afterwards uses no later fact, and says that it was made afterwards.

    ``customers`` and ``days``: all history there was; ``window``: the days that the chances were taken
    from, with ``wins`` customers in them. ``cells``: list of ``[stage, score, band, leads, {horizon:
    chance}]``, the open leads by where they stood. Without enough history there are no figures.
    """

    day = models.DateField(_("day"), unique=True)
    made_at = models.DateTimeField(_("made"))
    customers = models.PositiveIntegerField(_("customers until then"))
    days = models.PositiveIntegerField(_("days of history"))
    window = models.PositiveSmallIntegerField(_("days looked at"), default=0)
    wins = models.PositiveIntegerField(_("customers in them"), default=0)
    cells: "models.JSONField[Any, Any]" = models.JSONField(default=list)

    class Meta:
        ordering = ("-day",)
        verbose_name = _("forecast")
        verbose_name_plural = _("forecasts")

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d}"


class ForecastFigure(models.Model):
    """One period of a forecast. Customers: ``won`` in it already, expected from ``open`` leads and from
    leads ``arriving`` later; eight of ten futures lie between ``low`` and ``high``. ``spread``: of the
    logarithm, how far off it may be beside luck.

    ``came`` and ``came_revenue`` are what came true, checked when the period was over; ``by_chance``:
    list of ``[chance from, to, leads, expected, won]``, the open leads by the chance they were given.
    """

    snapshot = models.ForeignKey(ForecastSnapshot, models.CASCADE, related_name="figures")
    horizon = models.CharField(_("period"), max_length=8, choices=Horizon.choices)
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"))
    won = models.PositiveIntegerField(_("won already"))
    open = models.FloatField(_("expected from open leads"))
    arriving = models.FloatField(_("expected from new leads"))
    low = models.FloatField(_("at least"))
    high = models.FloatField(_("at most"))
    spread = models.FloatField(_("spread"))
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    sale = models.FloatField(_("revenue of a customer"), default=0)
    sale_spread = models.FloatField(_("spread of it"), default=0)
    won_revenue = models.FloatField(_("revenue won already"), default=0)
    revenue_low = models.FloatField(_("revenue at least"), default=0)
    revenue_high = models.FloatField(_("revenue at most"), default=0)
    came = models.PositiveIntegerField(_("customers that came"), null=True)
    came_revenue = models.DecimalField(_("revenue that came"), max_digits=16, decimal_places=2, null=True)
    by_chance: "models.JSONField[Any, Any]" = models.JSONField(default=list)
    checked_at = models.DateTimeField(_("checked"), null=True)

    class Meta:
        ordering = ("snapshot", "horizon")
        verbose_name = _("period of a forecast")
        verbose_name_plural = _("periods of a forecast")
        constraints = (
            models.UniqueConstraint(fields=("snapshot", "horizon"), name="forecast_figure_once"),
            models.CheckConstraint(condition=Q(high__gte=F("low")), name="forecast_figure_range"),
        )
        indexes = (
            models.Index(fields=("last_day",), condition=Q(checked_at=None), name="forecast_unchecked"),
        )

    def __str__(self) -> str:
        return f"{self.first_day:%Y-%m-%d} – {self.last_day:%Y-%m-%d}"

    @property
    def mean(self) -> float:
        return self.won + self.open + self.arriving

    @property
    def revenue(self) -> float:
        return self.won_revenue + (self.open + self.arriving) * self.sale

    @property
    def held(self) -> bool | None:
        """Whether what came true lay in the range; None before the period was over."""
        return None if self.came is None else self.low <= self.came <= self.high
