"""Leads over the API: list, read, create, change. They live here because a lead without where it
stands is half an answer, and the leads room does not know journeys."""

from typing import Any
from urllib.parse import urlencode

from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from leads.models import Lead
from smarketing.accounts.api.auth import HasScope
from smarketing.accounts.enums import Scope

from ..rules.paging import InvalidCursor, Position, from_cursor, to_cursor
from ..selectors.leads import (
    LATEST_IN_STAGE,
    NEWEST,
    LeadFilter,
    lead_page,
    leads_with_journey,
    position_of,
)
from .lead_shapes import MOST_ROWS, LeadPage, LeadQuery, LeadShape, version_of


class Leads(APIView):
    permission_classes = (HasScope(Scope.LEADS_READ, write=Scope.LEADS_WRITE),)

    @extend_schema(
        operation_id="leads_list",
        tags=["leads"],
        summary="List leads",
        description="The leads that you may see, page by page: follow `next` until it is null.",
        parameters=[LeadQuery],
        responses=LeadPage,
    )
    def get(self, request: Request) -> Response:
        asked = _query(request)
        wanted, sort, size = _filter(request, asked), _sort(asked), min(asked["page_size"], MOST_ROWS)
        after = _after(asked, sort)
        # One more than shown tells whether there is a next page, without a count.
        rows = lead_page(request.user, wanted, sort=sort, after=after, size=size + 1)
        page, more = rows[:size], len(rows) > size
        link = _next_link(request, to_cursor(position_of(page[-1], sort))) if more else None
        return Response({"results": LeadShape(page, many=True).data, "next": link})


class LeadDetail(APIView):
    permission_classes = (HasScope(Scope.LEADS_READ, write=Scope.LEADS_WRITE),)

    @extend_schema(
        tags=["leads"],
        summary="Read a lead",
        responses=LeadShape,
        parameters=[OpenApiParameter("lead_id", int, OpenApiParameter.PATH)],
    )
    def get(self, request: Request, lead_id: int) -> Response:
        return lead_response(visible_lead(request, lead_id))


def visible_lead(request: Request, lead_id: int) -> Lead:
    """The lead, or 404: whether it is missing or another's is not told."""
    lead = leads_with_journey(request.user).filter(pk=lead_id).first()
    if lead is None:
        raise Http404
    return lead


def lead_response(lead: Lead, status: int = 200) -> Response:
    return Response(LeadShape(lead).data, status=status, headers={"ETag": f'"{version_of(lead)}"'})


def _query(request: Request) -> dict[str, Any]:
    repeated = {key: [_("Give it once.")] for key, values in request.query_params.lists() if len(values) > 1}
    if repeated:
        raise ValidationError(repeated)
    query = LeadQuery(data=request.query_params.dict())
    query.is_valid(raise_exception=True)
    return query.validated_data


def _filter(request: Request, asked: dict[str, Any]) -> LeadFilter:
    values = {name: asked[name] for name in LeadFilter.__slots__ if asked.get(name) not in (None, "")}
    if owner := asked.get("owner"):
        words = {"me": request.user.pk, "none": 0}
        values["owner"] = words[owner] if owner in words else int(owner)
    return LeadFilter(**values)


def _sort(asked: dict[str, Any]) -> str:
    in_stage = "stage" in asked
    sort = asked.get("sort", LATEST_IN_STAGE if in_stage else NEWEST)
    if (sort.lstrip("-") == "stage_since") != in_stage:
        message = _("Sort by stage_since together with a stage, and by created_at without one.")
        raise ValidationError({"sort": [message]})
    return sort


def _after(asked: dict[str, Any], sort: str) -> Position | None:
    if "cursor" not in asked:
        return None
    try:
        return from_cursor(asked["cursor"], sort=sort)
    except InvalidCursor:
        raise ValidationError({"cursor": [_("This is not a cursor of this list.")]}) from None


def _next_link(request: Request, cursor: str) -> str:
    parameters = {**request.query_params.dict(), "cursor": cursor}
    return request.build_absolute_uri(f"{request.path}?{urlencode(parameters)}")
