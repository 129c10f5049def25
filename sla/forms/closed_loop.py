"""What the page of revenue by origin is asked for, and marketing's share in it."""

from decimal import Decimal
from typing import Any

from django import forms
from django.db import models
from django.utils.translation import gettext_lazy as _


class By(models.TextChoices):
    """What revenue is split by."""

    SOURCE = "source", _("Source")
    CAMPAIGN = "campaign", _("Campaign")
    PERSONA = "persona", _("Buyer persona")
    FORM = "form", _("Form")
    FIRST_TOUCH = "first_touch", _("First touch")
    LAST_TOUCH = "last_touch", _("Last touch")


class ShareForm(forms.Form):
    """A percentage of the revenue that marketing brought; ``deduct``: less what its campaigns cost."""

    percent = forms.DecimalField(
        label=_("Share in percent"),
        min_value=0,
        max_value=100,
        max_digits=5,
        decimal_places=2,
        required=False,
    )
    deduct = forms.BooleanField(label=_("Less what the campaigns cost"), required=False)

    START = Decimal(5)

    def __init__(self, data: Any = None) -> None:
        asked = data is not None and "percent" in data
        super().__init__(data if asked else {"percent": str(self.START), "deduct": "on"})

    def values(self) -> tuple[Decimal, bool] | None:
        """None when what is typed is no share."""
        if not self.is_valid():
            return None
        percent = self.cleaned_data["percent"]
        return (Decimal(0) if percent is None else percent), self.cleaned_data["deduct"]
