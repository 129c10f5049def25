"""What a lead looks like in the API, and what may be written of it."""

from typing import Any, ClassVar

from rest_framework import serializers

from leads.models import Company, Lead
from smarketing.accounts.api.serializers import ReadShape, StrictQuery, TextField
from smarketing.accounts.models import User

from ..enums import Reason, Stage, Status
from ..models import Journey
from ..selectors.leads import LATEST_IN_STAGE, LONGEST_IN_STAGE, NEWEST, OLDEST

MOST_ROWS = 200
MAX_ID = 2**63 - 1


class PersonShape(ReadShape[User]):
    name = serializers.CharField(source="__str__")

    class Meta:
        model = User
        fields: ClassVar[list[str]] = ["id", "name", "email"]
        read_only_fields = fields


class CompanyShape(ReadShape[Company]):
    class Meta:
        model = Company
        fields: ClassVar[list[str]] = [
            "id",
            "name",
            "domain",
            "employees",
            "industry",
            "country",
            "annual_revenue",
        ]
        read_only_fields = fields


class ScoresShape(ReadShape[Lead]):
    class Meta:
        model = Lead
        fields: ClassVar[list[str]] = ["fit", "interest", "intent", "grade", "scored_at"]
        read_only_fields = fields


class JourneyShape(ReadShape[Journey]):
    stage = serializers.ChoiceField(choices=Stage.choices)
    status = serializers.ChoiceField(choices=Status.choices)
    cycle = serializers.IntegerField(source="number")

    class Meta:
        model = Journey
        fields: ClassVar[list[str]] = [
            "id",
            "cycle",
            "stage",
            "status",
            "stage_since",
            "entered_at",
            "resume_at",
            "unassigned_since",
            "closed_at",
            "reason",
            "version",
        ]
        read_only_fields = fields


class LeadShape(ReadShape[Lead]):
    """A lead as read; `journey` is where the lead stands now."""

    seniority = serializers.CharField()
    version = serializers.CharField(help_text="Opaque; goes back in `If-Match`.")
    company = CompanyShape(allow_null=True)
    owner = PersonShape(allow_null=True)
    campaign = serializers.CharField(source="campaign.slug", default=None, allow_null=True)
    persona = serializers.CharField(source="persona.name", default=None, allow_null=True)
    scores = ScoresShape(source="*")
    journey = JourneyShape(allow_null=True)
    custom = serializers.DictField()
    first_touch = serializers.DictField()
    last_touch = serializers.DictField()

    class Meta:
        model = Lead
        fields: ClassVar[list[str]] = [
            "id",
            "version",
            "email",
            "external_id",
            "first_name",
            "last_name",
            "phone",
            "job_title",
            "seniority",
            "country",
            "language",
            "company",
            "company_name",
            "budget",
            "need",
            "timeline",
            "custom",
            "persona",
            "source",
            "landing_page",
            "campaign",
            "first_touch",
            "last_touch",
            "consent_at",
            "consent_version",
            "owner",
            "scores",
            "journey",
            "created_at",
            "updated_at",
        ]
        read_only_fields = fields


class LeadPage(serializers.Serializer[Any]):
    """Never counted: counting a million rows for every page is what makes lists slow."""

    results = LeadShape(many=True)
    next = serializers.URLField(allow_null=True, help_text="The next page; null on the last.")


class PointsField(serializers.IntegerField):
    def __init__(self) -> None:
        super().__init__(min_value=0, max_value=100, required=False)


class LeadQuery(StrictQuery):
    """What to list. An unknown parameter is refused, so a typing error never lists everything."""

    stage = serializers.ChoiceField(
        choices=Stage.choices, required=False, help_text="Sorts by when the lead entered the stage."
    )
    status = serializers.ChoiceField(choices=Status.choices, required=False)
    owner = serializers.RegexField(
        r"^(me|none|[0-9]{1,18})$", required=False, help_text="An id, `me`, or `none` for unassigned leads."
    )
    source = TextField(max_length=120, required=False)  # type: ignore[assignment]
    campaign = TextField(max_length=200, required=False, help_text="The campaign's key.")
    landing_page = TextField(max_length=500, required=False)
    grade = TextField(max_length=2, required=False)
    created_from = serializers.DateTimeField(required=False)
    created_until = serializers.DateTimeField(required=False, help_text="Up to, not including.")
    q = TextField(max_length=200, required=False, help_text="Beginnings of words in name, e-mail, company.")
    reason = serializers.ChoiceField(choices=Reason.choices, required=False)
    persona = serializers.RegexField(
        r"^(none|[0-9]{1,18})$", required=False, help_text="A buyer persona's id, or `none`."
    )
    country = serializers.RegexField(r"^[A-Za-z]{2}$", required=False, help_text="ISO 3166-1 code.")
    team = serializers.IntegerField(
        min_value=1, max_value=MAX_ID, required=False, help_text="Id of the owner's team."
    )
    entered_from = serializers.DateTimeField(required=False, help_text="Entry of the present cycle.")
    entered_until = serializers.DateTimeField(required=False)
    stage_since_from = serializers.DateTimeField(required=False)
    stage_since_until = serializers.DateTimeField(required=False)
    last_meaningful_from = serializers.DateTimeField(
        required=False, help_text="The last meaningful interaction."
    )
    last_meaningful_until = serializers.DateTimeField(required=False)
    fit_min = PointsField()
    fit_max = PointsField()
    interest_min = PointsField()
    interest_max = PointsField()
    intent_min = PointsField()
    intent_max = PointsField()
    sort = serializers.ChoiceField(
        choices=[NEWEST, OLDEST, LATEST_IN_STAGE, LONGEST_IN_STAGE],
        required=False,
        help_text="`created_at` without a stage, `stage_since` with one; a minus means latest first.",
    )
    cursor = serializers.CharField(max_length=200, required=False, help_text="Taken from `next`.")
    page_size = serializers.IntegerField(
        min_value=1, required=False, default=25, help_text=f"At most {MOST_ROWS}; more is cut to that."
    )
