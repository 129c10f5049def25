"""``/api/v1/funnel``: the funnel report, and the journeys behind its numbers."""

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from leads.selectors import leads_visible_to
from smarketing.accounts.api.auth import HasScope
from smarketing.accounts.enums import Scope
from smarketing.accounts.models import User

from ..enums import Grouping
from ..selectors.funnel_journeys import journeys_behind
from ..selectors.funnel_report import funnel_report
from .paging import checked_query
from .report_serializers import BehindPageSerializer, FunnelQuery, FunnelSerializer, JourneysQuery

UNKNOWN = OpenApiResponse(description="The campaign, owner or team of the filter does not exist.")


class Funnel(APIView):
    permission_classes = [HasScope(Scope.FUNNEL_READ)]

    @extend_schema(
        summary="The funnel: stages, detours, cohorts, revenue",
        description="Everybody sees the whole funnel; a rep the part of it that they own.",
        tags=["funnel"],
        parameters=[FunnelQuery],
        responses={200: FunnelSerializer, 404: UNKNOWN},
    )
    def get(self, request: Request) -> Response:
        assert isinstance(request.user, User)
        query = checked_query(request, FunnelQuery)
        asked = query.validated_data
        report = funnel_report(
            filters=query.filters(request.user),
            by=Grouping(asked["by"]) if "by" in asked else None,
            page=asked["page"],
            page_size=asked["page_size"],
        )
        return Response(FunnelSerializer(report).data)


class FunnelJourneys(APIView):
    permission_classes = [HasScope(Scope.FUNNEL_READ)]

    @extend_schema(
        summary="The journeys behind a number of the funnel",
        description="Send the `params` of the number. Leads you may not see are counted, not named.",
        tags=["funnel"],
        parameters=[JourneysQuery],
        responses={200: BehindPageSerializer, 404: UNKNOWN},
    )
    def get(self, request: Request) -> Response:
        assert isinstance(request.user, User)
        query = checked_query(request, JourneysQuery)
        found = journeys_behind(filters=query.filters(request.user), behind=query.behind())
        size = query.validated_data["page_size"]
        start = (query.validated_data["page"] - 1) * size
        page = list(found[start : start + size])
        visible = leads_visible_to(request.user).filter(pk__in=[journey.lead_id for journey in page])
        answer = BehindPageSerializer(
            {"count": found.count(), "results": page},
            context={"visible": set(visible.values_list("pk", flat=True))},
        )
        return Response(answer.data)
