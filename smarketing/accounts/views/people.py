"""People: the list, one person, their place in the reporting line, their absences."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ..enums import Role
from ..errors import AccountsError, Overtaken
from ..forms.people import AbsenceForm, PersonForm
from ..models import Absence, User
from ..rules.zones import zone_named
from ..selectors.staff import manageable, reporting_tree, staff
from ..services.people import add_absence, create_person, reactivate, remove_absence, update_person
from ..toasts import toast
from .access import only_for, person_of
from .inviting import invite
from .overtaking import seen_number, what_was_seen
from .paging import kept_query

PAGE_SIZE = 50
EDITED = ("first_name", "last_name", "email", "role", "team", "reports_to", "language", "time_zone")


@only_for(Role.ADMIN, Role.MANAGER)
@require_safe
def people(request: HttpRequest) -> HttpResponse:
    """An administrator sees everybody, a manager who stands below them."""
    left = request.GET.get("left") == "1"
    found = staff(viewer=person_of(request), q=request.GET.get("q", "")[:100], left=left, at=timezone.now())
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"page": page, "left": left, "q": request.GET.get("q", ""), "query": kept_query(request)}
    return render(request, "settings/people.html", context)


@only_for(Role.ADMIN, Role.MANAGER)
@require_safe
def line(request: HttpRequest) -> HttpResponse:
    return render(request, "settings/line.html", {"roots": reporting_tree()})


@only_for(Role.ADMIN)
@require_http_methods(["GET", "HEAD", "POST"])
def new_person(request: HttpRequest) -> HttpResponse:
    viewer = person_of(request)
    # Whoever is invited most likely reads and works as the one who invites.
    initial = {"language": viewer.language, "time_zone": viewer.time_zone}
    form = PersonForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        values = {name: form.cleaned_data[name] for name in EDITED if name != "email"}
        email = form.cleaned_data["email"]
        user = create_person(email=email, values=values, actor=viewer, at=timezone.now())
        return invite(request, user)
    return render(request, "settings/new_person.html", {"form": form}, status=_status(request))


@only_for(Role.ADMIN, Role.MANAGER)
@require_http_methods(["GET", "HEAD", "POST"])
def person(request: HttpRequest, user_id: int) -> HttpResponse:
    """Only administrators change somebody; a manager sees who they are and plans absences."""
    viewer = person_of(request)
    user = get_object_or_404(manageable(viewer), pk=user_id)
    is_admin = viewer.role == Role.ADMIN
    form = PersonForm(request.POST or None, instance=user) if is_admin else None
    is_sent = request.method == "POST" and form is not None and form.is_valid()
    if is_sent and _saved(request, user, form):
        return redirect("accounts:settings-person", user_id=user.pk)
    seen = what_was_seen(request, user)
    status = seen.status if request.method == "POST" else 200
    return _person_page(request, user, form=form, seen=seen, status=status)


def _saved(request: HttpRequest, user: User, form: PersonForm | None) -> bool:
    assert form is not None
    values = {name: form.cleaned_data[name] for name in EDITED}
    try:
        seen = seen_number(request)
        update_person(user=user, values=values, actor=person_of(request), at=timezone.now(), seen=seen)
    except Overtaken:
        return False  # the page shows what the other did
    except AccountsError as error:
        form.add_error("reports_to" if "reports_to" in form.changed_data else "role", str(error))
        return False
    toast(request, _("%(user)s was saved.") % {"user": user})
    return True


def _person_page(request: HttpRequest, user: User, *, status: int = 200, **more: Any) -> HttpResponse:
    stored = User.objects.select_related("team", "reports_to").get(pk=user.pk)
    context = {
        "person": stored,
        "absences": stored.absences.filter(ends_at__gt=timezone.now()),
        "absence_form": AbsenceForm(),
        "zone": zone_named(stored.time_zone),
        **more,
    }
    return render(request, "settings/person.html", context, status=status)


@only_for(Role.ADMIN)
@require_POST
def return_person(request: HttpRequest, user_id: int) -> HttpResponse:
    user = get_object_or_404(User, pk=user_id)
    reactivate(user=user, actor=person_of(request), at=timezone.now())
    toast(request, _("%(user)s can sign in again.") % {"user": user})
    return redirect("accounts:settings-person", user_id=user.pk)


@only_for(Role.ADMIN)
@require_POST
def invite_person(request: HttpRequest, user_id: int) -> HttpResponse:
    return invite(request, get_object_or_404(User, pk=user_id, is_active=True))


@only_for(Role.ADMIN, Role.MANAGER)
@require_POST
def new_absence(request: HttpRequest, user_id: int) -> HttpResponse:
    user = get_object_or_404(manageable(person_of(request)), pk=user_id)
    form = AbsenceForm(request.POST)
    if not form.is_valid():
        return _person_page(request, user, absence_form=form, status=422)
    starts_at, ends_at = form.span(zone_named(user.time_zone))
    add_absence(
        user=user,
        starts_at=starts_at,
        ends_at=ends_at,
        note=form.cleaned_data["note"],
        actor=person_of(request),
        at=timezone.now(),
    )
    toast(request, _("%(user)s gets no leads in that time.") % {"user": user})
    return redirect("accounts:settings-person", user_id=user.pk)


@only_for(Role.ADMIN, Role.MANAGER)
@require_POST
def end_absence(request: HttpRequest, absence_id: int) -> HttpResponse:
    people = manageable(person_of(request))
    absence = get_object_or_404(Absence.objects.select_related("user"), pk=absence_id, user__in=people)
    remove_absence(absence=absence, actor=person_of(request), at=timezone.now())
    toast(request, _("The absence was removed."), level=messages.SUCCESS)
    return redirect("accounts:settings-person", user_id=absence.user_id)


def _status(request: HttpRequest) -> int:
    """A form that comes back was refused."""
    return 422 if request.method == "POST" else 200
