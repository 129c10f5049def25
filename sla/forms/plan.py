"""The plan of an agreement as it is typed: the goal, a rate a step, and a question the other way."""

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from funnel.enums import STAGES, Stage
from funnel.rules.periods import Span
from smarketing.accounts.forms.days import DayField

from ..models import Agreement
from ..rules.capacity import Effort
from ..rules.chance import Lots
from ..rules.goal import STEPS, Goal, needs
from ..selectors.agreements import Past
from ..services.agreements import Rate

LONGEST = dt.timedelta(days=3 * 366)
MOST_LEADS = 10_000_000
EFFORT = ("attempts", "attempt_minutes", "sql_minutes", "lead_percent")
AGREED = ("name", "first_day", "last_day", "currency", "revenue", "sale", "sdrs", "aes", *EFFORT)


class PlanForm(forms.ModelForm):
    """``before``: what was measured; a new plan begins with it."""

    have_stage = forms.ChoiceField(label=_("in stage"), choices=Stage.choices, required=False)
    have = forms.IntegerField(
        label=_("Leads we can count on"), min_value=0, max_value=MOST_LEADS, required=False
    )

    class Meta:
        model = Agreement
        fields = AGREED
        field_classes: ClassVar[dict[str, type[forms.Field]]] = {"first_day": DayField, "last_day": DayField}

    def __init__(self, *args: Any, before: Past, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.before, self.past = before, before.rates
        kept = self.instance
        # Validation writes what is typed into the instance.
        self.stored = (kept.sale, kept.currency, kept.sale_deals) if kept.pk else None
        for name in ("revenue", "sale"):
            self.initial[name] = plain(self.initial.get(name))
        known = {row.stage: row for row in self.instance.rates.all()} if self.instance.pk else {}
        for _before, after in STEPS:
            row = known.get(after)
            self.fields[f"rate_{after}"] = forms.DecimalField(
                label=after.label,
                min_value=Decimal("0.001"),
                max_value=100,
                max_digits=6,
                decimal_places=3,
                initial=plain(row.percent) if row else percent_of(self.past[after].rate),
                widget=forms.NumberInput({"step": "any", "inputmode": "decimal", "class": "form-control"}),
            )
            self.fields[f"reason_{after}"] = forms.CharField(
                label=_("Why not as measured?") if self.past[after].entered else _("Why so many?"),
                max_length=300,
                required=False,
                initial=row.reason if row else "",
                widget=forms.TextInput({"class": "form-control", "placeholder": " "}),
            )

    def clean_currency(self) -> str:
        code = str(self.cleaned_data["currency"]).strip().upper()
        if len(code) != 3 or not code.isascii() or not code.isalpha():
            raise forms.ValidationError(_("A currency has three letters, such as EUR."))
        return code

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        first, last = cleaned.get("first_day"), cleaned.get("last_day")
        if first and last and first > last:
            self.add_error("last_day", _("This day lies before the first one."))
        elif first and last and last - first > LONGEST:
            self.add_error("last_day", _("A plan covers three years at most."))
        if not self.errors and needs(self.goal())[STAGES[0]] > MOST_LEADS:
            self.add_error(None, _("This takes more than ten million new names. Are the rates in percent?"))
        return cleaned

    def rows(self) -> list[dict[str, Any]]:
        """One a step, for the page: the stages, the two fields, and what was measured."""
        return [
            {
                "before": before,
                "after": after,
                "rate": self[f"rate_{after}"],
                "reason": self[f"reason_{after}"],
                "measured": self.past[after],
                "percent": percent_of(self.past[after].rate),
                "low": percent_of(self.past[after].low),
                "high": percent_of(self.past[after].high),
            }
            for before, after in STEPS
        ]

    # What follows needs a valid form.

    def values(self) -> dict[str, Any]:
        return {**{name: self.cleaned_data[name] for name in AGREED}, "sale_deals": self.sale_deals()}

    def sale_deals(self) -> int:
        """Won deals that the average sale was measured on, now or when it was stored; 0: typed by hand."""
        typed = self.cleaned_data["sale"], self.cleaned_data["currency"]
        if typed == (self.before.sale, self.before.currency):
            return self.before.deals
        return self.stored[2] if self.stored and typed == self.stored[:2] else 0

    def lots(self) -> Lots:
        """Amounts of won deals, moved to the average that is planned; none where that is certain."""
        sale, before = self.cleaned_data["sale"], self.before
        if not before.sale or before.currency != self.cleaned_data["currency"] or not self.sale_deals():
            return ()
        return tuple((amount * float(sale / before.sale), n) for amount, n in before.lots)

    def rates(self) -> dict[Stage, Rate]:
        found = {}
        for _before, after in STEPS:
            known = self.past[after]
            percent, reason = self.cleaned_data[f"rate_{after}"], self.cleaned_data[f"reason_{after}"]
            found[after] = Rate(percent, known.entered, known.reached, reason)
        return found

    def goal(self) -> Goal:
        shares = {after: Fraction(rate.percent) / 100 for after, rate in self.rates().items()}
        return Goal(self.cleaned_data["revenue"], self.cleaned_data["sale"], shares)

    def span(self) -> Span:
        return Span(self.cleaned_data["first_day"], self.cleaned_data["last_day"])

    def effort(self) -> Effort | None:
        """None as long as a part of it is missing."""
        found = {name: self.cleaned_data[name] for name in EFFORT}
        return Effort(**found) if all(found.values()) else None

    def have_in(self) -> Stage:
        return Stage(self.cleaned_data.get("have_stage") or STAGES[0])


def plain(value: Decimal | None) -> Decimal | None:
    """Without idle zeros and without an exponent."""
    if value is None:
        return None
    return value.quantize(Decimal(1)) if value == value.to_integral_value() else value.normalize()


def percent_of(rate: Fraction | None) -> Decimal | None:
    """With as many places as a rate keeps, and no idle zeros; None stays None. A measured rate of 0
    cannot be planned with, so it is None, too."""
    if not rate:
        return None
    value = Decimal(rate.numerator * 100) / Decimal(rate.denominator)
    value = max(value.quantize(Decimal("0.1"), ROUND_HALF_UP), Decimal("0.1"))
    return plain(value)
