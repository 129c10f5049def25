"""What a person says when they act on a lead: shape only, one form for each action."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from funnel.enums import Reason, Stage
from funnel.forms.deciding import reasons
from funnel.rules.currencies import CURRENCIES
from funnel.selectors.people import receivers
from leads.enums import Outcome
from smarketing.accounts.forms.days import DayField
from smarketing.accounts.models import User
from smarketing.accounts.rules.text import InvalidText, clean_text

from ..enums import ActionKind
from ..rules.calendar import WorkingCalendar
from ..rules.days import opening_of, suggested_days

MOST_NOTE = 5000

USUAL = ("EUR", "USD", "GBP")


class CleanText(forms.CharField):
    """Text as every other way in cleans it; see ``accounts.rules.text``."""

    def clean(self, value: Any) -> str:
        text: str = super().clean(value)
        try:
            return clean_text(text, max_length=self.max_length or MOST_NOTE, multiline=True)
        except InvalidText as error:
            raise forms.ValidationError(str(error)) from None


def note(label: Any = None) -> CleanText:
    return CleanText(
        label=label or _("Note"), required=False, max_length=MOST_NOTE, widget=forms.Textarea({"rows": 3})
    )


@dataclass(frozen=True, slots=True)
class About:
    """What the forms need to know of lead and person; ``owner_id`` already has the lead."""

    version: int
    stage: str
    amount: Decimal | None
    currency: str
    deal_version: int | None
    user: User
    owner_id: int | None
    calendar: WorkingCalendar
    at: datetime

    @property
    def today(self) -> date:
        return self.at.astimezone(self.calendar.zone).date()


class ActionForm(forms.Form):
    """``token`` makes a form sent twice one action; ``version`` is the journey that was shown."""

    token = forms.UUIDField(widget=forms.HiddenInput, required=False)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    next = forms.CharField(widget=forms.HiddenInput, required=False, max_length=2000)

    kind: ActionKind
    title: Any = ""
    submit: Any = ""

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        about: About,
        chosen: Mapping[str, Any] | None = None,
    ) -> None:
        self.about = about
        first = {"token": uuid4(), "version": about.version, **(chosen or {})}
        super().__init__(data, initial=first)
        self.prepare()

    def prepare(self) -> None:
        """Choices that depend on the lead and the person."""

    def said(self) -> dict[str, Any]:
        """What validated, as ``services.acting.perform`` wants it."""
        own = {"token", "version", "next"}
        return {name: value for name, value in self.cleaned_data.items() if name not in own}

    def typed(self) -> list[tuple[Any, str]]:
        """What was typed, label by label, to be kept when it cannot be done."""
        return [(field.label, str(field.value())) for field in self.visible_fields() if field.value()]


class ContactForm(ActionForm):
    title, submit = _("Log a contact"), _("Log it")

    what = forms.ChoiceField(
        label=_("What"),
        choices=[
            (ActionKind.CALL, _("Call")),
            (ActionKind.EMAIL, _("E-mail")),
            (ActionKind.MEETING, _("Meeting")),
        ],
        widget=forms.RadioSelect,
    )
    outcome = forms.ChoiceField(label=_("Outcome"), choices=Outcome.choices, widget=forms.RadioSelect)
    note = note()

    def prepare(self) -> None:
        self.initial.setdefault("what", ActionKind.CALL)
        self.initial.setdefault("outcome", Outcome.REACHED)

    def said(self) -> dict[str, Any]:
        return {name: value for name, value in super().said().items() if name != "what"}


class QualifyForm(ActionForm):
    title, submit = _("Accept as SQL"), _("Accept and hand over")
    note = note()


class PostponeForm(ActionForm):
    title, submit = _("Postpone"), _("Postpone")

    day = DayField(
        label=_("Comes back on"),
        help_text=_("When work begins that day; on a day off, when work begins again."),
    )
    reason = reasons()
    note = note()

    def prepare(self) -> None:
        days = suggested_days(self.about.calendar, self.about.today)
        self.suggestions = days
        self.initial.setdefault("day", days[1] if len(days) > 1 else None)
        self.initial.setdefault("reason", Reason.TIMING)
        self.fields["day"].widget.attrs["list"] = "days"

    def clean_day(self) -> date:
        day: date = self.cleaned_data["day"]
        if day <= self.about.today:
            raise forms.ValidationError(_("Choose a day after today."))
        if day.year > self.about.today.year + 5:
            raise forms.ValidationError(_("That is too far away: at most five years."))
        return day

    def said(self) -> dict[str, Any]:
        said = super().said()
        said["resume_at"] = opening_of(self.about.calendar, said.pop("day"))
        return said


class ResumeForm(ActionForm):
    title, submit = _("Resume"), _("Resume now")
    note = note()


class ReturnForm(ActionForm):
    title, submit = _("Return to marketing"), _("Return to marketing")
    reason = reasons()
    note = note(_("What should marketing know?"))


class DisqualifyForm(ActionForm):
    title, submit = _("Disqualify"), _("Disqualify")
    reason = reasons()
    note = note()


class MoneyForm(ActionForm):
    amount = forms.DecimalField(
        label=_("Amount"),
        min_value=0,
        max_digits=14,
        decimal_places=2,
        widget=forms.NumberInput({"inputmode": "decimal", "step": "0.01"}),
    )
    currency = forms.ChoiceField(label=_("Currency"))

    def prepare(self) -> None:
        codes = [*USUAL, *sorted(CURRENCIES - set(USUAL))]
        self.fields["currency"].choices = [(code, code) for code in codes]  # type: ignore[attr-defined]
        self.initial.setdefault("currency", self.about.currency)


class ConvertForm(MoneyForm):
    title, submit = _("Convert to opportunity"), _("Convert")
    expected_close = DayField(label=_("Expected close"))
    note = note()

    def clean_expected_close(self) -> date:
        day: date = self.cleaned_data["expected_close"]
        if day < self.about.today:
            raise forms.ValidationError(_("The expected close lies in the past."))
        return day


class WinForm(MoneyForm):
    title, submit = _("Deal won"), _("Won")
    note = note()
    deal_version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def prepare(self) -> None:
        super().prepare()
        self.initial.setdefault("amount", self.about.amount)
        self.initial.setdefault("deal_version", self.about.deal_version)


class LoseForm(ActionForm):
    title, submit = _("Deal lost"), _("Lost")
    reason = reasons()
    note = note()


class ReassignForm(ActionForm):
    title, submit = _("Give to somebody else"), _("Give")

    to_user_id = forms.ChoiceField(label=_("To"))
    reason = CleanText(label=_("Why"), max_length=500)

    def prepare(self) -> None:
        target = "sdr" if self.about.stage == Stage.MQL else "ae"
        people = receivers(user=self.about.user, target=target)
        named = [(person.pk, str(person)) for person in people if person.pk != self.about.owner_id]
        self.fields["to_user_id"].choices = [("", _("Choose …")), *named]  # type: ignore[attr-defined]

    def said(self) -> dict[str, Any]:
        said = super().said()
        return {**said, "to_user_id": int(said["to_user_id"])}


FORMS: dict[str, type[ActionForm]] = {
    "contact": ContactForm,
    ActionKind.QUALIFY: QualifyForm,
    ActionKind.POSTPONE: PostponeForm,
    ActionKind.RESUME: ResumeForm,
    ActionKind.RECYCLE: ReturnForm,
    ActionKind.DISQUALIFY: DisqualifyForm,
    ActionKind.CONVERT: ConvertForm,
    ActionKind.WIN: WinForm,
    ActionKind.LOSE: LoseForm,
    ActionKind.REASSIGN: ReassignForm,
}
