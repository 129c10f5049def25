from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from ..enums import ClockKind, ClockState, TimeBase
from ..models import Clock


class ClockSerializer(serializers.Serializer[Any]):
    """Context: ``at``, the moment that ``state`` is told for."""

    id = serializers.IntegerField()
    journey = serializers.IntegerField(source="journey_id")
    kind = serializers.ChoiceField(choices=ClockKind.choices)
    state = serializers.SerializerMethodField()
    owner = serializers.IntegerField(source="owner_id", allow_null=True)
    minutes = serializers.IntegerField(help_text=_("The agreed window."))
    time_base = serializers.ChoiceField(choices=TimeBase.choices)
    attempts = serializers.IntegerField(help_text=_("Contact attempts agreed."))
    attempts_made = serializers.IntegerField(source="made", help_text=_("Since the hand-off, by anybody."))
    started_at = serializers.DateTimeField()
    lead_started_at = serializers.DateTimeField(help_text=_("Kept over a change of owner."))
    due_at = serializers.DateTimeField()
    paused_at = serializers.DateTimeField(allow_null=True)
    breached_at = serializers.DateTimeField(allow_null=True, help_text=_("The deadline that was missed."))
    ended_at = serializers.DateTimeField(allow_null=True)
    wall_seconds = serializers.IntegerField(allow_null=True, help_text=_("Without pauses, once ended."))
    working_seconds = serializers.IntegerField(allow_null=True, help_text=_("Without pauses, once ended."))

    def get_state(self, clock: Clock) -> ClockState:
        return clock.state_at(self.context["at"])


class ClocksSerializer(serializers.Serializer[Any]):
    results = ClockSerializer(many=True, help_text=_("Newest first, at most 200."))
