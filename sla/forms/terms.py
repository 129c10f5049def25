"""What both sides promise each other, as the heads fill it in for a draft."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from leads.models import Persona

from ..enums import PromiseKind
from ..models import Agreement
from ..selectors.terms import personas, rule_sets, signers
from ..services.drafting import Promised
from .plan import plain

VALUES = ("marketing_head", "sales_head", "mediator", "rule_set", "review_every", "notes")
PEOPLE = frozenset({"marketing_head", "sales_head", "mediator"})
LIMITS = {"minutes": 600_000, "days": 365}
MOST = 10_000_000


def _percent(label: Any) -> forms.DecimalField:
    return forms.DecimalField(
        label=label,
        min_value=Decimal("0.001"),
        max_value=100,
        max_digits=6,
        decimal_places=3,
        required=False,
        widget=forms.NumberInput({"step": "any"}),
    )


def _count(label: Any, most: int, help_text: Any = "") -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=1, max_value=most, required=False, help_text=help_text)


class TermsForm(forms.ModelForm):
    """A field that stays empty is no promise. Names of fields are kinds of promises, with the unit."""

    mqls = _count(_("MQLs a month"), MOST)
    mql_value = forms.DecimalField(
        label=_("Value of MQLs a month"), min_value=1, max_digits=14, decimal_places=2, required=False
    )
    first_contact = _percent(_("Percent of hand-offs that are contacted in time"))
    first_contact_minutes = _count(_("in time is, in working minutes"), LIMITS["minutes"])
    attempts = _count(_("Attempts per lead before giving up"), 100)
    decision = _percent(_("Percent that are decided in time"))
    decision_days = _count(_("in time is, in days from the first contact"), LIMITS["days"])
    ae_decision = _percent(_("Percent of SQLs that the AE decides in time"))
    ae_decision_days = _count(_("in time is, in days from the hand-over"), LIMITS["days"])
    accepted_share = _percent(_("Percent of MQLs that sales accepts"))
    personas = forms.ModelMultipleChoiceField(
        Persona.objects.none(),
        label=_("Buyer personas"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = Agreement
        fields = VALUES
        widgets = {"notes": forms.Textarea({"rows": 4})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = (
            ("marketing_head", signers()),
            ("sales_head", signers()),
            ("mediator", signers()),
            ("rule_set", rule_sets(self.instance)),
            ("personas", personas(self.instance)),
        )
        for name, queryset in choices:
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset = queryset
            if name in PEOPLE:
                field.empty_label = _("nobody yet")
        for name in self.fields.keys() & {kind.value for kind in PromiseKind}:
            self.fields[name].localize = False

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        heads = [cleaned.get("marketing_head"), cleaned.get("sales_head")]
        if heads[0] is not None and heads[0] == heads[1]:
            self.add_error("sales_head", _("One person cannot sign for both sides."))
        for kind, unit in (("first_contact", "minutes"), ("decision", "days"), ("ae_decision", "days")):
            pair = (kind, f"{kind}_{unit}")
            given = [cleaned.get(name) is not None for name in pair]
            if any(given) and not all(given) and not self.errors.keys() & set(pair):
                self.add_error(pair[given.index(False)], _("Both belong together: the share and the time."))
        return cleaned

    # What follows needs a valid form.

    def values(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in VALUES}

    def persona_ids(self) -> list[int]:
        return [persona.pk for persona in self.cleaned_data["personas"]]

    def promises(self, by_source: Iterable[Promised]) -> list[Promised]:
        """In the order of the document; those of marketing by source after the one for all."""
        value = self.cleaned_data
        counts = (PromiseKind.MQLS, PromiseKind.MQL_VALUE, PromiseKind.ATTEMPTS)
        shares = (
            (PromiseKind.FIRST_CONTACT, value["first_contact_minutes"], None),
            (PromiseKind.DECISION, None, value["decision_days"]),
            (PromiseKind.AE_DECISION, None, value["ae_decision_days"]),
            (PromiseKind.ACCEPTED_SHARE, None, None),
        )
        found = {kind: Promised(kind, amount=Decimal(value[kind])) for kind in counts if value[kind]}
        for kind, minutes, days in shares:
            if value[kind]:
                found[kind] = Promised(kind, minutes=minutes, days=days, target_percent=value[kind])
        own = [found[kind] for kind in PromiseKind if kind in found]
        marketing = [one for one in own if one.kind in counts[:2]]
        return [*marketing, *by_source, *own[len(marketing) :]]


def terms_initial(agreement: Agreement) -> dict[str, Any]:
    """What a draft promises, by field."""
    found: dict[str, Any] = {"personas": list(agreement.personas.all())}
    for row in agreement.promises.filter(source=""):
        found[row.kind] = plain(row.amount if row.target_percent is None else row.target_percent)
        found[f"{row.kind}_minutes"] = row.minutes
        found[f"{row.kind}_days"] = row.days
    return found


class SourceRow(forms.Form):
    """MQLs of one source; an empty row is none."""

    source = forms.CharField(label=_("Source"), max_length=120, required=False)
    count = _count(_("MQLs a month"), MOST)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("source") and cleaned.get("count") is None and "count" not in self.errors:
            self.add_error("count", _("How many a month?"))
        if cleaned.get("count") and not cleaned.get("source"):
            self.add_error("source", _("From which source?"))
        return cleaned


class SourceRowsBase(forms.BaseFormSet):
    def clean(self) -> None:
        named = [form.cleaned_data["source"] for form in self.forms if form.cleaned_data.get("source")]
        if len(named) > len(set(named)):
            raise forms.ValidationError(_("A source is named twice."))

    def promises(self) -> list[Promised]:
        rows = (form.cleaned_data for form in self.forms)
        return [
            Promised(PromiseKind.MQLS, amount=Decimal(row["count"]), source=row["source"])
            for row in rows
            if row.get("source")
        ]


SourceRows = forms.formset_factory(SourceRow, formset=SourceRowsBase, extra=2, max_num=20)


def source_initial(agreement: Agreement) -> list[dict[str, Any]]:
    rows = agreement.promises.filter(kind=PromiseKind.MQLS).exclude(source="").order_by("pk")
    return [{"source": row.source, "count": int(row.amount or 0)} for row in rows]
