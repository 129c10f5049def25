"""What the dashboard and the promises behind it are filtered by; every value lives in the URL."""

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from funnel.forms import EntryForm
from funnel.forms.periods import DAY, Period, meant, span_of, today
from funnel.rules.periods import EVER, Span, month_start
from funnel.rules.report import Filters
from smarketing.accounts.models import User

from ..enums import ClockKind, Outcome
from ..rules.promises import SLOWEST
from ..selectors.promises import DECIDED, Promised

__all__ = ["DAY", "DashboardForm", "Period", "PromisesForm", "span_of", "today"]


class DashboardForm(EntryForm):
    """``entered_from`` and ``entered_to`` are the ends of a period of one's own."""

    period = forms.ChoiceField(label=_("Period"), required=False, choices=Period.choices)

    field_order = ("period", "entered_from", "entered_to", "team", "source", "campaign", "persona")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["entered_from"].label = _("From")
        self.fields["entered_to"].label = _("Until")
        self.data = {**self.data.dict(), **meant(self.data, Period.THIS_MONTH)}  # type: ignore[attr-defined]

    def span(self, today: dt.date) -> Span:
        """Closed at both ends; a period of one's own without an end goes on until today."""
        self.is_valid()
        period = self.cleaned_data.get("period") or Period.THIS_MONTH
        if period != Period.OWN:
            return span_of(period, today)
        last = self.cleaned_data.get("entered_to") or today
        return Span(self.cleaned_data.get("entered_from") or month_start(last), last)

    def lasting(self, user: User) -> Filters:
        """The filter without its period: whose leads, from where."""
        found = self.filters(user)
        params = {name: text for name, text in found.params.items() if not name.startswith("entered_")}
        return Filters(
            entered=EVER,
            source=found.source,
            landing_page=found.landing_page,
            campaign=found.campaign,
            persona=found.persona,
            owner_ids=found.owner_ids,
            params=params,
        )


OVERDUE = "overdue"
OUTCOMES = [("", _("All")), *Outcome.choices, (DECIDED, _("Decided")), (OVERDUE, _("Overdue now"))]
"""What became of a promise; and those that are being broken while somebody still waits."""


class PromisesForm(EntryForm):
    """Which promises are listed behind a number of the dashboard; dates are the clocks' start."""

    kind = forms.ChoiceField(
        label=_("Promise"),
        required=False,
        choices=[("", _("All")), *ClockKind.choices, ("depth", _("Agreed attempts"))],
    )
    outcome = forms.ChoiceField(label=_("Result"), required=False, choices=OUTCOMES)
    owner = forms.ModelChoiceField(
        User.objects.order_by("first_name", "last_name"),
        label=_("Person"),
        required=False,
        empty_label=_("All"),
    )
    owners = forms.RegexField(
        r"\A(\d{1,18}|none)(,(\d{1,18}|none))*\Z", required=False, widget=forms.HiddenInput
    )
    bar = forms.IntegerField(required=False, min_value=0, max_value=SLOWEST, widget=forms.HiddenInput)

    field_order = (
        "kind", "outcome", "owner", "entered_from", "entered_to", "team", "source", "campaign", "persona",
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["entered_from"].label = _("Promised from")
        self.fields["entered_to"].label = _("Promised until")

    @property
    def of_depth(self) -> bool:
        return self.cleaned_data.get("kind") == "depth"

    @property
    def is_overdue(self) -> bool:
        return self.cleaned_data.get("outcome") == OVERDUE

    def promised(self, user: User) -> Promised:
        filters = self.filters(user)
        value = self.cleaned_data
        owners = filters.owner_ids
        if value.get("owner"):
            chosen = frozenset({value["owner"].pk})
            owners = chosen if owners is None else owners & chosen
        named = set(filter(None, (value.get("owners") or "").split(",")))
        or_nobody = "none" in named and owners is None
        if named:
            several = frozenset(int(one) for one in named - {"none"})
            owners = several if owners is None else owners & several
        return Promised(
            started=filters.entered,
            owner_ids=owners,
            or_nobody=or_nobody,
            source=filters.source,
            campaign=filters.campaign,
            persona=filters.persona,
            kind="" if self.of_depth else value.get("kind") or "",
            outcome=value.get("outcome") or "",
            bar=value.get("bar"),
        )
