"""The forms of the scoring editor. ``seen`` is the fingerprint of what the form showed."""

from dataclasses import replace
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ..enums import CHOOSABLE_KINDS, Dimension
from ..models import Threshold
from ..rules import scoring as rules
from ..rules.wording import condition_words, reason_words
from .conditions import ConditionForm, initial_of

LEAST, MOST = -100, 100


class GroupPageForm(forms.Form):
    """Fit describes who somebody is, which time does not change: it never fades."""

    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    name = forms.CharField(label=_("Name"), max_length=120)
    cap = forms.IntegerField(
        label=_("At most"), min_value=0, max_value=100, initial=100,
        help_text=_("Points that its rules give together."),
    )  # fmt: skip
    decay_percent = forms.IntegerField(
        label=_("Loses percent"),
        min_value=0,
        max_value=100,
        initial=25,
        help_text=_("0: points stay for good."),
    )
    decay_days = forms.IntegerField(label=_("Every … days"), min_value=1, max_value=3650, initial=30)

    def __init__(self, *args: Any, dimension: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.dimension = dimension
        if dimension == Dimension.FIT:
            del self.fields["decay_percent"], self.fields["decay_days"]

    def values(self) -> dict[str, Any]:
        """The group's own columns."""
        values = {name: value for name, value in self.cleaned_data.items() if name != "seen"}
        return {"dimension": self.dimension, **values}


class RuleBase(forms.Form):
    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    name = forms.CharField(
        label=_("Name"), max_length=200, required=False, help_text=_("Empty: what the rule says, in words.")
    )
    points = forms.IntegerField(
        label=_("Points"), min_value=LEAST, max_value=MOST, help_text=_("Less than 0 takes points away.")
    )

    def clean_points(self) -> int:
        points: int = self.cleaned_data["points"]
        if not points:
            raise forms.ValidationError(_("A rule of 0 points says nothing."))
        return points


class FieldRuleForm(RuleBase, ConditionForm):
    """Points for something that is known of the lead or its company."""

    field_order = ("seen", "field", "custom_name", "operator", "value", "points", "name")

    def rule(self, pk: int) -> rules.Rule:
        name = self.cleaned_data["name"] or condition_words(self.condition)[:200]
        return rules.Rule(pk, name, self.cleaned_data["points"], condition=self.condition)


class ActivityRuleForm(RuleBase):
    """Points for each activity of a kind."""

    activity_kind = forms.ChoiceField(label=_("Activity"), choices=[("", "—"), *CHOOSABLE_KINDS])
    asset = forms.CharField(
        label=_("Name contains"), max_length=200, required=False,
        help_text=_("Of the form, page or content: white paper. Empty: any."),
    )  # fmt: skip
    max_times = forms.IntegerField(
        label=_("Counted at most"), min_value=0, max_value=1000, initial=1,
        help_text=_("Times, the newest first. 0: every time."),
    )  # fmt: skip

    field_order = ("seen", "activity_kind", "asset", "max_times", "points", "name")

    def rule(self, pk: int) -> rules.Rule:
        value = self.cleaned_data
        made = rules.Rule(
            pk, value["name"], value["points"],
            kind=value["activity_kind"], asset=value["asset"], max_times=value["max_times"],
        )  # fmt: skip
        return made if made.name else replace(made, name=reason_words(made)[:200])


def rule_form(on_field: bool, *args: Any, **kwargs: Any) -> FieldRuleForm | ActivityRuleForm:
    return FieldRuleForm(*args, **kwargs) if on_field else ActivityRuleForm(*args, **kwargs)


def rule_initial(rule: rules.Rule) -> dict[str, Any]:
    own = {"name": rule.name, "points": rule.points}
    if rule.condition is not None:
        return own | initial_of(rule.condition)
    return own | {"activity_kind": rule.kind, "asset": rule.asset, "max_times": rule.max_times}


class ThresholdRow(forms.Form):
    """An empty row asks for nothing and is left out."""

    stage = forms.ChoiceField(label=_("Makes a lead"), choices=Threshold.Stage.choices)
    min_fit = forms.IntegerField(label=_("Fit at least"), min_value=0, max_value=100, required=False)
    min_interest = forms.IntegerField(
        label=_("Interest at least"), min_value=0, max_value=100, required=False
    )
    min_intent = forms.IntegerField(label=_("Intent at least"), min_value=0, max_value=100, required=False)

    def threshold(self) -> rules.Threshold | None:
        value = self.cleaned_data
        least = [value.get(name) or 0 for name in ("min_fit", "min_interest", "min_intent")]
        return rules.Threshold(value["stage"], *least) if any(least) else None


class ThresholdSet(forms.BaseFormSet):
    def clean(self) -> None:
        if any(self.errors):
            return
        if not any(threshold.stage == Threshold.Stage.MQL for threshold in self.thresholds()):
            raise forms.ValidationError(_("No threshold says what makes an MQL."))

    def thresholds(self) -> list[rules.Threshold]:
        rows = (form for form in self.forms if form.is_valid() and form not in self.deleted_forms)
        return [threshold for row in rows if (threshold := row.threshold())]


ThresholdRows = forms.formset_factory(
    ThresholdRow, formset=ThresholdSet, extra=2, can_delete=True, can_delete_extra=False, max_num=30
)


class DraftNoteForm(forms.Form):
    note = forms.CharField(label=_("What changes and why"), max_length=500, required=False)
