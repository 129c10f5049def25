"""Days and months in the reader's language: Spanish writes them small, English does not."""

import re
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.template import engines
from django.utils import translation

from sla.models import Holiday
from sla.selectors.forecasts import moment
from smarketing.accounts.dates import Shape, day_words

MONDAY, ZONE = date(2026, 9, 7), ZoneInfo("UTC")
ROOT = Path(__file__).resolve().parents[2]
BY_HAND = re.compile(r"""(?:\|date:|date_format\([^)]*, ?)["'][^"'_]*\b[DFMNl]\b[^"']*["']""")


@pytest.mark.parametrize(
    ("shape", "english", "spanish"),
    [
        (Shape.DATE, "7 Sep 2026", "07/09/2026"),
        (Shape.DAY, "7 Sep", "7 sep"),
        (Shape.WEEKDAY, "Mon 7 Sep", "lun 7 sep"),
        (Shape.LONG_DAY, "Monday, 7 September 2026", "lunes, 7 de septiembre de 2026"),
        (Shape.MONTH, "Sep 2026", "sep 2026"),
    ],
)
def test_each_language_has_its_own_words(shape: Shape, english: str, spanish: str) -> None:
    for language, words in (("en", english), ("es", spanish), ("en", english)):
        with translation.override(language):
            assert day_words(MONDAY, shape) == words


@pytest.mark.parametrize("month", range(1, 13))
def test_no_spanish_day_has_a_capital(month: int) -> None:
    with translation.override("es"):
        for shape in Shape:
            assert (words := day_words(date(2026, month, month), shape)) == words.lower()


def test_templates_say_them_alike() -> None:
    page = engines["django"].from_string("{% load design %}{{ day|day }} · {{ day|long_day }}")
    with translation.override("es"):
        assert page.render({"day": MONDAY}) == "7 sep · lunes, 7 de septiembre de 2026"


def test_a_moment_of_the_simulator() -> None:
    at = datetime(2026, 9, 7, 15, 58, tzinfo=ZONE)
    with translation.override("es"):
        assert moment(at, ZONE) == "lunes, 7 de septiembre de 2026, 15:58"


def test_no_page_spells_a_day_by_hand() -> None:
    """``smarketing/formats`` has them all. Alone at the head of a column a weekday may stand as it is."""
    places = [*(ROOT / "templates").rglob("*.html"), *(ROOT / "templates").rglob("*.txt")]
    places += [
        path for room in ("smarketing", "leads", "funnel", "sla") for path in (ROOT / room).rglob("*.py")
    ]
    found = [
        (path.name, hit) for path in places for hit in BY_HAND.findall(path.read_text()) if hit != '|date:"D"'
    ]
    assert found == []


@pytest.mark.parametrize(("language", "day"), [("en", "7 Sep 2026"), ("es", "07/09/2026")])
@pytest.mark.parametrize("name", ["Fest", ""])
def test_a_changed_holiday_is_told_in_the_readers_way(language: str, day: str, name: str) -> None:
    with translation.override(language):
        assert Holiday.in_words({"day": "2026-09-07", "name": name}) == f"{day} {name}".strip()
