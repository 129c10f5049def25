"""POST /api/v1/activities: what other systems saw leads do, one at a time or by the hundred."""

import json
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from smarketing.accounts.api.auth import HasScope
from smarketing.accounts.api.serializers import StrictSerializer, TextField, TrueFalseField, WholeNumberField
from smarketing.accounts.enums import Scope
from smarketing.accounts.models import User

from ..enums import ActivityKind, ActivitySource, Outcome
from ..services.activities import Event
from ..services.activity_batches import LeadName, Result, Row, record_all_rows, record_rows

MOST_ROWS = 500
MOST_DATA = 8000
BIGGEST_ID = 2**63 - 1


class AwareDateTimeField(serializers.DateTimeField):
    """A moment with its offset from UTC: without one, nobody knows when it was."""

    default_error_messages = {
        "naive": _("Say the offset from UTC, as in 2026-03-02T09:00:00Z."),
    }

    def to_internal_value(self, value: Any) -> Any:
        text = str(value)
        if isinstance(value, str) and not (text.endswith(("Z", "z")) or "+" in text[10:] or "-" in text[10:]):
            self.fail("naive")
        return super().to_internal_value(value)


class LeadNameShape(StrictSerializer):
    """A lead by its id, its e-mail address or its external id: exactly one of them."""

    id = WholeNumberField(required=False, min_value=1, max_value=BIGGEST_ID)
    email = TextField(max_length=320, required=False)
    external_id = TextField(max_length=120, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if len([value for value in attrs.values() if value]) != 1:
            raise ValidationError(_("Name the lead by exactly one of id, email and external_id."))
        return attrs


class ActivityInput(StrictSerializer):
    lead = LeadNameShape()
    kind = serializers.ChoiceField(choices=ActivityKind.choices)
    occurred_at = AwareDateTimeField(required=False, help_text="Absent: now. The future is refused.")
    asset = TextField(max_length=200, required=False, help_text="What was viewed, downloaded, attended…")
    external_id = TextField(
        max_length=200, required=False, help_text="Yours for this activity: makes a repeat harmless."
    )
    outcome = serializers.ChoiceField(choices=Outcome.choices, required=False)
    note = TextField(max_length=5000, multiline=True, required=False)
    data = serializers.DictField(  # type: ignore[assignment]
        required=False, help_text=f"Details; at most {MOST_DATA} characters."
    )
    user_agent = TextField(
        max_length=400, required=False, help_text="Of who did it: bots and scanners are not scored."
    )
    automated = TrueFalseField(
        required=False, default=False, help_text="A sequence did it, not a person: no contact, no score."
    )

    def validate_data(self, value: dict[str, Any]) -> dict[str, Any]:
        if len(json.dumps(value)) > MOST_DATA:
            raise ValidationError(_("Too long."))
        return value


class ActivitiesInput(StrictSerializer):
    """`all`: everything or nothing. `report`: what can be recorded is, and each row is told."""

    mode = serializers.ChoiceField(choices=["all", "report"], default="report")
    activities = serializers.ListField(
        child=serializers.DictField(), min_length=1, max_length=MOST_ROWS, help_text="As for one activity."
    )


class RecordedShape(serializers.Serializer[Any]):
    activity = serializers.IntegerField()
    status = serializers.ChoiceField(choices=["recorded", "repeated"])


class FaultShape(serializers.Serializer[Any]):
    field = serializers.CharField()
    message = serializers.CharField()


class RowShape(serializers.Serializer[Any]):
    row = serializers.IntegerField(help_text="Place in the list, from 0.")
    status = serializers.ChoiceField(choices=["recorded", "repeated", "refused"])
    activity = serializers.IntegerField(allow_null=True)
    errors = FaultShape(many=True)  # type: ignore[assignment]


class ReportShape(serializers.Serializer[Any]):
    recorded = serializers.IntegerField()
    repeated = serializers.IntegerField()
    refused = serializers.IntegerField()
    rows = RowShape(many=True)


class Activities(APIView):
    permission_classes = (HasScope(Scope.ACTIVITIES_WRITE),)

    @extend_schema(
        summary="Record one activity, or up to 500",
        tags=["leads"],
        request=PolymorphicProxySerializer(
            component_name="ActivityOrActivities",
            serializers=[ActivityInput, ActivitiesInput],
            resource_type_field_name=None,
        ),
        responses={201: RecordedShape, 200: ReportShape},
    )
    def post(self, request: Request) -> Response:
        """One activity answers 201; a list (`{"mode": …, "activities": […]}`) answers 200 with a row
        for each, or in mode `all` 400 with every fault and nothing recorded."""
        if "activities" in request.data:
            return self._many(request)
        shape = ActivityInput(data=request.data)
        shape.is_valid(raise_exception=True)
        result = self._record(request, [_row(shape.validated_data)], all_or_none=True)[0]
        if result.activity is None:
            raise ValidationError({result.field: [result.message]})
        return Response(_recorded(result), status=201)

    def _many(self, request: Request) -> Response:
        whole = ActivitiesInput(data=request.data)
        whole.is_valid(raise_exception=True)
        shapes = [ActivityInput(data=row) for row in whole.validated_data["activities"]]
        valid = [place for place, shape in enumerate(shapes) if shape.is_valid()]
        faults: dict[int, Any] = {p: s.errors for p, s in enumerate(shapes) if s.errors}
        all_or_none = whole.validated_data["mode"] == "all"
        done: dict[int, Result] = {}
        if not (faults and all_or_none):
            rows = [_row(shapes[place].validated_data) for place in valid]
            done = dict(zip(valid, self._record(request, rows, all_or_none=all_or_none), strict=True))
        for place, result in done.items():
            if result.message:
                faults[place] = {result.field: [result.message]}
        if faults and all_or_none:
            raise ValidationError({"activities": [faults.get(place, {}) for place in range(len(shapes))]})
        return Response(_report(len(shapes), done, faults))

    def _record(self, request: Request, rows: list[Row], *, all_or_none: bool) -> list[Result]:
        assert isinstance(request.user, User)
        record = record_all_rows if all_or_none else record_rows
        return record(rows=rows, actor=request.user, at=timezone.now(), source=ActivitySource.API)


def _row(values: dict[str, Any]) -> Row:
    named = dict(values)
    lead = LeadName(**named.pop("lead"))
    return Row(lead, Event(**named))


def _recorded(result: Result) -> dict[str, Any]:
    assert result.activity is not None
    return {"activity": result.activity.pk, "status": "repeated" if result.repeated else "recorded"}


def _report(total: int, done: dict[int, Result], faults: dict[int, Any]) -> dict[str, Any]:
    rows: list[dict[str, Any]] = []
    for place in range(total):
        if place in faults:
            errors = [{"field": f, "message": m} for f, m in _flat(faults[place], "")]
            rows.append({"row": place, "status": "refused", "activity": None, "errors": errors})
        else:
            rows.append({"row": place, **_recorded(done[place]), "errors": []})
    counts = {
        name: sum(row["status"] == name for row in rows) for name in ("recorded", "repeated", "refused")
    }
    return {**counts, "rows": rows}


def _flat(errors: Any, place: str) -> list[tuple[str, str]]:
    """`{"lead": {"id": ["Bad."]}}` → `[("lead.id", "Bad.")]`."""
    if isinstance(errors, dict):
        whole = ("non_field_errors", "")
        return [
            pair
            for key, inner in errors.items()
            for pair in _flat(inner, place if key in whole else f"{place}.{key}" if place else str(key))
        ]
    return [(place, str(message)) for message in errors]
