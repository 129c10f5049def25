"""Shapes of a score's explanation in the API."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from ..enums import ActivityKind, Dimension
from ..models import Threshold

EVENTS_SHOWN = 20


class EventSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField(help_text=_("Id of the activity."))
    kind = serializers.ChoiceField(choices=ActivityKind.choices)
    asset = serializers.CharField(allow_blank=True)
    occurred_at = serializers.DateTimeField()


class LineSerializer(serializers.Serializer[Any]):
    """One reason; the ``counted`` points of a dimension add up to its score."""

    dimension = serializers.ChoiceField(choices=Dimension.choices)
    group = serializers.CharField(allow_blank=True)
    rule = serializers.SerializerMethodField()
    points = serializers.IntegerField(help_text=_("In full."))
    decayed = serializers.IntegerField(help_text=_("After time took its part."))
    counted = serializers.IntegerField(help_text=_("After the group's cap."))
    times = serializers.SerializerMethodField(help_text=_("How many events the rule counted."))
    events = serializers.SerializerMethodField(help_text=_("The newest of them, at most 20."))

    def get_rule(self, line: Any) -> str:
        return line.name or str(_("Scores stay between 0 and 100"))

    def get_times(self, line: Any) -> int:
        return len(line.events)

    @extend_schema_field(EventSerializer(many=True))
    def get_events(self, line: Any) -> list[dict[str, Any]]:
        return list(EventSerializer(line.events[:EVENTS_SHOWN], many=True).data)


class AgreedSerializer(serializers.Serializer[Any]):
    stage = serializers.ChoiceField(choices=Threshold.Stage.choices)
    min_fit = serializers.IntegerField()
    min_interest = serializers.IntegerField()
    min_intent = serializers.IntegerField()
    met = serializers.BooleanField()


class ScoreSerializer(serializers.Serializer[Any]):
    lead = serializers.IntegerField()
    at = serializers.DateTimeField(help_text=_("The moment this was computed for."))
    version = serializers.IntegerField(
        allow_null=True, help_text=_("Version of the live rules; null before the first are published.")
    )
    fit = serializers.IntegerField()
    interest = serializers.IntegerField()
    intent = serializers.IntegerField()
    grade = serializers.CharField(allow_blank=True, help_text=_("Fit A to C, engagement 1 to 3."))
    reaches = serializers.ChoiceField(choices=["none", *Threshold.Stage.values])
    next_change_at = serializers.DateTimeField(
        allow_null=True, help_text=_("When time alone lowers a score next; null: never.")
    )
    stored_at = serializers.DateTimeField(
        allow_null=True, help_text=_("When the scores shown in lists were computed.")
    )
    lines = LineSerializer(many=True)
    thresholds = AgreedSerializer(many=True)
