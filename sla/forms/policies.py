"""Policies as people edit them, checked by the same rules that the clocks go by."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.models import BaseInlineFormSet
from django.utils import timezone

from leads.errors import InvalidValue
from leads.rules.conditions import check_conditions

from ..enums import Recipient
from ..errors import AgreedNumber, InvalidPolicy
from ..models import Policy, PolicyStep
from ..rules.policy import Step, check_steps, check_window
from ..services.policies import refuse_deviating


class PolicyForm(forms.ModelForm):
    class Meta:
        model = Policy
        fields = (
            "name",
            "kind",
            "position",
            "conditions",
            "calendar",
            "time_base",
            "minutes",
            "attempts",
            "is_active",
        )

    def clean_conditions(self) -> object:
        raw = self.cleaned_data["conditions"] or []
        try:
            check_conditions(raw)
        except InvalidValue as error:
            raise ValidationError(f"{error.field}: {error}") from error
        return raw

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if {"minutes", "attempts"} <= values.keys():
            try:
                check_window(minutes=values["minutes"], attempts=values["attempts"])
            except InvalidPolicy as error:
                raise ValidationError({error.field: str(error)}) from error
        return values

    def _post_clean(self) -> None:
        """What both teams have signed is asked last: then the instance holds what was typed."""
        super()._post_clean()  # type: ignore[misc]
        if not self.errors:
            try:
                refuse_deviating(self.instance, at=timezone.now())
            except AgreedNumber as error:
                self.add_error(None, str(error))


class StepForm(forms.ModelForm):
    recipients = forms.MultipleChoiceField(choices=Recipient.choices, widget=forms.CheckboxSelectMultiple)

    class Meta:
        model = PolicyStep
        fields = ("offset", "recipients")


class StepFormSet(BaseInlineFormSet):
    def clean(self) -> None:
        """The ladder as a whole. Nothing is said while the window itself is missing."""
        super().clean()
        if any(self.errors) or not self.instance.minutes:
            return
        kept = [form.cleaned_data for form in self.forms if form not in self.deleted_forms]
        steps = [Step(row["offset"], tuple(row["recipients"])) for row in kept if row]
        try:
            check_steps(minutes=self.instance.minutes, steps=steps)
        except InvalidPolicy as error:
            raise ValidationError(str(error)) from error
