"""A manager's people: capacity, absence, who is behind; and their leads given to somebody else."""

from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.contrib.messages import constants
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from funnel.errors import FunnelError
from funnel.models import RoutingMember
from funnel.services.bulk_jobs import MOST_ROWS, ROWS_IN_A_REQUEST, run_job, start_job
from funnel.services.pools import set_member
from leads.selectors import leads_visible_to
from smarketing.accounts.access import for_roles
from smarketing.accounts.enums import Role
from smarketing.accounts.forms.people import AbsenceForm
from smarketing.accounts.models import User
from smarketing.accounts.rules.zones import zone_named
from smarketing.accounts.services.people import add_absence
from smarketing.accounts.toasts import toast
from smarketing.accounts.views.access import person_of

from ..forms.dashboard import today
from ..forms.team import ALL, OVERDUE, GiveForm, MemberForm
from ..selectors.team import (
    Load,
    OpenLeads,
    given_leads,
    judged_span,
    late_leads,
    loads,
    open_leads,
    workers_of,
)

PAGE_SIZE = 25
LATE, GIVEN = "late", "given"
"""Lists of a person's page beside all open leads."""
LEADERS = frozenset({Role.MANAGER, Role.ADMIN})
READERS = LEADERS | {Role.EXECUTIVE}


@login_required
@require_safe
@for_roles(READERS)
def team(request: HttpRequest) -> HttpResponse:
    people = list(workers_of(person_of(request)))
    everybody = loads(people, at=timezone.now(), today=today())
    page = Paginator(everybody, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"page": page, "query": "", **_judged()}
    return render(request, "sla/team.html", context)


@login_required
@require_safe
@for_roles(READERS)
def member(request: HttpRequest, user_id: int) -> HttpResponse:
    return _member_page(request, _rep(request, user_id))


@login_required
@require_POST
@for_roles(LEADERS)
def member_absence(request: HttpRequest, user_id: int) -> HttpResponse:
    rep = _rep(request, user_id)
    form = AbsenceForm(request.POST)
    if not form.is_valid():
        return _member_page(request, rep, absence_form=form, status=422)
    starts_at, ends_at = form.span(zone_named(rep.time_zone))
    note = form.cleaned_data["note"]
    at = timezone.now()
    add_absence(user=rep, starts_at=starts_at, ends_at=ends_at, note=note, actor=person_of(request), at=at)
    toast(request, _("%(user)s gets no leads in that time.") % {"user": rep})
    return redirect("sla:team-member", user_id=rep.pk)


@login_required
@require_POST
@for_roles(LEADERS)
def member_pool(request: HttpRequest, user_id: int, member_id: int) -> HttpResponse:
    rep = _rep(request, user_id)
    part = get_object_or_404(RoutingMember, pk=member_id, user=rep)
    form = MemberForm(request.POST, prefix=str(member_id))
    if not form.is_valid():
        return _member_page(request, rep, pool_form=(part.pk, form), status=422)
    try:
        set_member(member_id=part.pk, actor=person_of(request), at=timezone.now(), **form.cleaned_data)
    except RoutingMember.DoesNotExist:
        raise Http404 from None
    toast(request, _("Saved."))
    return redirect("sla:team-member", user_id=rep.pk)


@login_required
@require_POST
@for_roles(LEADERS)
def give_leads(request: HttpRequest, user_id: int) -> HttpResponse:
    """Asked with the number of leads; ``confirmed`` does it, unless the number is another by then."""
    rep, actor = _rep(request, user_id), person_of(request)
    confirmed = "confirmed" in request.POST
    form = GiveForm(request.POST, actor=actor, giver=rep, confirmed=confirmed)
    is_valid = form.is_valid()
    if not {"scope", "to"} <= form.cleaned_data.keys():
        return _member_page(request, rep, give_form=form, status=422)
    ids = _chosen(request, rep, form.cleaned_data["scope"])
    if not ids or len(ids) > MOST_ROWS:
        text = _("At most %(n)d leads at once.") % {"n": MOST_ROWS} if ids else _("Choose at least one lead.")
        toast(request, text, level=constants.WARNING)
        return redirect("sla:team-member", user_id=rep.pk)
    changed = confirmed and form.cleaned_data.get("expected") != len(ids)
    if confirmed and is_valid and not changed:
        return _start(request, form, ids)
    status = 409 if changed else 422 if confirmed else 200
    context = {"rep": rep, "form": form, "ids": ids, "confirmed": confirmed, "changed": changed}
    return render(request, "sla/team_give.html", context, status=status)


def _start(request: HttpRequest, form: GiveForm, ids: list[int]) -> HttpResponse:
    action, params = form.job()
    at = timezone.now()
    try:
        job = start_job(actor=person_of(request), action=action, params=params, journey_ids=ids, at=at)
    except FunnelError as error:
        toast(request, str(error), level=constants.WARNING)
        return redirect("sla:team")
    run_job(job_id=job.pk, at=at, rows=ROWS_IN_A_REQUEST)
    return redirect("funnel:bulk-job", job_id=job.pk)


def _chosen(request: HttpRequest, rep: User, scope: str) -> list[int]:
    rows = open_leads(rep, at=timezone.now())
    if scope == OVERDUE:
        rows = rows.filter(is_late=True)
    elif scope != ALL:
        ticked = [text for text in request.POST.getlist("journey") if text.isascii() and text.isdigit()]
        rows = rows.filter(pk__in=[pk for pk in map(int, ticked[:MOST_ROWS]) if pk < 2**63])
    return list(rows.values_list("pk", flat=True)[: MOST_ROWS + 1])


def _rep(request: HttpRequest, user_id: int) -> User:
    return get_object_or_404(workers_of(person_of(request)), pk=user_id)


def _judged() -> dict[str, Any]:
    """The days of the promises that are counted, for the links behind the numbers."""
    span = judged_span(today())
    return {"first": span.first, "last": span.last}


def _member_page(
    request: HttpRequest,
    rep: User,
    *,
    status: int = 200,
    pool_form: tuple[int, MemberForm] | None = None,
    **more: Any,
) -> HttpResponse:
    at = timezone.now()
    (load,) = loads([rep], at=at, today=today())
    actor = person_of(request)
    may_change = actor.role in LEADERS
    show = request.GET.get("show", "")
    context: dict[str, Any] = {
        "load": load,
        "rep": rep,
        "zone": zone_named(rep.time_zone),
        **_leads(request, load, at, show if show in (LATE, GIVEN) else ""),
        "shows": [
            ("", _("Open"), load.total),
            (LATE, _("Overdue"), load.overdue),
            (GIVEN, _("Given in 30 days"), load.given),
        ],
        "may_change": may_change,
        "pools": _pools(load, pool_form),
        **_judged(),
    }
    if may_change:
        context["absence_form"] = AbsenceForm()
        context["give_form"] = GiveForm(actor=actor, giver=rep, confirmed=False)
    return render(request, "sla/team_member.html", {**context, **more}, status=status)


def _leads(request: HttpRequest, load: Load, at: datetime, show: str) -> dict[str, Any]:
    """One of the three lists behind the numbers; ``seen``: leads that the viewer may open."""
    rep = load.person
    found: Any = OpenLeads(rep, at=at, total=load.total)
    if show:
        found = given_leads(rep, at=at) if show == GIVEN else late_leads(rep, at=at)
    page = Paginator(found, PAGE_SIZE)
    shown: dict[str, Any] = {"show": show, "query": f"show={show}" if show else ""}
    shown["page"] = page.get_page(request.GET.get("page"))
    if show == GIVEN:
        ids = [given.lead_id for given in shown["page"]]
        visible = leads_visible_to(person_of(request)).filter(pk__in=ids)
        shown["seen"] = set(visible.values_list("pk", flat=True))
    return shown


def _pools(load: Load, sent: tuple[int, MemberForm] | None) -> list[tuple[RoutingMember, MemberForm]]:
    """Each part with its form; the one that was refused as it was typed."""
    fields = ("weight", "capacity", "is_active")
    forms = {
        part.pk: MemberForm(prefix=str(part.pk), initial={name: getattr(part, name) for name in fields})
        for part in load.members
    }
    if sent is not None:
        forms[sent[0]] = sent[1]
    return [(part, forms[part.pk]) for part in load.members]
