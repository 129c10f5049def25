"""What the forecast is asked for; every value lives in the URL."""

from django import forms
from django.utils.translation import gettext_lazy as _

from funnel.selectors.people import report_owners
from smarketing.accounts.models import Team, User

from ..enums import Horizon


class ForecastForm(forms.Form):
    horizon = forms.ChoiceField(label=_("Period"), required=False, choices=Horizon.choices)
    team = forms.ModelChoiceField(
        Team.objects.order_by("name"), label=_("Team"), required=False, empty_label=_("All")
    )

    def chosen(self) -> Horizon:
        """Nonsense is shown as an error and asks for the month."""
        self.is_valid()
        return Horizon(self.cleaned_data.get("horizon") or Horizon.MONTH)

    def owner_ids(self, user: User) -> frozenset[int] | None:
        self.is_valid()
        team: Team | None = self.cleaned_data.get("team")
        return report_owners(user=user, team=team.pk if team else None)
