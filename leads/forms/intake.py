"""Landing pages: what a form may say about itself."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ..models import Form
from ..rules.origins import normal_origin
from ..rules.posted import KNOWN

CUSTOM_TYPES = frozenset({"text", "number", "boolean", "date"})


class LandingForm(forms.ModelForm):
    """Mapping, custom fields and origins are checked here: a mistake would only show as lost values."""

    # Declared only to say which scheme "www.example.com" means; Django 6 changes its mind on that.
    landing_page = forms.URLField(
        label=_("landing page"), max_length=500, required=False, assume_scheme="https"
    )
    thank_you_url = forms.URLField(
        label=_("thank-you page"), max_length=500, required=False, assume_scheme="https"
    )

    class Meta:
        model = Form
        fields = (
            "name",
            "campaign",
            "landing_page",
            "activity_kind",
            "asset",
            "mapping",
            "custom_fields",
            "required_fields",
            "origins",
            "thank_you_url",
            "consent_text",
            "consent_version",
            "consent_required",
            "honeypot",
            "rate_per_minute",
            "is_active",
        )

    def clean_mapping(self) -> dict[str, str]:
        mapping = self.cleaned_data["mapping"] or {}
        if not isinstance(mapping, dict) or not all(isinstance(value, str) for value in mapping.values()):
            raise forms.ValidationError(_('An object of texts is needed, like {"mail": "email"}.'))
        if unknown := sorted(set(mapping.values()) - KNOWN):
            raise forms.ValidationError(_("Unknown fields: %(names)s") % {"names": ", ".join(unknown)})
        return mapping

    def clean_custom_fields(self) -> list[dict[str, Any]]:
        rows = self.cleaned_data["custom_fields"] or []
        right = isinstance(rows, list) and all(
            isinstance(row, dict) and row.get("name") and row.get("type", "text") in CUSTOM_TYPES
            for row in rows
        )
        if not right:
            raise forms.ValidationError(
                _('A list is needed, like [{"name": "size", "type": "number", "required": true}].')
            )
        return rows

    def clean_origins(self) -> list[str]:
        origins = self.cleaned_data["origins"] or []
        if wrong := [origin for origin in origins if normal_origin(origin) != origin]:
            raise forms.ValidationError(_("No origins: %(names)s") % {"names": ", ".join(wrong)})
        return origins
