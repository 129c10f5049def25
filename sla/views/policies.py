"""Policies and their steps, and what they would do to a lead that arrives at some moment."""

from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from leads.rules.conditions import read_conditions
from leads.rules.wording import condition_words
from smarketing.accounts.enums import Role
from smarketing.accounts.errors import Overtaken
from smarketing.accounts.models import User
from smarketing.accounts.toasts import toast
from smarketing.accounts.views.access import only_for, person_of
from smarketing.accounts.views.overtaking import seen_number, what_was_seen

from ..enums import ClockKind, Recipient, TimeBase
from ..errors import SlaError
from ..forms.policy_page import (
    ArrivalForm,
    ConditionRows,
    PolicyPageForm,
    StepRows,
    check_units,
    kept,
    step_initial,
)
from ..models import Policy
from ..rules.durations import in_words
from ..rules.policy import Step, check_steps, check_window, snapshot
from ..selectors.agreed import agreed_fields
from ..selectors.agreements import agreement_in_force
from ..selectors.forecasts import Shown, foresee, offset_words
from ..selectors.policies import Terms, current_book
from ..services.policies import save_policy

SETTLERS = (Role.ADMIN, Role.MANAGER)
"""Who has the page of settings."""
FRIDAY, LATE = 4, (17, 58)
"""The example of a lead that arrives minutes before the weekend."""


@login_required
@require_safe
def policies(request: HttpRequest) -> HttpResponse:
    """Both teams read what was promised, as on the page of definitions; administrators change it."""
    found = Policy.objects.select_related("calendar").prefetch_related("steps")
    context = {
        "rows": [_row(policy) for policy in found],
        "may_edit": person_of(request).role == Role.ADMIN,
        "has_settings": person_of(request).role in SETTLERS,
        "agreement": agreement_in_force(timezone.now()),
    }
    return render(request, "settings/policies.html", context)


def _row(policy: Policy) -> dict[str, Any]:
    return {
        "policy": policy,
        "window": window(policy),
        "attempts": policy.attempts if policy.kind == ClockKind.FIRST_CONTACT else None,
        "steps": steps(policy),
        "conditions": [condition_words(one) for one in read_conditions(policy.conditions)],
    }


def window(policy: Policy) -> str:
    return in_words(policy.minutes * 60, working=policy.time_base == TimeBase.WORKING)


def steps(policy: Policy) -> list[dict[str, Any]]:
    working = policy.time_base == TimeBase.WORKING
    return [
        {"when": offset_words(step.offset, working=working), "roles": roles(step.recipients)}
        for step in policy.steps.all()
    ]


def roles(names: list[str]) -> str:
    return ", ".join(str(Recipient(name).label) for name in names)


@only_for(Role.ADMIN)
@require_http_methods(["GET", "HEAD", "POST"])
def new_policy(request: HttpRequest) -> HttpResponse:
    return _edit(request, None)


@only_for(Role.ADMIN)
@require_http_methods(["GET", "HEAD", "POST"])
def policy(request: HttpRequest, policy_id: int) -> HttpResponse:
    return _edit(request, get_object_or_404(Policy.objects.prefetch_related("steps"), pk=policy_id))


def _edit(request: HttpRequest, found: Policy | None) -> HttpResponse:
    """``try`` in the body shows what would happen and saves nothing."""
    data = request.POST if request.method == "POST" else None
    agreed, fields = agreed_fields(found, at=timezone.now()) if found else (None, frozenset())
    form = PolicyPageForm(data, instance=found, agreed=fields)
    # Only for showing: what was stored meanwhile must not make a sent row look untouched.
    shown_policy = found if data is None else None
    step_rows = StepRows(data, prefix="steps", initial=step_initial(shown_policy))
    asked_now = shown_policy.conditions if shown_policy else []
    conditions = ConditionRows(data, prefix="conditions", initial=asked_now)
    shown, status = None, int(HTTPStatus.OK)
    if request.method == "POST":
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        if all([form.is_valid(), step_rows.is_valid(), conditions.is_valid()]) and check_units(
            form, step_rows
        ):
            ladder = [step for row in kept(step_rows) if (step := row.step())]
            asked = [row for form_ in kept(conditions) if (row := form_.stored())]
            try:
                if "try" in request.POST:
                    shown, status = _tried(form.values(asked), ladder), HTTPStatus.OK
                else:
                    saved = save_policy(
                        policy=found,
                        values=form.values(asked),
                        steps=ladder,
                        actor=person_of(request),
                        at=timezone.now(),
                        seen=seen_number(request),
                    )
                    toast(
                        request,
                        _("%(policy)s was saved. Running clocks keep their terms.") % {"policy": saved},
                    )
                    return redirect("sla:settings-policies")
            except Overtaken:
                pass  # the page shows what the other did
            except SlaError as error:
                field = getattr(error, "field", "")
                form.add_error("amount" if field == "minutes" else None, str(error))
    seen = what_was_seen(request, found)
    if status != HTTPStatus.OK:
        status = seen.status
    name = Policy.objects.get(pk=found.pk).name if found else ""
    context = {
        "form": form,
        "step_rows": step_rows,
        "conditions": conditions,
        "policy": found,
        "name": name,
        "shown": shown,
        "seen": seen,
        "agreed": agreed,
    }
    return render(request, "settings/policy.html", context, status=status)


def _tried(values: dict[str, Any], ladder: list[Step]) -> Shown:
    """What is on the form, for the Friday before the weekend. Raises InvalidPolicy, EmptyCalendar."""
    check_window(minutes=values["minutes"], attempts=values["attempts"])
    check_steps(minutes=values["minutes"], steps=ladder)
    terms = Terms(
        policy_id=0,
        calendar_id=values["calendar"].pk,
        minutes=values["minutes"],
        time_base=values["time_base"],
        attempts=values["attempts"],
        steps=snapshot(ladder),
        conditions=read_conditions(values["conditions"]),
    )
    return foresee(terms, wall=example_moment(timezone.now()), owner=_some_rep(), name=values["name"])


def example_moment(now: datetime) -> datetime:
    """The next Friday, two minutes before six, without a zone."""
    day = now.date() + timedelta(days=(FRIDAY - now.weekday()) % 7 or 7)
    return datetime(day.year, day.month, day.day, *LATE)


def _example() -> dict[str, Any]:
    """What is shown before anybody asks."""
    rep = _some_rep()
    at = example_moment(timezone.now())
    return {"at": at, "kind": ClockKind.FIRST_CONTACT, "owner": rep.pk if rep else ""}


def _some_rep() -> User | None:
    """Somebody who reports to somebody, so that the example climbs."""
    reps = User.objects.filter(is_active=True, role__in=(Role.SDR, Role.AE))
    return reps.order_by("reports_to", "pk").first()


@only_for(Role.ADMIN)
@require_safe
def simulator(request: HttpRequest) -> HttpResponse:
    """Every value in the URL, so that an example can be sent to somebody."""
    form = ArrivalForm(request.GET if "at" in request.GET else _example())
    shown, nothing, problem = None, False, ""
    if form.is_valid():
        book = current_book()
        terms = book.terms_given(form.cleaned_data["kind"], form.facts())
        nothing = terms is None
        if terms is not None:
            try:
                shown = foresee(terms, wall=form.cleaned_data["at"], owner=form.cleaned_data["owner"])
            except SlaError as error:
                problem = str(error)
    context = {"form": form, "shown": shown, "nothing": nothing, "problem": problem}
    return render(request, "settings/simulator.html", context)
