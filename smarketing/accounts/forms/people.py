"""People, teams, absences and tokens as administrators fill them in: shape only."""

from datetime import datetime, time, timedelta
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ..enums import Scope
from ..models import ApiToken, Team, User
from ..rules.text import clean_text
from .days import DayField


@cache
def zones() -> list[tuple[str, str]]:
    """Places, not offsets: what begins with Etc/ or has no slash is for machines."""
    names = sorted(name for name in available_timezones() if "/" in name and not name.startswith("Etc/"))
    return [("UTC", "UTC"), *((name, name.replace("_", " ")) for name in names)]


class PersonForm(forms.ModelForm):
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=zones)

    class Meta:
        model = User
        fields = ("first_name", "last_name", "email", "role", "team", "reports_to", "language", "time_zone")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["first_name"].required = True
        others = User.objects.filter(is_active=True).exclude(pk=self.instance.pk)
        boss = self.fields["reports_to"]
        assert isinstance(boss, forms.ModelChoiceField)
        # Somebody's boss may have left: they stay on the list until another one is chosen.
        boss.queryset = others | User.objects.filter(pk=self.instance.reports_to_id)

    def clean_email(self) -> str:
        email = str(self.cleaned_data["email"]).strip().lower()
        if User.objects.filter(email__iexact=email).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(_("Somebody has this address already."))
        return email

    def clean_first_name(self) -> str:
        return clean_text(self.cleaned_data["first_name"], max_length=150)

    def clean_last_name(self) -> str:
        return clean_text(self.cleaned_data["last_name"], max_length=150)


class TeamForm(forms.ModelForm):
    class Meta:
        model = Team
        fields = ("name", "side", "parent")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        parent = self.fields["parent"]
        assert isinstance(parent, forms.ModelChoiceField)
        parent.queryset = Team.objects.exclude(pk=self.instance.pk)


class AbsenceForm(forms.Form):
    """Whole days of the absent person's own calendar, both included."""

    first = DayField(label=_("First day"))
    last = DayField(label=_("Last day"))
    note = forms.CharField(label=_("Note"), max_length=200, required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("first") and cleaned.get("last") and cleaned["first"] > cleaned["last"]:
            self.add_error("last", _("This day lies before the first one."))
        return cleaned

    def span(self, zone: Any) -> tuple[datetime, datetime]:
        """From the first midnight to the one after the last day, in ``zone``."""
        first, last = self.cleaned_data["first"], self.cleaned_data["last"] + timedelta(days=1)
        return datetime.combine(first, time(), zone), datetime.combine(last, time(), zone)


class TokenForm(forms.ModelForm):
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"), choices=Scope.choices, widget=forms.CheckboxSelectMultiple
    )
    expires_on = DayField(
        label=_("Works until"),
        required=False,
        help_text=_("Empty: until it is revoked."),
    )

    class Meta:
        model = ApiToken
        fields = ("name", "user", "scopes")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        user = self.fields["user"]
        assert isinstance(user, forms.ModelChoiceField)
        user.queryset = User.objects.filter(is_active=True)
        user.label = _("In whose name")
        user.help_text = _("The token sees and does what this person may, and no more.")

    def clean_expires_on(self) -> Any:
        day = self.cleaned_data["expires_on"]
        if day is not None and day < timezone.localdate():
            raise forms.ValidationError(_("The token would already have expired."))
        return day

    def expires_at(self) -> datetime | None:
        """The end of the chosen day where the administrator is."""
        day = self.cleaned_data["expires_on"]
        zone = timezone.get_current_timezone()
        return datetime.combine(day + timedelta(days=1), time(), zone) if day else None
