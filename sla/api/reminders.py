"""``/api/v1/reminders``: who was told what, when, delivered or why not."""

from dataclasses import fields
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from funnel.rules.paging import InvalidCursor, Position, from_cursor, to_cursor
from smarketing.accounts.api.auth import HasScope
from smarketing.accounts.enums import Scope

from ..selectors.ledger import LedgerFilter, ledger_page
from .shapes import MOST_ROWS, ReminderPage, ReminderQuery, ReminderShape

SORT = "-due_at"


class Reminders(APIView):
    permission_classes = (HasScope(Scope.REMINDERS_READ),)

    @extend_schema(
        operation_id="reminders_list",
        tags=["reminders"],
        summary="The reminders ledger",
        description="Reminders about the leads that you may see, latest due first: follow `next` until null.",
        parameters=[ReminderQuery],
        responses=ReminderPage,
    )
    def get(self, request: Request) -> Response:
        asked = _query(request)
        size = min(asked["page_size"], MOST_ROWS)
        wanted = LedgerFilter(**{one.name: asked.get(one.name) for one in fields(LedgerFilter)})
        rows = ledger_page(request.user, wanted, after=_after(asked), size=size + 1)
        page, more = rows[:size], len(rows) > size
        link = _next_link(request, Position(SORT, page[-1].due_at, page[-1].pk)) if more else None
        return Response({"results": ReminderShape(page, many=True).data, "next": link})


def _query(request: Request) -> dict[str, Any]:
    repeated = {key: [_("Give it once.")] for key, values in request.query_params.lists() if len(values) > 1}
    if repeated:
        raise ValidationError(repeated)
    query = ReminderQuery(data=request.query_params.dict())
    query.is_valid(raise_exception=True)
    return query.validated_data


def _after(asked: dict[str, Any]) -> tuple[datetime, int] | None:
    if "cursor" not in asked:
        return None
    try:
        position = from_cursor(asked["cursor"], sort=SORT)
    except InvalidCursor:
        raise ValidationError({"cursor": [_("This is not a cursor of this list.")]}) from None
    return position.value, position.pk


def _next_link(request: Request, position: Position) -> str:
    parameters = {**request.query_params.dict(), "cursor": to_cursor(position)}
    return request.build_absolute_uri(f"{request.path}?{urlencode(parameters)}")
