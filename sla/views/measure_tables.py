"""The tables of the measured promises, each once: as HTML and as CSV they hold the same numbers."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from funnel.templatetags.funnel_format import query
from smarketing.accounts.dates import Shape, day_words

from ..enums import Outcome, Per, PromiseKind, SplitBy, Verdict
from ..rules.measure import Stretch, Term
from ..selectors.measure import Card, Group
from ..selectors.measure_words import amount, title_of
from .tables import Cell, Row, Table

ACCEPTANCE = {
    Outcome.KEPT: Verdict.ACCEPTED.label,
    Outcome.MISSED: Verdict.RETURNED.label,
    Outcome.OPEN: Verdict.UNDECIDED.label,
}
WORDS: Mapping[PromiseKind, Mapping[Outcome, Any]] = {PromiseKind.ACCEPTED_SHARE: ACCEPTANCE}
"""What results are called where nothing is in time or late."""


def series_table(shown: Card, *, agreement_id: int, per: Per) -> Table:
    """The stretches, the latest first; the bars are its chart."""
    top = _top(shown.series)
    rows = [
        Row(
            Cell(one.span.first.isoformat() if one.span.first else "", _named(one, per)),
            _cells(shown.term, one, top, behind_url(shown.term, one, agreement_id)),
        )
        for one in reversed(shown.series)
    ]
    return Table(f"series-{shown.term.id}", str(per.label), [str(per.label), *_head(shown.term)], rows)


def group_table(shown: Card, *, agreement_id: int, by: SplitBy) -> Table:
    top = _top([group.stretch for group in shown.groups])
    url = behind_url(shown.term, shown.now, agreement_id, by=by)
    rows = [
        Row(
            Cell(_label(group, by)),
            _cells(shown.term, group.stretch, top, f"{url}&{query({'key': group.key})}"),
        )
        for group in shown.groups
    ]
    head = [str(by.label), *_head(shown.term)]
    if shown.term.is_count:  # a group of a count has no plan of its own
        rows = [Row(row.head, row.cells[:1]) for row in rows]
        head = head[:2]
    return Table(
        f"groups-{shown.term.id}",
        str(by.label),
        head,
        rows,
        empty=_("Nothing was handed over in this time."),
    )


def everything(cards: list[Card]) -> Table:
    """All numbers of all promises in one table."""
    head = [
        _("Promise"), _("From"), _("Until"), _("Group"), _("Plan"), _("Done"),
        *(str(outcome.label) for outcome in Outcome), _("Standing"),
    ]  # fmt: skip
    rows = []
    for shown in cards:
        rows += [_line(shown.term, one, _("All")) for one in shown.series]
        rows += [_line(shown.term, group.stretch, group.label or _("none")) for group in shown.groups]
    return Table("measure", _("Promises"), head, rows)


def behind_url(term: Term, one: Stretch, agreement_id: int, **more: str) -> str:
    """The list of what a number counted."""
    assert one.span.first is not None and one.span.last is not None
    params = {"first": one.span.first.isoformat(), "last": one.span.last.isoformat(), **more}
    path = reverse("sla:measure-leads", kwargs={"agreement_id": agreement_id, "promise_id": term.id})
    return f"{path}?{query({name: value for name, value in params.items() if value})}"


def _head(term: Term) -> list[str]:
    if term.is_count:
        return [_("Delivered"), _("Plan"), _("Standing")]
    return [_("Kept, %"), *map(str, _outcomes(term).values()), _("Standing")]


def _outcomes(term: Term) -> Mapping[Outcome, Any]:
    """What can become of a lead by this promise, and what that is called."""
    return WORDS.get(term.kind) or {outcome: outcome.label for outcome in Outcome}


def _cells(term: Term, one: Stretch, top: float, url: str) -> list[Cell]:
    """``url`` lists all that the row counted."""
    stands, kept = Cell(str(one.standing.label)), one.fact.kept
    if term.is_count:
        mark = None if one.plan is None else 100 * one.plan / top
        share = 100 * (one.done or 0) / top
        done = Cell(_number(one.done), amount(term, one.done), url if kept.kept else "", share, mark)
        return [done, Cell(one.plan, amount(term, one.plan)), stands]
    became = dict(zip(Outcome, (kept.kept, kept.late, kept.missed, kept.open), strict=True))
    counts = [
        _count(became[outcome], f"{url}&outcome={outcome.value}" if became[outcome] else "")
        for outcome in _outcomes(term)
    ]
    part = Cell(_number(one.done), amount(term, one.done), share=one.done or 0, mark=term.target)
    return [part, *counts, stands]


def _count(n: int, url: str) -> Cell:
    return Cell(n, number_format(n, use_l10n=True, force_grouping=True), url)


def _number(value: float | None) -> float | int | None:
    """As a file has it: whole where it is whole."""
    if value is None:
        return None
    rounded = round(value, 2)
    return int(rounded) if rounded == int(rounded) else rounded


def _top(series: list[Stretch]) -> float:
    return max([one.done or 0 for one in series] + [float(one.plan or 0) for one in series] + [1.0])


def _named(one: Stretch, per: Per) -> str:
    assert one.span.first is not None
    shapes = {Per.DAY: Shape.WEEKDAY, Per.WEEK: Shape.DAY, Per.MONTH: Shape.MONTH}
    return day_words(one.span.first, shapes[per])


def _label(group: Group, by: SplitBy) -> str:
    if group.label:
        return group.label
    return {SplitBy.TEAM: _("No team"), SplitBy.REP: _("Nobody"), SplitBy.SOURCE: _("not given")}[by]


def _line(term: Term, one: Stretch, group: str) -> Row:
    kept = one.fact.kept
    days: tuple[dt.date | None, ...] = (one.span.first, one.span.last)
    values: list[Any] = [*(day.isoformat() if day else "" for day in days), group]
    values += [one.plan if term.is_count else _number(term.target), _number(one.done)]
    values += [kept.kept, kept.late, kept.missed, kept.open, str(one.standing.label)]
    return Row(Cell(title_of(term)), [Cell(value) for value in values])
