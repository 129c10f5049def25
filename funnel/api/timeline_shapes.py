"""What happened to a lead, as the API tells it."""

from typing import Any, ClassVar

from rest_framework import serializers

from leads.enums import ActivityKind
from leads.models import Activity, ScoreChange
from smarketing.accounts.api.serializers import ReadShape, StrictQuery

from ..enums import Move
from ..models import Assignment, StageChange
from ..selectors.timeline import Entry
from .lead_shapes import PersonShape

KINDS = ("activity", "score", "move", "assignment", "reminder")


class ActivityEntry(ReadShape[Activity]):
    kind = serializers.ChoiceField(choices=ActivityKind.choices)

    class Meta:
        model = Activity
        fields: ClassVar[list[str]] = [
            "kind", "asset", "source", "outcome", "note", "is_scored", "is_contact", "recorded_at",
        ]  # fmt: skip
        read_only_fields = fields


class ScoreEntry(ReadShape[ScoreChange]):
    rules_version = serializers.IntegerField(source="rule_set.version")

    class Meta:
        model = ScoreChange
        fields: ClassVar[list[str]] = [
            "cause", "fit", "interest", "intent", "fit_before", "interest_before", "intent_before",
            "rules_version",
        ]  # fmt: skip
        read_only_fields = fields


class MoveEntry(ReadShape[StageChange]):
    move = serializers.ChoiceField(choices=Move.choices)
    cycle = serializers.IntegerField(source="journey.number")

    class Meta:
        model = StageChange
        fields: ClassVar[list[str]] = [
            "move", "cycle", "from_stage", "to_stage", "from_status", "to_status", "reason", "note",
            "seconds", "fit", "interest", "intent",
        ]  # fmt: skip
        read_only_fields = fields


class AssignmentEntry(ReadShape[Assignment]):
    user = PersonShape(allow_null=True)
    rule = serializers.CharField(source="rule.name", default=None, allow_null=True)
    why = serializers.SerializerMethodField()
    skipped = serializers.SerializerMethodField()

    class Meta:
        model = Assignment
        fields: ClassVar[list[str]] = ["user", "rule", "ended_at", "why", "skipped"]
        read_only_fields = fields

    def get_why(self, row: Assignment) -> str:
        return str(row.decision.get("why", ""))

    def get_skipped(self, row: Assignment) -> list[dict[str, Any]]:
        return list(row.decision.get("skipped", []))


class RemindedShape(serializers.Serializer[Any]):
    """One person whom a reminder went to; ``sent_at`` null: not delivered."""

    person = PersonShape(source="mail.recipient", allow_null=True)
    role = serializers.CharField(help_text="In which role they were told: owner, boss, ceo …")
    sent_at = serializers.DateTimeField(source="mail.sent_at", allow_null=True)


class ReminderEntry(serializers.Serializer[Any]):
    """Rows of the room above (`sla`), read by their names."""

    step = serializers.IntegerField()
    promise = serializers.CharField(source="clock.kind")
    due_at = serializers.DateTimeField()
    state = serializers.CharField(help_text="sent, or dead: it could not be delivered.")
    told = RemindedShape(source="deliveries.all", many=True)


class TimelineEntry(serializers.Serializer[Entry]):
    """One thing that happened; the member named by `kind` tells it, the others are null."""

    kind = serializers.ChoiceField(choices=[*KINDS])
    id = serializers.IntegerField(source="row.pk", help_text="Unique within its kind.")
    at = serializers.DateTimeField()
    actor = PersonShape(allow_null=True, help_text="Null: the lead or the system.")
    activity = ActivityEntry(source="*", allow_null=True)
    score = ScoreEntry(source="*", allow_null=True)
    move = MoveEntry(source="*", allow_null=True)
    assignment = AssignmentEntry(source="*", allow_null=True)
    reminder = ReminderEntry(source="*", allow_null=True)

    def to_representation(self, entry: Entry) -> dict[str, Any]:
        told: dict[str, Any] = dict.fromkeys(TELLERS)
        told[entry.kind] = TELLERS[entry.kind](entry.row).data
        return {
            "kind": entry.kind,
            "id": entry.row.pk,
            "at": self.fields["at"].to_representation(entry.at),
            "actor": PersonShape(entry.actor).data if entry.actor else None,
            **told,
        }


TELLERS: dict[str, type[serializers.BaseSerializer[Any]]] = {
    "activity": ActivityEntry,
    "score": ScoreEntry,
    "move": MoveEntry,
    "assignment": AssignmentEntry,
    "reminder": ReminderEntry,
}


class TimelinePage(serializers.Serializer[Any]):
    results = TimelineEntry(many=True)
    next = serializers.URLField(allow_null=True, help_text="The next page; null on the last.")


class TimelineQuery(StrictQuery):
    cursor = serializers.CharField(max_length=200, required=False, help_text="Taken from `next`.")
    page_size = serializers.IntegerField(min_value=1, required=False, default=50)
