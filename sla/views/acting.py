"""Acting on a lead, in a dialog of the queue and the lead's page or on a small page of its own."""

from datetime import datetime
from http import HTTPStatus
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import trigger_client_event

from funnel.errors import InvalidMove, MoveNotAllowed, NotAllowed, StaleJourney
from funnel.models import Journey, StageChange
from funnel.rules.moves import EDGES, edge_for
from funnel.services.reassigning import may_give_away
from funnel.services.waiting import target_at
from leads.errors import InvalidValue
from leads.models import Lead
from leads.selectors import leads_visible_to
from smarketing.accounts.enums import Role
from smarketing.accounts.models import User
from smarketing.accounts.toasts import toast

from ..enums import ActionKind
from ..errors import UndoRefused
from ..forms.acting import FORMS, About, ActionForm
from ..models import Action
from ..selectors.queue import calendar_of
from ..services.acting import perform
from ..services.undoing import undo

CONTACT = "contact"
DONE = {
    ActionKind.CALL: lambda: _("Call logged."),
    ActionKind.EMAIL: lambda: _("E-mail logged."),
    ActionKind.MEETING: lambda: _("Meeting logged."),
    ActionKind.QUALIFY: lambda: _("Accepted as SQL."),
    ActionKind.CONVERT: lambda: _("Converted to an opportunity."),
    ActionKind.POSTPONE: lambda: _("Postponed."),
    ActionKind.RESUME: lambda: _("Resumed."),
    ActionKind.RECYCLE: lambda: _("Returned to marketing."),
    ActionKind.DISQUALIFY: lambda: _("Disqualified."),
    ActionKind.REASSIGN: lambda: _("Given to somebody else."),
    ActionKind.WIN: lambda: _("Won!"),
    ActionKind.LOSE: lambda: _("Noted as lost."),
}


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def act(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """Ask (GET) and do (POST). 422: something is missing; 409: the lead does not stand there any more."""
    user = request.user
    assert isinstance(user, User)
    lead = leads_visible_to(user).filter(merged_into=None).select_related("company").filter(pk=pk).first()
    if lead is None:
        return _gone(request, kind)
    journey = get_object_or_404(_journeys(), lead=lead)
    _check_role(user, kind, lead)
    at = timezone.now()
    about = _about(user, lead, journey, at)
    is_possible = _is_possible(user, kind, journey)
    if request.method != "POST":
        form = FORMS[kind](about=about, chosen={"next": _next(request), **_chosen(request)})
        status = HTTPStatus.OK if is_possible else HTTPStatus.CONFLICT
        return _show(request, form, lead, journey, status=status, blocked=not is_possible)
    if not is_possible:
        return _conflict(request, kind, lead, _("This is not possible from where the lead stands now."), at)
    form = FORMS[kind](request.POST, about=about)
    if not form.is_valid():
        return _show(request, form, lead, journey, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        action = _perform(form, kind, lead, user, at)
    except (InvalidMove, InvalidValue) as error:
        form.add_error(error.field if error.field in form.fields else None, str(error))
        return _show(request, form, lead, journey, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    except (StaleJourney, MoveNotAllowed) as error:
        return _conflict(request, kind, lead, str(error), at)
    except NotAllowed as error:
        raise PermissionDenied(str(error)) from None
    return _done(request, action, form)


@login_required
@require_POST
def take_back(request: HttpRequest, token: UUID) -> HttpResponse:
    """Undo, from the message that told of the action. What cannot be undone is said, not hidden."""
    assert isinstance(request.user, User)
    try:
        action = undo(token=token, actor=request.user, at=timezone.now())
    except Action.DoesNotExist:
        raise Http404 from None
    except UndoRefused as error:
        toast(request, error, level=messages.ERROR)
    else:
        toast(request, _("Taken back: %(what)s") % {"what": ActionKind(action.kind).label})
    return _back(request, _safe(request, request.headers.get("Referer", "")))


def _perform(form: ActionForm, kind: str, lead: Lead, user: User, at: datetime) -> Action:
    given = form.cleaned_data
    return perform(
        token=given.get("token") or uuid4(),
        lead_id=lead.pk,
        kind=given["what"] if kind == CONTACT else kind,
        actor=user,
        at=at,
        said=form.said(),
        version=given.get("version"),
    )


def _check_role(user: User, kind: str, lead: Lead) -> None:
    """Who may never do this, wherever the lead stands."""
    if kind == CONTACT:
        may = user.role != Role.EXECUTIVE
    elif kind == ActionKind.REASSIGN:
        may = may_give_away(user, lead)
    else:
        may = any(edge.move == kind and user.role in edge.roles for edge in EDGES)
    if not may:
        raise PermissionDenied


def _is_possible(user: User, kind: str, journey: Journey) -> bool:
    """Whether the lead stands where this can be done. Raises PermissionDenied when others do it there."""
    if kind == CONTACT:
        return True
    if kind == ActionKind.REASSIGN:
        return bool(target_at(journey.stage)) and journey.is_open
    edge = edge_for(stage=journey.stage, status=journey.status, move=kind)
    if edge is not None and user.role not in edge.roles:
        raise PermissionDenied
    return edge is not None


def _journeys() -> QuerySet[Journey]:
    return Journey.objects.filter(is_current=True).select_related("opportunity")


def _about(user: User, lead: Lead, journey: Journey, at: datetime) -> About:
    deal = getattr(journey, "opportunity", None)
    return About(
        version=journey.version,
        stage=journey.stage,
        amount=deal.amount if deal else None,
        currency=deal.currency if deal else "EUR",
        deal_version=deal.version if deal else None,
        user=user,
        owner_id=lead.owner_id,
        calendar=calendar_of(journey),
        at=at,
    )


def _chosen(request: HttpRequest) -> dict[str, str]:
    """What the link that was clicked fills in: only which contact it is."""
    kinds = {ActionKind.CALL, ActionKind.EMAIL, ActionKind.MEETING}
    return {"what": request.GET["what"]} if request.GET.get("what") in kinds else {}


def _show(
    request: HttpRequest, form: ActionForm, lead: Lead, journey: Journey, *, status: int, **more: Any
) -> HttpResponse:
    context = {
        "form": form,
        "lead": lead,
        "journey": journey,
        "partial": _is_htmx(request),
        "back": form["next"].value() or reverse("sla:queue"),
        **more,
    }
    return render(request, "sla/action.html", context, status=status)


def _conflict(request: HttpRequest, kind: str, lead: Lead, message: str, at: datetime) -> HttpResponse:
    """What happened meanwhile, with what was typed; done again on purpose where that is possible."""
    assert isinstance(request.user, User)
    lead.refresh_from_db(fields=["owner"])
    journey = _journeys().get(lead=lead)
    data = request.POST.copy()
    data["version"], data["token"] = str(journey.version), str(uuid4())
    form = FORMS[kind](data, about=_about(request.user, lead, journey, at))
    edge = edge_for(stage=journey.stage, status=journey.status, move=kind)
    return _show(
        request,
        form,
        lead,
        journey,
        status=HTTPStatus.CONFLICT,
        message=message,
        happened=StageChange.objects.filter(lead=lead).select_related("actor").order_by("-pk")[:3],
        blocked=edge is None or request.user.role not in edge.roles,
    )


def _gone(request: HttpRequest, kind: str) -> HttpResponse:
    """Not one's own (any more). What was typed is given back; of the lead nothing is told."""
    if request.method != "POST":
        raise Http404
    typed = [(name, text) for name in ("note", "reason") if (text := request.POST.get(name, ""))]
    context = {"typed": typed, "partial": _is_htmx(request)}
    return render(request, "sla/action_gone.html", context, status=HTTPStatus.NOT_FOUND)


def _done(request: HttpRequest, action: Action, form: ActionForm) -> HttpResponse:
    text = DONE[ActionKind(action.kind)]()
    if resume_at := form.said().get("resume_at"):
        when = date_format(localtime(resume_at), "SHORT_DATETIME_FORMAT")
        text = _("Postponed until %(when)s.") % {"when": when}
    undoable = action.can_be_undone(action.at)
    toast(request, text, undo_url=reverse("sla:undo", args=[action.token]) if undoable else None)
    return _back(request, _safe(request, form.cleaned_data.get("next", "")))


def _back(request: HttpRequest, address: str) -> HttpResponse:
    """To where one came from; a page that asked by htmx stays, and refreshes what changed."""
    if not _is_htmx(request):
        return redirect(address)
    answer = HttpResponse(status=HTTPStatus.NO_CONTENT)
    trigger_client_event(answer, "close-dialog")
    return trigger_client_event(answer, "lead-changed")


def _next(request: HttpRequest) -> str:
    return _safe(request, request.GET.get("next") or request.headers.get("Referer", ""))


def _safe(request: HttpRequest, address: str) -> str:
    """An address of ours, else the queue."""
    mine = url_has_allowed_host_and_scheme(
        address, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return address if mine else reverse("sla:queue")


def _is_htmx(request: HttpRequest) -> bool:
    return request.headers.get("HX-Request") == "true"
