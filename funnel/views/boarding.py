"""The board: leads by stage, and the moves that lead on; drag and drop, or the menu of a card."""

from django.contrib.auth.decorators import login_required
from django.contrib.messages import WARNING
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from smarketing.accounts.models import User
from smarketing.accounts.toasts import toast

from ..enums import STAGES, Stage
from ..errors import FunnelError, StaleJourney
from ..forms import LeadListForm, MoveForm
from ..models import Journey
from ..rules.moves import Edge, edge_for, moves_forward
from ..rules.why_not import why_not
from ..selectors.board import board as lanes_of
from ..selectors.journeys import journeys_visible_to
from ..selectors.standing import states_visible_to
from ..services.moving import move_journey
from .lead_list import found_by, kept_of


@login_required
@require_safe
def board(request: HttpRequest) -> HttpResponse:
    assert isinstance(request.user, User)
    form = LeadListForm(request.GET)
    kept = kept_of(request.GET)
    known = None if kept else states_visible_to(request.user)
    kept.pop("stage", None)
    kept.pop("status", None)
    context = {
        "form": form,
        "lanes": lanes_of(found_by(form, request.user, []), request.user, known),
        "fields": [form[name] for name in ("q", "owner", "source", "campaign")],
        "query": kept.urlencode(),
    }
    return render(request, "funnel/board.html", context)


@login_required
@require_safe
def places(request: HttpRequest, journey_id: int) -> HttpResponse:
    """Where one lead can go, and why nowhere else; with ``to`` the board is told why not there."""
    assert isinstance(request.user, User)
    visible = journeys_visible_to(request.user).select_related("lead")
    journey = get_object_or_404(visible, pk=journey_id, is_current=True)
    stands = {"stage": journey.stage, "status": journey.status}
    partial, to = request.headers.get("HX-Request") == "true", request.GET.get("to", "")
    if partial and to in Stage:
        why = why_not(request.user.role, **stands, to_stage=to) or _("The board is out of date. Reload it.")
        values = {"lead": journey.lead, "stage": Stage(to).label, "why": why}
        toast(request, _("%(lead)s cannot go to %(stage)s. %(why)s") % values, level=WARNING)
        return HttpResponse(status=204)
    edges = {edge.to_stage: edge for edge in moves_forward(request.user.role, **stands)}
    rows = [
        (stage, edges.get(stage), why_not(request.user.role, **stands, to_stage=stage)) for stage in STAGES
    ]
    context = {"journey": journey, "rows": rows, "partial": partial}
    return render(request, "funnel/places.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def move(request: HttpRequest, journey_id: int, move: str) -> HttpResponse:
    """One lead to its next stage, with what the move has to say; a page, or a dialog of the board."""
    assert isinstance(request.user, User)
    visible = journeys_visible_to(request.user).select_related("lead")
    journey = get_object_or_404(visible, pk=journey_id, is_current=True)
    edge = edge_for(stage=journey.stage, status=journey.status, move=move)
    if edge is None or request.user.role not in edge.roles or edge.to_stage == journey.stage:
        raise Http404
    posted = request.POST if request.method == "POST" else None
    form = MoveForm(posted, edge=edge, initial={"version": journey.version})
    if posted is not None and form.is_valid():
        try:
            _perform(request.user, journey, edge, form)
        except StaleJourney as error:
            form.add_error(None, str(error))
            return _page(request, journey, edge, form, 409)
        except FunnelError as error:
            field = getattr(error, "field", "")
            form.add_error(field if field in form.fields else None, str(error))
        else:
            return _done(request, journey, edge)
    return _page(request, journey, edge, form, 200 if posted is None else 422)


def _perform(actor: User, journey: Journey, edge: Edge, form: MoveForm) -> None:
    details = dict(form.cleaned_data)
    version = details.pop("version")
    move_journey(
        journey_id=journey.pk,
        move=edge.move,
        actor=actor,
        at=timezone.now(),
        expected_version=version,
        **details,
    )


def _done(request: HttpRequest, journey: Journey, edge: Edge) -> HttpResponse:
    values = {"lead": journey.lead, "stage": edge.to_stage.label}
    toast(request, _("%(lead)s is now in %(stage)s.") % values)
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    return redirect(reverse("funnel:board"))


def _page(request: HttpRequest, journey: Journey, edge: Edge, form: MoveForm, status: int) -> HttpResponse:
    context = {
        "journey": journey,
        "edge": edge,
        "form": form,
        "partial": request.headers.get("HX-Request") == "true",
    }
    return render(request, "funnel/move.html", context, status=status)
