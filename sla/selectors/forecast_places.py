"""The open leads of the latest forecast, each where it stood: as they are kept, and a part of them again."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import numpy as np
from django.contrib.postgres.expressions import ArraySubquery

from funnel.rules.report import Filters
from funnel.selectors.stood import Worthy, midnight, open_journeys, stood_journeys, stood_worth

from ..models import ForecastPlaces, ForecastSnapshot
from ..rules.hazards import BAND_STARTS
from .foresight import placed

EIGHT_BYTES = "<i8"


def places_at(day: dt.date) -> tuple[list[list[Any]], bytes]:
    """``groups`` and ``journeys`` as they are kept; one statement that reads every open lead."""
    found: dict[tuple[Any, ...], list[int]] = {}
    for row, journeys in stood_journeys(at=midnight(day)):
        amount = None if row.amount is None else str(row.amount)
        found.setdefault((*placed(row), row.level, amount, row.currency), []).extend(journeys)
    groups = [[*group, len(journeys)] for group, journeys in found.items()]
    return groups, np.array([pk for some in found.values() for pk in some], EIGHT_BYTES).tobytes()


def rows_of(snapshot: ForecastSnapshot, filters: Filters) -> list[Worthy]:
    """Of the leads that stood there those that the filters ask for. ``days`` is the first one of the band:
    a forecast knows chances by band. One statement, which places them anew where nothing was kept."""
    at = midnight(snapshot.day)
    if not hasattr(snapshot, "places"):
        return stood_worth(at=at, filters=filters)
    wanted = ArraySubquery(open_journeys(at=at, filters=filters).values("pk"))
    kept = ForecastPlaces.objects.annotate(wanted=wanted).get(pk=snapshot.places.pk)
    counts = _counts(kept, kept.wanted or [])
    return [
        Worthy(stage, grade, BAND_STARTS[band] - 1, level, amount and Decimal(amount), currency, int(n))
        for (stage, grade, band, level, amount, currency, _all), n in zip(kept.groups, counts, strict=True)
        if n
    ]


def _counts(kept: ForecastPlaces, wanted: Sequence[int]) -> Sequence[int]:
    """How many of ``wanted`` are in each group."""
    journeys = np.frombuffer(kept.journeys, EIGHT_BYTES)
    group = np.repeat(np.arange(len(kept.groups)), [row[-1] for row in kept.groups])
    is_asked = np.isin(journeys, np.array(wanted, EIGHT_BYTES))
    return list(np.bincount(group[is_asked], minlength=len(kept.groups)))
