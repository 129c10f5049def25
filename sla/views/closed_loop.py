"""What brings revenue, by where it came from, and marketing's share in it."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from funnel.rules.periods import Span
from funnel.rules.report import Filters, Money, Number
from funnel.selectors.flow import days
from smarketing.accounts.views.access import person_of

from ..forms.closed_loop import By, ShareForm
from ..forms.dashboard import DashboardForm, today
from ..rules.commission import Share, shares, totals
from ..selectors.closed_loop import LoopRow, Marketing, Wins, loop_rows, wins_in
from .tables import Cell, Row, Table, as_csv, counted, leads_url, percent


@login_required
@require_safe
def closed_loop(request: HttpRequest) -> HttpResponse:
    form, filters, span, by = _asked(request)
    kept = request.GET.copy()
    kept.pop("by", None)
    wins = wins_in(filters=filters, span=span, by=by)
    context = {
        "form": form,
        "span": span,
        "by": by,
        "choices": By,
        "query": kept.urlencode(),
        "full_query": request.GET.urlencode(),
        **_commission(request, filters, span, wins),
    }
    if request.headers.get("HX-Target") == "commission":
        return render(request, "sla/commission.html", context)
    context["table"] = _table(loop_rows(filters=filters, span=span, by=by, wins=wins), by)
    context["marketing"] = [_marketing(one, filters, span) for one in wins.marketing]
    return render(request, "sla/closed_loop.html", context)


@login_required
@require_safe
def closed_loop_csv(request: HttpRequest) -> HttpResponse:
    _form, filters, span, by = _asked(request)
    wins = wins_in(filters=filters, span=span, by=by)
    table = _table(loop_rows(filters=filters, span=span, by=by, wins=wins), by)
    return as_csv(table, filename=f"revenue-by-{by}-{span.first}-{span.last}.csv")


def _asked(request: HttpRequest) -> tuple[DashboardForm, Filters, Span, By]:
    form = DashboardForm(request.GET)
    by = By(request.GET["by"]) if request.GET.get("by") in By.values else By.SOURCE
    return form, form.lasting(person_of(request)), form.span(today()), by


def _table(rows: list[LoopRow], by: By) -> Table:
    head = [
        str(by.label), _("Leads entered"), _("Customers of them"), _("Conversion"),
        _("Customers won"), _("Revenue"), _("Days to win, median"),
    ]  # fmt: skip
    return Table("loop", _("What brings revenue"), head, [_line(row) for row in rows])


def _line(row: LoopRow) -> Row:
    return Row(
        Cell(row.label or _("none")),
        [
            counted(row.entered),
            counted(row.became),
            percent(row.conversion),
            counted(row.won),
            _money(row.revenue, row.won),
            Cell(
                None if row.days is None else round(row.days, 1),
                "–" if row.days is None else number_format(round(row.days, 1), 1),
            ),
        ],
    )


def _money(revenue: list[Money], won: Number) -> Cell:
    """To the cent; it opens the customers who brought it."""
    text = "; ".join(f"{money_text(one.amount)} {one.currency}" for one in revenue)
    return Cell(text, text or "–", leads_url(won.params) if text else "")


def money_text(amount: Any) -> str:
    return number_format(amount, 2, use_l10n=True, force_grouping=True)


def _marketing(one: Marketing, filters: Filters, span: Span) -> dict[str, Any]:
    params = {**filters.params, "reached": "customer", **days(span, "reached"), "marketing": "true"}
    return {
        "currency": one.currency,
        "brought": money_text(one.brought),
        "whole": money_text(one.whole),
        "percent": percent(one.percent),
        "url": leads_url(params),
    }


def _commission(request: HttpRequest, filters: Filters, span: Span, wins: Wins) -> dict[str, Any]:
    share = ShareForm(request.GET)
    values = share.values()
    if values is None:
        return {"share": share, "lines": None}
    found = shares(wins.brought, percent=values[0], deduct=values[1])
    sums = [
        {
            "currency": currency,
            "revenue": money_text(revenue),
            "net": money_text(net),
            "amount": money_text(own),
        }
        for currency, (revenue, net, own) in totals(found).items()
    ]
    return {"share": share, "lines": [_share(one, filters, span) for one in found], "sums": sums}


def _share(one: Share, filters: Filters, span: Span) -> dict[str, Any]:
    where = {"campaign": str(one.brought.campaign), "marketing": "true"}
    params = {**filters.params, "reached": "customer", **days(span, "reached"), **where}
    cost = one.brought.cost
    return {
        "name": one.brought.name or _("no campaign"),
        "currency": one.brought.currency,
        "revenue": money_text(one.brought.revenue),
        "cost": None if cost is None else money_text(cost),
        "net": money_text(one.net),
        "amount": money_text(one.amount),
        "url": leads_url(params),
    }
