"""Leads over the API: list, read, create, change. They live here because a lead without where it
stands is half an answer, and the leads room does not know journeys."""

import re
from datetime import datetime
from typing import Any

from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from leads.enums import ActivitySource
from leads.errors import StaleLead
from leads.models import Lead
from leads.services.leads import create_lead, update_lead
from smarketing.accounts.api.auth import HasScope
from smarketing.accounts.enums import Scope
from smarketing.accounts.models import User

from ..selectors.leads import (
    LATEST_IN_STAGE,
    NEWEST,
    LeadFilter,
    lead_page,
    leads_with_journey,
    position_of,
    with_journey,
)
from .lead_input import LeadInput
from .lead_shapes import MOST_ROWS, LeadPage, LeadQuery, LeadShape
from .paging import next_link, position_asked, read_query

STRONG_TAG = re.compile(r'(?:^|[\s,])"([^"]*)"')
"""A weak tag (`W/"…"`) never matches: it does not promise that the two are the same."""


class PreconditionFailed(APIException):
    """The lead is no longer what the client read; `lead` shows it as it is."""

    status_code = 412
    default_detail = gettext_lazy("Somebody changed this lead in the meantime.")

    def __init__(self, lead: Lead) -> None:
        super().__init__()
        self.extra = {"lead": LeadShape(lead).data}


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
        asked = read_query(request, LeadQuery)
        wanted, sort, size = _filter(request, asked), _sort(asked), min(asked["page_size"], MOST_ROWS)
        after = position_asked(asked, sort=sort)
        # One more than shown tells whether there is a next page, without a count.
        rows = lead_page(request.user, wanted, sort=sort, after=after, size=size + 1)
        page, more = rows[:size], len(rows) > size
        last = position_of(page[-1], sort) if more else None
        return Response({"results": LeadShape(page, many=True).data, "next": next_link(request, last)})

    @extend_schema(
        operation_id="leads_create",
        tags=["leads"],
        summary="Create a lead",
        description="A rep who creates a lead owns it. 409: another lead has this address, number or "
        "external id.",
        request=LeadInput,
        responses={201: LeadShape},
        extensions={"x-problems": [409]},
    )
    def post(self, request: Request) -> Response:
        values = _written(request)
        assert isinstance(request.user, User)
        lead = create_lead(values=values, actor=request.user, at=timezone.now())
        answer = lead_response(with_journey(Lead.objects.filter(pk=lead.pk)).get(), status=201)
        answer["Location"] = request.build_absolute_uri(f"{request.path}/{lead.pk}")
        return answer


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

    @extend_schema(
        operation_id="leads_change",
        tags=["leads"],
        summary="Change a lead",
        description="Writes the fields that are named and leaves the others. With `If-Match` the change "
        "is refused (412) when the lead is no longer what you read; the member `lead` shows it as it is.",
        request=LeadInput,
        responses={200: LeadShape},
        extensions={"x-problems": [409, 412]},
        parameters=[
            OpenApiParameter("lead_id", int, OpenApiParameter.PATH),
            OpenApiParameter("If-Match", str, OpenApiParameter.HEADER, description="The `ETag` you read."),
        ],
    )
    def patch(self, request: Request, lead_id: int) -> Response:
        changes = _written(request)
        assert isinstance(request.user, User)
        try:
            update_lead(
                lead_id=lead_id,
                changes=changes,
                actor=request.user,
                at=timezone.now(),
                expected=_expected(request, lead_id),
                source=ActivitySource.API,
            )
        except StaleLead:
            raise PreconditionFailed(visible_lead(request, lead_id)) from None
        return lead_response(visible_lead(request, lead_id))


def visible_lead(request: Request, lead_id: int) -> Lead:
    """The lead, or 404: whether it is missing or another's is not told."""
    lead = leads_with_journey(request.user).filter(pk=lead_id).first()
    if lead is None:
        raise Http404
    return lead


def lead_response(lead: Lead, status: int = 200) -> Response:
    return Response(LeadShape(lead).data, status=status, headers={"ETag": f'"{lead.version}"'})


def _written(request: Request) -> dict[str, Any]:
    """What is to be written, clean, by the names that the service knows."""
    body = LeadInput(data=request.data)
    body.is_valid(raise_exception=True)
    values = dict(body.validated_data)
    for name, value in values.pop("company", {}).items():
        values["company_country" if name == "country" else name] = value
    return values


def _expected(request: Request, lead_id: int) -> datetime | None:
    """Which `updated_at` the change may start from; None: any (RFC 9110, 13.1.1)."""
    header = request.headers.get("If-Match", "").strip()
    if header in ("", "*"):
        return None
    lead = visible_lead(request, lead_id)
    if lead.version not in STRONG_TAG.findall(header):
        raise PreconditionFailed(lead)
    return lead.updated_at


def _filter(request: Request, asked: dict[str, Any]) -> LeadFilter:
    values = {name: asked[name] for name in LeadFilter.__slots__ if asked.get(name) not in (None, "")}
    if owner := asked.get("owner"):
        words = {"me": request.user.pk, "none": 0}
        values["owner"] = words[owner] if owner in words else int(owner)
    if persona := asked.get("persona"):
        values["persona"] = 0 if persona == "none" else int(persona)
    return LeadFilter(**values)


def _sort(asked: dict[str, Any]) -> str:
    in_stage = "stage" in asked
    sort = asked.get("sort", LATEST_IN_STAGE if in_stage else NEWEST)
    if (sort.lstrip("-") == "stage_since") != in_stage:
        message = _("Sort by stage_since together with a stage, and by created_at without one.")
        raise ValidationError({"sort": [message]})
    return sort
