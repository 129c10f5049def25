"""Filters of the audit log; every value lives in the URL."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.timezone import get_current_timezone, make_aware
from django.utils.translation import gettext_lazy as _

from ..models import ConfigChange, User
from ..selectors.changes import configuration
from .days import DayField


class AuditForm(forms.Form):
    who = forms.ModelChoiceField(
        label=_("Who"), queryset=User.objects.all(), required=False, empty_label=_("All")
    )
    kind = forms.ChoiceField(label=_("Kind"), required=False)
    since = DayField(label=_("From"), required=False)
    until = DayField(label=_("Until"), required=False)
    object = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = sorted(
            (str(model._meta.verbose_name).capitalize(), key) for key, model in configuration().items()
        )
        field = self.fields["kind"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("All")), *((key, name) for name, key in kinds)]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("since") and cleaned.get("until") and cleaned["since"] > cleaned["until"]:
            self.add_error("until", _("This day lies before the first one."))
        return cleaned

    def narrow(self, changes: QuerySet[ConfigChange]) -> QuerySet[ConfigChange]:
        """What validated; a value that did not is shown as an error and filters nothing."""
        self.is_valid()
        value = self.cleaned_data
        if value.get("who"):
            changes = changes.filter(actor=value["who"])
        if value.get("kind"):
            changes = changes.filter(kind=value["kind"])
        if value.get("object"):
            changes = changes.filter(object_id=value["object"])
        if value.get("since"):
            changes = changes.filter(at__gte=_midnight(value["since"]))
        if value.get("until"):
            changes = changes.filter(at__lt=_midnight(value["until"] + timedelta(days=1)))
        return changes


def _midnight(day: date) -> datetime:
    """The reader's own midnight: days mean what their clock says."""
    return make_aware(datetime.combine(day, time()), get_current_timezone())
