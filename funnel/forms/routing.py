"""Pools, their rules and members, and who takes over from somebody who leaves: shape only."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from smarketing.accounts.models import User

from ..models import RoutingRule
from ..selectors.people import workers
from ..services.pools import MemberValues


class CountriesField(forms.CharField):
    """ "ES, PT" ↔ ["ES", "PT"]"""

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        found = [
            part.strip().upper() for part in str(value or "").replace(";", ",").split(",") if part.strip()
        ]
        if wrong := [one for one in found if not (len(one) == 2 and one.isascii() and one.isalpha())]:
            raise ValidationError(_("Not two letters: %(names)s") % {"names": ", ".join(wrong)})
        return list(dict.fromkeys(found))

    def run_validators(self, value: Any) -> None:
        super().run_validators(", ".join(value))


class RuleForm(forms.ModelForm):
    countries = CountriesField(
        label=_("Countries"), required=False, max_length=1000, help_text=_("ES, PT; empty: any country.")
    )

    class Meta:
        model = RoutingRule
        fields = (
            "name",
            "role",
            "position",
            "countries",
            "min_employees",
            "max_employees",
            "takes_everybody",
            "is_active",
        )
        help_texts = {"position": _("Rules are asked in this order; the first that takes the lead decides.")}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        least, most = cleaned.get("min_employees"), cleaned.get("max_employees")
        if least is not None and most is not None and least > most:
            self.add_error("max_employees", _("This is less than the number before."))
        return cleaned


class MemberRow(forms.Form):
    user = forms.ModelChoiceField(
        label=_("Person"), queryset=User.objects.none(), required=False, empty_label="—"
    )
    weight = forms.IntegerField(
        label=_("Weight"), min_value=1, max_value=100, initial=1, help_text=_("2 gets twice as many as 1.")
    )
    capacity = forms.IntegerField(
        label=_("At most in 30 days"), min_value=0, required=False, help_text=_("Empty: no limit.")
    )
    is_active = forms.BooleanField(label=_("Takes part"), required=False, initial=True)

    def __init__(self, *args: Any, people: list[tuple[Any, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["user"]
        assert isinstance(field, forms.ModelChoiceField)
        # Members who have left stay on the list until somebody takes them off it.
        field.queryset = User.objects.all()
        # One query for all rows: every row's list would ask again.
        field.widget.choices = people


class MemberFormSet(forms.BaseFormSet):
    def clean(self) -> None:
        if any(self.errors):
            return
        people = [values.user_id for values in member_values(self)]
        if len(people) > len(set(people)):
            raise ValidationError(_("Somebody is in the pool twice."))


MemberRows = forms.formset_factory(
    MemberRow, formset=MemberFormSet, extra=2, can_delete=True, can_delete_extra=False, max_num=200
)


def people_to_choose(initial: Iterable[Any]) -> list[tuple[Any, str]]:
    """Whoever may work leads, and who is in the pool already."""
    known = {row["user"] for row in initial}
    found = workers() | User.objects.filter(pk__in=known)
    return [("", "—"), *((user.pk, f"{user} · {user.get_role_display()}") for user in found)]


def member_values(formset: Any) -> list[MemberValues]:
    rows = (form.cleaned_data for form in formset.forms if form not in formset.deleted_forms)
    return [
        MemberValues(row["user"].pk, row["weight"], row["capacity"], row["is_active"])
        for row in rows
        if row.get("user")
    ]


class TrialForm(forms.Form):
    """A lead as routing sees one."""

    role = forms.ChoiceField(label=_("Handed to"), choices=RoutingRule.Target.choices)
    country = forms.CharField(
        label=_("Country"), max_length=2, required=False, help_text=_("Two letters: ES")
    )
    employees = forms.IntegerField(
        label=_("Employees"),
        min_value=0,
        max_value=10_000_000,
        required=False,
        help_text=_("Empty: not known."),
    )

    def clean_country(self) -> str:
        return str(self.cleaned_data["country"]).upper()


class LeavingForm(forms.Form):
    """Who takes over from somebody who leaves."""

    successor = forms.ModelChoiceField(
        label=_("Their open leads go to"),
        queryset=User.objects.none(),
        required=False,
        empty_label=_("the pools, whoever is next"),
        help_text=_("Leads that this person's role may not work go to the pools all the same."),
    )

    def __init__(self, *args: Any, leaver: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["successor"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = workers().exclude(pk=leaver.pk)
