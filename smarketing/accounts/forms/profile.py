"""What people say about themselves and how they like the product."""

from functools import cache
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.utils.translation import gettext_lazy as _

from ..enums import REP_ROLES, NotificationKind
from ..models import User


@cache
def time_zones() -> list[tuple[str, str]]:
    """Places people live in, by continent; the system's other names are aliases of these."""
    places = (name for name in available_timezones() if "/" in name and not name.startswith(ODD))
    return [("UTC", "UTC"), *((name, name.replace("_", " ")) for name in sorted(places))]


ODD = ("Etc/", "SystemV/", "US/", "posix/", "right/")


class ProfileForm(forms.ModelForm):
    told = forms.MultipleChoiceField(
        label=_("Tell me here when"),
        choices=NotificationKind.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Reminders of the agreement also come by mail; those cannot be switched off."),
    )

    class Meta:
        model = User
        fields = (
            "first_name",
            "last_name",
            "language",
            "time_zone",
            "colour_scheme",
            "keyboard_shortcuts",
            "weekly_mail",
            "nightly_mail",
        )
        help_texts = {
            "keyboard_shortcuts": _("Press ? on any page to see them."),
            "time_zone": _("All times are shown in it."),
            "weekly_mail": _("Once a week: what escalated to the CEO, and how both promises stand."),
            "nightly_mail": _(
                "Every evening, to whom they are meant for: MQLs against plan, or who waited too long."
            ),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones = time_zones()
        if self.instance.time_zone not in dict(zones):
            zones = [*zones, (self.instance.time_zone, self.instance.time_zone)]
        self.fields["time_zone"] = forms.ChoiceField(
            label=_("Time zone"), choices=zones, help_text=_("All times are shown in it.")
        )
        if self.instance.role in REP_ROLES:
            del self.fields["weekly_mail"]
        muted = set(self.instance.muted_notifications)
        self.initial["told"] = [kind for kind in NotificationKind.values if kind not in muted]

    def muted(self) -> list[str]:
        return [kind for kind in NotificationKind.values if kind not in self.cleaned_data["told"]]
