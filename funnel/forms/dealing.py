"""What a person changes about an open deal: shape only."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from smarketing.accounts.forms.days import DayField
from smarketing.accounts.rules.text import InvalidText, clean_text

from ..models import Opportunity
from ..rules.currencies import CURRENCIES
from ..services.dealing import EDITABLE

USUAL = ("EUR", "USD", "GBP")
MOST_STEP = 1000


class OpportunityForm(forms.Form):
    """``expected`` is the version that was shown; only what was changed is sent on."""

    expected = forms.IntegerField(widget=forms.HiddenInput, required=False)
    name = forms.CharField(label=_("Name of the deal"), required=False, max_length=200)
    amount = forms.DecimalField(
        label=_("Amount"),
        min_value=0,
        max_digits=14,
        decimal_places=2,
        widget=forms.NumberInput({"inputmode": "decimal", "step": "0.01"}),
    )
    currency = forms.ChoiceField(label=_("Currency"))
    expected_close = DayField(label=_("Expected close"))
    next_step = forms.CharField(
        label=_("Next step"), required=False, max_length=MOST_STEP, widget=forms.Textarea({"rows": 3})
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, deal: Opportunity) -> None:
        known = {name: getattr(deal, name) for name in EDITABLE}
        super().__init__(data, initial={**known, "expected": deal.version})
        field = self.fields["currency"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(code, code) for code in (*USUAL, *sorted(CURRENCIES - set(USUAL)))]

    def clean_name(self) -> str:
        return _clean(self.cleaned_data["name"], 200, multiline=False)

    def clean_next_step(self) -> str:
        return _clean(self.cleaned_data["next_step"], MOST_STEP, multiline=True)

    def changes(self) -> dict[str, Any]:
        """New values by name, only of fields that somebody touched."""
        return {name: self.cleaned_data[name] for name in self.changed_data if name != "expected"}


def _clean(text: str, limit: int, *, multiline: bool) -> str:
    try:
        return clean_text(text, max_length=limit, multiline=multiline)
    except InvalidText as error:
        raise forms.ValidationError(str(error)) from None
