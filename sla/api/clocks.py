"""``/api/v1/leads/{id}/clocks``: what was promised to this lead, and whether it was kept."""

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from leads.selectors import leads_visible_to
from smarketing.accounts.api.auth import HasScope
from smarketing.accounts.enums import Scope
from smarketing.accounts.models import User

from ..selectors.clocks import clocks_of
from .clock_serializers import ClocksSerializer

LIMIT = 200


class LeadClocks(APIView):
    permission_classes = [HasScope(Scope.LEADS_READ)]

    @extend_schema(
        summary="The clocks of a lead",
        description="Every run of a promise for this lead; the state is that of now.",
        tags=["leads"],
        responses={200: ClocksSerializer, 404: OpenApiResponse(description="No lead that you may see.")},
    )
    def get(self, request: Request, lead_id: int) -> Response:
        assert isinstance(request.user, User)
        if not leads_visible_to(request.user).filter(pk=lead_id).exists():
            raise Http404
        clocks = clocks_of(lead_id=lead_id)[:LIMIT]
        return Response(ClocksSerializer({"results": clocks}, context={"at": timezone.now()}).data)
