"""A span is cut into whole periods that touch, overlap nowhere and leave nothing out."""

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from funnel.enums import Grain
from funnel.rules.periods import EVER, PERIODS, Part, Span, hull, parts_of

ALL = frozenset(Grain)
DAYS = st.dates(dt.date(2023, 12, 1), dt.date(2025, 3, 31))
DAY = dt.timedelta(days=1)


def days(span: Span) -> list[dt.date]:
    assert span.first is not None and span.last is not None
    return [span.first + n * DAY for n in range((span.last - span.first).days + 1)]


@settings(deadline=None)
@given(
    DAYS,
    DAYS,
    st.sampled_from([ALL, ALL - {Grain.DAY}, ALL - {Grain.TEN}, ALL - {Grain.QUARTER}, frozenset()]),
)
def test_the_parts_hold_each_day_once(first: dt.date, last: dt.date, grains: frozenset[Grain]) -> None:
    parts = parts_of(Span(first, last), grains)
    assert sorted(day for part in parts for day in days(part.span)) == days(Span(first, last))


@settings(deadline=None)
@given(DAYS)
def test_a_period_begins_where_the_one_before_ends(day: dt.date) -> None:
    for _, start, following in PERIODS:
        assert start(following(day)) == following(day)
        assert start(following(day) - DAY) == start(day) <= day


def test_odd_days_take_the_coarsest_periods_that_fit() -> None:
    parts = parts_of(Span(dt.date(2025, 9, 14), dt.date(2026, 2, 5)), ALL)
    assert parts == [
        Part(Grain.QUARTER, Span(dt.date(2025, 10, 1), dt.date(2025, 12, 31))),
        Part(Grain.MONTH, Span(dt.date(2026, 1, 1), dt.date(2026, 1, 31))),
        Part(Grain.TEN, Span(dt.date(2025, 9, 21), dt.date(2025, 9, 30))),
        Part(Grain.DAY, Span(dt.date(2025, 9, 14), dt.date(2025, 9, 20))),
        Part(Grain.DAY, Span(dt.date(2026, 2, 1), dt.date(2026, 2, 5))),
    ]


@pytest.mark.parametrize("span", [Span(dt.date(2025, 9, 14), None), Span(None, dt.date(2025, 9, 14))])
def test_an_open_end_lies_in_whole_quarters(span: Span) -> None:
    assert sum(not part.span.first or not part.span.last for part in parts_of(span, ALL)) == 1
    assert parts_of(span, ALL)[0].grain == Grain.QUARTER


def test_everything_is_one_cell() -> None:
    assert parts_of(EVER, ALL) == [Part(Grain.ALL, EVER)]


def test_an_empty_span_has_no_parts() -> None:
    assert parts_of(Span(dt.date(2025, 9, 2), dt.date(2025, 9, 1)), ALL) == []


@settings(deadline=None)
@given(DAYS, DAYS)
def test_what_lies_in_cells_is_one_stretch(first: dt.date, last: dt.date) -> None:
    parts = [part.span for part in parts_of(Span(first, last), ALL - {Grain.TEN, Grain.DAY}) if part.grain]
    if parts:
        assert days(hull(parts)) == sorted(day for span in parts for day in days(span))


def test_the_hull_of_open_spans_is_open() -> None:
    spans = [Span(None, dt.date(2025, 9, 1)), Span(dt.date(2025, 9, 2), None)]
    assert hull(spans) == EVER
