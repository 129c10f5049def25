"""Moves, history and opportunities over the API."""

from django.db.models import Q
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from leads.enums import ActivitySource
from leads.models import Lead
from leads.selectors import leads_visible_to
from smarketing.accounts.api.auth import HasScope
from smarketing.accounts.enums import Scope
from smarketing.accounts.models import User

from ..models import Journey, Opportunity
from ..rules.moves import edge_for
from ..rules.paging import Position
from ..selectors.journeys import current_journey, moves_for, opportunities_visible_to
from ..selectors.timeline import SORT, position_of, timeline
from ..services.dealing import update_opportunity
from ..services.moving import move_journey
from .lead_shapes import MOST_ROWS
from .move_shapes import (
    MoveAnswer,
    MoveInput,
    OpenMoves,
    OpportunityInput,
    OpportunityPage,
    OpportunityQuery,
    OpportunityShape,
)
from .paging import next_link, position_asked, read_query
from .timeline_shapes import TimelinePage, TimelineQuery

BY_OPENING = "-opened_at"
STALE = OpenApiResponse(
    description="Not possible from where the lead stands, or moved since `expected_version`; "
    "`journey` tells its present state."
)
FORBIDDEN = OpenApiResponse(description="Your role does not allow this move.")


STALE_DEAL = OpenApiResponse(
    description="Won or lost already, or changed since `expected_version`; `opportunity` tells its present "
    "state."
)


class LeadMoves(APIView):
    permission_classes = (HasScope(Scope.LEADS_READ, write=Scope.LEADS_WRITE),)

    @extend_schema(tags=["funnel"], summary="Which moves are open to you", responses=OpenMoves)
    def get(self, request: Request, lead_id: int) -> Response:
        assert isinstance(request.user, User)
        journey = current_journey(_visible_lead(request, lead_id))
        moves = moves_for(request.user, journey) if journey else []
        rows = [{"move": move, "needs": _needs(journey, move)} for move in moves]
        return Response(OpenMoves({"journey": journey, "moves": rows}).data)

    @extend_schema(
        tags=["funnel"],
        summary="Move a lead",
        request=MoveInput,
        responses={200: MoveAnswer, 403: FORBIDDEN, 409: STALE},
    )
    def post(self, request: Request, lead_id: int) -> Response:
        assert isinstance(request.user, User)
        lead = _visible_lead(request, lead_id)
        body = MoveInput(data=request.data)
        body.is_valid(raise_exception=True)
        said = dict(body.validated_data)
        journey = current_journey(lead)
        if journey is None:
            raise Http404
        move_journey(
            journey_id=journey.pk,
            actor=request.user,
            at=timezone.now(),
            to_user_id=said.pop("to_user"),
            **said,
        )
        now = current_journey(lead)
        assert now is not None
        return Response(MoveAnswer({"journey": now, "owner": now.lead.owner}).data)


class LeadTimeline(APIView):
    permission_classes = (HasScope(Scope.LEADS_READ),)

    @extend_schema(
        tags=["leads"],
        summary="What happened to a lead",
        description="Activities, score changes, moves and assignments, newest first.",
        parameters=[TimelineQuery],
        responses=TimelinePage,
    )
    def get(self, request: Request, lead_id: int) -> Response:
        lead = _visible_lead(request, lead_id)
        asked = read_query(request, TimelineQuery)
        size = min(asked["page_size"], MOST_ROWS)
        rows = timeline(lead, after=position_asked(asked, sort=SORT), size=size + 1)
        last = position_of(rows[size - 1]) if len(rows) > size else None
        return Response(TimelinePage({"results": rows[:size], "next": next_link(request, last)}).data)


class Opportunities(APIView):
    permission_classes = (HasScope(Scope.LEADS_READ),)

    @extend_schema(
        operation_id="opportunities_list",
        tags=["funnel"],
        summary="List opportunities",
        description="Those of the leads that you may see, newest first.",
        parameters=[OpportunityQuery],
        responses=OpportunityPage,
    )
    def get(self, request: Request) -> Response:
        asked = read_query(request, OpportunityQuery)
        size = min(asked["page_size"], MOST_ROWS)
        found = opportunities_visible_to(request.user)
        if "status" in asked:
            found = found.filter(status=asked["status"])
        if after := position_asked(asked, sort=BY_OPENING):
            same = Q(opened_at=after.value, pk__lt=after.pk)
            found = found.filter(Q(opened_at__lt=after.value) | same)
        rows = list(found[: size + 1])
        end = rows[size - 1] if len(rows) > size else None
        last = Position(BY_OPENING, end.opened_at, end.pk) if end else None
        return Response(OpportunityPage({"results": rows[:size], "next": next_link(request, last)}).data)


class OpportunityDetail(APIView):
    permission_classes = (HasScope(Scope.LEADS_READ, write=Scope.LEADS_WRITE),)

    @extend_schema(tags=["funnel"], summary="Read an opportunity", responses=OpportunityShape)
    def get(self, request: Request, opportunity_id: int) -> Response:
        return Response(OpportunityShape(_visible_deal(request, opportunity_id)).data)

    @extend_schema(
        operation_id="opportunities_change",
        tags=["funnel"],
        summary="Change an open opportunity",
        description="Writes the fields that are named and leaves the others; won and lost are moves.",
        request=OpportunityInput,
        responses={200: OpportunityShape, 403: FORBIDDEN, 409: STALE_DEAL},
    )
    def patch(self, request: Request, opportunity_id: int) -> Response:
        assert isinstance(request.user, User)
        _visible_deal(request, opportunity_id)
        body = OpportunityInput(data=request.data)
        body.is_valid(raise_exception=True)
        changes = dict(body.validated_data)
        update_opportunity(
            opportunity_id=opportunity_id,
            expected_version=changes.pop("expected_version"),
            changes=changes,
            actor=request.user,
            at=timezone.now(),
            source=ActivitySource.API,
        )
        return Response(OpportunityShape(_visible_deal(request, opportunity_id)).data)


def _visible_deal(request: Request, opportunity_id: int) -> Opportunity:
    found = opportunities_visible_to(request.user).filter(journey__lead__merged_into=None)
    return get_object_or_404(found, pk=opportunity_id)


def _visible_lead(request: Request, lead_id: int) -> Lead:
    return get_object_or_404(leads_visible_to(request.user).current(), pk=lead_id)


def _needs(journey: Journey | None, move: str) -> list[str]:
    edge = edge_for(stage=journey.stage, status=journey.status, move=move) if journey else None
    return list(edge.needs) if edge else []
