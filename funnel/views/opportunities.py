"""Deals: a board by expected close, and a list with sums."""

from datetime import date
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from smarketing.accounts.enums import REP_ROLES
from smarketing.accounts.models import User

from ..enums import OpportunityStatus, Reason
from ..rules.moves import AES
from ..rules.pipeline import Column, next_month
from ..selectors.opportunities import BoardColumn, DealFilter, DealList, board, deals, sums

PAGE_SIZE = 25
BOARD, LIST = "board", "list"
OPEN = OpportunityStatus.OPEN.value


class DealForm(forms.Form):
    """Filters, all in the URL; a value that does not validate filters nothing."""

    view = forms.ChoiceField(choices=[(BOARD, ""), (LIST, "")], required=False, widget=forms.HiddenInput)
    status = forms.ChoiceField(
        label=gettext_lazy("State"),
        required=False,
        choices=[("", gettext_lazy("All")), *OpportunityStatus.choices],
    )
    owner = forms.ChoiceField(label=gettext_lazy("Owner"), required=False)
    currency = forms.RegexField(r"[A-Z]{3}", required=False, widget=forms.HiddenInput)
    reason = forms.ChoiceField(
        label=gettext_lazy("Reason"), required=False, choices=[("", gettext_lazy("All")), *Reason.choices]
    )
    column = forms.ChoiceField(
        choices=[(column.value, "") for column in Column], required=False, widget=forms.HiddenInput
    )

    def __init__(self, data: Any, *, user: User) -> None:
        super().__init__(data)
        if user.role in REP_ROLES:
            del self.fields["owner"]
        else:
            people = User.objects.filter(is_active=True).order_by("first_name", "last_name")
            choices = [("", gettext_lazy("All")), *((str(person.pk), str(person)) for person in people)]
            self.fields["owner"].choices = choices  # type: ignore[attr-defined]
        for field in self.fields.values():
            field.widget.attrs["class"] = "form-select form-select-sm"

    def wanted(self) -> DealFilter:
        self.is_valid()
        value = self.cleaned_data
        status = value.get("status") or ""
        if self.shown == BOARD:
            status = OPEN
        return DealFilter(
            status=status,
            owner=int(value["owner"]) if value.get("owner") else None,
            currency=value.get("currency") or "",
            reason="" if self.shown == BOARD else value.get("reason") or "",
            column="" if self.shown == BOARD else value.get("column") or "",
        )

    @property
    def shown(self) -> str:
        """The board, unless the list or something that only the list shows is asked for."""
        self.is_valid()
        return str(self.cleaned_data.get("view") or BOARD)


@login_required
@require_safe
def opportunities(request: HttpRequest) -> HttpResponse:
    assert isinstance(request.user, User)
    form = DealForm(request.GET, user=request.user)
    today = timezone.localdate()
    rows = deals(request.user, form.wanted(), today=today)
    kept = request.GET.copy()
    for name in ("page", "view"):
        kept.pop(name, None)
    context: dict[str, Any] = {"form": form, "today": today, "tabs": tabs(form.shown, kept.urlencode())}
    context["may_edit"] = request.user.role in AES
    if form.shown == BOARD:
        kept.pop("reason", None)  # the board shows open deals, whatever else is asked for
        shown = [
            (label_of(column, today), column, _listed(kept, status=OPEN, column=column.column.value))
            for column in board(rows, today=today)
        ]
        context |= {"columns": shown, "has_deals": any(column.total for _label, column, _query in shown)}
        return render(request, "funnel/opportunity_board.html", context)
    kept["view"] = LIST
    by_status = sums(rows)
    count = sum(one.count for money in by_status.values() for one in money)
    listed: Any = DealList(rows, count)
    page = Paginator(listed, PAGE_SIZE).get_page(request.GET.get("page"))
    totals = [
        (status.label, one, _listed(kept, status=status, currency=one.currency))
        for status in OpportunityStatus
        for one in by_status.get(status, ())
    ]
    context |= {"page": page, "totals": totals, "query": kept.urlencode()}
    return render(request, "funnel/opportunity_list.html", context)


def _listed(kept: QueryDict, **more: str) -> str:
    """The list behind a number, with the other filters of this page."""
    query = kept.copy()
    for name, value in {"view": LIST, **more}.items():
        query[name] = value
    return query.urlencode()


def tabs(view: str, query: str) -> list[tuple[Any, str, bool]]:
    rest = f"&{query}" if query else ""
    return [
        (name, f"?view={key}{rest}", key == view) for key, name in ((BOARD, _("Board")), (LIST, _("List")))
    ]


def label_of(found: BoardColumn, today: date) -> str:
    month = {Column.THIS_MONTH: 0, Column.NEXT_MONTH: 1, Column.MONTH_AFTER: 2}.get(found.column)
    if month is not None:
        return date_format(next_month(today, month), "YEAR_MONTH_FORMAT")
    return {Column.OVERDUE: _("Overdue"), Column.LATER: _("Later"), Column.UNDATED: _("No date")}[
        found.column
    ]
