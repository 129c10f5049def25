"""Routing is set up here; journeys, their history and opportunities are only looked at."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from leads.admin.looking import OnlyLooking
from smarketing.accounts.admin.auditing import Audited

from .models import Assignment, Journey, Opportunity, RoutingMember, RoutingRule, StageChange
from .services.pools import calibrate, fill_pools


class MemberInline(admin.TabularInline):
    model = RoutingMember
    extra = 0
    fields = ("user", "weight", "capacity", "is_active", "assigned", "calibration")
    readonly_fields = ("assigned", "calibration")


@admin.register(RoutingRule)
class RoutingRuleAdmin(Audited, admin.ModelAdmin):
    list_display = ("name", "role", "position", "countries", "min_employees", "max_employees", "is_active")
    list_filter = ("role", "is_active")
    inlines = (MemberInline,)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Newcomers and changed weights start at the pool's level."""
        super().save_formset(request, form, formset, change)
        changed = [member for member, names in formset.changed_objects if "weight" in names]
        for member in [*formset.new_objects, *changed]:
            calibrate(member_id=member.pk)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        fill_pools()


class StageChangeInline(OnlyLooking, admin.TabularInline):
    model = StageChange
    fk_name = "journey"
    extra = 0
    fields = ("at", "actor", "move", "from_stage", "to_stage", "to_status", "reason", "note")


class AssignmentInline(OnlyLooking, admin.TabularInline):
    model = Assignment
    fk_name = "journey"
    extra = 0
    fields = ("assigned_at", "ended_at", "user", "rule", "actor", "decision")


@admin.register(Journey)
class JourneyAdmin(OnlyLooking, admin.ModelAdmin):
    list_display = ("lead", "number", "stage", "status", "stage_since", "unassigned_since")
    list_filter = ("is_current", "stage", "status")
    list_select_related = ("lead",)
    search_fields = ("lead__email_key",)
    search_help_text = _("E-mail address")
    show_full_result_count = False
    inlines = (StageChangeInline, AssignmentInline)


@admin.register(Opportunity)
class OpportunityAdmin(OnlyLooking, admin.ModelAdmin):
    list_display = ("journey", "amount", "currency", "expected_close", "status", "opened_at")
    list_filter = ("status",)
    list_select_related = ("journey",)
    show_full_result_count = False
