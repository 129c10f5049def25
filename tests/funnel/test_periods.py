"""A span is cut into whole periods that touch, overlap nowhere and leave nothing out."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from funnel.enums import Grain
from funnel.rules.periods import EVER, PERIODS, Part, Span, cost, in_cells, parts_of

ALL = frozenset(Grain)
DAYS = st.dates(dt.date(2023, 12, 1), dt.date(2025, 3, 31))
DAY = dt.timedelta(days=1)


def days(span: Span) -> list[dt.date]:
    assert span.first is not None and span.last is not None
    return [span.first + n * DAY for n in range((span.last - span.first).days + 1)]


def added_up(parts: Iterable[Part]) -> Counter[dt.date]:
    """How often each day is counted; a day counted never is left out."""
    found: Counter[dt.date] = Counter()
    for part in parts:
        for day in days(part.span):
            found[day] += part.sign
    return Counter({day: times for day, times in found.items() if times})


KEPT = st.sampled_from(
    [
        ALL,
        ALL - {Grain.DAY},
        ALL - {Grain.TEN},
        ALL - {Grain.QUARTER},
        ALL - {Grain.TEN, Grain.DAY},
        frozenset({Grain.ALL}),
        frozenset(),
    ]
)


@settings(deadline=None)
@given(DAYS, DAYS, KEPT)
def test_the_parts_hold_each_day_once(first: dt.date, last: dt.date, grains: frozenset[Grain]) -> None:
    span = Span(first, last)
    assert added_up(parts_of(span, grains)) == Counter(days(span))


@settings(deadline=None)
@given(DAYS, DAYS, KEPT)
def test_what_lies_in_cells_is_one_stretch(first: dt.date, last: dt.date, grains: frozenset[Grain]) -> None:
    span = Span(first, last)
    parts = parts_of(span, grains)
    stretch = in_cells(span, parts)
    folded = added_up(part for part in parts if part.grain is not None)
    assert folded == (Counter(days(stretch)) if stretch else Counter())


@settings(deadline=None)
@given(DAYS)
def test_a_period_begins_where_the_one_before_ends(day: dt.date) -> None:
    for _, start, following in PERIODS:
        assert start(following(day)) == following(day)
        assert start(following(day) - DAY) == start(day) <= day


def test_odd_days_take_the_fewest_cells_that_add_up_to_them() -> None:
    parts = parts_of(Span(dt.date(2025, 9, 14), dt.date(2026, 2, 5)), ALL)
    assert parts == [
        Part(Grain.QUARTER, Span(dt.date(2025, 10, 1), dt.date(2025, 12, 31))),
        Part(Grain.TEN, Span(dt.date(2025, 9, 21), dt.date(2025, 9, 30))),
        Part(Grain.TEN, Span(dt.date(2025, 9, 11), dt.date(2025, 9, 20))),
        Part(Grain.DAY, Span(dt.date(2025, 9, 11), dt.date(2025, 9, 13)), sign=-1),
        Part(Grain.MONTH, Span(dt.date(2026, 1, 1), dt.date(2026, 1, 31))),
        Part(Grain.DAY, Span(dt.date(2026, 2, 1), dt.date(2026, 2, 5))),
    ]


def test_the_shorter_side_of_a_month_is_read_from_live_rows() -> None:
    parts = parts_of(Span(dt.date(2025, 9, 4), dt.date(2025, 10, 31)), {Grain.MONTH})
    assert parts == [
        Part(Grain.MONTH, Span(dt.date(2025, 10, 1), dt.date(2025, 10, 31))),
        Part(Grain.MONTH, Span(dt.date(2025, 9, 1), dt.date(2025, 9, 30))),
        Part(None, Span(dt.date(2025, 9, 1), dt.date(2025, 9, 3)), sign=-1),
    ]


def test_nearly_two_years_by_days_take_few_cells() -> None:
    span = Span(dt.date(2023, 12, 15), dt.date(2025, 11, 16))
    assert sum(map(cost, parts_of(span, ALL))) == 20


@pytest.mark.parametrize("span", [Span(dt.date(2025, 9, 14), None), Span(None, dt.date(2025, 9, 14))])
def test_an_open_end_lies_in_whole_quarters(span: Span) -> None:
    assert sum(not part.span.first or not part.span.last for part in parts_of(span, ALL)) == 1
    assert parts_of(span, ALL)[0].grain == Grain.QUARTER


def test_everything_is_one_cell() -> None:
    assert parts_of(EVER, ALL) == [Part(Grain.ALL, EVER)]


def test_an_empty_span_has_no_parts() -> None:
    assert parts_of(Span(dt.date(2025, 9, 2), dt.date(2025, 9, 1)), ALL) == []
