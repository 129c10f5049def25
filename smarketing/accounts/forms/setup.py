"""The first page of a new installation."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext_lazy as _

from ..models import Organization, User
from ..setup_code import is_setup_code
from .people import zones


class FirstForm(forms.Form):
    code = forms.CharField(
        label=_("Setup code"),
        max_length=200,
        help_text=_("It stands in the output of the server: at its start, and in its log."),
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}),
    )
    company = forms.CharField(label=_("Company"), max_length=120)
    first_name = forms.CharField(label=_("Your first name"), max_length=150)
    last_name = forms.CharField(label=_("Last name"), max_length=150, required=False)
    email = forms.EmailField(label=_("Your e-mail address"))
    password = forms.CharField(
        label=_("Password"), widget=forms.PasswordInput({"autocomplete": "new-password"}), strip=False
    )
    again = forms.CharField(
        label=_("The same password again"),
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
        strip=False,
    )
    language = forms.ChoiceField(label=_("Language"), choices=[("en", "English"), ("es", "Español")])
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=zones)

    def clean_code(self) -> str:
        typed: str = self.cleaned_data["code"]
        if not is_setup_code(typed):
            raise forms.ValidationError(_("This is not the setup code of this installation."))
        return typed

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        password = cleaned.get("password")
        if password and cleaned.get("again") and password != cleaned["again"]:
            self.add_error("again", _("The two passwords differ."))
        elif password:
            person = User(email=cleaned.get("email", ""), first_name=cleaned.get("first_name", ""))
            try:
                validate_password(password, person)
            except forms.ValidationError as error:
                self.add_error("password", error)
        return cleaned

    def person(self) -> dict[str, Any]:
        names = ("first_name", "last_name", "email", "language", "time_zone")
        return {name: self.cleaned_data[name] for name in names}


class CompanyForm(forms.ModelForm):
    class Meta:
        model = Organization
        fields = ("name",)
