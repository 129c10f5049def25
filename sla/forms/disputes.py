"""Disputes as they are typed and filtered: shape only."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from funnel.forms import EntryForm
from funnel.rules.periods import Span
from smarketing.accounts.forms.days import DayField
from smarketing.accounts.models import User
from smarketing.accounts.rules.text import InvalidText, clean_text

from ..enums import DisputeKind, DisputeState
from ..selectors.disputes import DisputeFilter

LONGEST = 2000
ORIGIN = ("source", "campaign", "persona", "team")
UPHELD, REFUSED = "upheld", "refused"


def _why(label: Any, help_text: Any) -> forms.CharField:
    widget = forms.Textarea({"rows": 4})
    return forms.CharField(label=label, max_length=LONGEST, widget=widget, help_text=help_text)


class DisputesForm(forms.Form):
    """Filters, all in the URL; a value that does not validate filters nothing."""

    state = forms.ChoiceField(
        label=_("State"), required=False, choices=[("", _("All")), *DisputeState.choices]
    )
    kind = forms.ChoiceField(
        label=_("What is disputed"), required=False, choices=[("", _("All")), *DisputeKind.choices]
    )
    first = DayField(label=_("Raised from"), required=False)
    last = DayField(label=_("Raised until"), required=False)
    mql_from = DayField(required=False, hidden=True)
    mql_to = DayField(required=False, hidden=True)
    given_back = forms.CharField(required=False, max_length=5, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = any(self.data.get(name) for name in ORIGIN)
        self.origin = EntryForm(self.data) if named else None
        """Where the leads came from; only asked for by numbers that are narrowed to that."""

    @property
    def origin_fields(self) -> list[forms.BoundField]:
        return [self.origin[name] for name in ORIGIN] if self.origin else []

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, last = cleaned.get("first"), cleaned.get("last")
        if first and last and first > last:
            self.add_error("last", _("This day lies before the first one."))
        return cleaned

    def wanted(self, user: User) -> DisputeFilter:
        self.is_valid()
        value = self.cleaned_data
        return DisputeFilter(
            kind=value.get("kind") or "",
            state=value.get("state") or "",
            raised=Span(value.get("first"), value.get("last")),
            handed_over=Span(value.get("mql_from"), value.get("mql_to")),
            given_back=value.get("given_back") == "true",
            origin=self.origin.filters(user) if self.origin else None,
        )


class _ReasonForm(forms.Form):
    reason: Any

    def clean_reason(self) -> str:
        try:
            text = clean_text(self.cleaned_data["reason"], max_length=LONGEST, multiline=True)
        except InvalidText as error:
            raise forms.ValidationError(str(error)) from None
        if not text:
            raise forms.ValidationError(_("Say why in a few words."))
        return text


class RaiseForm(_ReasonForm):
    """``kinds``: what this person may dispute about this lead; one alone is not asked for."""

    kind = forms.ChoiceField(label=_("What is disputed"))
    reason = _why(_("Why?"), _("The mediator and the other team read this."))

    field_order = ("kind", "reason")

    def __init__(self, *args: Any, kinds: Iterable[DisputeKind], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["kind"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(kind.value, kind.label) for kind in kinds]
        if len(field.choices) == 1:
            only = next(iter(kinds))
            self.fields["kind"] = forms.ChoiceField(
                choices=field.choices, initial=only.value, required=False, widget=forms.HiddenInput
            )

    def clean_kind(self) -> str:
        first: Any = self.fields["kind"].choices[0]  # type: ignore[attr-defined]
        return self.cleaned_data.get("kind") or first[0]


class DecideForm(_ReasonForm):
    decision = forms.ChoiceField(
        label=_("Your decision"),
        choices=[(UPHELD, _("Uphold it: it counts from now on")), (REFUSED, _("Refuse it: nothing changes"))],
        widget=forms.RadioSelect,
    )
    reason = _why(_("Your reason"), _("Both teams read this. A decision stands: it cannot be changed later."))

    field_order = ("decision", "reason")

    @property
    def is_upheld(self) -> bool:
        return self.cleaned_data["decision"] == UPHELD
