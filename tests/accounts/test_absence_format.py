"""The end of an absence, by the reader's clock."""

from datetime import UTC, datetime

import pytest
from django.template import Context, Template
from django.utils import timezone, translation

WORDS = Template("{% load absence_format tz %}{{ end|until }} / {{ end|timezone:'America/New_York'|until }}")


@pytest.mark.parametrize(
    ("end", "told"),
    [
        (datetime(2026, 12, 7, 23, tzinfo=UTC), "7 Dec 2026 / 7 Dec 2026, 18:00"),
        (datetime(2026, 12, 8, 5, tzinfo=UTC), "8 Dec 2026, 06:00 / 7 Dec 2026"),
    ],
)
def test_a_whole_day_shows_no_hour(end: datetime, told: str):
    with timezone.override("Europe/Madrid"), translation.override("en"):
        assert WORDS.render(Context({"end": end})) == told
