from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone

from smarketing.accounts.admin.auditing import Audited

from ..forms import PolicyForm, StepForm, StepFormSet
from ..models import Policy, PolicyStep
from ..selectors.agreed import new_deviations
from .renewing import RenewsPolicies


class StepInline(admin.TabularInline):
    model = PolicyStep
    form = StepForm
    formset = StepFormSet
    extra = 1


@admin.register(Policy)
class PolicyAdmin(Audited, RenewsPolicies, admin.ModelAdmin):
    """Running clocks keep the values they copied; the next ones start by what is saved here."""

    form = PolicyForm
    inlines = (StepInline,)
    list_display = ("name", "kind", "position", "minutes", "time_base", "calendar", "is_active")
    list_filter = ("kind", "is_active")
    list_select_related = ("calendar",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Not one without which the deadlines would not be as agreed."""
        is_agreed = obj is not None and new_deviations(obj, at=timezone.now(), gone=True)[1]
        return not is_agreed and super().has_delete_permission(request, obj)
