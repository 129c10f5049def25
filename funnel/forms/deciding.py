"""What people decide about leads on the list and the board: shape only."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from smarketing.accounts.forms.days import DayField
from smarketing.accounts.models import User

from ..enums import BULK_NEEDS, LABELS, OWNER_ACTIONS, REASONS_OF_PEOPLE, BulkAction, Reason
from ..models import SavedView
from ..rules.moves import Edge
from ..selectors import choices

NOT_YET = ("", _("Choose …"))
"""Comes first where a choice decides about a lead, so that nothing is decided by leaving it as it is."""


def reasons() -> forms.ChoiceField:
    return forms.ChoiceField(label=_("Reason"), choices=[NOT_YET, *REASONS_OF_PEOPLE])


class SaveViewForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=80)
    sharing = forms.ChoiceField(label=_("Shared with"), choices=SavedView.Sharing.choices)


NO_LABEL: dict[str, tuple[str, Any]] = {
    BulkAction.CAMPAIGN: (choices.CAMPAIGN, _("none")),
    BulkAction.PERSONA: (choices.PERSONA, _("By its attributes")),
}
"""What is chosen from, and what choosing none means."""


class BulkForm(forms.Form):
    """What a decision for many leads needs to know, once for all of them."""

    to_user_id = forms.ChoiceField(label=_("New owner"))
    reason = reasons()
    campaign_id = forms.ChoiceField(label=_("Campaign"))
    persona_id = forms.ChoiceField(label=_("Buyer persona"))
    note = forms.CharField(
        label=_("Note"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, action: str, actor: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        needs = BULK_NEEDS[action]
        for name in set(self.fields) - set(needs):
            del self.fields[name]
        if needs == ("note",):
            self.fields["note"].required = True
        if action in OWNER_ACTIONS:
            self.fields["reason"] = forms.CharField(label=_("Reason"), max_length=500)
        if action == BulkAction.REASSIGN:
            people = choices.receivers_for(actor)
            self.fields["to_user_id"].choices = [NOT_YET, *people]  # type: ignore[attr-defined]
        if action in LABELS:
            kind, none = NO_LABEL[BulkAction(action)]
            known = choices.choices_of((kind,))[kind]
            self.fields[f"{kind}_id"].choices = [NOT_YET, *known, ("0", none)]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("reason") == Reason.OTHER and not cleaned.get("note", "").strip():
            self.add_error("note", _("Say in a note what the other reason is."))
        return cleaned

    def params(self) -> dict[str, Any]:
        """The keyword arguments of the service that decides a row."""
        return {
            name: int(value) if name.endswith("_id") else value for name, value in self.cleaned_data.items()
        }


class MoveForm(forms.Form):
    """What one move has to say; the service checks it again with the journey locked."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    reason = reasons()
    amount = forms.DecimalField(label=_("Amount"), min_value=0, max_digits=14, decimal_places=2)
    currency = forms.CharField(label=_("Currency"), max_length=3, initial="EUR")
    expected_close = DayField(label=_("Expected close"))
    note = forms.CharField(
        label=_("Note"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, edge: Edge, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in set(self.fields) - {*edge.needs, "version", "note"}:
            del self.fields[name]
        self.fields["note"].required = "note" in edge.needs
