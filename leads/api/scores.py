"""``GET /api/v1/leads/{id}/score``: why a lead has the scores it has."""

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from smarketing.accounts.api.auth import HasScope
from smarketing.accounts.enums import Scope
from smarketing.accounts.models import User

from ..selectors import leads_visible_to
from ..selectors.scores import explanation
from .score_shapes import ScoreSerializer

UNKNOWN = OpenApiResponse(description="There is no such lead, or you may not see it.")


class LeadScore(APIView):
    permission_classes = [HasScope(Scope.LEADS_READ)]

    @extend_schema(
        summary="Why a lead scores what it does, rule by rule",
        description="Computed now from the lead's facts and events by the live rules.",
        tags=["leads"],
        responses={200: ScoreSerializer, 404: UNKNOWN},
    )
    def get(self, request: Request, lead_id: int) -> Response:
        assert isinstance(request.user, User)
        visible = leads_visible_to(request.user).select_related("company")
        lead = get_object_or_404(visible, pk=lead_id)
        return Response(ScoreSerializer(explanation(lead, timezone.now())).data)
