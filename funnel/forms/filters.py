"""Filters of the pages: shape only, every value lives in the URL."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from smarketing.accounts.models import Team, User

from ..enums import Cube, Grain, Reason, Stage, Status
from ..models import RollupCell
from ..rules.periods import Span
from ..rules.report import Filters
from ..selectors import choices
from ..selectors.funnel_journeys import Behind
from ..selectors.lead_list import Narrowing
from ..selectors.lead_sorting import NEWEST, SORTS
from ..selectors.people import report_owners

CYCLE_FILTERS = ("reached", "left", "resting", "reason", "closed_from", "closed_to")
NONE_GIVEN = "~"
"""Stands in a page's URL for "has no source", because an empty box of a form means "any"."""
MOST_SOURCES = 200
GRADES = tuple(f"{fit}{engagement}" for fit in "ABC" for engagement in "123")


def page_params(params: Mapping[str, str]) -> dict[str, str]:
    """A number's own parameters as the pages write them."""
    return {name: value or NONE_GIVEN for name, value in params.items()}


class EntryForm(forms.Form):
    """Which journeys: by day of entry and where they came from; shared by report and list."""

    entered_from = forms.DateField(
        label=_("Entered from"), required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d")
    )
    entered_to = forms.DateField(
        label=_("Entered until"), required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d")
    )
    source = forms.ChoiceField(label=_("Source"), required=False)
    campaign = forms.ChoiceField(label=_("Campaign"), required=False)
    team = forms.ChoiceField(label=_("Team"), required=False)
    landing_page = forms.CharField(required=False, max_length=500, widget=forms.HiddenInput)

    offered: ClassVar[tuple[str, ...]] = (choices.CAMPAIGN, choices.TEAM)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sources = RollupCell.objects.filter(cube=Cube.SOURCE, grain=Grain.ALL)
        known = sources.order_by("key").values_list("key", flat=True).distinct()[:MOST_SOURCES]
        shown = {*known, *filter(None, [self.data.get("source")])} - {"", NONE_GIVEN}
        self._choices("source", [(key, key) for key in sorted(shown)] + [(NONE_GIVEN, _("not given"))])
        self.known = choices.choices_of(self.offered)
        self._choices("campaign", [*self.known[choices.CAMPAIGN], ("0", _("none"))])
        self._choices("team", self.known[choices.TEAM])
        for field in self.fields.values():
            look = (
                "form-select form-select-sm"
                if isinstance(field.widget, forms.Select)
                else "form-control form-control-sm"
            )
            field.widget.attrs["class"] = look

    def _choices(self, name: str, choices: list[tuple[str, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("All")), *choices]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, last = cleaned.get("entered_from"), cleaned.get("entered_to")
        if first and last and first > last:
            self.add_error("entered_to", _("This day lies before the first one."))
        return cleaned

    def filters(self, user: User) -> Filters:
        """What validated, within what ``user`` counts; the rest is shown as an error and ignored."""
        self.is_valid()
        value = self.cleaned_data
        params = {name: str(self.data[name]) for name in EntryForm.base_fields if value.get(name)}
        return Filters(
            entered=Span(value.get("entered_from"), value.get("entered_to")),
            source=_text(value.get("source")),
            landing_page=_text(value.get("landing_page")),
            campaign=int(value["campaign"]) if value.get("campaign") else None,
            owner_ids=report_owners(user=user, team=self._team()),
            params={name: "" if text == NONE_GIVEN else text for name, text in params.items()},
        )

    def _team(self) -> Team | None:
        chosen = self.cleaned_data.get("team")
        return Team.objects.get(pk=chosen) if chosen else None


class LeadListForm(EntryForm):
    """The list of leads: what a number of the report stands for, and what people look for."""

    q = forms.CharField(label=_("Search"), required=False, max_length=200)
    stage = forms.ChoiceField(label=_("Stage"), required=False)
    status = forms.ChoiceField(label=_("Status"), required=False)
    owner = forms.ChoiceField(label=_("Owner"), required=False)
    grade = forms.ChoiceField(label=_("Grade"), required=False)
    persona = forms.ChoiceField(label=_("Buyer persona"), required=False)
    country = forms.RegexField(
        r"[A-Za-z]{2}", label=_("Country"), required=False, max_length=2, help_text=_("ES, PT …")
    )
    reason = forms.CharField(required=False, max_length=16, widget=forms.HiddenInput)
    reached = forms.ChoiceField(choices=Stage.choices, required=False, widget=forms.HiddenInput)
    left = forms.ChoiceField(choices=Stage.choices, required=False, widget=forms.HiddenInput)
    resting = forms.ChoiceField(choices=Stage.choices, required=False, widget=forms.HiddenInput)
    current = forms.CharField(required=False, max_length=5, widget=forms.HiddenInput)
    reached_from = forms.DateField(required=False, widget=forms.HiddenInput)
    reached_to = forms.DateField(required=False, widget=forms.HiddenInput)
    then = forms.ChoiceField(choices=Stage.choices, required=False, widget=forms.HiddenInput)
    given_back = forms.CharField(required=False, max_length=5, widget=forms.HiddenInput)
    closed_from = forms.DateField(required=False, widget=forms.HiddenInput)
    closed_to = forms.DateField(required=False, widget=forms.HiddenInput)
    sort = forms.ChoiceField(
        choices=[(sort, sort) for sort in sorted(SORTS)], required=False, widget=forms.HiddenInput
    )

    field_order = (
        "q", "stage", "status", "owner", "team", "source", "campaign", "grade", "persona", "country",
        "entered_from", "entered_to",
    )  # fmt: skip
    offered: ClassVar[tuple[str, ...]] = (choices.CAMPAIGN, choices.TEAM, choices.PERSON, choices.PERSONA)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._choices("stage", list(Stage.choices))
        self._choices("status", list(Status.choices))
        self._choices("owner", [("none", _("Nobody")), *self.known[choices.PERSON]])
        self._choices("grade", [(grade, grade) for grade in GRADES])
        self._choices("persona", [("0", _("none")), *self.known[choices.PERSONA]])
        self.fields["q"].widget.attrs |= {"type": "search", "placeholder": _("Name, e-mail or company")}

    def clean_reason(self) -> str:
        reason: str = self.cleaned_data["reason"]
        if reason not in {"", NONE_GIVEN, *Reason.values}:
            raise forms.ValidationError(_("This reason is not known."))
        return reason

    @property
    def counts_every_cycle(self) -> bool:
        """Behind a number that counts journeys, a lead's earlier cycles are listed too."""
        return any(self.cleaned_data.get(name) for name in CYCLE_FILTERS)

    @property
    def order(self) -> str:
        return self.cleaned_data.get("sort") or NEWEST

    @property
    def one_stage(self) -> str:
        """The stage that every listed journey stands in now; empty: several, or earlier cycles too."""
        return "" if self.counts_every_cycle else self.cleaned_data.get("stage") or ""

    def behind(self) -> Behind:
        value = self.cleaned_data
        current = None if self.counts_every_cycle else True
        return Behind(
            reached=value.get("reached") or "",
            reached_in=Span(value.get("reached_from"), value.get("reached_to")),
            closed_in=Span(value.get("closed_from"), value.get("closed_to")),
            then=value.get("then") or "",
            given_back=value.get("given_back") == "true",
            left=value.get("left") or "",
            resting=value.get("resting") or "",
            stage=value.get("stage") or "",
            status=value.get("status") or "",
            reason=_text(value.get("reason")),
            current=current,
        )

    def narrowing(self) -> Narrowing:
        value = self.cleaned_data
        return Narrowing(
            q=value.get("q") or "",
            owner=value.get("owner") or "",
            grade=value.get("grade") or "",
            persona=int(value["persona"]) if value.get("persona") else None,
            country=(value.get("country") or "").upper(),
        )


def _text(value: str | None) -> str | None:
    """None: any; "": none given."""
    if not value:
        return None
    return "" if value == NONE_GIVEN else value


class TargetsForm(forms.Form):
    """One whole number a stage; empty: no target. No stage is to hold more than the one before."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for stage in Stage:
            self.fields[stage.value] = forms.IntegerField(
                label=stage.label, required=False, min_value=0, max_value=10_000_000
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        most = None
        for stage in Stage:
            count = cleaned.get(stage.value)
            if count is not None and most is not None and count > most:
                self.add_error(stage.value, _("More than the stage before it can hold."))
            most = count if count is not None else most
        return cleaned

    def counts(self) -> dict[Stage, int | None]:
        return {stage: self.cleaned_data.get(stage.value) for stage in Stage}
