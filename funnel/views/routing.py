"""Routing rules and their pools, and who would get a lead."""

from contextlib import suppress
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from smarketing.accounts.enums import Role
from smarketing.accounts.errors import Overtaken
from smarketing.accounts.toasts import toast
from smarketing.accounts.views.access import only_for, person_of
from smarketing.accounts.views.overtaking import seen_number, what_was_seen

from ..forms.routing import MemberRows, RuleForm, TrialForm, member_values, people_to_choose
from ..models import RoutingRule
from ..services.pools import save_rule
from ..services.trying import try_routing

SKIPPED = {
    "inactive": gettext_lazy("has left"),
    "paused": gettext_lazy("is paused in this pool"),
    "role": gettext_lazy("their role may not work such leads"),
    "absent": gettext_lazy("is away now"),
    "capacity": gettext_lazy("has had as many leads in 30 days as agreed"),
}
PASSED = {
    "country": gettext_lazy("is for other countries"),
    "size_unknown": gettext_lazy("asks for a company size, which is not known"),
    "size": gettext_lazy("is for companies of another size"),
}


@only_for(Role.ADMIN)
@require_safe
def rules(request: HttpRequest) -> HttpResponse:
    found = RoutingRule.objects.prefetch_related("members__user")
    return render(request, "settings/routing.html", {"rules": found})


@only_for(Role.ADMIN)
@require_safe
def test(request: HttpRequest) -> HttpResponse:
    form = TrialForm(request.GET if "role" in request.GET else None)
    trial = None
    if form.is_bound and form.is_valid():
        trial = try_routing(**form.cleaned_data, at=timezone.now())
    context: dict[str, Any] = {"form": form, "trial": trial}
    if trial is not None:
        context["passed"] = [(one.rule, PASSED[one.why]) for one in trial.passed]
        context["members"] = [(one, SKIPPED.get(one.why, "")) for one in trial.members]
        context["lowest"] = next((one.level for one in trial.members if one.is_chosen), None)
    return render(request, "settings/routing_test.html", context)


@only_for(Role.ADMIN)
@require_http_methods(["GET", "HEAD", "POST"])
def new_rule(request: HttpRequest) -> HttpResponse:
    return _edit(request, None)


@only_for(Role.ADMIN)
@require_http_methods(["GET", "HEAD", "POST"])
def rule(request: HttpRequest, rule_id: int) -> HttpResponse:
    return _edit(request, get_object_or_404(RoutingRule, pk=rule_id))


def _edit(request: HttpRequest, found: RoutingRule | None) -> HttpResponse:
    data = request.POST if request.method == "POST" else None
    form = RuleForm(data, instance=found)
    initial = list(found.members.values("user", "weight", "capacity", "is_active")) if found else []
    # Only for showing: what was stored meanwhile must not make a sent row look untouched.
    shown = initial if data is None else None
    rows = MemberRows(
        data, prefix="members", initial=shown, form_kwargs={"people": people_to_choose(initial)}
    )
    if request.method == "POST" and all([form.is_valid(), rows.is_valid()]):
        with suppress(Overtaken):  # then the page shows what the other did
            saved = save_rule(
                rule=found,
                values=form.cleaned_data,
                members=member_values(rows),
                actor=person_of(request),
                at=timezone.now(),
                seen=seen_number(request),
            )
            toast(request, _("%(rule)s was saved.") % {"rule": saved})
            return redirect("funnel:settings-routing")
    seen = what_was_seen(request, found)
    name = RoutingRule.objects.get(pk=found.pk).name if found else ""
    context = {"form": form, "rows": rows, "rule": found, "name": name, "seen": seen}
    status = seen.status if request.method == "POST" else 200
    return render(request, "settings/routing_rule.html", context, status=status)
