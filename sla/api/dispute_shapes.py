"""Shapes of disputes in the API."""

from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from smarketing.accounts.api.serializers import ReadShape, StrictQuery, StrictSerializer, TextField

from ..enums import DisputeKind, DisputeState
from ..models import Dispute
from .shapes import MAX_ID, MOST_ROWS, LeadNameShape, PersonNameShape


class DisputeShape(ReadShape[Dispute]):
    lead = LeadNameShape(source="journey.lead")
    journey = serializers.IntegerField(source="journey.number", help_text=_("Which passage of the lead."))
    handed_over_at = serializers.DateTimeField(source="journey.mql_at")
    kind = serializers.ChoiceField(choices=DisputeKind.choices)
    rule_set = serializers.IntegerField(
        source="rule_set.version",
        default=None,
        allow_null=True,
        help_text=_("Version of the scoring rules by which the lead became an MQL."),
    )
    raised_by = PersonNameShape()
    state = serializers.ChoiceField(choices=DisputeState.choices)
    decided_by = PersonNameShape(allow_null=True)

    class Meta:
        model = Dispute
        fields: ClassVar[list[str]] = [
            "id",
            "lead",
            "journey",
            "handed_over_at",
            "kind",
            "rule_set",
            "reason",
            "raised_by",
            "raised_at",
            "state",
            "decision",
            "decided_by",
            "decided_at",
        ]
        read_only_fields = fields


class DisputePage(serializers.Serializer[Any]):
    results = DisputeShape(many=True)
    next = serializers.URLField(allow_null=True, help_text="The next page; null on the last.")


class DisputeQuery(StrictQuery):
    state = serializers.ChoiceField(choices=DisputeState.choices, required=False)
    kind = serializers.ChoiceField(choices=DisputeKind.choices, required=False)
    lead = serializers.IntegerField(min_value=1, max_value=MAX_ID, required=False)
    cursor = serializers.CharField(max_length=200, required=False, help_text="Taken from `next`.")
    page_size = serializers.IntegerField(
        min_value=1, required=False, default=25, help_text=f"At most {MOST_ROWS}; more is cut to that."
    )


class DisputeInput(StrictSerializer):
    kind = serializers.ChoiceField(choices=DisputeKind.choices)
    reason = TextField(max_length=2000, multiline=True)
