"""What the recounts of this folder share: rows read by plain SQL, days and rounding by plain Python."""

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils import timezone

from smarketing.accounts.models import User

HERE = ZoneInfo(settings.TIME_ZONE)
DAY = dt.timedelta(days=1)
ORDER = ("new_name", "engaged", "target", "mql", "sql", "opportunity", "customer")
STEPS = ORDER[1:]


def rows(sql: str, **params: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, {"here": settings.TIME_ZONE, **params})
        return cursor.fetchall()


def today() -> dt.date:
    return timezone.now().astimezone(HERE).date()


def ripe_year() -> dict[str, dt.date]:
    """The twelve months before the one in which a lead is ninety days old."""
    old = today() - 90 * DAY
    return {"first": dt.date(old.year - 1, old.month, 1), "last": dt.date(old.year, old.month, 1) - DAY}


def rounded(value: Fraction, places: str = "0.01") -> Decimal:
    return (Decimal(value.numerator) / Decimal(value.denominator)).quantize(Decimal(places), ROUND_HALF_UP)


def reader(client: Client, name: str) -> Client:
    client.force_login(User.objects.get(first_name=name))
    return client


def number(text: str) -> Decimal:
    """Of a page in English, which is what Marcus reads."""
    return Decimal(text.replace(",", ""))
