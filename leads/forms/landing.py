"""Setting up a landing page in the browser: its head, and its fields row by row."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ..enums import CHOOSABLE_KINDS, ActivityKind
from ..models import Form
from ..rules import form_fields
from ..rules.form_fields import CUSTOM, KINDS, TARGETS, Row
from ..rules.origins import normal_origin

MOST_ROWS = 60
SMALL = {"class": "form-select form-select-sm"}
SPARE_ROWS = 1


class LinesField(forms.CharField):
    """A list, one entry a line."""

    widget = forms.Textarea(attrs={"rows": 2})

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value) or ""
        return [line.strip() for line in text.splitlines() if line.strip()]

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(self.to_python(data) != (initial or []))


class LandingPageForm(forms.ModelForm):
    """Everything of a form but its fields; the consent's version is counted, not typed."""

    landing_page = forms.URLField(
        label=_("Landing page"),
        max_length=500,
        required=False,
        assume_scheme="https",
        help_text=_("Where the form stands; leads show it as where they came from."),
    )
    thank_you_url = forms.URLField(
        label=_("Thank-you page"),
        max_length=500,
        required=False,
        assume_scheme="https",
        help_text=_("Where visitors go after sending."),
    )
    thank_you_text = forms.CharField(
        label=_("Thank-you text"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Shown in place of the form when there is no thank-you page."),
    )
    activity_kind = forms.ChoiceField(
        label=_("A submission counts as"),
        choices=CHOOSABLE_KINDS,
        initial=ActivityKind.FORM,
        help_text=_("What sending it says for the scores."),
    )
    origins = LinesField(
        label=_("Allowed origins"),
        required=False,
        help_text=_("One a line, like https://www.example.com. Scripts on other sites are refused."),
    )

    class Meta:
        model = Form
        fields = (
            "name", "campaign", "landing_page", "activity_kind", "asset", "thank_you_url", "thank_you_text",
            "consent_text", "consent_required", "origins", "honeypot", "rate_per_minute", "is_active",
        )  # fmt: skip
        widgets = {"consent_text": forms.Textarea(attrs={"rows": 3})}
        help_texts = {
            "asset": _("What it is about, such as the title of a guide; scoring rules can ask for it."),
            "consent_text": _("Beside a box to tick. A changed text becomes a new version."),
            "honeypot": _("A field nobody sees; machines fill it and land in quarantine. Empty: none."),
            "is_active": _("A form that is off refuses what is sent."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        campaign = self.fields["campaign"]
        assert isinstance(campaign, forms.ModelChoiceField)
        campaign.empty_label = _("none")

    def clean_origins(self) -> list[str]:
        origins = self.cleaned_data["origins"]
        if wrong := [origin for origin in origins if not normal_origin(origin)]:
            raise forms.ValidationError(_("No origins: %(names)s") % {"names": ", ".join(wrong)})
        return list(dict.fromkeys(normal_origin(origin) for origin in origins))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("consent_required") and not cleaned.get("consent_text"):
            self.add_error("consent_text", _("Say what people agree to."))
        return cleaned


class FieldRowForm(forms.Form):
    """One field of the landing page; a row without a name is not there."""

    name = forms.CharField(label=_("Posted as"), max_length=64, required=False)
    label = forms.CharField(label=_("Label"), max_length=120, required=False)
    target = forms.ChoiceField(
        label=_("Goes to"),
        choices=[(CUSTOM, _("A custom field")), (_("The lead"), list(TARGETS.items()))],
        required=False,
        widget=forms.Select(SMALL),
    )
    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=list(KINDS.items()),
        required=False,
        initial="text",
        widget=forms.Select(SMALL),
    )
    required = forms.BooleanField(label=_("Required"), required=False)

    def row(self) -> Row | None:
        value = self.cleaned_data
        if not value.get("name") or value.get("DELETE"):
            return None
        target = value.get("target") or CUSTOM
        return Row(value["name"], value["label"], target, value.get("kind") or "text", value["required"])


class BaseFieldRows(forms.BaseFormSet):
    honeypot = ""

    def clean(self) -> None:
        """A mistake in one row is said there; the rows are compared with each other as well."""
        if any(self.errors):
            return
        filled = [(form, row) for form, row in ((form, form.row()) for form in self.ordered()) if row]
        faults = form_fields.faults_of([row for _form, row in filled], honeypot=self.honeypot)
        for place, (part, message) in faults.items():
            filled[place][0].add_error(part, message)
        if not any(row.target in ("email", "phone") for _form, row in filled):
            raise forms.ValidationError(
                _("Ask for an e-mail address or a phone number, or nobody can be recognised.")
            )

    def ordered(self) -> list[Any]:
        """The row forms as numbered; rows without a number come last, in their order."""
        places = enumerate(self.forms)
        return [
            form
            for _key, form in sorted(
                ((form.cleaned_data.get("ORDER") or MOST_ROWS, place), form) for place, form in places
            )
        ]

    def rows(self) -> list[Row]:
        """Needs a valid formset."""
        return [row for row in (form.row() for form in self.ordered()) if row is not None]


FieldRows = forms.formset_factory(
    FieldRowForm,
    formset=BaseFieldRows,
    extra=SPARE_ROWS,
    max_num=MOST_ROWS,
    absolute_max=MOST_ROWS,
    can_order=True,
    can_delete=True,
)


def field_rows(data: Any = None, *, initial: list[dict[str, Any]] | None = None) -> BaseFieldRows:
    rows = FieldRows(data, prefix="row", initial=initial)
    assert isinstance(rows, BaseFieldRows)
    return rows


def initial_rows(rows: list[Row]) -> list[dict[str, Any]]:
    return [
        {"name": r.name, "label": r.label, "target": r.target, "kind": r.kind, "required": r.required}
        for r in rows
    ]
