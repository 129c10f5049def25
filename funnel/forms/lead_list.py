"""The filters of the list of leads, one for each of its columns: shape only."""

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from leads.enums import ImportOutcome
from smarketing.accounts.forms.days import DayField

from ..enums import Reason, Stage, Status
from ..rules.periods import Span
from ..rules.stood import Standing
from ..selectors import choices
from ..selectors.funnel_journeys import Behind
from ..selectors.lead_list import Narrowing
from ..selectors.lead_sorting import NEWEST, SORTS
from ..selectors.origins import Origin
from .filters import NONE_GIVEN, EntryForm, given

CYCLE_FILTERS = ("reached", "left", "resting", "reason", "closed_from", "closed_to", "stood_on")
GRADES = tuple(f"{fit}{engagement}" for fit in "ABC" for engagement in "123")
FIRST = ("q", "stage", "owner", "grade")
"""Always at hand; the others are a click away."""

SPANS = (("entered_from", "entered_to"), ("since_from", "since_to"), ("active_from", "active_to"))
RANGES = tuple((f"{score}_min", f"{score}_max") for score in ("fit", "interest", "intent"))


def _points(label: Any) -> forms.IntegerField:
    return forms.IntegerField(label=label, required=False, min_value=0, max_value=100)


def _hidden(label: Any) -> forms.CharField:
    return forms.CharField(label=label, required=False, max_length=500, widget=forms.HiddenInput)


def _count(label: Any) -> forms.IntegerField:
    return forms.IntegerField(
        label=label, required=False, min_value=0, max_value=36_500, widget=forms.HiddenInput
    )


def _text(label: Any) -> forms.CharField:
    return forms.CharField(label=label, required=False, max_length=100)


def _stage(label: Any) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=Stage.choices, required=False, widget=forms.HiddenInput)


class LeadListForm(EntryForm):
    """The list of leads: what a number of the report stands for, and what people look for."""

    q = forms.CharField(label=_("Search"), required=False, max_length=200)
    stage = forms.ChoiceField(label=_("Stage"), required=False)
    status = forms.ChoiceField(label=_("Status"), required=False)
    owner = forms.ChoiceField(label=_("Owner"), required=False)
    grade = forms.ChoiceField(label=_("Grade"), required=False)
    country = forms.RegexField(
        r"[A-Za-z]{2}", label=_("Country"), required=False, max_length=2, help_text=_("ES, PT …")
    )
    reason = forms.ChoiceField(label=_("Reason"), required=False)
    landing_page = forms.CharField(label=_("Landing page"), required=False, max_length=500)
    company = _text(_("Company"))
    email = _text(_("E-mail"))
    phone = _text(_("Phone"))
    job_title = _text(_("Job title"))
    since_from = DayField(label=_("In stage since, from"), required=False)
    since_to = DayField(label=_("In stage since, until"), required=False)
    active_from = DayField(label=_("Last interaction from"), required=False)
    active_to = DayField(label=_("Last interaction until"), required=False)
    fit_min = _points(_("Fit at least"))
    fit_max = _points(_("Fit at most"))
    interest_min = _points(_("Interest at least"))
    interest_max = _points(_("Interest at most"))
    intent_min = _points(_("Intent at least"))
    intent_max = _points(_("Intent at most"))

    reached = _stage(pgettext_lazy("stage", "Reached"))
    left = _stage(_("Left"))
    resting = _stage(_("Stands in"))
    then = _stage(_("Reached later"))
    current = forms.CharField(required=False, max_length=5, widget=forms.HiddenInput)
    reached_from = DayField(label=_("Reached from"), required=False, hidden=True)
    reached_to = DayField(label=_("Reached until"), required=False, hidden=True)
    given_back = forms.CharField(
        label=_("Returned or disqualified"), required=False, max_length=5, widget=forms.HiddenInput
    )
    closed_from = DayField(label=_("Closed from"), required=False, hidden=True)
    closed_to = DayField(label=_("Closed until"), required=False, hidden=True)
    imported = forms.IntegerField(
        label=_("Import"), required=False, min_value=1, max_value=2**62, widget=forms.HiddenInput
    )
    outcome = forms.ChoiceField(
        label=_("Outcome"), choices=ImportOutcome.choices, required=False, widget=forms.HiddenInput
    )
    stood_on = DayField(label=_("As it stood on"), required=False, hidden=True)
    stood_in = _stage(_("Stood in"))
    stood_from = _count(_("Days there, from"))
    stood_to = _count(_("Days there, until"))
    stood_grade = forms.ChoiceField(label=_("Came with grade"), required=False, widget=forms.HiddenInput)
    form = _hidden(_("Form"))
    first_touch = _hidden(_("First touch"))
    last_touch = _hidden(_("Last touch"))
    marketing = _hidden(_("Brought by marketing"))
    sort = forms.ChoiceField(
        choices=[(sort, sort) for sort in sorted(SORTS)], required=False, widget=forms.HiddenInput
    )

    field_order = (
        *FIRST, "status", "reason", "persona", "country", "company", "email", "phone", "job_title",
        "team", "source", "campaign", "landing_page",
        *(name for pair in (*SPANS, *RANGES) for name in pair),
    )  # fmt: skip
    offered: ClassVar[tuple[str, ...]] = (*EntryForm.offered, choices.PERSON)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._choices("stage", list(Stage.choices))
        self._choices("status", list(Status.choices))
        self._choices("reason", [*Reason.choices, (NONE_GIVEN, _("not given"))])
        self._choices("owner", [("none", _("Nobody")), *self.known[choices.PERSON]])
        self._choices("grade", [(grade, grade) for grade in GRADES])
        self._choices("stood_grade", [*((one, one) for one in GRADES), (NONE_GIVEN, _("no score"))])
        self.fields["q"].widget.attrs |= {"type": "search", "placeholder": _("Name, e-mail or company")}

    @property
    def first(self) -> list[forms.BoundField]:
        return [self[name] for name in FIRST]

    @property
    def more(self) -> list[forms.BoundField]:
        return [field for field in self.visible_fields() if field.name not in FIRST]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        for first, last in (*SPANS[1:], *RANGES):
            low, high = cleaned.get(first), cleaned.get(last)
            if low is not None and high is not None and low > high:
                message = (
                    _("This is below the least.")
                    if last in dict(RANGES).values()
                    else _("This day lies before the first one.")
                )
                self.add_error(last, message)
        return cleaned

    @property
    def counts_every_cycle(self) -> bool:
        """Behind a number that counts journeys, a lead's earlier cycles are listed too."""
        return any(self.cleaned_data.get(name) for name in CYCLE_FILTERS)

    @property
    def is_behind_a_number(self) -> bool:
        """Numbers are the same for everybody: what of it lies with other teams is said."""
        return self.counts_every_cycle or bool(self.cleaned_data.get("current"))

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
            reason=given(value.get("reason")),
            current=current,
            stood=self._stood(),
            origin=self._origin(),
        )

    def _origin(self) -> Origin:
        value = self.cleaned_data
        marketing = {"true": True, "false": False}.get(value.get("marketing") or "")
        touches = {name: given(value.get(name)) for name in ("form", "first_touch", "last_touch")}
        return Origin(marketing=marketing, **touches)

    def _stood(self) -> Standing | None:
        value = self.cleaned_data
        if not value.get("stood_on"):
            return None
        return Standing(
            value["stood_on"],
            stage=value.get("stood_in") or "",
            days_from=value.get("stood_from") or 0,
            days_to=value.get("stood_to"),
            grade=given(value.get("stood_grade")),
        )

    def narrowing(self) -> Narrowing:
        value = self.cleaned_data
        words = {name: value.get(name) or "" for name in ("company", "email", "phone", "job_title")}
        return Narrowing(
            q=value.get("q") or "",
            owner=value.get("owner") or "",
            grade=value.get("grade") or "",
            country=(value.get("country") or "").upper(),
            imported=value.get("imported"),
            outcome=value.get("outcome") or "",
            stage_since=Span(value.get("since_from"), value.get("since_to")),
            last_meaningful=Span(value.get("active_from"), value.get("active_to")),
            scores={name: value[name] for pair in RANGES for name in pair if value.get(name) is not None},
            **words,
        )
