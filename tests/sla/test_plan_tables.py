"""The tables of a plan, put together without a template for each cell."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils import translation

from funnel.enums import Stage
from funnel.rules.periods import Span
from sla.rules.calendar import compile_calendar
from sla.rules.capacity import full_time, working_seconds
from sla.templatetags.plan_tables import grouped, month_cells, month_heads, month_rows, people_rows, week_rows

MAY, JUNE = (Span(dt.date(2026, month, 1), dt.date(2026, month, 28)) for month in (5, 6))


@pytest.mark.parametrize("language", ["en", "es", "de", "hi"])
def test_numbers_are_grouped_as_everywhere(language: str) -> None:
    numbers = [0, 7, 999, 1000, 12_345, 999_999, 1_234_567, -4321]
    with translation.override(language):
        assert [grouped()(number) for number in numbers] == [intcomma(number) for number in numbers]


def test_months_and_numbers_stand_in_cells() -> None:
    assert month_heads([MAY, JUNE]) == (
        '<th scope="col" class="num">May 2026</th><th scope="col" class="num">Jun 2026</th>'
    )
    assert month_cells([(MAY, 1200), (JUNE, 3)]) == (
        '<td class="num" data-label="May 2026">1,200</td><td class="num" data-label="Jun 2026">3</td>'
    )
    with translation.override("es"):
        august = Span(dt.date(2026, 8, 1), dt.date(2026, 8, 31))
        assert month_cells([(august, 3)]) == '<td class="num" data-label="ago 2026">3</td>'


def test_a_week_is_a_row_that_begins_with_its_day() -> None:
    with translation.override("es"):
        assert week_rows([(MAY, [(Stage.NEW_NAME, 1200), (Stage.MQL, 3)])]) == (
            '<tr><th scope="row">01/05/2026</th><td class="num" data-label="Nuevo nombre">1\u00a0200</td>'
            '<td class="num" data-label="MQL">3</td></tr>'
        )


def test_more_than_can_be_worked_is_marked() -> None:
    rows = month_rows([(MAY, 1201, 1200), (JUNE, 1200, 1200)])
    assert rows == (
        '<tr><th scope="row">May 2026</th><td class="num"><strong>1,201</strong></td>'
        '<td class="num">1,200</td></tr>'
        '<tr><th scope="row">Jun 2026</th><td class="num">1,200</td><td class="num">1,200</td></tr>'
    )


def test_what_each_person_can_work() -> None:
    mia = {"name": "<Mía>", "stage": Stage.MQL, "hours": 1200, "most": None, "can": 30}
    with translation.override("es"):
        rows = people_rows([mia, {**mia, "most": 5}])
    first, second = rows.split("</tr>")[:2]
    assert first == (
        '<tr><th scope="row">&lt;Mía&gt;</th><td data-label="Etapa">MQL</td>'
        '<td class="num" data-label="Horas de trabajo al mes">1\u00a0200</td>'
        '<td class="num" data-label="Como máximo en 30 días"><span class="muted">–</span></td>'
        '<td class="num" data-label="Prospectos al mes">30</td>'
    )
    assert '<td class="num" data-label="Como máximo en 30 días">5</td>' in second


def test_the_time_of_somebody_never_away_is_kept_by_what_the_calendar_says() -> None:
    zone, months = ZoneInfo("UTC"), (MAY, JUNE)
    week = [(day, 540, 1020) for day in range(5)]
    usual = compile_calendar(time_zone="UTC", hours=week)
    holiday = compile_calendar(time_zone="UTC", hours=week, holidays=[dt.date(2026, 5, 4)])
    for calendar in (usual, holiday, usual):
        assert full_time(calendar, months, zone) == working_seconds(calendar, months, (), zone=zone)
    assert full_time(usual, months, zone)[0] - full_time(holiday, months, zone)[0] == 8 * 3600
