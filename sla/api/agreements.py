"""``/api/v1/agreements``: what marketing and sales have promised each other. Read only: it is signed by
people, each with their own account in the browser."""

from datetime import UTC, datetime, time
from typing import Any

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from funnel.api.paging import next_link, position_asked, read_query
from funnel.rules.paging import Position
from smarketing.accounts.api.auth import HasScope
from smarketing.accounts.enums import Scope

from ..models import Agreement
from ..rules.document import fingerprint
from ..selectors.agreements import agreement_page, day_of, signatures_of
from ..selectors.documents import content_of
from .agreement_shapes import AgreementDetail, AgreementPage, AgreementQuery, AgreementShape
from .shapes import MOST_ROWS

SORT = "-first_day"


class Agreements(APIView):
    permission_classes = (HasScope(Scope.FUNNEL_READ),)

    @extend_schema(
        operation_id="agreements_list",
        tags=["agreements"],
        summary="List agreements",
        description="Every version, latest first day first: follow `next` until null.",
        parameters=[AgreementQuery],
        responses=AgreementPage,
    )
    def get(self, request: Request) -> Response:
        asked = read_query(request, AgreementQuery)
        size = min(asked["page_size"], MOST_ROWS)
        position = position_asked(asked, sort=SORT)
        after = (position.value.date(), position.pk) if position else None
        day = day_of(timezone.now())
        rows = agreement_page(status=asked.get("status", ""), day=day, after=after, size=size + 1)
        page, last = rows[:size], None
        if len(rows) > size:
            last = Position(SORT, datetime.combine(page[-1].first_day, time(), UTC), page[-1].pk)
        shown = AgreementShape(page, many=True, context={"day": day}).data
        return Response({"results": shown, "next": next_link(request, last)})


class OneAgreement(APIView):
    permission_classes = (HasScope(Scope.FUNNEL_READ),)

    @extend_schema(
        operation_id="agreement",
        tags=["agreements"],
        summary="One agreement with what it says and who signed",
        responses=AgreementDetail,
    )
    def get(self, request: Request, agreement_id: int) -> Response:
        found = Agreement.objects.filter(pk=agreement_id).first()
        if found is None:
            raise Http404
        said = content_of(found)
        told = AgreementShape(found, context={"day": day_of(timezone.now())}).data
        more = {"fingerprint": fingerprint(said), "content": said, "signatures": signatures_of(found)}
        return Response({**told, **_More(more).data})


class _More(AgreementDetail):
    """The part that comes with one agreement only."""

    def get_fields(self) -> dict[str, Any]:
        own = super().get_fields()
        return {name: own[name] for name in ("fingerprint", "content", "signatures")}
