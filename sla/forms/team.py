"""What a manager decides about their people: shape only."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from funnel.selectors.choices import receivers_for
from smarketing.accounts.models import User
from smarketing.accounts.rules.text import InvalidText, clean_text

ROUTE = "route"
ALL, OVERDUE, TICKED = "all", "overdue", "ticked"
SCOPES = [(TICKED, _("The ticked ones")), (OVERDUE, _("All that are overdue")), (ALL, _("All open leads"))]


class MemberForm(forms.Form):
    """Somebody's part in one pool."""

    weight = forms.IntegerField(label=_("Weight"), min_value=1, max_value=100)
    capacity = forms.IntegerField(
        label=_("Leads in 30 days"),
        required=False,
        min_value=0,
        max_value=100_000,
        help_text=_("Empty: no limit."),
    )
    is_active = forms.BooleanField(label=_("Gets leads"), required=False)


class GiveForm(forms.Form):
    """Which of a person's leads go to whom; ``reason`` is asked for on the page that confirms."""

    scope = forms.ChoiceField(label=_("Which leads"), choices=SCOPES)
    to = forms.ChoiceField(label=_("Give them to"))
    reason = forms.CharField(label=_("Reason"), max_length=500)
    expected = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, actor: User, giver: User, confirmed: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = confirmed
        others = [choice for choice in receivers_for(actor) if choice[0] != str(giver.pk)]
        field = self.fields["to"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(ROUTE, _("whom routing chooses")), *others]
        for name in ("scope", "to"):
            self.fields[name].widget.attrs["class"] = "form-select form-select-sm"

    def clean_reason(self) -> str:
        try:
            return clean_text(self.cleaned_data["reason"], max_length=500)
        except InvalidText as error:
            raise forms.ValidationError(str(error)) from None

    @property
    def receiver(self) -> str:
        """In words."""
        field = self.fields["to"]
        assert isinstance(field, forms.ChoiceField)
        return str(dict(field.choices)[self.cleaned_data["to"]])  # type: ignore[arg-type]

    def job(self) -> tuple[str, dict[str, Any]]:
        """Action and parameters of the bulk job."""
        said = {"reason": self.cleaned_data["reason"]}
        if self.cleaned_data["to"] == ROUTE:
            return "route", said
        return "reassign", {"to_user_id": int(self.cleaned_data["to"]), **said}
