"""Reviews: the list, one with agenda, minutes and decisions, planning, and the calendar file."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from smarketing.accounts.toasts import toast
from smarketing.accounts.views.access import person_of
from smarketing.accounts.views.paging import page_of

from ..enums import ReviewState
from ..errors import ReviewStands, StaleReview
from ..forms.reviews import DecisionForm, FollowUpForm, MinutesForm, ReviewForm
from ..models import Review, ReviewDecision
from ..rules.ics import calendar_file
from ..selectors.agenda import agenda_of
from ..selectors.agreements import agreement_in_force
from ..selectors.reviews import may_write, meeting_of, proposed_start, reviews, to_plan, whom_to_invite
from ..services.reviews import (
    change_review,
    decide_in_review,
    follow_up,
    hold_review,
    plan_review,
    write_minutes,
)
from .agenda import agenda_shown

PAGE_SIZE = 25


@login_required
@require_safe
def review_list(request: HttpRequest) -> HttpResponse:
    at, state = timezone.now(), request.GET.get("state", "")
    next_one = to_plan(at=at)
    context = {
        **page_of(request, reviews(state), PAGE_SIZE),
        "states": ReviewState.choices,
        "state": state if state in ReviewState.values else "",
        "now": at,
        "may_plan": may_write(person_of(request), next_one),
        "in_force": agreement_in_force(at),
    }
    return render(request, "sla/reviews.html", context)


@login_required
@require_safe
def review(request: HttpRequest, review_id: int) -> HttpResponse:
    return _page(request, _found(review_id))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new_review(request: HttpRequest) -> HttpResponse:
    """The next one, by the cadence of the agreement in force."""
    at = timezone.now()
    agreement = agreement_in_force(at)
    if not may_write(person_of(request), agreement):
        raise PermissionDenied
    assert agreement is not None
    initial = {"starts_at": proposed_start(agreement, at=at), "participants": whom_to_invite(agreement)}
    form = ReviewForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            made = plan_review(agreement=agreement, actor=person_of(request), at=at, **form.cleaned_data)
        except ReviewStands as error:
            form.add_error(None, str(error))
            return _form(request, form, None, 409)
        toast(request, _("The review is planned; the invitations are on their way."))
        return redirect("sla:review", review_id=made.pk)
    return _form(request, form, None, 422 if request.method == "POST" else 200)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit_review(request: HttpRequest, review_id: int) -> HttpResponse:
    found = _writable(request, review_id)
    initial = {
        "starts_at": found.starts_at,
        "minutes_long": found.minutes_long,
        "place": found.place,
        "participants": list(found.participants.all()),
    }
    form = ReviewForm(request.POST if request.method == "POST" else None, initial=initial, review=found)
    if request.method == "POST" and form.is_valid():
        try:
            change_review(
                review_id=found.pk, actor=person_of(request), at=timezone.now(), **form.cleaned_data
            )
        except ReviewStands as error:
            form.add_error(None, str(error))
            return _form(request, form, found, 409)
        toast(request, _("The review was saved."))
        return redirect("sla:review", review_id=found.pk)
    return _form(request, form, found, 422 if request.method == "POST" else 200)


@login_required
@require_POST
def begin_review(request: HttpRequest, review_id: int) -> HttpResponse:
    _writable(request, review_id)
    hold_review(review_id=review_id, actor=person_of(request), at=timezone.now())
    toast(request, _("The meeting has begun; the agenda stays as the numbers are now."))
    return redirect("sla:review", review_id=review_id)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def minutes(request: HttpRequest, review_id: int) -> HttpResponse:
    """409: somebody wrote meanwhile; both texts are shown, and sending again is done on purpose."""
    found = _writable(request, review_id)
    if request.method != "POST":
        return _minutes(
            request, found, MinutesForm(initial={"seen": found.version, "minutes": found.minutes})
        )
    form = MinutesForm(request.POST)
    if not form.is_valid():
        return _minutes(request, found, form, 422)
    try:
        write_minutes(
            review_id=found.pk,
            minutes=form.cleaned_data["minutes"],
            seen=form.cleaned_data["seen"],
            actor=person_of(request),
        )
    except StaleReview as error:
        fresh = _found(review_id)
        again = MinutesForm({"seen": fresh.version, "minutes": form.cleaned_data["minutes"]})
        return _minutes(request, fresh, again, 409, str(error))
    toast(request, _("The minutes were saved."))
    return redirect(_part(found.pk, "minutes"))


@login_required
@require_POST
def new_decision(request: HttpRequest, review_id: int) -> HttpResponse:
    found = _writable(request, review_id)
    form = DecisionForm(request.POST)
    if not form.is_valid():
        return _page(request, found, form, 422)
    decide_in_review(review_id=found.pk, actor=person_of(request), **form.cleaned_data)
    toast(request, _("The decision was noted."))
    return redirect(_part(found.pk, "decisions"))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def decision(request: HttpRequest, decision_id: int) -> HttpResponse:
    """Carried out or not, and what it led to: by who writes reviews, and by who is to do it."""
    rows = ReviewDecision.objects.select_related("review__agreement", "owner")
    found = get_object_or_404(rows, pk=decision_id)
    user = person_of(request)
    if user.pk != found.owner_id and not may_write(user, found.review.agreement):
        raise PermissionDenied
    form = FollowUpForm(request.POST if request.method == "POST" else None, instance=found)
    if request.method == "POST" and form.is_valid():
        follow_up(
            decision_id=found.pk,
            is_done=form.cleaned_data["is_done"],
            led_to=form.led_to(),
            actor=user,
            at=timezone.now(),
        )
        toast(request, _("Saved."))
        return redirect(_part(found.review_id, "decisions"))
    status = 422 if request.method == "POST" else 200
    return render(request, "sla/review_decision.html", {"decision": found, "form": form}, status=status)


@login_required
@require_safe
def calendar_of(request: HttpRequest, review_id: int) -> HttpResponse:
    file = calendar_file(meeting_of(_found(review_id)), method="PUBLISH")
    headers = {"Content-Disposition": f'attachment; filename="review-{review_id}.ics"'}
    return HttpResponse(file, content_type="text/calendar; charset=utf-8", headers=headers)


def _part(review_id: int, name: str) -> str:
    """Where on the page it stands what was just written: the agenda before it is long."""
    return f"{reverse('sla:review', args=[review_id])}#{name}"


def _found(review_id: int) -> Review:
    return get_object_or_404(
        Review.objects.select_related("agreement", "organizer", "minutes_by"), pk=review_id
    )


def _writable(request: HttpRequest, review_id: int) -> Review:
    found = _found(review_id)
    if not may_write(person_of(request), found.agreement):
        raise PermissionDenied
    return found


def _page(
    request: HttpRequest, found: Review, form: DecisionForm | None = None, status: int = 200
) -> HttpResponse:
    user, at = person_of(request), timezone.now()
    may = may_write(user, found.agreement)
    agenda: Any = found.agenda if found.is_held else agenda_of(found, at=at)
    decisions = found.decisions.select_related("owner", "agreement", "rule_set", "policy")
    context = {
        "review": found,
        "agenda": agenda_shown(agenda, found.pk),
        "decisions": [(one, may or one.owner_id == user.pk) for one in decisions],
        "participants": found.participants.all(),
        "may_write": may,
        "form": (form or DecisionForm()) if may else None,
        "today": timezone.localdate(),
        "is_early": timezone.localdate() < timezone.localdate(found.starts_at),
        "may_plan_next": found.is_held and may_write(user, to_plan(at=at)),
    }
    return render(request, "sla/review.html", context, status=status)


def _form(request: HttpRequest, form: ReviewForm, found: Review | None, status: int) -> HttpResponse:
    return render(request, "sla/review_form.html", {"form": form, "review": found}, status=status)


def _minutes(
    request: HttpRequest, found: Review, form: MinutesForm, status: int = 200, message: str = ""
) -> HttpResponse:
    context = {"review": found, "form": form, "message": message}
    return render(request, "sla/review_minutes.html", context, status=status)
