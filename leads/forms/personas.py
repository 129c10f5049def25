"""A buyer persona as people describe it: in words, and by the attributes that select its leads."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ..models import Persona
from ..rules.conditions import Condition, read_conditions
from .conditions import ConditionForm, asked_again, initial_of

MOST_ROWS = 12


class PersonaPageForm(forms.ModelForm):
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Persona
        fields = ("name", "description", "position", "is_active")
        widgets = {"description": forms.Textarea({"rows": 5})}
        labels = {"position": _("Priority")}
        help_texts = {
            "position": _("Of several personas that match, the one with the lowest number is taken."),
            "description": _("Who they are, what they want, what holds them back: as both teams agreed."),
            "is_active": _("Otherwise it selects nobody."),
        }

    def values(self, criteria: list[dict[str, Any]]) -> dict[str, Any]:
        return {**{name: self.cleaned_data[name] for name in self.Meta.fields}, "criteria": criteria}


class AttributeRow(ConditionForm):
    """A row without a field is left out."""

    needed = False


class AttributeSet(forms.BaseFormSet):
    def clean(self) -> None:
        if not any(self.errors) and not self.conditions():
            raise forms.ValidationError(_("Without an attribute it would select nobody."))

    def conditions(self) -> list[Condition]:
        rows = (form for form in self.forms if form not in self.deleted_forms)
        return [row.condition for row in rows if row.cleaned_data.get("field")]


AttributeRows = forms.formset_factory(
    AttributeRow, formset=AttributeSet, extra=1, can_delete=True, can_delete_extra=False, max_num=MOST_ROWS
)


def stored(conditions: list[Condition]) -> list[dict[str, Any]]:
    return [{"field": c.field, "operator": c.operator, "value": c.value} for c in conditions]


def rows_of(persona: Persona | None) -> list[dict[str, Any]]:
    return [initial_of(condition) for condition in read_conditions(persona.criteria)] if persona else []


def typed_rows(data: Any, prefix: str) -> list[dict[str, Any]]:
    """The rows as they were typed, right or wrong; those to remove are left out."""
    try:
        many = min(int(data.get(f"{prefix}-TOTAL_FORMS", "")), MOST_ROWS)
    except ValueError:
        many = 0
    rows = [asked_again(data, f"{prefix}-{n}") for n in range(many) if f"{prefix}-{n}-DELETE" not in data]
    return [row for row in rows if row["field"]]
