"""A draft beside the live rules on real leads, publishing it, and going back to an earlier version."""

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from smarketing.accounts.access import for_roles
from smarketing.accounts.models import User
from smarketing.accounts.toasts import toast

from ..enums import RuleSetStatus
from ..errors import LeadsError, StaleRules
from ..models import RuleSet, Threshold
from ..rules.scoring import RuleSet as Rules
from ..rules.totals import STAGES
from ..rules.versions import differences, fingerprint
from ..rules.wording import points_words
from ..selectors.agreed import agreed_scoring, is_as_agreed
from ..selectors.comparison import Comparison, compare, how_many
from ..selectors.rule_sets import compiled, live_rule_set
from ..services.publishing import PUBLISHERS, may_publish, publish, publish_again
from .scoring import READERS

FEW, MANY = 3_000, 20_000
"""Leads that are looked at, and at most when asked for more."""
AT_ONCE = 100
"""Of more leads than these the page shows at once what differs, and fetches who would move after itself."""
BELOW = gettext_lazy("below target")


@login_required
@require_safe
@for_roles(READERS)
def comparison(request: HttpRequest, rule_set_id: int) -> HttpResponse:
    draft = get_object_or_404(RuleSet, pk=rule_set_id, status=RuleSetStatus.DRAFT)
    return _compared(request, draft)


@login_required
@require_POST
@for_roles(PUBLISHERS)
def publish_draft(request: HttpRequest, rule_set_id: int) -> HttpResponse:
    """409: the draft is not what was compared; it is shown as it stands now."""
    draft = get_object_or_404(RuleSet, pk=rule_set_id)
    try:
        publish(
            rule_set_id=rule_set_id,
            actor=_user(request),
            at=timezone.now(),
            seen=request.POST.get("seen", ""),
        )
    except StaleRules as error:
        return _compared(request, draft, message=str(error), status=HTTPStatus.CONFLICT)
    except LeadsError as error:
        toast(request, error, level=messages.ERROR)
        return redirect("leads:scoring-version", rule_set_id=rule_set_id)
    toast(request, _("Version %s is live. Every lead is being scored again.") % draft.version)
    return redirect("leads:scoring")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(PUBLISHERS)
def again(request: HttpRequest, rule_set_id: int) -> HttpResponse:
    """Roll back: what would change, then the old rules as a new version."""
    old = get_object_or_404(RuleSet, pk=rule_set_id, status=RuleSetStatus.RETIRED)
    if request.method == "POST":
        note = _("Version %s again") % old.version
        try:
            made = publish_again(rule_set_id=old.pk, note=note, actor=_user(request), at=timezone.now())
        except LeadsError as error:
            toast(request, error, level=messages.ERROR)
            return redirect("leads:scoring-version", rule_set_id=rule_set_id)
        toast(request, _("Version %s is live. Every lead is being scored again.") % made.version)
        return redirect("leads:scoring")
    context = {"version": old, "differences": differences(live_rule_set(), compiled(old.pk))}
    return render(request, "scoring/again.html", context)


def _compared(
    request: HttpRequest, draft: RuleSet, *, message: str = "", status: int = HTTPStatus.OK
) -> HttpResponse:
    user = _user(request)
    many, partial = "more" in request.GET, request.headers.get("HX-Request") == "true"
    content, live = compiled(draft.pk), live_rule_set()
    agreed = agreed_scoring(timezone.now())
    asked = many or partial or "look" in request.GET
    total = None if asked else how_many(AT_ONCE)
    waits = total is None and not asked
    context = {
        "draft": draft,
        "message": message,
        "differences": differences(live, content),
        "seen": fingerprint(content),
        "partial": partial,
        "waits": waits,
        "few": FEW,
        "may_publish": may_publish(user),
        "agreed": agreed,
        "is_as_agreed": agreed is None or is_as_agreed(content, agreed),
    }
    if not waits:
        context |= _numbers(content, live, user, sample=MANY if many else FEW, total=total)
    return render(request, "scoring/compare.html", context, status=status)


def _numbers(
    draft: Rules, live: Rules | None, user: User, *, sample: int, total: int | None
) -> dict[str, Any]:
    found = compare(draft, live, user=user, at=timezone.now(), sample=sample, total=total)
    return {
        "comparison": found,
        "found": found.found,
        "moves": _moves(found),
        "become": found.estimate(found.found.become_mql),
        "stop": found.estimate(found.found.stop_mql),
        "changed": found.estimate(found.found.changed),
        "weeks": _weeks(found),
        "samples": _samples(found),
        "may_ask_more": found.is_sample and sample < MANY,
        "more": MANY,
    }


def _moves(found: Comparison) -> list[dict[str, Any]]:
    """The kinds of change, the farthest up first, each with its estimate for all leads."""
    ordered = sorted(
        found.moves.items(), key=lambda item: (-STAGES.index(item[0][1]), STAGES.index(item[0][0]))
    )
    return [
        {"was": stage_words(was), "will": stage_words(will), "n": found.estimate(n), "seen": n}
        for (was, will), n in ordered
    ]


def _weeks(found: Comparison) -> list[dict[str, Any]]:
    """Bars are shares of the tallest of both."""
    rows = [(week.monday, found.estimate(week.before), found.estimate(week.after)) for week in found.weeks]
    top = max([1, *(max(before, after) for _monday, before, after in rows)])
    return [
        {
            "monday": monday,
            "before": before,
            "after": after,
            "before_share": f"{100 * before / top:.2f}",
            "after_share": f"{100 * after / top:.2f}",
        }
        for monday, before, after in rows
    ]


def _samples(found: Comparison) -> list[dict[str, Any]]:
    return [
        {
            "lead": sample.lead,
            "before": sample.before,
            "after": sample.after,
            "was": stage_words(sample.was),
            "will": stage_words(sample.will),
            "moves": sample.was != sample.will,
            "lines": [
                {"name": line.name, "before": points_words(line.before), "after": points_words(line.after)}
                for line in sample.lines
            ],
        }
        for sample in found.samples
    ]


def stage_words(stage: str) -> str:
    return str(Threshold.Stage(stage).label if stage in Threshold.Stage.values else BELOW)


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
