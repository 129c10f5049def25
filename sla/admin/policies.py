from django.contrib import admin

from smarketing.accounts.admin.auditing import Audited

from ..forms import PolicyForm, StepForm, StepFormSet
from ..models import Policy, PolicyStep
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
