"""Returned leads: which ones are shown, and what is decided about one."""

from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from leads.models import Campaign
from smarketing.accounts.forms.days import DayField
from smarketing.accounts.models import User
from smarketing.accounts.rules.text import InvalidText, clean_text

from ..enums import Reason, ReturnAction
from ..rules.periods import Span
from ..selectors.choices import MOST_SOURCES, known_sources
from ..selectors.people import workers
from ..selectors.returned import AUTOMATIC, HANDLED, PEOPLE, TODO, ReturnFilter
from .filters import NONE_GIVEN

NOBODY = "none"


class ReturnsForm(forms.Form):
    """Filters, all in the URL; a value that does not validate filters nothing."""

    tab = forms.ChoiceField(
        choices=[(TODO, _("To do")), (HANDLED, _("Handled"))], required=False, widget=forms.HiddenInput
    )
    reason = forms.ChoiceField(label=_("Reason"), required=False, choices=[("", _("All")), *Reason.choices])
    rep = forms.ChoiceField(label=_("From whom"), required=False)
    by = forms.ChoiceField(
        label=_("Returned by"),
        required=False,
        choices=[("", _("All")), (PEOPLE, _("a person")), (AUTOMATIC, _("the agreement (time was over)"))],
    )
    source = forms.ChoiceField(label=_("Source"), required=False)
    first = DayField(label=_("Returned from"), required=False)
    last = DayField(label=_("Returned until"), required=False)

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        known = known_sources().order_by("key").values_list("key", flat=True)[:MOST_SOURCES]
        sources = sorted({*known, data.get("source", "")} - {"", NONE_GIVEN})
        self._choices("source", [*((key, key) for key in sources), (NONE_GIVEN, _("not given"))])
        asked = data.get("rep", "")
        mine = Q(pk__in=workers().values("pk"))
        if asked.isascii() and asked.isdigit() and len(asked) < 19:
            mine |= Q(pk=asked)  # may have left since
        reps = User.objects.filter(mine).order_by("first_name", "last_name")
        self._choices("rep", [*((str(rep.pk), str(rep)) for rep in reps), (NOBODY, _("Nobody"))])
        for field in self.fields.values():
            kind = "form-select" if isinstance(field.widget, forms.Select) else "form-control"
            field.widget.attrs["class"] = f"{kind} {kind}-sm"

    def _choices(self, name: str, choices: list[tuple[str, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("All")), *choices]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, last = cleaned.get("first"), cleaned.get("last")
        if first and last and first > last:
            self.add_error("last", _("This day lies before the first one."))
        return cleaned

    def wanted(self) -> ReturnFilter:
        self.is_valid()
        value = self.cleaned_data
        source = value.get("source") or None
        rep = value.get("rep") or ""
        return ReturnFilter(
            tab=value.get("tab") or TODO,
            reason=value.get("reason") or "",
            rep=None if not rep else 0 if rep == NOBODY else int(rep),
            by=value.get("by") or "",
            source="" if source == NONE_GIVEN else source,
            returned=Span(value.get("first"), value.get("last")),
        )


class DecideForm(forms.Form):
    """``seen``: the decision that stood there when the form was opened (0: none)."""

    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)
    action = forms.ChoiceField(label=_("Next action"), choices=ReturnAction.choices, widget=forms.RadioSelect)
    campaign_id = forms.ChoiceField(
        label=_("Campaign"), required=False, help_text=_("For nurturing: in which campaign.")
    )
    due_on = DayField(
        label=_("Look at it again on"),
        required=False,
        help_text=_("That day the lead comes back to this list."),
    )
    note = forms.CharField(
        label=_("Note"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["campaign_id"]
        assert isinstance(field, forms.ChoiceField)
        campaigns = Campaign.objects.order_by("name").values_list("pk", "name")
        field.choices = [("", "—"), *((str(pk), name) for pk, name in campaigns)]

    def clean_note(self) -> str:
        try:
            return clean_text(self.cleaned_data["note"], max_length=2000, multiline=True)
        except InvalidText as error:
            raise forms.ValidationError(str(error)) from None

    def clean_campaign_id(self) -> int | None:
        chosen = self.cleaned_data["campaign_id"]
        return int(chosen) if chosen else None

    def clean(self) -> dict[str, Any]:
        """What nurturing needs is told together; the service tells the first of it only."""
        cleaned = super().clean() or {}
        if cleaned.get("action") == ReturnAction.NURTURE:
            for name, text in (
                ("campaign_id", _("Say in which campaign.")),
                ("due_on", _("Say when to look at it again.")),
            ):
                if not cleaned.get(name) and name not in self.errors:
                    self.add_error(name, text)
        return cleaned
