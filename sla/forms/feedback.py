"""Which leads' feedback is looked at; every value lives in the URL."""

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from funnel.enums import Reason
from funnel.forms import NONE_GIVEN
from funnel.rules.periods import Span
from smarketing.accounts.forms.days import DayField

from ..enums import Feature, Verdict
from ..selectors.feedback import FeedbackFilter

DAYS = 182
LONGEST = 120


class FeedbackForm(forms.Form):
    """The period; half a year until ``today`` unless it is said otherwise."""

    first = DayField(label=_("Handed over from"), required=False)
    last = DayField(label=_("Handed over until"), required=False)

    def __init__(self, data: Any, *, today: dt.date) -> None:
        shown = data.copy()
        if "first" not in data and "last" not in data:
            shown["first"] = (today - dt.timedelta(days=DAYS)).isoformat()
        super().__init__(shown)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, last = cleaned.get("first"), cleaned.get("last")
        if first and last and first > last:
            self.add_error("last", _("This day lies before the first one."))
        return cleaned

    def span(self) -> Span:
        """What validated; a day that did not is shown as an error and bounds nothing."""
        self.is_valid()
        return Span(self.cleaned_data.get("first"), self.cleaned_data.get("last"))

    def params(self) -> dict[str, str]:
        span = self.span()
        days = {"first": span.first, "last": span.last}
        return {name: day.isoformat() if day else "" for name, day in days.items()}


class FeedbackLeadsForm(FeedbackForm):
    """The leads behind a number: its group, and what sales said."""

    verdict = forms.ChoiceField(
        label=_("Verdict"), required=False, choices=[("", _("All")), *Verdict.choices]
    )
    reason = forms.ChoiceField(
        label=_("Reason"),
        required=False,
        choices=[("", _("All")), *Reason.choices, (NONE_GIVEN, _("not given"))],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for feature in Feature:
            self.fields[feature.value] = forms.CharField(
                required=False, max_length=LONGEST, widget=forms.HiddenInput
            )

    def wanted(self) -> FeedbackFilter:
        span = self.span()
        value = self.cleaned_data
        reason = value.get("reason")
        return FeedbackFilter(
            span,
            facts=self.facts(),
            verdict=value.get("verdict") or None,
            reason=None if not reason else "" if reason == NONE_GIVEN else reason,
        )

    def facts(self) -> dict[Feature, str]:
        values = {feature: self.cleaned_data.get(feature.value) for feature in Feature}
        return {feature: "" if value == NONE_GIVEN else value for feature, value in values.items() if value}
