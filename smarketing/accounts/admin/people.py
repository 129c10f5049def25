"""People, teams, absences and tokens in Django's admin; every change goes through the services."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import BaseUserCreationForm, UserChangeForm
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ..enums import Scope
from ..errors import LastAdmin, ReportingCycle
from ..models import Absence, ApiToken, Team, User
from ..selectors import subordinate_ids
from ..services.tokens import issue_token, revoke_token
from ..services.users import deactivate, set_boss
from .auditing import Audited, actor_of


class PersonCreationForm(BaseUserCreationForm):
    class Meta:
        model = User
        fields = ("email", "first_name", "last_name", "role", "team")
        field_classes: ClassVar[dict[str, type]] = {}


class PersonChangeForm(UserChangeForm):
    class Meta:
        model = User
        fields = "__all__"
        field_classes: ClassVar[dict[str, type]] = {}

    def clean_reports_to(self) -> User | None:
        """Told at the field; `set_boss` checks again under its lock."""
        boss: User | None = self.cleaned_data["reports_to"]
        if boss and (boss.pk == self.instance.pk or boss.pk in subordinate_ids(self.instance)):
            raise forms.ValidationError(_("This person already reports to them, directly or through others."))
        return boss


class AbsenceInline(admin.TabularInline):
    model = Absence
    extra = 0


@admin.register(User)
class PersonAdmin(Audited, UserAdmin):
    form = PersonChangeForm
    add_form = PersonCreationForm
    inlines = (AbsenceInline,)
    list_display = ("email", "first_name", "last_name", "role", "team", "reports_to", "is_active")
    list_filter = ("role", "team", "is_active")
    list_select_related = ("team", "reports_to")
    search_fields = ("email", "first_name", "last_name", "external_id")
    ordering = ("email",)
    autocomplete_fields = ("reports_to", "team")
    filter_horizontal = ()
    readonly_fields = ("last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("email", "password")}),
        (_("Person"), {"fields": ("first_name", "last_name", "language", "time_zone", "external_id")}),
        (_("Place"), {"fields": ("role", "team", "reports_to")}),
        (_("Access"), {"fields": ("is_active", "is_staff", "is_superuser", "last_login", "date_joined")}),
    )
    add_fieldsets = (
        (
            None,
            {"fields": ("email", "first_name", "last_name", "role", "team", "password1", "password2")},
        ),
    )

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        if not change:
            super().save_model(request, obj, form, change)
            return
        boss, leaves = obj.reports_to, "is_active" in form.changed_data and not obj.is_active
        if "reports_to" in form.changed_data:
            obj.reports_to_id = form.initial["reports_to"]
        if leaves:
            obj.is_active = True
        obj.save()
        try:
            if "reports_to" in form.changed_data:
                set_boss(user=obj, boss=boss, actor=actor_of(request), at=timezone.now())
        except ReportingCycle as error:
            self.message_user(request, str(error), messages.ERROR)
        try:
            if leaves:
                deactivate(user=obj, at=timezone.now(), actor=actor_of(request))
        except LastAdmin as error:
            self.message_user(request, str(error), messages.ERROR)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """People are deactivated: what they did stays theirs."""
        return False


@admin.register(Team)
class TeamAdmin(Audited, admin.ModelAdmin):
    list_display = ("name", "side", "parent")
    list_filter = ("side",)
    list_select_related = ("parent",)
    search_fields = ("name",)


@admin.register(Absence)
class AbsenceAdmin(Audited, admin.ModelAdmin):
    list_display = ("user", "starts_at", "ends_at", "note")
    list_select_related = ("user",)
    autocomplete_fields = ("user",)
    date_hierarchy = "starts_at"


class TokenForm(forms.ModelForm):
    scopes = forms.MultipleChoiceField(
        label=_("scopes"), choices=Scope.choices, widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = ApiToken
        fields = ("user", "name", "scopes", "expires_at")

    def clean_expires_at(self) -> Any:
        expires_at = self.cleaned_data["expires_at"]
        if expires_at is not None and expires_at <= timezone.now():
            raise forms.ValidationError(_("The token would already have expired."))
        return expires_at


@admin.register(ApiToken)
class TokenAdmin(admin.ModelAdmin):
    """Issued and revoked, never edited: only the digest is kept, and the secret is shown once."""

    form = TokenForm
    list_display = (
        "name",
        "prefix",
        "user",
        "scopes",
        "created_at",
        "expires_at",
        "last_used_at",
        "revoked_at",
    )
    list_select_related = ("user",)
    search_fields = ("name", "prefix", "user__email")
    autocomplete_fields = ("user",)
    actions = ("revoke",)

    def save_model(self, request: HttpRequest, obj: ApiToken, form: Any, change: bool) -> None:
        token, plain = issue_token(
            user=obj.user,
            name=obj.name,
            scopes=obj.scopes,
            at=timezone.now(),
            expires_at=obj.expires_at,
            actor=actor_of(request),
        )
        # The admin goes on with its own instance (log entry, redirect): it becomes the stored row.
        obj.__dict__.update(token.__dict__)
        note = _("Copy this token now, it is not shown again: %(token)s") % {"token": plain}
        self.message_user(request, note, messages.WARNING)

    @admin.action(description=_("Revoke the selected tokens"))
    def revoke(self, request: HttpRequest, tokens: QuerySet[ApiToken]) -> None:
        for token in tokens:
            revoke_token(token=token, at=timezone.now(), actor=actor_of(request))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # Without an object this is about the list and its action.
        return obj is None and super().has_change_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
