"""``/api/v1/disputes``: what marketing and sales see differently, and raising it about a lead."""

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from funnel.api.paging import next_link, position_asked, read_query
from funnel.rules.paging import Position
from leads.models import Lead
from leads.selectors import leads_visible_to
from smarketing.accounts.api.auth import HasScope
from smarketing.accounts.enums import Scope
from smarketing.accounts.models import User

from ..selectors.disputes import DisputeFilter, dispute_page
from ..services.disputes import raise_dispute
from .dispute_shapes import DisputeInput, DisputePage, DisputeQuery, DisputeShape
from .shapes import MOST_ROWS

SORT = "-raised_at"


class Disputes(APIView):
    permission_classes = (HasScope(Scope.LEADS_READ),)

    @extend_schema(
        operation_id="disputes_list",
        tags=["disputes"],
        summary="List disputes",
        description="Those that you may see, newest first: follow `next` until null. The mediator decides "
        "in the browser.",
        parameters=[DisputeQuery],
        responses=DisputePage,
    )
    def get(self, request: Request) -> Response:
        assert isinstance(request.user, User)
        asked = read_query(request, DisputeQuery)
        size = min(asked["page_size"], MOST_ROWS)
        position = position_asked(asked, sort=SORT)
        wanted = DisputeFilter(asked.get("kind", ""), asked.get("state", ""), asked.get("lead"))
        after = (position.value, position.pk) if position else None
        rows = dispute_page(request.user, wanted, at=timezone.now(), after=after, size=size + 1)
        page = rows[:size]
        last = Position(SORT, page[-1].raised_at, page[-1].pk) if len(rows) > size else None
        return Response(DisputePage({"results": page, "next": next_link(request, last)}).data)


class LeadDisputes(APIView):
    permission_classes = (HasScope(Scope.LEADS_WRITE),)

    @extend_schema(
        operation_id="lead_dispute",
        tags=["disputes"],
        summary="Dispute what became of a lead",
        description="Sales says that the lead was no MQL, marketing that its return was not fair; about "
        "its latest passage, each once. The mediator is told; the lead stays where it is.",
        request=DisputeInput,
        responses={
            201: DisputeShape,
            403: OpenApiResponse(description="Not yours to dispute, or nothing to dispute."),
            409: OpenApiResponse(description="Disputed before."),
        },
    )
    def post(self, request: Request, lead_id: int) -> Response:
        assert isinstance(request.user, User)
        if not leads_visible_to(request.user).filter(pk=lead_id).exists():
            raise Http404
        body = DisputeInput(data=request.data)
        body.is_valid(raise_exception=True)
        try:
            raised = raise_dispute(
                lead_id=lead_id, actor=request.user, at=timezone.now(), **body.validated_data
            )
        except Lead.DoesNotExist:
            raise Http404 from None
        return Response(DisputeShape(raised).data, status=201)
