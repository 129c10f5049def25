"""``manage.py forecasts``: make what is missing and tell how forecasts held; docs/forecasting.md."""

import datetime as dt
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from funnel.enums import Grouping, Stage
from funnel.rules.periods import Span
from funnel.rules.report import Filters
from funnel.selectors.funnel_report import funnel_report
from funnel.selectors.stood import cohorts, midnight
from funnel.services.rollups import refresh
from sla.enums import Horizon
from sla.models import ForecastRevenue
from sla.selectors.kept_forecasts import Checked, held
from sla.selectors.plan_as_of import plan_as_of
from sla.services.foresight import forget_backtests, keep_forecasts, project_day


class Command(BaseCommand):
    help = "Make the forecasts that are missing, and print how well they held, as Markdown tables."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--today", type=dt.date.fromisoformat, help="as if it were this day")
        parser.add_argument(
            "--again", action="store_true", help="first forget those that were made afterwards"
        )
        parser.add_argument(
            "--plan",
            type=dt.date.fromisoformat,
            nargs=2,
            metavar=("FIRST", "LAST"),
            help="also a plan for these days from nothing but what was before, and what came of it",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        at = timezone.now()
        today = options["today"] or project_day(at)
        if options["plan"] and options["plan"][0] > options["plan"][1]:
            raise CommandError("The last day of the plan lies before the first one.")
        refresh(at=at)
        if options["again"]:
            forget_backtests()
        keep_forecasts(today=today, at=at)
        self._cohorts(midnight(today))
        self._origins()
        if options["plan"]:
            self._plan(Span(*options["plan"]), midnight(today))
        for horizon in Horizon.values:
            self._held(horizon)

    def _table(self, title: str, head: list[str], rows: list[list[Any]]) -> None:
        self.stdout.write(f"\n### {title}\n\n| {' | '.join(head)} |\n|---{'|--:' * (len(head) - 1)}|")
        for row in rows:
            self.stdout.write("| " + " | ".join(str(value) for value in row) + " |")

    def _cohorts(self, at: dt.datetime) -> None:
        rows = [
            [
                f"{month:%Y-%m}",
                row[Stage.MQL],
                row[Stage.CUSTOMER],
                _share(row[Stage.CUSTOMER], row[Stage.MQL]),
            ]
            for month, row in cohorts(at=at).items()
        ]
        self._table("By month of entry", ["month", "MQL", "customers", "rate"], rows)

    def _origins(self) -> None:
        breakdown = funnel_report(filters=Filters(), by=Grouping.SOURCE, page_size=100).breakdown
        rows = [
            [row.label or "not given", mqls, won, _share(won, mqls)]
            for row in (breakdown.rows if breakdown else [])
            for mqls, won in [(row.reached[Stage.MQL].count, row.reached[Stage.CUSTOMER].count)]
        ]
        self._table("By source", ["source", "MQL", "customers", "rate"], rows)

    def _plan(self, span: Span, known_at: dt.datetime) -> None:
        plan = plan_as_of(span=span, known_at=known_at)
        rate = plan.rates[Stage.SQL]
        rows: list[list[Any]] = [
            ["cohorts learned from", f"{plan.first:%Y-%m} to {plan.last:%Y-%m}"],
            ["MQL to SQL as known then", f"{rate.reached} of {rate.entered}"],
            ["new names planned", plan.count],
            ["customers among them, eight of ten futures", f"{plan.chance.low}–{plan.chance.high}"],
            ["new names that came", plan.entered],
            ["customers among them until now", plan.won],
            ["customers won in the period", plan.sold],
        ]
        self._table(f"Plan for {span.first} to {span.last}", ["what", "figure"], rows)

    def _held(self, horizon: str) -> None:
        found = held(horizon)
        rows = [
            [one.first_day, one.snapshot.wins, f"{one.open:.1f}", f"{one.arriving:.1f}", f"{one.mean:.1f}",
             f"{one.low:.0f}–{one.high:.0f}", one.came, "yes" if one.held else "no"]
            for one in found.customers.kept
        ]  # fmt: skip
        head = ["from", "learned from", "open", "new", "expected", "range", "came", "held"]
        self._table(f"Forecasts: {horizon}", head, rows)
        self._judged(found.customers)
        for currency, checked in found.revenues.items():
            self._revenue(f"Revenue: {horizon}, {currency}", checked)
        chances = [
            [f"{100 * one.low:g}–{100 * one.high:g} %", one.leads, f"{one.expected:.1f}", one.won]
            for one in found.by_chance
        ]
        self._table(f"Chances: {horizon}", ["chance", "leads", "expected", "won"], chances)

    def _revenue(self, title: str, checked: Checked[ForecastRevenue]) -> None:
        rows = [
            [one.figure.first_day, f"{one.won:,.0f}", f"{one.deals:,.0f}", f"{one.open:,.0f}",
             f"{one.arriving:,.0f}", f"{one.mean:,.0f}", f"{one.low:,.0f}–{one.high:,.0f}",
             f"{one.came:,.0f}", "yes" if one.held else "no"]
            for one in checked.kept
        ]  # fmt: skip
        head = ["from", "won", "deals", "open", "new", "expected", "range", "came", "held"]
        self._table(title, head, rows)
        self._judged(checked)

    def _judged(self, checked: Checked[Any]) -> None:
        if checked.kept:
            error, bias = checked.error or 0.0, checked.bias or 0.0
            kept = f"{checked.inside} of {len(checked.kept)} held"
            self.stdout.write(f"\n{kept}; {error:.0f} % off on average, {bias:+.0f} % in all.")


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "–"
