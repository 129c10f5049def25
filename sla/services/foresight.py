"""Forecasts are stored as they were made, and checked when their period is over."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict
from decimal import Decimal

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from funnel.rules.periods import month_start
from funnel.selectors.stood import first_entry, midnight

from ..enums import Horizon
from ..models import ForecastFigure, ForecastPlaces, ForecastRevenue, ForecastSnapshot
from ..selectors.forecast_places import places_at
from ..selectors.foresight import Cell, Foreseen, foresee, outcome

MONTHS_BACK = 24
"""Month starts of the past for which a forecast is made afterwards, to see how well it would have held."""

KEPT = ("currency", "won", "deals", "open", "arriving", "low", "high")
"""Of what is foreseen of a currency."""


def project_day(at: dt.datetime) -> dt.date:
    """By which the months of a forecast are counted."""
    return timezone.localdate(at, timezone.get_default_timezone())


def keep_forecasts(*, today: dt.date, at: dt.datetime) -> int:
    """Make what is missing: today's forecast, and those of the starts of past months, the oldest first,
    because each learns from how far the earlier ones were off. How many are new."""
    known = set(ForecastSnapshot.objects.values_list("day", flat=True))
    made = 0
    for day in [*_origins(today), today]:
        if day not in known:
            check_forecasts(until=day, at=at)
            make_forecast(day=day, at=at)
            made += 1
    check_forecasts(until=today, at=at)
    keep_places()
    return made


@transaction.atomic
def keep_places() -> None:
    """Note where the leads of the latest forecast stand, once, and forget those of the one before."""
    latest = ForecastSnapshot.objects.filter(figures__isnull=False).first()
    if latest is None or ForecastPlaces.objects.filter(snapshot=latest).exists():
        return
    ForecastPlaces.objects.all().delete()
    groups, journeys = places_at(latest.day)
    ForecastPlaces.objects.create(snapshot=latest, groups=groups, journeys=journeys)


@transaction.atomic
def make_forecast(*, day: dt.date, at: dt.datetime) -> ForecastSnapshot:
    """As of the beginning of ``day``; ``at``: now. A day that is there already stays as it was."""
    seen = foresee(day=day, misses=_misses(day))
    snapshot, is_new = ForecastSnapshot.objects.get_or_create(
        day=day,
        defaults={
            "made_at": at,
            "customers": seen.history.customers,
            "days": seen.history.days,
            "window": seen.window,
            "wins": seen.wins,
            "cells": [[c.stage, c.grade, c.band, c.n, c.chance] for c in seen.cells],
            "past": asdict(seen.past),
        },
    )
    if is_new:
        figures = ForecastFigure.objects.bulk_create(_figure(snapshot, period) for period in seen.periods)
        ForecastRevenue.objects.bulk_create(
            ForecastRevenue(figure=figure, **{name: getattr(revenue, name) for name in KEPT})
            for figure, period in zip(figures, seen.periods, strict=True)
            for revenue in period.revenues
        )
    return snapshot


@transaction.atomic
def check_forecasts(*, until: dt.date, at: dt.datetime) -> int:
    """Note what came true of every period that was over by the beginning of ``until``; how many."""
    over = (
        ForecastFigure.objects.filter(checked_at=None, last_day__lt=until)
        .select_related("snapshot")
        .prefetch_related("revenues")
    )
    figures = list(over.select_for_update(of=("self",), skip_locked=True).order_by("pk"))
    for figure in figures:
        cells = [Cell(*row) for row in figure.snapshot.cells]
        came, figure.by_chance = outcome(figure, cells=cells)
        figure.came = came.customers
        figure.checked_at = at
        figure.save(update_fields=["came", "by_chance", "checked_at"])
        for revenue in figure.revenues.all():
            revenue.came = came.amounts.get(revenue.currency, (Decimal(), 0, 0))[0]
            revenue.save(update_fields=["came"])
    return len(figures)


@transaction.atomic
def forget_backtests() -> int:
    """Forecasts made afterwards are worth making anew when history was loaded since; those that were
    made on their day stay. How many went."""
    afterwards = ForecastSnapshot.objects.filter(made_at__date__gt=F("day"))
    return afterwards.delete()[1].get("sla.ForecastSnapshot", 0)


def _origins(today: dt.date) -> Sequence[dt.date]:
    """Starts of past months since the first lead entered, the oldest first."""
    first = first_entry(at=midnight(today))
    day = month_start(today)
    found: list[dt.date] = []
    while first is not None and len(found) < MONTHS_BACK and midnight(day) > first:
        if day < today:
            found.append(day)
        day = month_start(day - dt.timedelta(days=1))
    return found[::-1]


def _misses(day: dt.date) -> dict[str, list[tuple[float, int]]]:
    """Of forecasts made for the start of a month: what had been expected, and what came. A pace that
    was wrong in a month is wrong in three, so three months learn from both."""
    over = ForecastFigure.objects.filter(last_day__lt=day, came__isnull=False, snapshot__day__day=1)
    found: dict[str, list[tuple[float, int]]] = {horizon: [] for horizon in Horizon.values}
    for figure in over.order_by("pk"):
        for horizon in {figure.horizon, Horizon.THREE.value}:
            found[horizon].append((figure.mean, figure.came or 0))
    return found


def _figure(snapshot: ForecastSnapshot, period: Foreseen) -> ForecastFigure:
    assert period.span.first is not None and period.span.last is not None
    return ForecastFigure(
        snapshot=snapshot,
        horizon=period.horizon,
        first_day=period.span.first,
        last_day=period.span.last,
        won=period.won,
        open=period.open,
        arriving=period.arriving,
        low=period.customers.low,
        high=period.customers.high,
        spread=period.spread,
    )
