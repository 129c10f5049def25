"""What a list is filtered by, each to be taken away by a click."""

from dataclasses import dataclass
from datetime import date

from django import forms
from django.http import QueryDict
from django.utils.formats import date_format
from django.utils.functional import Promise

SILENT = ("sort", "current")


@dataclass(frozen=True, slots=True)
class Chip:
    """``query``: the address without this filter."""

    label: Promise | str
    value: str
    query: str


def chips_of(form: forms.Form, kept: QueryDict) -> list[Chip]:
    """One for each valid filter, in the order of the form. The form has been validated."""
    found = []
    for name, value in form.cleaned_data.items():
        if name in SILENT or value in (None, "") or name not in kept:
            continue
        query = kept.copy()
        query.pop(name)
        found.append(Chip(form[name].label, _words(form.fields[name], value), query.urlencode() or "all=1"))
    return found


def _words(field: forms.Field, value: object) -> str:
    if isinstance(field, forms.ChoiceField):
        return str(dict(field.choices).get(value, value))  # type: ignore[arg-type]
    if isinstance(value, date):
        return date_format(value, "SHORT_DATE_FORMAT")
    return str(value)
