"""What this month and the next will bring, from which leads, and how well that held before."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from funnel.enums import Stage
from smarketing.accounts.dates import Shape, day_words
from smarketing.accounts.views.access import person_of

from ..forms.forecast import ForecastForm
from ..models import ForecastFigure, ForecastRevenue, ForecastSnapshot
from ..rules.foresight import LEAST_CUSTOMERS, LEAST_DAYS, judged_from
from ..rules.hazards import BAND_STARTS, GRADES
from ..selectors.foresight import Cell as Standing
from ..selectors.kept_forecasts import LEAST_CHECKED, Checked, Held, cells_of, held, latest, part_of
from .tables import Cell, Row, Table, leads_url, percent


@login_required
@require_safe
def forecast(request: HttpRequest) -> HttpResponse:
    form = ForecastForm(request.GET)
    horizon, wanted = form.chosen(), form.part(person_of(request))
    snapshot = latest()
    figures = {figure.horizon: figure for figure in snapshot.figures.all()} if snapshot else {}
    figure = figures.get(horizon)
    context: dict[str, Any] = {"form": form, "snapshot": snapshot, "figure": figure}
    if snapshot is None or figure is None:
        return render(request, "sla/forecast.html", {**context, "missing": _missing(snapshot)})
    part = None if wanted is None else part_of(snapshot, figure, wanted)
    cells = cells_of(snapshot) if part is None else part.cells
    params = {"stood_on": snapshot.day.isoformat(), **(wanted.params if wanted else {})}
    checked = held(horizon)
    return render(
        request,
        "sla/forecast.html",
        {
            **context,
            "part": part,
            "by_age": _by_age(cells, horizon, params),
            "by_grade": _by_grade(cells, horizon, params),
            "customers": checked.customers,
            "lines": _lines(checked.customers),
            "moneys": _moneys(checked),
            "by_chance": _by_chance(checked),
            "judged_from": judged_from(horizon, checked.starts, least=LEAST_CHECKED, today=snapshot.day),
        },
    )


def _missing(snapshot: ForecastSnapshot | None) -> list[str]:
    """What a forecast still needs, in words."""
    if snapshot is None:
        return []
    customers, days = LEAST_CUSTOMERS - snapshot.customers, LEAST_DAYS - snapshot.days
    found = []
    if customers > 0:
        found.append(ngettext("%(n)d more customer", "%(n)d more customers", customers) % {"n": customers})
    if days > 0:
        found.append(ngettext("%(n)d more day of history", "%(n)d more days of history", days) % {"n": days})
    return found


def band_days(band: int) -> tuple[int, int | None]:
    """First and last whole day of a band of steps; step n is day n - 1."""
    last = BAND_STARTS[band + 1] - 2 if band + 1 < len(BAND_STARTS) else None
    return BAND_STARTS[band] - 1, last


def band_label(band: int) -> str:
    first, last = band_days(band)
    if last == 0:
        return _("less than a day")
    if last is None:
        return _("%(first)d days or more") % {"first": first}
    return _("%(first)d–%(last)d days") % {"first": first, "last": last}


def _by_age(cells: Sequence[Standing], horizon: str, params: dict[str, str]) -> Table:
    """One row a stage: all leads, what is expected of them, and how many there are in each band."""
    bands = range(1, len(BAND_STARTS))
    rows = []
    for stage in Stage:
        here = [cell for cell in cells if cell.stage == stage]
        if here:
            columns = [_counted([c for c in here if c.band == band], params, stage, band) for band in bands]
            rows.append(Row(Cell(str(stage.label)), [*_sums(here, horizon, params, stage), *columns]))
    head = [_("Stage"), _("Leads"), _("Expected customers"), *(band_label(band) for band in bands)]
    return Table("age", _("By stage and days in it"), head, rows, empty=_("No lead is open."))


def _by_grade(cells: Sequence[Standing], horizon: str, params: dict[str, str]) -> Table:
    """By stage and the score with which the leads came there."""
    groups: dict[tuple[Stage, str], list[Standing]] = defaultdict(list)
    for cell in cells:
        groups[Stage(cell.stage), cell.grade].append(cell)
    rows = [
        Row(
            Cell(f"{stage.label}, {grade or _('no score')}"),
            _sums(groups[stage, grade], horizon, {**params, "stood_grade": grade}, stage),
        )
        for stage in Stage
        for grade in GRADES
        if (stage, grade) in groups
    ]
    return Table("grade", _("By stage and score"), [_("Stage"), _("Leads"), _("Expected customers")], rows)


def _counted(cells: Sequence[Standing], params: dict[str, str], stage: Stage, band: int) -> Cell:
    n = sum(cell.n for cell in cells)
    first, last = band_days(band)
    days = {"stood_from": str(first), **({} if last is None else {"stood_to": str(last)})}
    url = leads_url({**params, "stood_in": stage.value, **days}) if n else ""
    return Cell(n, number_format(n, force_grouping=True) if n else "–", url)


def _sums(cells: Sequence[Standing], horizon: str, params: dict[str, str], stage: Stage) -> list[Cell]:
    n = sum(cell.n for cell in cells)
    expected = sum(cell.n * cell.chance[horizon] for cell in cells)
    url = leads_url({**params, "stood_in": stage.value})
    return [Cell(n, number_format(n, force_grouping=True), url), _number(expected)]


def _number(value: float) -> Cell:
    return Cell(round(value, 1), number_format(round(value, 1), 1))


def _moneys(checked: Held) -> list[dict[str, Any]]:
    """How well revenue held, of each currency with enough periods."""
    return [
        {"currency": currency, "held": one, "lines": _lines(one)}
        for currency, one in checked.revenues.items()
        if one.is_enough
    ]


def _lines(checked: Checked[Any]) -> list[dict[str, Any]]:
    """The chart: a range from the least to the most, what was expected, and what came."""
    most = max([max(one.high, float(one.came or 0)) for one in checked.kept], default=0) or 1
    return [
        {
            "name": day_words(_figure(one).first_day, Shape.MONTH),
            "x": f"{100 * one.low / most:.2f}",
            "width": f"{max(100 * (one.high - one.low) / most, 0.6):.2f}",
            "mark": f"{min(100 * float(one.came or 0) / most, 99):.2f}",
            "figure": one,
            "afterwards": _was_afterwards(_figure(one)),
        }
        for one in checked.kept
    ]


def _figure(kept: ForecastFigure | ForecastRevenue) -> ForecastFigure:
    return kept if isinstance(kept, ForecastFigure) else kept.figure


def _was_afterwards(figure: ForecastFigure) -> bool:
    """Made later, from what was known on the day."""
    return (figure.snapshot.made_at.date() - figure.snapshot.day).days > 1


def _by_chance(checked: Held) -> Table:
    rows = [
        Row(
            Cell(f"{100 * one.low:g}–{100 * one.high:g} %"),
            [
                Cell(one.leads, number_format(one.leads, force_grouping=True)),
                percent(100 * one.expected / one.leads),
                percent(100 * one.won / one.leads),
                Cell(one.won, number_format(one.won, force_grouping=True)),
            ],
        )
        for one in checked.by_chance
    ]
    head = [_("Chance given"), _("Leads"), _("Chance on average"), _("Were won"), _("Customers")]
    return Table(
        "chances",
        _("Chances and what became of them"),
        head,
        rows,
        note=_("Open leads at the starts of months, by the chance they were given."),
    )
