"""Drafting, previewing and publishing scoring rules. What was published can only be looked at."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from smarketing.accounts.admin.auditing import Audited
from smarketing.accounts.models import User

from ..enums import Dimension, RuleSetStatus
from ..errors import InvalidValue, LeadsError
from ..forms.scoring import DraftForm, GroupForm, RuleForm, ThresholdForm
from ..models import Rescore, Rule, RuleGroup, RuleSet, Threshold
from ..selectors.preview import BANDS, Preview, preview
from ..services.drafts import draft_from_live, lock_draft
from ..services.publishing import may_publish, publish

LOOKED_AT = 20_000
"""Leads that a preview in the browser looks at; of a larger database an even sample."""


def _rule_set_id(obj: RuleSet | RuleGroup) -> int:
    """The set that a row belongs to; a set belongs to itself."""
    return obj.rule_set_id if isinstance(obj, RuleGroup) else obj.pk


def _is_draft(obj: RuleSet | RuleGroup | None) -> bool:
    rule_set = obj.rule_set if isinstance(obj, RuleGroup) else obj
    return rule_set is None or rule_set.status == RuleSetStatus.DRAFT


def _distribution(found: Preview) -> list[dict[str, Any]]:
    """Two rows of leads per band for each dimension."""
    return [
        {"label": dimension.label, "when": when, "numbers": bands[dimension.value]}
        for dimension in Dimension
        for when, bands in ((_("before"), found.bands_before), (_("after"), found.bands_after))
    ]


def _grades(found: Preview) -> list[tuple[str, int, int]]:
    grades = sorted(found.grades_before.keys() | found.grades_after.keys())
    return [(grade, found.grades_before[grade], found.grades_after[grade]) for grade in grades]


class OnlyDrafts:
    """Mixin before admin and inline classes: what belongs to a published set is shown, not changed."""

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_draft(obj) and super().has_change_permission(request, obj)  # type: ignore[misc]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_draft(obj) and super().has_delete_permission(request, obj)  # type: ignore[misc]


class DraftInline(OnlyDrafts, admin.TabularInline):
    extra = 0

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is not None and _is_draft(obj) and super().has_add_permission(request, obj)


class DraftAdmin(Audited, OnlyDrafts, admin.ModelAdmin):
    """Every write begins by locking the draft: one published a moment ago is not edited any more."""

    actions = None

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        lock_draft(rule_set_id=_rule_set_id(obj))
        super().save_model(request, obj, form, change)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        lock_draft(rule_set_id=_rule_set_id(obj))
        super().delete_model(request, obj)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except InvalidValue as error:
            self.message_user(request, str(error), messages.ERROR)
            return HttpResponseRedirect(request.path)


class GroupInline(DraftInline):
    model = RuleGroup
    form = GroupForm
    show_change_link = True


class ThresholdInline(DraftInline):
    model = Threshold
    form = ThresholdForm


class RuleInline(DraftInline):
    model = Rule
    form = RuleForm


@admin.register(RuleSet)
class RuleSetAdmin(DraftAdmin):
    """Adding starts a copy of the live rules; groups and rules are edited from there."""

    form = DraftForm
    list_display = ("__str__", "status", "note", "created_at", "published_at", "published_by", "progress")
    list_filter = ("status",)
    list_select_related = ("published_by",)

    def get_inlines(self, request: HttpRequest, obj: RuleSet | None) -> list[Any]:
        return [GroupInline, ThresholdInline] if obj else []

    def save_model(self, request: HttpRequest, obj: RuleSet, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
            return
        assert isinstance(request.user, User)
        draft = draft_from_live(actor=request.user, at=timezone.now(), note=obj.note)
        obj.__dict__.update(draft.__dict__)

    def response_add(self, request: HttpRequest, obj: RuleSet, post_url_continue: Any = None) -> HttpResponse:
        self.message_user(request, _("The draft is a copy of the live rules."), messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:leads_ruleset_change", args=[obj.pk]))

    @admin.display(description=_("re-score"))
    def progress(self, rule_set: RuleSet) -> str:
        newest = rule_set.rescores.order_by("-pk").first() if rule_set.status == RuleSetStatus.LIVE else None
        return f"{newest.percent} %" if newest else ""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.preview_view)
        return [path("<int:rule_set_id>/preview/", view, name="leads_ruleset_preview"), *super().get_urls()]

    def preview_view(self, request: HttpRequest, rule_set_id: int) -> HttpResponse:
        """GET: what the draft would change, or how far the live set's re-score is. POST: publish."""
        rule_set = get_object_or_404(RuleSet, pk=rule_set_id)
        if not self.has_view_permission(request, rule_set):
            raise PermissionDenied
        assert isinstance(request.user, User)
        here = reverse("admin:leads_ruleset_preview", args=[rule_set.pk])
        if request.method == "POST":
            self._publish(request, rule_set)
            return HttpResponseRedirect(here)
        is_draft = _is_draft(rule_set)
        found = preview(rule_set.pk, timezone.now(), sample=LOOKED_AT) if is_draft else None
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Preview of version %s") % rule_set.version,
            "rule_set": rule_set,
            "found": found,
            "bands": BANDS,
            "distribution": _distribution(found) if found else [],
            "grades": _grades(found) if found else [],
            "may_publish": is_draft and may_publish(request.user),
            "rescore": Rescore.objects.filter(rule_set=rule_set).order_by("-pk").first(),
        }
        return render(request, "admin/leads/ruleset/preview.html", context)

    def _publish(self, request: HttpRequest, rule_set: RuleSet) -> None:
        assert isinstance(request.user, User)
        try:
            publish(rule_set_id=rule_set.pk, actor=request.user, at=timezone.now())
        except LeadsError as error:
            self.message_user(request, str(error), messages.ERROR)
        else:
            text = _("Version %s is live. Every lead is being scored again.") % rule_set.version
            self.message_user(request, text, messages.SUCCESS)


@admin.register(RuleGroup)
class RuleGroupAdmin(DraftAdmin):
    """The rules of one group; reached from its rule set."""

    form = GroupForm
    inlines = (RuleInline,)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def response_post_save_change(self, request: HttpRequest, obj: RuleGroup) -> HttpResponseRedirect:
        return HttpResponseRedirect(reverse("admin:leads_ruleset_change", args=[obj.rule_set_id]))
