"""What leads of each group are worth in a plan, as it is typed beside what was measured."""

from copy import copy
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, cast

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext_lazy as _

from ..enums import WORTH_BY, Feature
from ..models import Agreement
from ..rules.wording import group_label
from ..rules.worth import Part, Seen, Weight, in_percent, quality, to_hundredth, weighed
from ..selectors.worth import Groups, group_names, groups_known, seen_groups
from ..services.agreements import GroupWorth
from .dashboard import today

MOST = Decimal(1000)
CHOICES = [(one.value, one.label) for one in WORTH_BY]


@dataclass(frozen=True, slots=True)
class WorthRow:
    """One group for the page; percentages and weights as they are shown."""

    label: str
    weight: BoundField
    share: BoundField
    reason: BoundField
    seen: Seen
    measured: Decimal | None
    low: Decimal | None
    high: Decimal | None


class WorthForm(forms.Form):
    """Fields are named after their feature and group, so that another choice of ``worth_by`` begins with
    what was measured of it. A weight that is left empty counts as measured, an empty share as none."""

    worth_by = forms.ChoiceField(label=_("Tell leads apart by"), choices=CHOICES, required=False)

    def __init__(self, data: Any, *, agreement: Agreement | None, currency: str, by: Feature) -> None:
        super().__init__(data)
        stored = Feature(agreement.worth_by) if agreement else by
        asked = data.get("worth_by") if data is not None else None
        self.by = next((one for one in WORTH_BY if one.value == asked), stored)
        self.fields["worth_by"].initial = self.by.value
        rows = list(agreement.worths.all()) if agreement and self.by == stored else []
        self.kept = {row.group: row for row in rows}
        self.past: Groups = seen_groups(by=self.by, today=today(), currency=currency)
        known = groups_known(self.by)
        others = [group for group in (*self.kept, *self.past.seen) if group not in known]
        self.groups = [*dict.fromkeys(others), *known]
        self.names = group_names(self.by, self.groups)
        self.measured = weighed({group: self.past.seen.get(group, Seen()) for group in self.groups})
        for group in self.groups:
            self._add(group)
        if data is not None:
            self.data = self._whole(data)

    def _add(self, group: str) -> None:
        row, measured = self.kept.get(group), self.measured[group]
        # What a plan did not know when it was stored has no part in it.
        unknown = Decimal() if self.kept else in_percent(measured.share or Fraction())
        share = unknown if row is None else row.share
        weight = self._as_measured(group) if row is None else row.weight
        number = forms.NumberInput({"step": "any", "inputmode": "decimal", "class": "form-control"})
        self.fields[self._name("weight", group)] = forms.DecimalField(
            label=_("Counts as"), min_value=0, max_value=MOST, max_digits=7, decimal_places=3,
            required=False, initial=_bare(weight), widget=number,
        )  # fmt: skip
        self.fields[self._name("share", group)] = forms.DecimalField(
            label=_("Percent of the MQLs"), min_value=0, max_value=100, max_digits=6, decimal_places=3,
            required=False, initial=_bare(share), widget=number,
        )  # fmt: skip
        self.fields[self._name("reason", group)] = forms.CharField(
            label=_("Why not as measured?") if measured.seen.leads else _("Why so much?"),
            max_length=300, required=False,
            initial=row.reason if row else "",
            widget=forms.TextInput({"class": "form-control", "placeholder": " "}),
        )  # fmt: skip

    def _whole(self, data: Any) -> Any:
        """With what nobody was shown yet, because the choice of ``worth_by`` is new."""
        found = data.copy()
        for name, field in self.fields.items():
            if name not in found:
                found[name] = "" if field.initial is None else str(field.initial)
        return found

    def _as_measured(self, group: str) -> Decimal | None:
        """A group that nothing is known of begins as the average."""
        measured = self.measured[group]
        return _shown(measured.value if measured.seen.leads else Fraction(1))

    def _name(self, what: str, group: str) -> str:
        return f"{what}_{self.by}_{group or 'none'}"

    def as_sent(self) -> "WorthForm":
        """A copy that works out what the page begins with, as if somebody had sent it."""
        found: Any = copy(self)
        found.data = {self.add_prefix(name): self[name].value() for name in self.fields}
        found.is_bound, found._errors, found._bound_fields_cache = True, None, {}
        return cast(WorthForm, found)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors and not quality(self.parts()):
            self.add_error(None, _("Leads like these would be worth nothing: no group counts for anything."))
        return cleaned

    def rows(self) -> list[WorthRow]:
        return [self._row(group, self.measured[group]) for group in self.groups]

    def _row(self, group: str, measured: Weight) -> WorthRow:
        return WorthRow(
            label=group_label(self.by, group, self.names.get(group, "")),
            weight=self[self._name("weight", group)],
            share=self[self._name("share", group)],
            reason=self[self._name("reason", group)],
            seen=measured.seen,
            measured=_shown(measured.value),
            low=_shown(measured.low),
            high=_shown(measured.high),
        )

    # What follows needs clean fields.

    def parts(self) -> list[Part]:
        return [Part(one.group, one.weight, one.share) for one in self.worths()]

    def worths(self) -> list[GroupWorth]:
        found = []
        for group in self.groups:
            typed = {name: self.cleaned_data.get(self._name(name, group)) for name in ("weight", "share")}
            measured = self.measured[group]
            weight = typed["weight"]
            found.append(
                GroupWorth(
                    group=group,
                    weight=(self._as_measured(group) or Decimal(1)) if weight is None else weight,
                    share=typed["share"] or Decimal(),
                    leads=measured.seen.leads,
                    won=measured.seen.won,
                    reason=self.cleaned_data.get(self._name("reason", group)) or "",
                )
            )
        return found


def _shown(value: Fraction | float | None) -> Decimal | None:
    return None if value is None else to_hundredth(value)


def _bare(value: Decimal | None) -> Decimal | None:
    """Without idle zeros and without an exponent."""
    if value is None:
        return None
    return value.quantize(Decimal(1)) if value == value.to_integral_value() else value.normalize()
