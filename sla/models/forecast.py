"""What was foreseen on a day, kept so that it can be held against what came true."""

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from ..enums import Horizon
from ..rules.foresight import tells


class ForecastSnapshot(models.Model):
    """The state at the beginning of ``day``, from facts known then. ``made_at`` may be much later: a
    forecast made afterwards uses no later fact, and says that it was made afterwards.

    ``customers`` and ``days``: all history there was; ``window``: the days that the chances were taken
    from, with ``wins`` customers in them. ``cells``: list of ``[stage, score, band, leads, {horizon:
    chance}]``, the open leads by where they stood. ``past``: what customers brought, as
    ``rules.revenue.Past`` has it; empty in forecasts from before it was kept. Without enough history
    there are no figures.
    """

    day = models.DateField(_("day"), unique=True)
    made_at = models.DateTimeField(_("made"))
    customers = models.PositiveIntegerField(_("customers until then"))
    days = models.PositiveIntegerField(_("days of history"))
    window = models.PositiveSmallIntegerField(_("days looked at"), default=0)
    wins = models.PositiveIntegerField(_("customers in them"), default=0)
    cells: "models.JSONField[Any, Any]" = models.JSONField(default=list)
    past: "models.JSONField[Any, Any]" = models.JSONField(default=dict)

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

    ``came`` is what came true, checked when the period was over; ``by_chance``: list of ``[chance from,
    to, leads, expected, won]``, the open leads by the chance they were given.
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
    came = models.PositiveIntegerField(_("customers that came"), null=True)
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
    def held(self) -> bool | None:
        """Whether what came true lay in the range; None before the period was over."""
        return None if self.came is None else self.low <= self.came <= self.high


class ForecastPlaces(models.Model):
    """Where each open lead stood in the latest forecast, so that a part of it is put together from what is
    known and not placed anew. ``groups``: list of ``[stage, score, band, level, amount or null, currency,
    leads]``; ``journeys``: their ids, group after group, eight bytes each, the least first. The database
    keeps no reference to them: what was erased since is only not found any more."""

    snapshot = models.OneToOneField(ForecastSnapshot, models.CASCADE, related_name="places")
    groups: "models.JSONField[Any, Any]" = models.JSONField(default=list)
    journeys = models.BinaryField(default=bytes)

    class Meta:
        verbose_name = _("places of a forecast")
        verbose_name_plural = _("places of forecasts")

    def __str__(self) -> str:
        return str(self.snapshot)


class ForecastRevenue(models.Model):
    """What a period was to bring in one currency: ``won`` in it already, expected from ``deals``, from
    leads that are ``open`` without one and from those ``arriving`` later; eight of ten futures lie between
    ``low`` and ``high``. ``came``: what came true. Where only ``won`` is known, that is all of it."""

    figure = models.ForeignKey(ForecastFigure, models.CASCADE, related_name="revenues")
    currency = models.CharField(_("currency"), max_length=3)
    won = models.FloatField(_("won already"))
    deals = models.FloatField(_("expected from deals"))
    open = models.FloatField(_("expected from open leads"))
    arriving = models.FloatField(_("expected from new leads"))
    low = models.FloatField(_("at least"))
    high = models.FloatField(_("at most"))
    came = models.DecimalField(_("revenue that came"), max_digits=16, decimal_places=2, null=True)

    class Meta:
        ordering = ("figure", "pk")
        verbose_name = _("revenue of a forecast")
        verbose_name_plural = _("revenues of a forecast")
        constraints = (
            models.UniqueConstraint(fields=("figure", "currency"), name="forecast_revenue_once"),
            models.CheckConstraint(condition=Q(high__gte=F("low")), name="forecast_revenue_range"),
        )

    def __str__(self) -> str:
        return f"{self.mean:.0f} {self.currency}"

    @property
    def mean(self) -> float:
        return self.won + self.deals + self.open + self.arriving

    @property
    def is_won_only(self) -> bool:
        """Neither enough past nor an open deal in the currency: nobody knows what more will come."""
        return bool(self.won) and self.mean == self.low == self.high == self.won

    @property
    def tells(self) -> bool:
        return tells(self.low, self.mean, self.high)

    @property
    def held(self) -> bool | None:
        """Whether what came true lay in the range; None before the period was over."""
        return None if self.came is None else self.low <= self.came <= self.high
