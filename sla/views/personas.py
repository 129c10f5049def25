"""The dashboard's table of buyer personas: conversion and revenue, from the live rows.

No sums are kept by persona, because describing one anew changes it for every lead. So the page
fetches this part after itself, and as a page of its own it stands alone.
"""

from dataclasses import replace

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from funnel.enums import STAGES
from funnel.selectors.personas import PersonaRow, persona_rows
from smarketing.accounts.models import User

from ..forms.dashboard import DashboardForm, today
from ..selectors.dashboard import entered
from .tables import Cell, Row, Table, as_csv, counted, money_words, percent


@login_required
@require_safe
def dashboard_personas(request: HttpRequest) -> HttpResponse:
    context = {
        "table": personas_table(request),
        "full_query": request.GET.urlencode(),
        "partial": request.headers.get("HX-Request") == "true",
    }
    return render(request, "sla/dashboard_personas.html", context)


@login_required
@require_safe
def personas_csv(request: HttpRequest) -> HttpResponse:
    return as_csv(personas_table(request), filename=f"personas-{timezone.localdate()}.csv")


def personas_table(request: HttpRequest) -> Table:
    """Of the leads that entered in the dashboard's period, by its filter."""
    assert isinstance(request.user, User)
    form = DashboardForm(request.GET)
    lasting, span = form.lasting(request.user), form.span(today())
    within = replace(lasting, entered=span, params={**lasting.params, **entered(span)})
    rows = persona_rows(filters=within)
    head = [
        _("Buyer persona"),
        *(str(stage.label) for stage in STAGES),
        _("Entered → MQL"),
        _("MQL → customer"),
        _("Returned"),
        _("Revenue"),
    ]
    return Table(
        "personas",
        _("Conversion by buyer persona"),
        head,
        [_row(row) for row in rows if lasting.persona in (None, row.persona.pk if row.persona else 0)],
        note=_("Of the leads that entered in this period, by the persona that they have now."),
    )


def _row(row: PersonaRow) -> Row:
    return Row(
        Cell(str(row.persona) if row.persona else _("none")),
        [
            *(counted(row.reached[stage]) for stage in STAGES),
            percent(row.to_mql),
            percent(row.mql_to_customer),
            counted(row.returned),
            Cell("; ".join(money_words(part) for part in row.revenue)),
        ],
    )
