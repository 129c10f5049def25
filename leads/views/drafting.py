"""Editing a draft: its groups, rules and thresholds, one form each.

422: something typed cannot be accepted; 409: somebody else changed, removed or published it since,
and both versions are shown.
"""

from collections.abc import Callable
from functools import partial, wraps
from http import HTTPStatus
from typing import Any, NoReturn

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from smarketing.accounts.access import for_roles
from smarketing.accounts.models import User
from smarketing.accounts.toasts import toast

from ..enums import Dimension, RuleSetStatus
from ..errors import InvalidValue, StaleRules
from ..forms.conditions import asked_again
from ..forms.drafting import GroupPageForm, ThresholdRows, rule_form, rule_initial
from ..models import RuleSet, Threshold
from ..rules import scoring as rules
from ..rules.versions import Part, fingerprint
from ..rules.wording import group_words, rule_words, threshold_words
from ..selectors.rule_sets import compiled
from ..services.editing import (
    DRAFTERS,
    move_group,
    move_rule,
    remove_group,
    remove_rule,
    save_group,
    save_rule,
    save_thresholds,
)

GROUP_FIELDS = ("name", "cap", "decay_percent", "decay_days")
HIDDEN = frozenset({"csrfmiddlewaretoken", "seen", "ask"})
View = Callable[..., HttpResponse]


def late(view: View) -> View:
    """What is edited here is gone, or was published: 409 with what was typed, so that it is not lost."""

    @wraps(view)
    def guarded(request: HttpRequest, rule_set_id: int, **place: Any) -> HttpResponse:
        try:
            return view(request, rule_set_id, **place)
        except StaleRules as error:
            typed = [(name, ", ".join(values)) for name, values in request.POST.lists() if name not in HIDDEN]
            still = RuleSet.objects.filter(pk=rule_set_id).first()
            context = {"draft": still, "message": str(error), "typed": typed}
            return render(request, "scoring/stale.html", context, status=HTTPStatus.CONFLICT)

    return guarded


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(DRAFTERS)
@late
def edit_group(
    request: HttpRequest, rule_set_id: int, group_id: int | None = None, dimension: str = ""
) -> HttpResponse:
    draft, content = _draft(request, rule_set_id)
    group = _find_group(request, content, group_id) if group_id else None
    if group is None and dimension not in Dimension.values:
        raise Http404
    dimension = group.dimension if group else dimension
    initial = {name: getattr(group, name) for name in GROUP_FIELDS} | _seen(group) if group else {}
    form = GroupPageForm(_data(request), dimension=dimension, initial=initial)
    title = group.name if group else _("New group: %s") % Dimension(dimension).label

    def save() -> None:
        save_group(
            rule_set_id=rule_set_id,
            group_id=group_id,
            values=form.values(),
            seen=form.cleaned_data["seen"],
            actor=_user(request),
            at=timezone.now(),
        )

    context = {"title": title, "remove": group and _remove("group", rule_set_id, group.id, group)}
    return _edited(request, draft, form, save, context, now=partial(_now, group_id, rule_set_id, "group"))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(DRAFTERS)
@late
def edit_rule(
    request: HttpRequest, rule_set_id: int, group_id: int = 0, rule_id: int = 0, kind: str = ""
) -> HttpResponse:
    """``ask`` in the body chooses another field: the form is shown anew and nothing is stored."""
    draft, content = _draft(request, rule_set_id)
    rule = _find_rule(request, content, rule_id) if rule_id else None
    group = _group_of(content, rule) if rule else _find_group(request, content, group_id)
    on_field = rule.condition is not None if rule else kind == "field"
    initial = rule_initial(rule) | _seen(rule) if rule else {}
    asked = "ask" in request.POST and on_field
    if asked:
        typed = {name: request.POST.get(name, "") for name in ("seen", "name", "points")}
        form = rule_form(on_field, initial=typed | asked_again(request.POST))
    else:
        form = rule_form(on_field, _data(request), initial=initial)

    def save() -> None:
        save_rule(
            rule_set_id=rule_set_id,
            group_id=group.id,
            rule=form.rule(rule_id),
            seen=form.cleaned_data["seen"],
            actor=_user(request),
            at=timezone.now(),
        )

    context = {
        "title": rule.name if rule else _("New rule in %s") % group.name,
        "group": group,
        "on_field": on_field,
        "remove": rule and _remove("rule", rule_set_id, rule.id, rule),
    }
    if asked:
        return _page(request, draft, form, context)
    return _edited(request, draft, form, save, context, now=partial(_now, rule_id, rule_set_id, "rule"))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(DRAFTERS)
@late
def edit_thresholds(request: HttpRequest, rule_set_id: int) -> HttpResponse:
    draft, content = _draft(request, rule_set_id)
    initial = [
        {"stage": t.stage, "min_fit": t.min_fit, "min_interest": t.min_interest, "min_intent": t.min_intent}
        for t in content.thresholds
    ]
    # Only for showing: a sent row is compared with nothing, or an unchanged one would count as empty.
    rows: Any = ThresholdRows(_data(request), initial=initial if request.method != "POST" else None)
    seen = request.POST.get("seen", fingerprint(content.thresholds))
    context = {"title": _("What qualifies"), "draft": draft, "rows": rows, "seen": seen}
    status = HTTPStatus.OK
    if request.method == "POST":
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        if rows.is_valid():
            try:
                save_thresholds(
                    rule_set_id=rule_set_id,
                    thresholds=rows.thresholds(),
                    seen=seen,
                    actor=_user(request),
                    at=timezone.now(),
                )
            except StaleRules as error:
                status, now = HTTPStatus.CONFLICT, _thresholds_now(rule_set_id)
                context |= {"message": str(error), "now": now[0], "seen": now[1]}
            else:
                return _saved(request, rule_set_id)
    return render(request, "scoring/thresholds.html", context, status=status)


ACTS: dict[tuple[str, str], Callable[..., None]] = {
    ("group", "remove"): remove_group,
    ("group", "move"): move_group,
    ("rule", "remove"): remove_rule,
    ("rule", "move"): move_rule,
}


@login_required
@require_POST
@for_roles(DRAFTERS)
@late
def act(request: HttpRequest, rule_set_id: int, kind: str, pk: int, what: str) -> HttpResponse:
    """``remove``, ``up`` or ``down``; what is gone already is said, and nothing else happens."""
    _found, content = _draft(request, rule_set_id)
    wanted: dict[str, Any] = {"group_id": pk}
    if kind == "rule":
        rule = _find_rule(request, content, pk)
        wanted = {"group_id": _group_of(content, rule).id, "rule_id": pk}
    wanted |= {"seen": request.POST.get("seen", "")} if what == "remove" else {"up": what == "up"}
    done = ACTS[kind, "remove" if what == "remove" else "move"]
    done(rule_set_id=rule_set_id, actor=_user(request), at=timezone.now(), **wanted)
    if what == "remove":
        toast(request, _("Removed from the draft."))
        return redirect(_address(rule_set_id))
    return redirect(f"{_address(rule_set_id)}#{kind}-{pk}")


def _edited(
    request: HttpRequest,
    draft: RuleSet,
    form: Any,
    save: Callable[[], None],
    context: dict[str, Any],
    *,
    now: Callable[[], tuple[list[str], str]],
) -> HttpResponse:
    """Show the form, or store what it says and go back to the draft."""
    if request.method != "POST":
        return _page(request, draft, form, context)
    if not form.is_valid():
        return _page(request, draft, form, context, HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        save()
    except StaleRules as error:
        lines, seen = now()
        if not seen:
            raise
        # Sent again it is done on purpose: the form now carries what stands there.
        form.data = form.data.copy()
        form.data["seen"] = seen
        told = {"message": str(error), "now": lines}
        return _page(request, draft, form, context | told, HTTPStatus.CONFLICT)
    except InvalidValue as error:
        name = error.field.removeprefix("rule.")
        form.add_error(name if name in form.fields else None, str(error))
        return _page(request, draft, form, context, HTTPStatus.UNPROCESSABLE_ENTITY)
    return _saved(request, draft.pk)


def _page(
    request: HttpRequest,
    draft: RuleSet,
    form: forms.BaseForm,
    context: dict[str, Any],
    status: int = HTTPStatus.OK,
) -> HttpResponse:
    return render(request, "scoring/edit.html", {"draft": draft, "form": form, **context}, status=status)


def _saved(request: HttpRequest, rule_set_id: int) -> HttpResponse:
    toast(request, _("Saved in the draft. Nothing counts before it is published."))
    return redirect(_address(rule_set_id))


def _now(pk: int | None, rule_set_id: int, kind: str) -> tuple[list[str], str]:
    """What stands in the draft now, in words, and its fingerprint; nothing for what is gone."""
    content = compiled(rule_set_id)
    for group in content.groups:
        if kind == "group" and group.id == pk:
            return [group.name, group_words(group)], fingerprint(group)
        for rule in group.rules:
            if kind == "rule" and rule.id == pk:
                return [rule.name, rule_words(rule)], fingerprint(rule)
    return [], ""


def _thresholds_now(rule_set_id: int) -> tuple[list[str], str]:
    now = compiled(rule_set_id).thresholds
    return [f"{Threshold.Stage(t.stage).label}: {threshold_words(t)}" for t in now], fingerprint(now)


def _draft(request: HttpRequest, rule_set_id: int) -> tuple[RuleSet, rules.RuleSet]:
    draft = get_object_or_404(RuleSet, pk=rule_set_id)
    if draft.status != RuleSetStatus.DRAFT:
        _gone(request, _("Version %s was published and never changes; start a new draft.") % draft.version)
    return draft, compiled(rule_set_id)


def _find_group(request: HttpRequest, content: rules.RuleSet, group_id: int) -> rules.Group:
    for group in content.groups:
        if group.id == group_id:
            return group
    _gone(request, _("Somebody removed this in the meantime."))


def _find_rule(request: HttpRequest, content: rules.RuleSet, rule_id: int) -> rules.Rule:
    for group in content.groups:
        for rule in group.rules:
            if rule.id == rule_id:
                return rule
    _gone(request, _("Somebody removed this in the meantime."))


def _gone(request: HttpRequest, message: str) -> NoReturn:
    """Only who sends something lost a race; who looks has an old address."""
    raise StaleRules(message) if request.method == "POST" else Http404


def _group_of(content: rules.RuleSet, rule: rules.Rule) -> rules.Group:
    return next(group for group in content.groups if rule in group.rules)


def _seen(part: Part) -> dict[str, str]:
    return {"seen": fingerprint(part)}


def _remove(kind: str, rule_set_id: int, pk: int, part: Part) -> dict[str, str]:
    return {
        "url": reverse(f"leads:scoring-{kind}-remove", args=[rule_set_id, pk]),
        "seen": fingerprint(part),
        "kind": kind,
    }


def _data(request: HttpRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _address(rule_set_id: int) -> str:
    return reverse("leads:scoring-version", args=[rule_set_id])


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
