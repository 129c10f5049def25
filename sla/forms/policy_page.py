"""A policy as administrators fill it in: durations with their unit, steps and conditions row by row."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from funnel.selectors.people import workers
from leads.enums import Operator, Seniority
from leads.errors import InvalidValue
from leads.forms.scoring import AlternativesField
from leads.rules.conditions import LEAD_FIELDS, Condition, check_condition
from smarketing.accounts.models import User

from ..enums import ClockKind, Recipient, TimeBase
from ..models import Policy
from ..rules.policy import Step

UNITS = ((1, _("minutes")), (60, _("hours")), (1440, _("days of 24 hours")))
DAY = 1440
NO_DAYS = _("Working time is counted in hours and minutes: whose day, otherwise?")


def split(minutes: int, time_base: str) -> tuple[int, int]:
    """(amount, unit in minutes) as a person would say it; working time is never said in days."""
    units = (60,) if time_base == TimeBase.WORKING else (DAY, 60)
    unit = next((unit for unit in units if minutes and minutes % unit == 0), 1)
    return minutes // unit, unit


class PolicyPageForm(forms.ModelForm):
    amount = forms.IntegerField(label=_("Window"), min_value=1, max_value=600_000)
    unit = forms.TypedChoiceField(label=_("Unit"), choices=UNITS, coerce=int)

    class Meta:
        model = Policy
        fields = (
            "name",
            "kind",
            "position",
            "calendar",
            "time_base",
            "amount",
            "unit",
            "attempts",
            "is_active",
        )
        help_texts = {"position": _("The first policy of its kind whose conditions hold is taken.")}

    field_order = (
        "name",
        "kind",
        "position",
        "time_base",
        "calendar",
        "amount",
        "unit",
        "attempts",
        "is_active",
    )

    def __init__(self, *args: Any, agreed: Collection[str] = (), **kwargs: Any) -> None:
        """``agreed``: fields of the policy that an agreement sets; they are shown and not changed here."""
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["amount"], self.initial["unit"] = split(
                self.instance.minutes, self.instance.time_base
            )
        for name in agreed:
            for shown in ("amount", "unit") if name == "minutes" else (name,):
                self.fields[shown].disabled = True

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("time_base") == TimeBase.WORKING and cleaned.get("unit") == DAY:
            self.add_error("unit", NO_DAYS)
        return cleaned

    def values(self, conditions: list[dict[str, Any]]) -> dict[str, Any]:
        """The policy's own fields."""
        cleaned = self.cleaned_data
        own = {name: cleaned[name] for name in self.Meta.fields if name not in ("amount", "unit")}
        return {**own, "minutes": cleaned["amount"] * cleaned["unit"], "conditions": conditions}


class StepRow(forms.Form):
    """Empty rows are no steps."""

    amount = forms.IntegerField(label=_("How long"), min_value=0, max_value=600_000, required=False)
    unit = forms.TypedChoiceField(label=_("Unit"), choices=UNITS, coerce=int, initial=1)
    side = forms.TypedChoiceField(
        label=_("When"),
        choices=((-1, _("before it is due")), (1, _("after it was due"))),
        coerce=int,
        initial=1,
    )
    recipients = forms.MultipleChoiceField(
        label=_("Who is told"), choices=Recipient.choices, widget=forms.CheckboxSelectMultiple, required=False
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("recipients") and cleaned.get("amount") is None and "amount" not in self.errors:
            self.add_error("amount", _("How long before or after? 0 is when it is due."))
        return cleaned

    def step(self) -> Step | None:
        """None for a row that was left empty."""
        cleaned = self.cleaned_data
        if cleaned.get("amount") is None:
            return None
        return Step(cleaned["amount"] * cleaned["unit"] * cleaned["side"], tuple(cleaned["recipients"]))


class ConditionRow(forms.Form):
    field = forms.ChoiceField(
        label=_("What is known"),
        required=False,
        choices=[("", "—"), *((name, name) for name in sorted(LEAD_FIELDS))],
    )
    operator = forms.ChoiceField(label=_("Comparison"), choices=Operator.choices, required=False)
    value = AlternativesField(
        label=_("Value"), required=False, max_length=500, help_text=_("Several: ES, PT, MX")
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("field"):
            try:
                check_condition(self._condition(), where="row")
            except InvalidValue as error:
                self.add_error(error.field.removeprefix("row."), str(error))
        return cleaned

    def _condition(self) -> Condition:
        cleaned = self.cleaned_data
        return Condition(cleaned["field"], cleaned.get("operator", ""), cleaned.get("value"))

    def stored(self) -> dict[str, Any] | None:
        if not self.cleaned_data.get("field"):
            return None
        condition = self._condition()
        return {"field": condition.field, "operator": condition.operator, "value": condition.value}


StepRows = forms.formset_factory(StepRow, extra=2, can_delete=True, can_delete_extra=False, max_num=12)
ConditionRows = forms.formset_factory(
    ConditionRow, extra=1, can_delete=True, can_delete_extra=False, max_num=12
)


def check_units(form: PolicyPageForm, step_rows: Any) -> bool:
    """Steps are in the time of their policy, so they too know no days of working time."""
    if form.cleaned_data.get("time_base") != TimeBase.WORKING:
        return True
    wrong = [row for row in kept(step_rows) if row.step() and row.cleaned_data["unit"] == DAY]
    for row in wrong:
        row.add_error("unit", NO_DAYS)
    return not wrong


def step_initial(policy: Policy | None) -> list[dict[str, Any]]:
    rows = []
    for step in policy.steps.all() if policy else ():
        amount, unit = split(abs(step.offset), policy.time_base) if policy else (0, 1)
        side = -1 if step.offset < 0 else 1
        rows.append({"amount": amount, "unit": unit, "side": side, "recipients": step.recipients})
    return rows


def kept(formset: Any) -> list[Any]:
    """Rows that stay after saving."""
    return [form for form in formset.forms if form not in formset.deleted_forms]


class ArrivalForm(forms.Form):
    """A lead that arrives at some moment; the time is that of the calendar it is judged by."""

    kind = forms.ChoiceField(label=_("Promise"), choices=ClockKind.choices)
    at = forms.DateTimeField(
        label=_("Arrives at"),
        widget=forms.DateTimeInput({"type": "datetime-local"}, "%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"],
        help_text=_("By the clock on the wall of the policy's calendar."),
    )
    owner = forms.ModelChoiceField(
        label=_("Is given to"), queryset=User.objects.none(), required=False, empty_label=_("nobody")
    )
    country = forms.CharField(
        label=_("Country"), max_length=2, required=False, help_text=_("Two letters: ES")
    )
    employees = forms.IntegerField(label=_("Employees"), min_value=0, required=False)
    seniority = forms.ChoiceField(
        label=_("Level"), choices=[("", _("not known")), *Seniority.choices], required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        owner = self.fields["owner"]
        assert isinstance(owner, forms.ModelChoiceField)
        owner.queryset = workers()

    def clean_at(self) -> datetime:
        """Without a zone: the policy that is found decides whose wall it is."""
        at: datetime = self.cleaned_data["at"]
        return at.replace(tzinfo=None)

    def clean_country(self) -> str:
        country = str(self.cleaned_data["country"]).upper()
        if country and not (len(country) == 2 and country.isascii() and country.isalpha()):
            raise ValidationError(_("Two letters: ES"))
        return country

    def facts(self) -> dict[str, object]:
        """As conditions name them; both the person and the company are in the country."""
        value = self.cleaned_data
        return {
            "country": value["country"],
            "company.country": value["country"],
            "company.employees": value["employees"],
            "seniority": value["seniority"],
        }
