"""One condition as people fill it in: a field by its name, the comparisons that fit it, and a value.

Which comparisons and which input fit depends on the chosen field: the form is shown again when
another one is chosen (by htmx at once, without scripts by a button).
"""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ..enums import Operator, Seniority
from ..errors import InvalidValue
from ..rules.conditions import CUSTOM, NUMBER_FIELDS, Condition, check_condition
from ..rules.wording import COMPANY, ORIGIN, PERSON
from .scoring import AlternativesField

OWN = "custom"
"""Chosen instead of a field: one of a form's own, by its name."""
FIELD_CHOICES = (
    ("", "—"),
    (_("The person"), tuple(PERSON.items())),
    (_("The company"), tuple(COMPANY.items())),
    (_("Where they came from"), (*ORIGIN.items(), (OWN, _("A custom field of a form")))),
)
ON_TEXT = (
    Operator.EQ, Operator.IN, Operator.NE, Operator.CONTAINS, Operator.FILLED, Operator.EMPTY,
)  # fmt: skip
ON_NUMBER = (Operator.GTE, Operator.LT, Operator.EQ, Operator.NE, Operator.FILLED, Operator.EMPTY)
ON_CHOICE = (Operator.IN, Operator.NE, Operator.FILLED, Operator.EMPTY)
HELP = {
    "country": _("Two letters, several with commas: ES, PT, MX"),
    "company.country": _("Two letters, several with commas: ES, PT, MX"),
    "language": _("As in es or en, several with commas"),
    "email_domain": _("As in example.com, several with commas"),
}


def operators_for(field: str) -> tuple[Operator, ...]:
    """The comparisons that make sense; a form's own field may hold text and numbers."""
    if field == OWN:
        return tuple(Operator)
    return ON_CHOICE if field == "seniority" else ON_NUMBER if field in NUMBER_FIELDS else ON_TEXT


class ValueField(AlternativesField):
    """Also takes several ticked boxes."""

    def to_python(self, value: Any) -> Any:
        if isinstance(value, list):
            ticked = [part for part in value if part]
            return ticked or None
        return super().to_python(value)

    def prepare_value(self, value: Any) -> Any:
        if isinstance(self.widget, forms.CheckboxSelectMultiple):
            return value if isinstance(value, list) else [] if value in (None, "") else [str(value)]
        return super().prepare_value(value)


class ConditionForm(forms.Form):
    """``needed``: without a field it is an error, else no condition."""

    needed = True

    field = forms.ChoiceField(label=_("What is known"), choices=FIELD_CHOICES, required=False)
    custom_name = forms.CharField(
        label=_("Name of the custom field"), max_length=73, required=False, strip=True
    )
    operator = forms.ChoiceField(label=_("Comparison"), choices=Operator.choices, required=False)
    value = ValueField(label=_("Value"), required=False, max_length=2000)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # A plain attribute of htmx; the button beside it does the same without scripts.
        self.fields["field"].widget.attrs |= {
            "hx-post": "", "hx-trigger": "change", "hx-vals": '{"ask": "1"}',
            "hx-select": "#asked", "hx-target": "#asked", "hx-swap": "outerHTML",
        }  # fmt: skip
        self._fit(str(self["field"].value() or ""))

    def _fit(self, name: str) -> None:
        """Offer what fits the field."""
        operators = operators_for(name)
        if name != OWN:
            del self.fields["custom_name"]
        # What is stored may be an older choice that is no longer offered, and stays until changed.
        stored = self.initial.get("operator", "")
        stays = (Operator(stored),) if stored in Operator.values and stored not in operators else ()
        operator, value = self.fields["operator"], self.fields["value"]
        assert isinstance(operator, forms.ChoiceField)
        operator.choices = [(one.value, one.label) for one in (*operators, *stays)]
        value.help_text = HELP.get(name, _("Several with commas: a, b, c"))
        if name == "seniority":
            value.widget = forms.CheckboxSelectMultiple(choices=Seniority.choices)
            value.help_text = _("One or several")
        elif name in NUMBER_FIELDS:
            value.widget.attrs["inputmode"] = "numeric"
            value.help_text = _("A number: 200")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if "field" in self.errors:
            return cleaned
        if not cleaned.get("field"):
            if self.needed:
                self.add_error("field", _("Which field is asked about?"))
            return cleaned
        if cleaned["field"] == OWN and not cleaned.get("custom_name"):
            self.add_error("custom_name", _("Which custom field?"))
        elif not self.errors.keys() & {"operator", "value"}:
            self._check(cleaned)
        return cleaned

    def _check(self, cleaned: dict[str, Any]) -> None:
        if cleaned.get("operator") in (Operator.FILLED, Operator.EMPTY):
            cleaned["value"] = None
        if not cleaned.get("operator"):
            self.add_error("operator", _("How is it compared?"))
            return
        value = cleaned["value"]
        levels = value if isinstance(value, list) else [value]
        if cleaned["field"] == "seniority" and value and not set(map(str, levels)) <= set(Seniority.values):
            self.add_error("value", _("Choose among the levels."))
            return
        try:
            check_condition(self.condition, where="rule")
        except InvalidValue as error:
            self.add_error(error.field.removeprefix("rule."), str(error))

    @property
    def condition(self) -> Condition:
        """After validation, of a form whose field was chosen."""
        cleaned = self.cleaned_data
        name = CUSTOM + cleaned["custom_name"] if cleaned["field"] == OWN else cleaned["field"]
        return Condition(name, cleaned["operator"], cleaned["value"])


def asked_again(data: Any, prefix: str = "") -> dict[str, Any]:
    """What was typed, for a form that is shown again because another field was chosen."""
    start = f"{prefix}-" if prefix else ""
    typed = {name: data.get(start + name, "") for name in ("field", "custom_name")}
    if data.get(f"{start}operator") in operators_for(typed["field"]):
        typed["operator"] = data[f"{start}operator"]
    values = data.getlist(f"{start}value")
    return typed | {"value": values if len(values) > 1 else "".join(values)}


def initial_of(condition: Condition) -> dict[str, Any]:
    """What ``ConditionForm`` shows of a stored condition."""
    own = condition.field.startswith(CUSTOM)
    return {
        "field": OWN if own else condition.field,
        "custom_name": condition.field.removeprefix(CUSTOM) if own else "",
        "operator": condition.operator,
        "value": condition.value,
    }
