"""One campaign."""

from typing import Any, ClassVar

from django import forms
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from smarketing.accounts.forms.days import DayField

from ..models import Campaign


class CampaignForm(forms.ModelForm):
    slug = forms.SlugField(
        label=_("Key"),
        max_length=200,
        required=False,
        help_text=_("Sent as utm_campaign in links; made from the name when empty."),
    )

    class Meta:
        model = Campaign
        fields = ("name", "slug", "source", "cost", "currency", "starts_on", "ends_on")
        field_classes: ClassVar[dict[str, type[forms.Field]]] = {"starts_on": DayField, "ends_on": DayField}
        help_texts = {
            "source": _("Where its leads come from, such as LinkedIn; links may say otherwise."),
            "cost": _("What it has cost so far."),
        }

    def clean_currency(self) -> str:
        code = str(self.cleaned_data["currency"]).strip().upper()
        if len(code) != 3 or not code.isascii() or not code.isalpha():
            raise forms.ValidationError(_("A currency has three letters, such as EUR."))
        return code

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not cleaned.get("slug") and "slug" not in self.errors:
            cleaned["slug"] = self._free_slug(str(cleaned.get("name", "")))
        first, last = cleaned.get("starts_on"), cleaned.get("ends_on")
        if first and last and first > last:
            self.add_error("ends_on", _("This day lies before the first one."))
        if (cleaned.get("cost") or 0) < 0:
            self.add_error("cost", _("A cost is not negative."))
        return cleaned

    def _free_slug(self, name: str) -> str:
        base = slugify(name)[:190] or "campaign"
        others = Campaign.objects.exclude(pk=self.instance.pk).filter(slug__startswith=base)
        taken = set(others.values_list("slug", flat=True))
        if base not in taken:
            return base
        return next(f"{base}-{n}" for n in range(2, len(taken) + 3) if f"{base}-{n}" not in taken)
