"""What a move, the moves open to somebody and an opportunity look like in the API."""

from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from smarketing.accounts.api.serializers import (
    ReadShape,
    StrictQuery,
    StrictSerializer,
    TextField,
    WholeNumberField,
)

from ..enums import Move, OpportunityStatus, Reason
from ..models import Opportunity
from .lead_shapes import JourneyShape, PersonShape

DECISIONS = [(move.value, move.label) for move in Move if move is not Move.ADVANCE]
"""Advancing by score is nobody's decision."""

HIGHEST_ID = 2**63 - 1


class MoveInput(StrictSerializer):
    """One move. Which fields it needs is told by `GET` on the same address."""

    move = serializers.ChoiceField(choices=DECISIONS)
    reason = serializers.ChoiceField(choices=Reason.choices, required=False, allow_blank=True, default="")
    note = TextField(max_length=4000, multiline=True, required=False, default="")
    resume_at = serializers.DateTimeField(required=False, allow_null=True, default=None)
    amount = serializers.DecimalField(
        max_digits=14, decimal_places=2, min_value=0, required=False, allow_null=True, default=None
    )
    currency = TextField(max_length=3, required=False, default="", help_text=_("ISO 4217, such as EUR."))
    expected_close = serializers.DateField(required=False, allow_null=True, default=None)
    to_user = WholeNumberField(
        min_value=1,
        max_value=HIGHEST_ID,
        required=False,
        allow_null=True,
        default=None,
        help_text=_("Who takes over at a hand-off or qualification; otherwise the pool decides."),
    )
    expected_version = WholeNumberField(
        min_value=0,
        max_value=HIGHEST_ID,
        required=False,
        allow_null=True,
        default=None,
        help_text=_("The journey's version that you decided on; 409 when it has moved since."),
    )


class MoveAnswer(serializers.Serializer[Any]):
    """Where the lead stands now: after a recycling that is the next journey."""

    journey = JourneyShape()
    owner = PersonShape(allow_null=True)


class OpenMove(serializers.Serializer[Any]):
    move = serializers.ChoiceField(choices=DECISIONS)
    needs = serializers.ListField(child=serializers.CharField())


class OpenMoves(serializers.Serializer[Any]):
    journey = JourneyShape(allow_null=True)
    moves = OpenMove(many=True)


class OpportunityShape(ReadShape[Opportunity]):
    lead = serializers.IntegerField(source="journey.lead_id")
    lead_name = serializers.CharField(source="journey.lead")
    owner = PersonShape(source="journey.lead.owner", allow_null=True)
    status = serializers.ChoiceField(choices=OpportunityStatus.choices)

    class Meta:
        model = Opportunity
        fields: ClassVar[list[str]] = [
            "id",
            "lead",
            "lead_name",
            "owner",
            "name",
            "amount",
            "currency",
            "expected_close",
            "status",
            "opened_at",
            "closed_at",
            "reason",
            "next_step",
            "version",
        ]
        read_only_fields = fields


class OpportunityInput(StrictSerializer):
    """What is to be changed about an open opportunity; what is not named stays."""

    name = TextField(max_length=200, required=False)
    amount = serializers.DecimalField(max_digits=14, decimal_places=2, min_value=0, required=False)
    currency = TextField(max_length=3, required=False, allow_blank=False)
    expected_close = serializers.DateField(required=False)
    next_step = TextField(max_length=1000, multiline=True, required=False)
    expected_version = WholeNumberField(
        min_value=0,
        max_value=HIGHEST_ID,
        required=False,
        allow_null=True,
        default=None,
        help_text=_("The version that you read; 409 when the opportunity has changed since."),
    )


class OpportunityPage(serializers.Serializer[Any]):
    results = OpportunityShape(many=True)
    next = serializers.URLField(allow_null=True, help_text="The next page; null on the last.")


class OpportunityQuery(StrictQuery):
    status = serializers.ChoiceField(choices=OpportunityStatus.choices, required=False)
    cursor = serializers.CharField(max_length=200, required=False, help_text="Taken from `next`.")
    page_size = serializers.IntegerField(min_value=1, required=False, default=25)
