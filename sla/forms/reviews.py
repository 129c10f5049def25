"""Reviews as they are typed: shape only."""

from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from smarketing.accounts.forms.days import DayField
from smarketing.accounts.models import User
from smarketing.accounts.rules.text import InvalidText, clean_text

from ..models import Review, ReviewDecision
from ..selectors.reviews import choices_of_led_to

LONGEST_MINUTES = 20_000
LOCAL = "%Y-%m-%dT%H:%M"
MOST_MINUTES = 480


def _people(also: Q | None = None) -> QuerySet[User]:
    """Active people, and those who are named already."""
    wanted = Q(is_active=True) if also is None else Q(is_active=True) | also
    return User.objects.filter(wanted).distinct().order_by("first_name", "last_name", "pk")


class ReviewForm(forms.Form):
    """When, where and with whom; times are the reader's own."""

    starts_at = forms.DateTimeField(
        label=_("Starts"),
        input_formats=[LOCAL, "%Y-%m-%d %H:%M"],
        widget=forms.DateTimeInput({"type": "datetime-local"}, LOCAL),
    )
    minutes_long = forms.IntegerField(
        label=_("Length in minutes"), min_value=5, max_value=MOST_MINUTES, initial=60
    )
    place = forms.CharField(label=_("Room or link"), max_length=300, required=False)
    participants = forms.ModelMultipleChoiceField(
        label=_("Participants"), queryset=User.objects.none(), widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, review: Review | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        also = Q(reviews=review) if review is not None else None
        self.fields["participants"].queryset = _people(also)  # type: ignore[attr-defined]

    def clean_place(self) -> str:
        return _cleaned(self.cleaned_data["place"], 300)


class MinutesForm(forms.Form):
    """``seen``: the version that the writer began with."""

    seen = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    minutes = forms.CharField(
        label=_("Minutes of the meeting"),
        max_length=LONGEST_MINUTES,
        required=False,
        widget=forms.Textarea({"rows": 14}),
    )

    def clean_minutes(self) -> str:
        return _cleaned(self.cleaned_data["minutes"], LONGEST_MINUTES, multiline=True)


class DecisionForm(forms.Form):
    text = forms.CharField(label=_("What was decided"), max_length=500)
    owner = forms.ModelChoiceField(label=_("Who does it"), queryset=User.objects.none())
    due_on = DayField(label=_("Until"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = _people()  # type: ignore[attr-defined]

    def clean_text(self) -> str:
        text = _cleaned(self.cleaned_data["text"], 500)
        if not text:
            raise forms.ValidationError(_("Say what was decided."))
        return text


class FollowUpForm(forms.ModelForm):
    """Carried out, and what it led to."""

    is_done = forms.BooleanField(label=_("Carried out"), required=False)

    class Meta:
        model = ReviewDecision
        fields = ("agreement", "rule_set", "policy")
        labels = {
            "agreement": _("Led to this agreement"),
            "rule_set": _("Led to these scoring rules"),
            "policy": _("Led to this promise"),
        }

    field_order = ("is_done", "agreement", "rule_set", "policy")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["is_done"] = self.instance.done_at is not None
        for name, rows in choices_of_led_to().items():
            self.fields[name].queryset = rows  # type: ignore[attr-defined]

    def led_to(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("agreement", "rule_set", "policy")}


def _cleaned(text: str, longest: int, *, multiline: bool = False) -> str:
    try:
        return clean_text(text, max_length=longest, multiline=multiline)
    except InvalidText as error:
        raise forms.ValidationError(str(error)) from None
