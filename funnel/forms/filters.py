"""Filters of the pages: shape only, every value lives in the URL."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from smarketing.accounts.forms.days import DayField
from smarketing.accounts.models import User

from ..enums import Stage
from ..rules.periods import Span
from ..rules.report import Filters
from ..selectors import choices
from ..selectors.people import report_owners
from .periods import in_order

NONE_GIVEN = "~"
"""Stands in a page's URL for "has no source", because an empty box of a form means "any"."""


def page_params(params: Mapping[str, str]) -> dict[str, str]:
    """A number's own parameters as the pages write them."""
    return {name: value or NONE_GIVEN for name, value in params.items()}


class EntryForm(forms.Form):
    """Which journeys: by day of entry and where they came from; shared by report and list."""

    entered_from = DayField(label=_("Entered from"), required=False)
    entered_to = DayField(label=_("Entered until"), required=False)
    source = forms.ChoiceField(label=_("Source"), required=False)
    campaign = forms.ChoiceField(label=_("Campaign"), required=False)
    persona = forms.ChoiceField(label=_("Buyer persona"), required=False)
    team = forms.ChoiceField(label=_("Team"), required=False)
    landing_page = forms.CharField(required=False, max_length=500, widget=forms.HiddenInput)

    offered: ClassVar[tuple[str, ...]] = (choices.CAMPAIGN, choices.TEAM, choices.PERSONA)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known = choices.choices_of((*self.offered, choices.SOURCE))
        known = [key for key, _name in self.known[choices.SOURCE]]
        shown = {*known, *filter(None, [self.data.get("source")])} - {NONE_GIVEN}
        self._choices("source", [(key, key) for key in sorted(shown)] + [(NONE_GIVEN, _("not given"))])
        self._choices("campaign", [*self.known[choices.CAMPAIGN], ("0", _("none"))])
        self._choices("team", self.known[choices.TEAM])
        self._choices("persona", [("0", _("none")), *self.known[choices.PERSONA]])
        for field in self.fields.values():
            look = (
                "form-select form-select-sm"
                if isinstance(field.widget, forms.Select)
                else "form-control form-control-sm"
            )
            field.widget.attrs["class"] = look

    def _choices(self, name: str, choices: list[tuple[str, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("All")), *choices]

    def clean(self) -> dict[str, Any]:
        return in_order(self, super().clean() or {})

    def filters(self, user: User) -> Filters:
        """What validated, within what ``user`` counts; the rest is shown as an error and ignored."""
        self.is_valid()
        value = self.cleaned_data
        params = {name: str(self.data[name]) for name in EntryForm.base_fields if value.get(name)}
        return Filters(
            entered=Span(value.get("entered_from"), value.get("entered_to")),
            source=given(value.get("source")),
            landing_page=given(value.get("landing_page")),
            campaign=int(value["campaign"]) if value.get("campaign") else None,
            persona=int(value["persona"]) if value.get("persona") else None,
            owner_ids=report_owners(user=user, team=int(value["team"]) if value.get("team") else None),
            params={name: "" if text == NONE_GIVEN else text for name, text in params.items()},
        )


def given(value: str | None) -> str | None:
    """None: any; "": none given."""
    if not value:
        return None
    return "" if value == NONE_GIVEN else value


class TargetsForm(forms.Form):
    """One whole number a stage; empty: no target. No stage is to hold more than the one before."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for stage in Stage:
            self.fields[stage.value] = forms.IntegerField(
                label=stage.label, required=False, min_value=0, max_value=10_000_000
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        most = None
        for stage in Stage:
            count = cleaned.get(stage.value)
            if count is not None and most is not None and count > most:
                self.add_error(stage.value, _("More than the stage before it can hold."))
            most = count if count is not None else most
        return cleaned

    def counts(self) -> dict[Stage, int | None]:
        return {stage: self.cleaned_data.get(stage.value) for stage in Stage}
