"""Uploading a file of leads, and saying what its columns mean."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from smarketing.accounts.forms.days import DayField

from ..enums import ActivityKind
from ..models import Campaign, Import, ImportRow
from ..rules.importing import CUSTOM, LEAVE_OUT, TARGETS
from ..services.imports import DID, largest_file

MEGABYTE = 1024 * 1024
COLUMN = "column-"
KINDS = ".csv,.tsv,.txt,.xlsx"


class UploadForm(forms.Form):
    file = forms.FileField(
        label=_("File"),
        max_length=200,
        widget=forms.ClearableFileInput(attrs={"accept": KINDS}),
        help_text=_("CSV or Excel (.xlsx). The first line names the columns."),
        error_messages={"empty": _("The file is empty: its first line must name the columns.")},
    )
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].widget.attrs["data-most-bytes"] = largest_file()

    @property
    def key_value(self) -> UUID:
        key: UUID = self.cleaned_data["key"]
        return key


class ColumnsForm(forms.Form):
    """A choice for each column of the file, and what holds for all its rows."""

    source = forms.CharField(
        label=_("Source"),
        max_length=120,
        required=False,
        help_text=_("For rows that name none, such as “Fair in Bilbao”."),
    )
    campaign = forms.ModelChoiceField(
        Campaign.objects.all(),
        label=_("Campaign"),
        required=False,
        help_text=_("For rows that name none."),
    )
    activity_kind = forms.ChoiceField(
        label=_("What these people did"),
        choices=[("", _("Nothing yet: they are only names")), *((k, ActivityKind(k).label) for k in DID)],
        required=False,
        help_text=_("Counts for the scores of new and of known leads, once for each, and engages them."),
    )
    asset = forms.CharField(
        label=_("What it was about"),
        max_length=200,
        required=False,
        help_text=_("Such as the webinar's title; scoring rules can ask for it."),
    )
    happened_on = DayField(
        label=_("When"),
        required=False,
        help_text=_("Empty: on the day of the import."),
    )
    hand_off = forms.BooleanField(
        label=_("Hand leads that qualify to sales at once"),
        required=False,
        help_text=_("Otherwise they wait, at most as targets, until they do something themselves."),
    )
    remember = forms.CharField(
        label=_("Remember these choices as"),
        max_length=80,
        required=False,
        help_text=_("Used by itself for the next file with the same columns. Empty: not remembered."),
    )

    def __init__(self, *args: Any, imported: Import, samples: Sequence[ImportRow], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.imported, self.samples = imported, samples
        choices = [
            (LEAVE_OUT, _("Leave out")),
            (CUSTOM, _("Keep as a custom field")),
            (_("The lead"), list(TARGETS.items())),
        ]
        for place, target in enumerate(imported.columns):
            self.fields[f"{COLUMN}{place}"] = forms.ChoiceField(
                choices=choices,
                required=False,
                initial=target,
                label=_("Goes to"),
                widget=forms.Select({"class": "form-select form-select-sm"}),
            )

    def rows(self) -> list[dict[str, Any]]:
        """For the page: each column with its choice and what stands in it."""
        return [
            {
                "name": name,
                "field": self[f"{COLUMN}{place}"],
                "examples": [text for text in self._column(place) if text.strip()][:3],
            }
            for place, name in enumerate(self.imported.header)
        ]

    def _column(self, place: int) -> list[str]:
        return [row.cells[place] for row in self.samples if place < len(row.cells)]

    def columns(self) -> list[str]:
        """As chosen; what cannot be is left out."""
        given = self.cleaned_data
        return [given.get(f"{COLUMN}{place}", "") for place in range(len(self.imported.header))]

    def options(self) -> dict[str, Any]:
        names = ("source", "campaign", "activity_kind", "asset", "happened_on", "hand_off")
        return {name: self.cleaned_data.get(name) for name in names} | {
            "source": self.cleaned_data.get("source", ""),
            "asset": self.cleaned_data.get("asset", ""),
            "activity_kind": self.cleaned_data.get("activity_kind", ""),
            "hand_off": bool(self.cleaned_data.get("hand_off")),
        }

    def differences(self, stored: Import) -> list[tuple[str, str, str]]:
        """What is stored by now and was chosen otherwise here: name, theirs, these."""
        named = zip(stored.header, stored.columns, self.columns(), strict=True)
        found = [
            (name, _target(theirs), _target(chosen)) for name, theirs, chosen in named if theirs != chosen
        ]
        for name, chosen in self.options().items():
            theirs = getattr(stored, name)
            if theirs != chosen:
                found.append((str(self[name].label), self._shown(name, theirs), self._shown(name, chosen)))
        return found

    def _shown(self, name: str, value: Any) -> str:
        if isinstance(value, bool):
            return str(_("yes") if value else _("no"))
        if name == "activity_kind" and value:
            return str(ActivityKind(value).label)
        if isinstance(value, date):
            return date_format(value, "SHORT_DATE_FORMAT")
        return str(value or "–")

    def clean_happened_on(self) -> Any:
        day = self.cleaned_data["happened_on"]
        if day is not None and not self.imported.uploaded_at.year - 36 < day.year:
            raise forms.ValidationError(_("This moment lies too far in the past."))
        if day is not None and day > self.imported.uploaded_at.date():
            raise forms.ValidationError(_("This moment lies in the future."))
        return day


def _target(target: str) -> str:
    names = {LEAVE_OUT: _("Leave out"), CUSTOM: _("Keep as a custom field"), **TARGETS}
    return str(names.get(target, target))


def initial_of(imported: Import) -> dict[str, Any]:
    names = ("source", "activity_kind", "asset", "happened_on", "hand_off")
    return {name: getattr(imported, name) for name in names} | {"campaign": imported.campaign_id}
