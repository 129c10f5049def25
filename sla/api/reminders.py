"""``/api/v1/reminders``: who was told what, when, delivered or why not."""

from dataclasses import fields

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from funnel.api.paging import next_link, position_asked, read_query
from funnel.rules.paging import Position
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
        asked = read_query(request, ReminderQuery)
        size = min(asked["page_size"], MOST_ROWS)
        position = position_asked(asked, sort=SORT)
        after = (position.value, position.pk) if position else None
        wanted = LedgerFilter(**{one.name: asked.get(one.name) for one in fields(LedgerFilter)})
        rows = ledger_page(request.user, wanted, after=after, size=size + 1)
        page = rows[:size]
        last = Position(SORT, page[-1].due_at, page[-1].pk) if len(rows) > size else None
        return Response({"results": ReminderShape(page, many=True).data, "next": next_link(request, last)})
