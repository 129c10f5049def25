"""How the numbers of an agreement are looked at, and which leads are listed behind one; all in the URL."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from funnel.forms.filters import NONE_GIVEN
from funnel.rules.periods import Span
from smarketing.accounts.forms.days import DayField

from ..enums import Outcome, Per, SplitBy
from ..rules.measure import clipped
from ..selectors.promises import DECIDED

BROKEN = "broken"


class MeasureForm(forms.Form):
    """What makes no sense is as if it were not there."""

    per = forms.ChoiceField(choices=Per.choices, required=False)
    by = forms.ChoiceField(choices=SplitBy.choices, required=False)
    on = DayField(label=_("On"), required=False)

    def asked(self, *, today: dt.date, period: Span) -> tuple[Per, SplitBy, dt.date]:
        """``on``: a day of the stretch, within the period."""
        self.is_valid()
        value = self.cleaned_data
        day = value.get("on") or today
        assert period.first is not None and period.last is not None
        return (
            Per(value.get("per") or Per.MONTH),
            SplitBy(value.get("by") or SplitBy.REP),
            min(max(day, period.first), period.last),
        )


class BehindForm(forms.Form):
    """``key``: of a group; "~" for nobody's or of no source."""

    first = DayField(label=_("From"), required=False)
    last = DayField(label=_("Until"), required=False)
    outcome = forms.ChoiceField(
        label=_("Result"),
        required=False,
        choices=[
            ("", _("All")),
            (DECIDED, _("Decided")),
            (BROKEN, _("Broken: late or not done")),
            *Outcome.choices,
        ],
    )
    by = forms.ChoiceField(choices=SplitBy.choices, required=False, widget=forms.HiddenInput)
    key = forms.CharField(max_length=120, required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any, *, words: Mapping[Outcome, Any]) -> None:
        """``words``: what results are called, where not all of them can be."""
        super().__init__(data)
        if words:
            said = ((outcome.value, word) for outcome, word in words.items())
            choices = [
                ("", _("All")),
                (DECIDED, _("Decided")),
                *said,
                (BROKEN, _("Broken: late or not done")),
            ]
            self.fields["outcome"] = forms.ChoiceField(label=_("Result"), required=False, choices=choices)

    def span(self, period: Span) -> Span:
        """Within the period of the agreement."""
        self.is_valid()
        first = self.cleaned_data.get("first") or period.first
        last = self.cleaned_data.get("last") or period.last
        return clipped(Span(first, last), period)

    def group(self) -> dict[str, Any]:
        """As the selector wants it; a key that can be nobody's number is of no group at all."""
        by, key = self.cleaned_data.get("by"), self.cleaned_data.get("key") or ""
        if not by or not key:
            return {}
        key = "" if key == NONE_GIVEN else key
        if by != SplitBy.SOURCE and key and not (key.isascii() and key.isdigit() and len(key) < 19):
            return {}
        return {"by": SplitBy(by), "key": key}
