"""The scoring rules as both teams read them: what counts now, drafts, and every version."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from smarketing.accounts.access import for_roles
from smarketing.accounts.enums import REP_ROLES, Role
from smarketing.accounts.models import User
from smarketing.accounts.toasts import toast

from ..enums import Dimension, RuleSetStatus
from ..errors import LeadsError
from ..forms.drafting import DraftNoteForm
from ..models import Rescore, RuleSet, Threshold
from ..rules import scoring as rules
from ..rules.versions import differences, fingerprint
from ..rules.wording import group_words, points_words, reason_words, threshold_words
from ..selectors.agreed import agreed_scoring
from ..selectors.rule_sets import compiled, live_rule_set
from ..services.drafts import draft_from_live
from ..services.editing import DRAFTERS, discard_draft, may_draft, set_note
from ..services.publishing import may_publish

READERS = frozenset(Role) - REP_ROLES
PAGE_SIZE = 25
ADDRESS = "leads:scoring-version"


@login_required
@require_safe
def scoring(request: HttpRequest) -> HttpResponse:
    """What counts now. Everybody may read it: it is what both teams agreed on."""
    user = _user(request)
    live = RuleSet.objects.filter(status=RuleSetStatus.LIVE).select_related("published_by").first()
    context = {
        "live": live,
        "content": shown(live_rule_set()) if live else None,
        "drafts": _drafts() if user.role in READERS else [],
        "may_draft": may_draft(user),
        "may_read_versions": user.role in READERS,
        "rescore": newest_rescore(),
        "agreed": agreed_scoring(timezone.now()),
    }
    return render(request, "scoring/live.html", context)


@login_required
@require_safe
def progress(request: HttpRequest) -> HttpResponse:
    """How far the re-score is; the page asks for it anew while it runs."""
    return render(request, "scoring/progress.html", {"rescore": newest_rescore()})


@login_required
@require_safe
@for_roles(READERS)
def versions(request: HttpRequest) -> HttpResponse:
    found = RuleSet.objects.exclude(status=RuleSetStatus.DRAFT).select_related("published_by")
    page = Paginator(found.order_by("-published_at", "-version"), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "scoring/versions.html", {"page": page, "query": ""})


@login_required
@require_safe
@for_roles(READERS)
def version(request: HttpRequest, rule_set_id: int) -> HttpResponse:
    """A draft in its editor, or a published version with what it changed."""
    user = _user(request)
    found = get_object_or_404(RuleSet.objects.select_related("created_by", "published_by"), pk=rule_set_id)
    content = compiled(rule_set_id)
    is_draft = found.status == RuleSetStatus.DRAFT
    before = _before(found)
    context = {
        "version": found,
        "content": shown(content),
        "before": before,
        "differences": differences(before, content),
        "is_draft": is_draft,
        "may_edit": is_draft and may_draft(user),
        "may_roll_back": found.status == RuleSetStatus.RETIRED and may_publish(user),
        "note_form": DraftNoteForm(initial={"note": found.note}),
    }
    return render(request, "scoring/version.html", context)


@login_required
@require_POST
@for_roles(DRAFTERS)
def new_draft(request: HttpRequest) -> HttpResponse:
    draft = draft_from_live(actor=_user(request), at=timezone.now())
    toast(request, _("The draft is a copy of the live rules."))
    return redirect(ADDRESS, rule_set_id=draft.pk)


@login_required
@require_POST
@for_roles(DRAFTERS)
def draft_note(request: HttpRequest, rule_set_id: int) -> HttpResponse:
    get_object_or_404(RuleSet, pk=rule_set_id)
    form = DraftNoteForm(request.POST)
    try:
        if form.is_valid():
            set_note(
                rule_set_id=rule_set_id,
                note=form.cleaned_data["note"],
                actor=_user(request),
                at=timezone.now(),
            )
            toast(request, _("Saved."))
        else:
            toast(request, " ".join(map(str, form.errors["note"])), level=messages.ERROR)
    except LeadsError as error:
        toast(request, error, level=messages.ERROR)
    return redirect(ADDRESS, rule_set_id=rule_set_id)


@login_required
@require_POST
@for_roles(DRAFTERS)
def discard(request: HttpRequest, rule_set_id: int) -> HttpResponse:
    get_object_or_404(RuleSet, pk=rule_set_id)
    try:
        discard_draft(rule_set_id=rule_set_id, actor=_user(request), at=timezone.now())
    except LeadsError as error:
        toast(request, error, level=messages.ERROR)
    else:
        toast(request, _("The draft was thrown away. The live rules are as they were."))
    return redirect("leads:scoring")


def shown(content: rules.RuleSet | None) -> dict[str, Any]:
    """Rules by dimension and thresholds by stage, as sentences, each with the fingerprint of what it is."""
    groups = content.groups if content else ()
    thresholds = content.thresholds if content else ()
    return {
        "dimensions": [
            {
                "key": dimension.value,
                "label": dimension.label,
                "groups": [_group(group) for group in groups if group.dimension == dimension],
            }
            for dimension in Dimension
        ],
        "stages": [
            {
                "label": stage.label,
                "lines": [threshold_words(t) for t in thresholds if t.stage == stage],
            }
            for stage in Threshold.Stage
        ],
    }


def _group(group: rules.Group) -> dict[str, Any]:
    return {
        "id": group.id,
        "name": group.name,
        "words": group_words(group),
        "seen": fingerprint(group),
        "rules": [
            {
                "id": rule.id,
                "name": rule.name,
                "points": points_words(rule.points),
                "takes": rule.points < 0,
                "words": reason_words(rule),
                "seen": fingerprint(rule),
            }
            for rule in group.rules
        ],
    }


def newest_rescore() -> Rescore | None:
    return Rescore.objects.select_related("rule_set").order_by("-pk").first()


def _drafts() -> list[RuleSet]:
    return list(RuleSet.objects.filter(status=RuleSetStatus.DRAFT).select_related("created_by")[:PAGE_SIZE])


def _before(found: RuleSet) -> rules.RuleSet | None:
    """What a draft is compared with: the live rules; a published version: those that it replaced."""
    if found.status == RuleSetStatus.DRAFT:
        return live_rule_set()
    earlier = RuleSet.objects.filter(published_at__lt=found.published_at).order_by("-published_at", "-pk")
    last = earlier.values_list("pk", flat=True).first()
    return compiled(last) if last else None


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
