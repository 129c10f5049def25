"""Forms for what both teams agree on: rules, thresholds, personas."""

import json
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ..enums import RuleKind
from ..errors import InvalidValue
from ..models import Persona, Rule, RuleGroup, RuleSet, Threshold
from ..rules.conditions import Condition, check_condition, check_conditions


class AlternativesField(forms.CharField):
    """A value or several with commas between them: `200`, `ES, PT`, or JSON for anything else."""

    def to_python(self, value: Any) -> Any:
        text = (super().to_python(value) or "").strip()
        if not text:
            return None
        try:
            return json.loads(text)
        except ValueError:
            parts = [part.strip() for part in text.split(",") if part.strip()]
            return parts if len(parts) > 1 else text

    def run_validators(self, value: Any) -> None:
        """Lengths are those of the text: a number has none."""
        super().run_validators(value if isinstance(value, str) or value is None else json.dumps(value))

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, list) and all(isinstance(part, str) and "," not in part for part in value):
            return ", ".join(value)
        return value if isinstance(value, str) or value is None else json.dumps(value, ensure_ascii=False)

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(self.to_python(data) != initial)
        except forms.ValidationError:
            return True


class RuleForm(forms.ModelForm):
    value = AlternativesField(
        label=_("value"), required=False, max_length=2000, help_text=_("Several: ES, PT, MX")
    )

    class Meta:
        model = Rule
        fields = (
            "name", "kind", "field", "operator", "value", "activity_kind", "asset", "points", "max_times",
        )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("kind") == RuleKind.FIELD:
            condition = Condition(cleaned.get("field", ""), cleaned.get("operator", ""), cleaned.get("value"))
            try:
                check_condition(condition, where="rule")
            except InvalidValue as error:
                self.add_error(error.field.removeprefix("rule."), str(error))
        elif cleaned.get("kind") == RuleKind.ACTIVITY and not cleaned.get("activity_kind"):
            self.add_error("activity_kind", _("Which activity?"))
        return cleaned


class GroupForm(forms.ModelForm):
    """Fit describes who somebody is, which time does not change: it never decays."""

    class Meta:
        model = RuleGroup
        fields = ("dimension", "name", "cap", "decay_percent", "decay_days")


class ThresholdForm(forms.ModelForm):
    class Meta:
        model = Threshold
        fields = ("stage", "min_fit", "min_interest", "min_intent")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        least = [cleaned.get(name) or 0 for name in ("min_fit", "min_interest", "min_intent")]
        if max(least) <= 0:
            raise forms.ValidationError(_("A threshold of zero would qualify everybody."))
        return cleaned


class DraftForm(forms.ModelForm):
    class Meta:
        model = RuleSet
        fields = ("note",)


class PersonaForm(forms.ModelForm):
    class Meta:
        model = Persona
        fields = ("name", "description", "criteria", "position", "is_active")

    def clean_criteria(self) -> Any:
        criteria = self.cleaned_data["criteria"]
        try:
            check_conditions(criteria)
        except InvalidValue as error:
            raise forms.ValidationError(f"{error.field}: {error}") from None
        return criteria
