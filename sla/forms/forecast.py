"""What the forecast is asked for; every value lives in the URL."""

from django import forms
from django.utils.translation import gettext_lazy as _

from funnel.forms import EntryForm
from funnel.rules.report import Filters
from smarketing.accounts.models import User

from ..enums import Horizon


class ForecastForm(EntryForm):
    """Leads of any day of entry: a forecast is about all that stand somewhere."""

    entered_from = None  # type: ignore[assignment]
    entered_to = None  # type: ignore[assignment]
    landing_page = None  # type: ignore[assignment]
    horizon = forms.ChoiceField(label=_("Period"), required=False, choices=Horizon.choices)

    field_order = ("horizon", "team", "source", "campaign", "persona")

    def chosen(self) -> Horizon:
        """Nonsense is shown as an error and asks for the month."""
        self.is_valid()
        return Horizon(self.cleaned_data.get("horizon") or Horizon.MONTH)

    def part(self, user: User) -> Filters | None:
        """The leads that are asked for; None: the whole, with what is still to come."""
        found = self.filters(user)
        return found if found.params or found.owner_ids is not None else None
