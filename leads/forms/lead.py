"""Changing a lead by hand: shape only; what may stand in each field is checked by the service."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ..enums import Seniority
from ..models import Lead

TEXTS = (
    "first_name",
    "last_name",
    "job_title",
    "email",
    "phone",
    "company_name",
    "country",
    "language",
    "budget",
    "need",
    "timeline",
)


class LeadForm(forms.Form):
    """``expected`` is the version that was shown; only what was changed is sent on."""

    expected = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)
    first_name = forms.CharField(label=_("First name"), required=False, max_length=120)
    last_name = forms.CharField(label=_("Last name"), required=False, max_length=120)
    job_title = forms.CharField(label=_("Job title"), required=False, max_length=160)
    seniority = forms.ChoiceField(
        label=_("Level"), required=False, choices=[("", _("From the job title")), *Seniority.choices]
    )
    email = forms.CharField(
        label=_("E-mail"), required=False, max_length=254, widget=forms.EmailInput({"autocomplete": "off"})
    )
    phone = forms.CharField(label=_("Phone"), required=False, max_length=40)
    company_name = forms.CharField(label=_("Company as given"), required=False, max_length=200)
    employees = forms.IntegerField(label=_("Employees"), required=False, min_value=0)
    industry = forms.CharField(label=_("Industry"), required=False, max_length=120)
    country = forms.CharField(
        label=_("Country"), required=False, max_length=2, help_text=_("Two letters, such as ES.")
    )
    language = forms.CharField(label=_("Language"), required=False, max_length=8)
    budget = forms.CharField(label=_("Budget"), required=False, max_length=120)
    need = forms.CharField(
        label=_("Need"), required=False, max_length=500, widget=forms.Textarea({"rows": 2})
    )
    timeline = forms.CharField(label=_("Timeline"), required=False, max_length=120)

    def __init__(self, data: Mapping[str, Any] | None = None, *, lead: Lead) -> None:
        company = lead.company
        known: dict[str, Any] = {name: getattr(lead, name) for name in (*TEXTS, "seniority")}
        known |= {
            "employees": company.employees if company else None,
            "industry": company.industry if company else "",
        }
        super().__init__(data, initial={**known, "expected": lead.updated_at.isoformat()})
        if company is None:
            for name in ("employees", "industry"):
                del self.fields[name]

    def changes(self) -> dict[str, Any]:
        """New values by name, only of fields that somebody touched."""
        return {name: self.cleaned_data[name] for name in self.changed_data if name != "expected"}
