"""Shapes of the reminders ledger in the API."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from leads.models import Lead
from smarketing.accounts.api.serializers import ReadShape, StrictQuery
from smarketing.accounts.models import User

from ..enums import ClockKind, MailState, Recipient, ReminderState
from ..models import Delivery, Reminder
from ..selectors.ledger import why

MOST_ROWS = 200
MAX_ID = 2**63 - 1


class LeadNameShape(ReadShape[Lead]):
    name = serializers.CharField(source="__str__", read_only=True)

    class Meta:
        model = Lead
        fields: ClassVar[list[str]] = ["id", "name"]


class PersonNameShape(ReadShape[User]):
    name = serializers.CharField(source="__str__", read_only=True)

    class Meta:
        model = User
        fields: ClassVar[list[str]] = ["id", "name"]


class ToldShape(ReadShape[Delivery]):
    """One person and the mail they were told by."""

    person = PersonNameShape(source="mail.recipient", allow_null=True)
    role = serializers.ChoiceField(choices=Recipient.choices)
    address = serializers.CharField(source="mail.address")
    message_id = serializers.CharField(source="mail.message_id")
    state = serializers.ChoiceField(choices=MailState.choices, source="mail.state")
    attempts = serializers.IntegerField(source="mail.attempts")
    sent_at = serializers.DateTimeField(source="mail.sent_at", allow_null=True)
    error = serializers.CharField(source="mail.error")

    class Meta:
        model = Delivery
        fields: ClassVar[list[str]] = [
            "person",
            "role",
            "address",
            "message_id",
            "state",
            "attempts",
            "sent_at",
            "error",
        ]


class ReminderShape(ReadShape[Reminder]):
    lead = LeadNameShape(source="clock.lead")
    owner = PersonNameShape(source="clock.owner", allow_null=True)
    kind = serializers.ChoiceField(choices=ClockKind.choices, source="clock.kind")
    state = serializers.ChoiceField(choices=ReminderState.choices)
    promised_at = serializers.DateTimeField(source="clock.due_at", help_text="When the promise is due.")
    late_seconds = serializers.SerializerMethodField(
        help_text="How long after `due_at` it was decided; null before that."
    )
    stand_ins = serializers.SerializerMethodField(
        help_text="Roles that nobody holds; the next one up, or an administrator, was told instead."
    )
    why = serializers.SerializerMethodField(help_text="Why nobody was told, or what went wrong; else empty.")
    told = ToldShape(source="deliveries", many=True)

    class Meta:
        model = Reminder
        fields: ClassVar[list[str]] = [
            "id",
            "lead",
            "owner",
            "kind",
            "step",
            "due_at",
            "promised_at",
            "state",
            "late_seconds",
            "stand_ins",
            "why",
            "ended_at",
            "told",
        ]

    @extend_schema_field(serializers.IntegerField(allow_null=True))
    def get_late_seconds(self, reminder: Reminder) -> Any:
        return reminder.context.get("late_seconds")

    @extend_schema_field(serializers.ListField(child=serializers.ChoiceField(choices=Recipient.choices)))
    def get_stand_ins(self, reminder: Reminder) -> Any:
        return reminder.context.get("missing", [])

    def get_why(self, reminder: Reminder) -> str:
        return why(reminder)


class ReminderPage(serializers.Serializer[Any]):
    """Never counted, like the leads."""

    results = ReminderShape(many=True)
    next = serializers.URLField(allow_null=True, help_text="The next page; null on the last.")


class ReminderQuery(StrictQuery):
    state = serializers.ChoiceField(choices=ReminderState.choices, required=False)
    kind = serializers.ChoiceField(choices=ClockKind.choices, required=False)
    lead = serializers.IntegerField(min_value=1, max_value=MAX_ID, required=False)
    person = serializers.IntegerField(
        min_value=1, max_value=MAX_ID, required=False, help_text="Id of the user who was told."
    )
    due_from = serializers.DateTimeField(required=False)
    due_until = serializers.DateTimeField(required=False, help_text="Up to, not including.")
    cursor = serializers.CharField(max_length=200, required=False, help_text="Taken from `next`.")
    page_size = serializers.IntegerField(
        min_value=1, required=False, default=25, help_text=f"At most {MOST_ROWS}; more is cut to that."
    )
