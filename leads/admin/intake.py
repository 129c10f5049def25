"""Campaigns, their landing pages, and the inbox of what was posted."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from smarketing.accounts.admin.auditing import Audited
from smarketing.accounts.models import User

from ..forms.intake import LandingForm
from ..models import Campaign, Form, Submission
from ..services.intake import process_submission, release_submission
from .looking import OnlyLooking


@admin.register(Campaign)
class CampaignAdmin(Audited, admin.ModelAdmin):
    list_display = ("name", "slug", "source", "cost", "currency", "starts_on", "ends_on")
    search_fields = ("name", "slug")
    prepopulated_fields = {"slug": ("name",)}


@admin.register(Form)
class FormAdmin(Audited, admin.ModelAdmin):
    form = LandingForm
    list_display = ("name", "id", "campaign", "activity_kind", "asset", "is_active")
    list_filter = ("is_active", "activity_kind")
    list_select_related = ("campaign",)
    search_fields = ("name", "landing_page")
    autocomplete_fields = ("campaign",)
    readonly_fields = ("id",)

    def save_model(self, request: HttpRequest, obj: Form, form: Any, change: bool) -> None:
        if not change:
            obj.created_at = timezone.now()
        super().save_model(request, obj, form, change)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A form is revoked (`active` off): what it brought still names it."""
        return False


@admin.register(Submission)
class SubmissionAdmin(OnlyLooking, admin.ModelAdmin):
    list_display = ("received_at", "form", "status", "lead", "attempts", "next_attempt_at", "error")
    list_filter = ("status", "form")
    list_select_related = ("form", "lead")
    actions = ("process",)
    show_full_result_count = False

    @admin.action(description=_("Process now (lets quarantined ones in)"))
    def process(self, request: HttpRequest, submissions: QuerySet[Submission]) -> None:
        assert isinstance(request.user, User)
        at, done = timezone.now(), 0
        for submission in submissions:
            done += release_submission(
                submission_id=submission.pk, actor=request.user, at=at
            ) or process_submission(submission_id=submission.pk, at=at)
        self.message_user(request, _("%(count)d became leads.") % {"count": done}, messages.INFO)
