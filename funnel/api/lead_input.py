"""What may be written of a lead: everything a person can know, nothing that is computed."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from leads.enums import Seniority
from smarketing.accounts.api.serializers import StrictSerializer, TextField, WholeNumberField
from smarketing.accounts.rules.text import InvalidText, clean_text

MOST_CUSTOM = 50
MAX_CUSTOM_NAME = 64
MAX_CUSTOM_VALUE = 2000
MAX_EMPLOYEES = 100_000_000

CUSTOM = {
    "type": "object",
    "additionalProperties": {"type": ["string", "number", "boolean", "null"]},
    "maxProperties": MOST_CUSTOM,
}


@extend_schema_field(CUSTOM)
class CustomField(serializers.Field[dict[str, Any], Any, Any, Any]):
    """A flat object; null removes a value on PATCH."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, dict):
            raise serializers.ValidationError(_("An object is needed here."))
        if len(data) > MOST_CUSTOM:
            raise serializers.ValidationError(
                _("More than %(limit)d custom values.") % {"limit": MOST_CUSTOM}
            )
        try:
            return {self._name(name): self._value(value) for name, value in data.items()}
        except InvalidText as error:
            raise serializers.ValidationError(str(error)) from None

    def to_representation(self, value: Any) -> Any:
        return value

    def _name(self, name: str) -> str:
        cleaned = clean_text(name, max_length=MAX_CUSTOM_NAME)
        if not cleaned:
            raise InvalidText(_("A custom value needs a name."))
        return cleaned

    def _value(self, value: Any) -> Any:
        if isinstance(value, dict | list):
            raise serializers.ValidationError(_("Custom values are texts, numbers, true, false or null."))
        if isinstance(value, str):
            return clean_text(value, max_length=MAX_CUSTOM_VALUE)
        return value


class CountryField(serializers.RegexField):
    """ISO 3166-1 code of two letters, in any case; blank for unknown."""

    def __init__(self, **options: Any) -> None:
        super().__init__(r"^[A-Za-z]{2}$", required=False, allow_blank=True, **options)

    def to_internal_value(self, data: Any) -> str:
        return super().to_internal_value(data).upper()


class CompanyInput(StrictSerializer):
    """Facts of the lead's company; every other lead of that company is scored again by them."""

    employees = WholeNumberField(min_value=0, max_value=MAX_EMPLOYEES, required=False, allow_null=True)
    industry = TextField(max_length=120, required=False)
    country = CountryField()
    annual_revenue = serializers.DecimalField(
        max_digits=15, decimal_places=2, min_value=0, required=False, allow_null=True
    )


class LeadInput(StrictSerializer):
    """One of e-mail, phone and external id is needed; what is left out stays as it is."""

    email = TextField(max_length=254, required=False)
    external_id = TextField(max_length=120, required=False)
    first_name = TextField(max_length=120, required=False)
    last_name = TextField(max_length=120, required=False)
    phone = TextField(max_length=40, required=False)
    job_title = TextField(max_length=160, required=False)
    seniority = serializers.ChoiceField(choices=Seniority.choices, required=False, allow_blank=True)
    country = CountryField()
    language = serializers.RegexField(
        r"^[A-Za-z]{2,3}(-[A-Za-z]{2,4})?$", required=False, allow_blank=True, max_length=8
    )
    company = CompanyInput(required=False)
    company_name = TextField(max_length=200, required=False)
    budget = TextField(max_length=120, required=False)
    need = TextField(max_length=500, required=False)
    timeline = TextField(max_length=120, required=False)
    custom = CustomField(required=False)
    source = TextField(max_length=120, required=False)  # type: ignore[assignment]
    landing_page = TextField(max_length=500, required=False)
