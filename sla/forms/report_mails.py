"""A report as people set it up."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from smarketing.accounts.forms.profile import time_zones
from smarketing.accounts.models import Team, User

from ..enums import PARTS_OF, Audience, MailKind
from ..models import Calendar, ReportMail, WorkingHours
from ..services.report_setup import company_calendar_id, default_values

FIELDS = ("is_active", "time", "time_zone", "weekdays", "calendar", "audiences", "parts", "even_if_empty")


class ReportForm(forms.Form):
    is_active = forms.BooleanField(label=_("It is sent"), required=False)
    time = forms.TimeField(label=_("Time of day"), widget=forms.TimeInput({"type": "time"}, "%H:%M"))
    time_zone = forms.ChoiceField(label=_("Time zone"), required=False)
    weekdays = forms.TypedMultipleChoiceField(
        label=_("On"),
        choices=WorkingHours.Weekday.choices,
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
    )
    calendar = forms.ModelChoiceField(
        Calendar.objects.all(),
        label=_("Working calendar"),
        required=False,
        empty_label=_("none: also on days off"),
        help_text=_("On its days off nothing goes out; a weekly report moves to the next working day."),
    )
    audiences = forms.MultipleChoiceField(
        label=_("Goes to"),
        choices=Audience.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Everybody gets it once, however often they are meant."),
    )
    teams = forms.ModelMultipleChoiceField(
        Team.objects.all(), label=_("And to teams"), required=False, widget=forms.CheckboxSelectMultiple
    )
    people = forms.ModelMultipleChoiceField(
        User.objects.filter(is_active=True),
        label=_("And to people"),
        required=False,
        widget=forms.SelectMultiple({"size": 6}),
        help_text=_("Several with Ctrl or Command."),
    )
    parts = forms.MultipleChoiceField(label=_("Tells"), widget=forms.CheckboxSelectMultiple)
    even_if_empty = forms.BooleanField(label=_("Also when nobody is on the list"), required=False)

    field_order = ("is_active", "time", "time_zone", "weekdays", "calendar", "audiences", "teams", "people")

    def __init__(self, data: Any, *, kind: MailKind, report: ReportMail | None) -> None:
        super().__init__(data, initial=_initial(kind, report))
        self.kind = kind
        zone = self.fields["time_zone"]
        assert isinstance(zone, forms.ChoiceField)
        zone.choices = [("", _("each reader's own")), *time_zones()]
        parts = self.fields["parts"]
        assert isinstance(parts, forms.MultipleChoiceField)
        parts.choices = [(part.value, part.label) for part in PARTS_OF[kind]]
        if kind == MailKind.WEEKLY:
            self.fields["weekdays"] = forms.TypedChoiceField(
                label=_("On"), choices=WorkingHours.Weekday.choices, coerce=int
            )
        if kind != MailKind.NOT_ON_IT:
            del self.fields["even_if_empty"]

    def values(self) -> dict[str, Any]:
        """The report's own fields."""
        own = {name: self.cleaned_data[name] for name in FIELDS if name in self.fields}
        if self.kind == MailKind.WEEKLY:
            own["weekdays"] = [own["weekdays"]]
        return own

    def receivers(self) -> dict[str, list[int]]:
        return {name: [one.pk for one in self.cleaned_data[name]] for name in ("people", "teams")}


def _initial(kind: MailKind, report: ReportMail | None) -> dict[str, Any]:
    values = {**default_values(kind), "calendar": company_calendar_id()}
    if report is not None:
        values = {name: getattr(report, name) for name in FIELDS} | {"calendar": report.calendar_id}
        receivers = list(report.receivers.all())
        values["people"] = [one.person_id for one in receivers if one.person_id]
        values["teams"] = [one.team_id for one in receivers if one.team_id]
    if kind == MailKind.WEEKLY:
        values["weekdays"] = values["weekdays"][0]
    return values
