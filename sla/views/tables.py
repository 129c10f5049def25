"""The dashboard's tables, each once: as HTML and as CSV they hold the same numbers."""

import csv
import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.formats import date_format, number_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from funnel.enums import STAGES
from funnel.forms import page_params
from funnel.rules.report import Money, Number
from funnel.templatetags.funnel_format import duration, query, reason_label
from leads.rules.cells import inert
from smarketing.accounts.dates import Shape, day_words

from ..enums import ClockKind, DisputeKind, Outcome
from ..rules.promises import RESPONSE_LIMITS, Kept
from ..selectors.dashboard import Dashboard, PersonLine, TeamLines
from ..selectors.executive import TwoPromises
from ..selectors.promises import DECIDED
from ..selectors.quality import Quality

BOM = "\ufeff"
"""Spreadsheets read UTF-8 as such only with it."""


@dataclass(frozen=True, slots=True)
class Cell:
    """``value`` as CSV has it, ``shown`` as the page does; ``share`` (0 to 100) draws a bar and
    ``mark`` a line on it, such as the plan's."""

    value: Any
    shown: str = ""
    url: str = ""
    share: float | None = None
    mark: float | None = None

    def __str__(self) -> str:
        return self.shown or ("" if self.value is None else str(self.value))


@dataclass(frozen=True, slots=True)
class Row:
    head: Cell
    cells: list[Cell]
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """``empty``: what is said when it has no rows."""

    key: str
    title: str
    head: list[str]
    rows: list[Row] = field(default_factory=list)
    note: str = ""
    empty: str = ""


def table_of(key: str, shown: Dashboard, *, by_label: str) -> Table:
    """Raises KeyError when there is none of that name. Only what it shows is read."""
    if key == "sources":
        return _sources(shown, by_label)
    return TABLES[key](shown)


def as_csv(table: Table, *, filename: str) -> HttpResponse:
    answer = HttpResponse(
        BOM,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{filename}"'},
    )
    writer = csv.writer(answer)
    writer.writerow(table.head)
    for row in table.rows:
        writer.writerow([csv_value(cell.value) for cell in (row.head, *row.cells)])
    return answer


def csv_value(value: Any) -> Any:
    """Texts so that no spreadsheet runs them; numbers stay numbers, nothing is an empty cell."""
    if isinstance(value, str):
        return inert(value)
    return "" if value is None else value


def leads_url(params: Mapping[str, str]) -> str:
    return f"{address('funnel:leads')}?{query(params)}"


@cache
def address(name: str) -> str:
    """Of a page that every cell of a table opens; looked up once a process."""
    return reverse(name)


def promises_url(shown: Dashboard | TwoPromises, **more: Any) -> str:
    """The list of promises behind a number of this dashboard."""
    params = {**shown.filters.params, **{name: str(value) for name, value in more.items()}}
    return f"{address('sla:promises')}?{query(params)}"


def counted(number: Number, *, share: float | None = None, mark: float | None = None) -> Cell:
    url = leads_url(number.params) if number.count else ""
    return Cell(number.count, number_format(number.count, use_l10n=True), url, share, mark)


def disputed(quality: Quality, kind: DisputeKind, count: int) -> Cell:
    """How many disputes the mediator upheld, and the list of them."""
    url = f"{address('sla:disputes')}?{query(quality.behind(kind))}" if count else ""
    return Cell(count, number_format(count), url)


def percent(value: float | None) -> Cell:
    return Cell(
        None if value is None else round(value, 1),
        "–" if value is None else f"{number_format(round(value, 1))} %",
    )


def plain(value: int | None) -> Cell:
    return Cell(value, "–" if value is None else number_format(value))


def _stages(shown: Dashboard) -> Table:
    head = [
        _("Stage"),
        _("Leads that reached it"),
        _("Plan"),
        _("Here now"),
        _("Go on, %"),
        _("Median stay, days"),
    ]
    rows = [
        Row(
            Cell(str(line.stage.label)),
            [
                counted(line.reached),
                plain(line.plan),
                counted(line.here),
                percent(line.conversion),
                Cell(
                    None if line.median_seconds is None else round(line.median_seconds / 86_400, 2),
                    "–" if line.median_seconds is None else duration(line.median_seconds),
                ),
            ],
        )
        for line in shown.stages
    ]
    return Table("stages", _("The seven stages"), head, rows)


def _weeks(shown: Dashboard) -> Table:
    top = max([week.delivered.count for week in shown.weeks] + [week.plan or 0 for week in shown.weeks] + [1])
    rows = [
        Row(
            Cell(week.monday.isoformat(), day_words(week.monday, Shape.DAY)),
            [
                counted(
                    week.delivered,
                    share=100 * week.delivered.count / top,
                    mark=None if week.plan is None else 100 * week.plan / top,
                ),
                plain(week.plan),
            ],
        )
        for week in shown.weeks
    ]
    return Table(
        "weeks",
        _("MQLs per week"),
        [_("Week from"), _("MQLs delivered"), _("Plan")],
        rows,
        note=_("The last twelve weeks. The line on a bar is the plan."),
    )


def _people(shown: Dashboard) -> Table:
    head = [_("Person"), *(f"{kind.label}, %" for kind in ClockKind), _("Decided"), _("Not done")]
    rows: list[Row] = []
    for team in shown.teams:
        if len(shown.teams) > 1 or team.name:
            rows.append(_kept_row(shown, Cell(team.name or _("No team")), team, strong=True))
        rows += [_kept_row(shown, Cell(str(line.user or _("Nobody"))), line) for line in team.people]
    return Table(
        "people",
        _("Promises kept, by rep and team"),
        head,
        rows,
        note=_("Of the promises that are decided, those kept in time."),
        empty=_("Nobody was handed a lead in this period."),
    )


def _kept_row(shown: Dashboard, head: Cell, line: PersonLine | TeamLines, *, strong: bool = False) -> Row:
    people = line.people if isinstance(line, TeamLines) else [line]
    owners = ",".join(str(one.user.pk) if one.user else "none" for one in people)
    cells = []
    for kind in ClockKind:
        cell = percent(line.kept[kind].percent)
        behind = promises_url(shown, kind=kind.value, outcome=DECIDED, owners=owners)
        cells.append(Cell(cell.value, cell.shown, behind if line.kept[kind].decided else ""))
    total = sum((line.kept[kind] for kind in ClockKind), Kept())
    for count, outcome in ((total.decided, DECIDED), (total.missed, Outcome.MISSED.value)):
        url = promises_url(shown, outcome=outcome, owners=owners) if count else ""
        cells.append(Cell(count, number_format(count), url))
    return Row(head, cells, strong)


def _responses(shown: Dashboard) -> Table:
    most = max(*shown.responses, 1)
    rows = [
        Row(
            Cell(label),
            [
                Cell(
                    n,
                    number_format(n),
                    promises_url(shown, kind=ClockKind.FIRST_CONTACT.value, bar=place) if n else "",
                    100 * n / most,
                )
            ],
        )
        for place, (label, n) in enumerate(zip(bar_labels(), shown.responses, strict=True))
    ]
    return Table(
        "responses",
        _("Time to first contact"),
        [_("Working time"), _("Leads")],
        rows,
        note=_("From the hand-off to the rep until the first call, e-mail or meeting."),
    )


def bar_labels() -> list[str]:
    """Names of the bars of the response times, the last one open."""
    ends = [duration(limit) for limit in RESPONSE_LIMITS]
    return [
        *(_("up to %(time)s") % {"time": end} for end in ends),
        _("more than %(time)s") % {"time": ends[-1]},
    ]


def _sources(shown: Dashboard, by_label: str) -> Table:
    head = [by_label, *(str(stage.label) for stage in STAGES), _("Revenue"), _("Days to win, median")]
    rows = []
    for row in shown.sources:
        money = "; ".join(money_words(part) for part in row.revenue)
        days = row.days_to_win.median
        rows.append(
            Row(
                Cell(row.label or _("not given")),
                [
                    *(counted(row.reached[stage]) for stage in STAGES),
                    Cell(money),
                    Cell(days, "–" if days is None else number_format(round(days, 1), 1)),
                ],
            )
        )
    return Table("sources", _("Where they come from"), head, rows, empty=_("No lead entered in this period."))


def money_words(part: Money) -> str:
    return f"{number_format(round(part.amount), 0, use_l10n=True, force_grouping=True)} {part.currency}"


def _cohorts(shown: Dashboard) -> Table:
    rows = [
        Row(
            Cell(f"{cohort.month:%Y-%m}", _month(cohort.month)),
            [counted(cohort.reached[stage]) for stage in STAGES],
        )
        for cohort in shown.cohorts
    ]
    return Table(
        "cohorts",
        _("By month of entry"),
        [_("Month"), *(str(stage.label) for stage in STAGES)],
        rows,
        note=_("Of the leads that entered in a month, how many have reached each stage until now."),
        empty=_("No lead has arrived yet."),
    )


def _month(day: dt.date) -> str:
    return capfirst(date_format(day, "YEAR_MONTH_FORMAT"))


def _returned(shown: Dashboard) -> Table:
    most = max([number.count for _reason, number in shown.returned], default=1)
    rows = [
        Row(Cell(reason_label(reason)), [counted(number, share=100 * number.count / most)])
        for reason, number in shown.returned
    ]
    return Table(
        "returned",
        _("Returned to marketing, by reason"),
        [_("Reason"), _("Leads")],
        rows,
        empty=_("No lead came back in this period."),
    )


def pages_params(params: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Hidden fields that carry a filter along."""
    yield from page_params(params).items()


TABLES: dict[str, Callable[[Dashboard], Table]] = {
    "stages": _stages,
    "weeks": _weeks,
    "people": _people,
    "responses": _responses,
    "cohorts": _cohorts,
    "returned": _returned,
}
