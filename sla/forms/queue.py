"""Filters of the queue; every value lives in the URL."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from smarketing.accounts.enums import REP_ROLES
from smarketing.accounts.models import User

from ..enums import ClockKind, Urgency
from ..selectors.queue import QueueFilter

MINE, TEAM = "mine", "team"


class QueueForm(forms.Form):
    """A value that does not validate filters nothing. Reps see only their own leads, anywhere."""

    who = forms.ChoiceField(
        label=_("Whose"), required=False, choices=[(MINE, _("Mine")), (TEAM, _("My team's"))]
    )
    kind = forms.ChoiceField(label=_("Promise"), required=False, choices=[("", _("All")), *ClockKind.choices])
    state = forms.ChoiceField(
        label=_("State"), required=False, choices=[("", _("All to do")), *Urgency.choices]
    )

    def __init__(self, data: Any, *, user: User) -> None:
        self.default_who = MINE if user.role in REP_ROLES else TEAM
        super().__init__({"who": self.default_who, **{name: data[name] for name in data}})
        for field in self.fields.values():
            field.widget.attrs["class"] = "form-select form-select-sm"
        if user.role in REP_ROLES:
            del self.fields["who"]

    def wanted(self) -> QueueFilter:
        self.is_valid()
        value = self.cleaned_data
        who = value.get("who") or self.default_who
        return QueueFilter(mine=who == MINE, kind=value.get("kind") or "", urgency=value.get("state") or "")
