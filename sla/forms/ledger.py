"""Filters of the ledger page; every value lives in the URL."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from smarketing.accounts.forms.days import DayField

from ..enums import ClockKind, ReminderState
from ..models.reminder import ReminderQuerySet


class LedgerForm(forms.Form):
    state = forms.ChoiceField(
        label=_("State"), required=False, choices=[("", _("All")), *ReminderState.choices]
    )
    kind = forms.ChoiceField(label=_("Promise"), required=False, choices=[("", _("All")), *ClockKind.choices])
    day = DayField(label=_("Due on"), required=False)
    person = forms.CharField(label=_("Person told"), required=False, max_length=120)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            select = isinstance(field.widget, forms.Select)
            field.widget.attrs["class"] = (
                f"form-{'select' if select else 'control'} form-{'select' if select else 'control'}-sm"
            )

    def narrow(self, reminders: ReminderQuerySet) -> ReminderQuerySet:
        """What validated; a value that did not is shown as an error and filters nothing."""
        self.is_valid()
        value = self.cleaned_data
        if value.get("state"):
            reminders = reminders.filter(state=value["state"])
        if value.get("kind"):
            reminders = reminders.filter(clock__kind=value["kind"])
        if value.get("day"):
            reminders = reminders.filter(due_at__date=value["day"])
        for word in value.get("person", "").split()[:3]:
            reminders = reminders.told(word)
        return reminders
