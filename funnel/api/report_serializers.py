"""Shapes of the funnel report in the API."""

import datetime as dt
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import NotFound

from leads.models import Campaign
from smarketing.accounts.api.serializers import StrictQuery, TextField
from smarketing.accounts.models import Team, User

from ..enums import Grouping, Reason, Stage, Status
from ..rules.periods import Span
from ..rules.report import Filters, Number
from ..selectors.funnel_journeys import Behind
from ..selectors.people import report_owners

EARLIEST, LATEST = dt.date(1990, 1, 1), dt.date(2199, 12, 31)
MAX_ID = 2**63 - 1
MAX_PAGE = 100_000
GROUPS = [(group.value, group.label) for group in Grouping if group != Grouping.TOTAL]


# PostgreSQL's text has no NUL and no half of a surrogate pair: a filter with one is refused (400).
_STORABLE = r"^[^\u0000\ud800-\udfff]*$"


@extend_schema_field({"type": "string", "maxLength": 120, "pattern": _STORABLE})
class SourceFilter(TextField):
    pass


@extend_schema_field({"type": "string", "maxLength": 500, "pattern": _STORABLE})
class PageFilter(TextField):
    pass


class FilterQuery(StrictQuery):
    """Which journeys are counted: those that entered in the span and match every given filter."""

    entered_from = serializers.DateField(required=False, help_text=_("First day of entry."))
    entered_to = serializers.DateField(required=False, help_text=_("Last day of entry."))
    source = SourceFilter(  # type: ignore[assignment]
        max_length=120, required=False, help_text=_("Empty: leads without a source.")
    )
    landing_page = PageFilter(max_length=500, required=False, help_text=_("Empty: without a landing page."))
    campaign = serializers.IntegerField(
        required=False, min_value=0, max_value=MAX_ID, help_text=_("Id; 0: leads without a campaign.")
    )
    owner = serializers.IntegerField(
        required=False, min_value=1, max_value=MAX_ID, help_text=_("Id of the present owner.")
    )
    team = serializers.IntegerField(
        required=False, min_value=1, max_value=MAX_ID, help_text=_("Id of the owner's team.")
    )
    page = serializers.IntegerField(required=False, default=1, min_value=1, max_value=MAX_PAGE)
    page_size = serializers.IntegerField(required=False, default=50, min_value=1, max_value=200)

    def validate_campaign(self, value: int) -> int:
        if value and not Campaign.objects.filter(pk=value).exists():
            raise NotFound(_("There is no such campaign."))
        return value

    def validate_owner(self, value: int) -> User:
        return _existing(User.objects.filter(pk=value).first(), _("There is no such user."))

    def validate_team(self, value: int) -> Team:
        return _existing(Team.objects.filter(pk=value).first(), _("There is no such team."))

    def filters(self, user: User) -> Filters:
        """The filter for what ``user`` may count, after ``is_valid``."""
        asked = self.validated_data
        team = asked.get("team")
        return Filters(
            entered=Span(_within_reason(asked.get("entered_from")), _within_reason(asked.get("entered_to"))),
            source=asked.get("source"),
            landing_page=asked.get("landing_page"),
            campaign=asked.get("campaign"),
            owner_ids=report_owners(user=user, owner=asked.get("owner"), team=team.pk if team else None),
            params={name: str(self.initial_data[name]) for name in _NARROWING if name in asked},
        )


_NARROWING = ("entered_from", "entered_to", "source", "landing_page", "campaign", "owner", "team")


def _within_reason(day: dt.date | None) -> dt.date | None:
    """Nobody enters outside these years; far dates overflow the arithmetic of months and zones."""
    return None if day is None else min(max(day, EARLIEST), LATEST)


def _existing(found: Any, message: Any) -> Any:
    if found is None:
        raise NotFound(message)
    return found


class FunnelQuery(FilterQuery):
    by = serializers.ChoiceField(choices=GROUPS, required=False, help_text=_("Adds a page of groups."))


class JourneysQuery(FilterQuery):
    """What the ``params`` of a number add: together they select exactly its journeys."""

    reached = serializers.ChoiceField(choices=Stage.choices, required=False)
    left = serializers.ChoiceField(choices=Stage.choices, required=False)
    resting = serializers.ChoiceField(choices=Stage.choices, required=False)
    stage = serializers.ChoiceField(choices=Stage.choices, required=False)
    status = serializers.ChoiceField(choices=Status.choices, required=False)
    reason = serializers.ChoiceField(choices=Reason.choices, required=False, allow_blank=True)
    current = serializers.BooleanField(required=False, allow_null=True, default=None)

    def behind(self) -> Behind:
        asked = self.validated_data
        names = ("reached", "left", "resting", "stage", "status", "reason", "current")
        return Behind(**{name: asked[name] for name in names if name in asked})


class NumberSerializer(serializers.Serializer[Any]):
    count = serializers.IntegerField()
    params = serializers.DictField(
        child=serializers.CharField(), help_text=_("Query of /funnel/journeys that lists what was counted.")
    )


@extend_schema_field(NumberSerializer)
class NumberField(serializers.Field[Any, Any, Any, Any]):
    """A number as it stands: a report has hundreds, and a serializer for each took most of its time."""

    def to_representation(self, value: Number) -> dict[str, Any]:
        return {"count": value.count, "params": value.params}


@extend_schema_field({"type": "object", "additionalProperties": {"$ref": "#/components/schemas/Number"}})
class NumbersField(serializers.Field[Any, Any, Any, Any]):
    def to_representation(self, value: dict[str, Number]) -> dict[str, Any]:
        return {stage: {"count": number.count, "params": number.params} for stage, number in value.items()}


class StageSumsSerializer(serializers.Serializer[Any]):
    stage = serializers.ChoiceField(choices=Stage.choices)
    label = serializers.CharField(source="stage.label")  # type: ignore[assignment]
    balance = NumberField(help_text=_("Stand in the stage now."))
    entered = NumberField(help_text=_("Reached the stage."))
    left = NumberField(help_text=_("Reached the stage and stand in it no longer."))
    conversion = serializers.FloatField(allow_null=True, help_text=_("Percent that reached the next stage."))
    mean_seconds = serializers.FloatField(allow_null=True, help_text=_("Mean completed stay."))
    median_seconds = serializers.FloatField(
        allow_null=True, help_text=_("Median completed stay, within 3 percent.")
    )


class DetourSerializer(serializers.Serializer[Any]):
    status = serializers.ChoiceField(choices=Status.choices)
    stage = serializers.ChoiceField(choices=Stage.choices)
    reason = serializers.CharField()
    number = NumberField()


class MoneySerializer(serializers.Serializer[Any]):
    currency = serializers.CharField()
    deals = serializers.IntegerField()
    amount = serializers.DecimalField(max_digits=30, decimal_places=2)


class DaysSerializer(serializers.Serializer[Any]):
    """Whole days of 24 hours, rounded down, from MQL to won; mean and median of these are exact."""

    count = serializers.IntegerField()
    mean = serializers.FloatField(allow_null=True)
    median = serializers.FloatField(allow_null=True)


class CohortSerializer(serializers.Serializer[Any]):
    month = serializers.DateField(help_text=_("First day of the month of entry."))
    reached = NumbersField(help_text=_("By stage."))


class GroupSerializer(serializers.Serializer[Any]):
    key = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    reached = NumbersField(help_text=_("By stage."))
    revenue = MoneySerializer(many=True)
    days_to_win = DaysSerializer()


class BreakdownSerializer(serializers.Serializer[Any]):
    by = serializers.ChoiceField(choices=GROUPS)
    count = serializers.IntegerField(help_text=_("Groups on all pages."))
    results = GroupSerializer(many=True, source="rows")


class FunnelSerializer(serializers.Serializer[Any]):
    leads = NumberField(help_text=_("Leads in the funnel now."))
    journeys = NumberField(help_text=_("Passages, re-entries included."))
    won = NumberField(help_text=_("Won deals."))
    stages = StageSumsSerializer(many=True)
    detours = DetourSerializer(many=True)
    revenue = MoneySerializer(many=True)
    days_to_win = DaysSerializer()
    cohorts = CohortSerializer(many=True)
    refreshed_at = serializers.DateTimeField(
        allow_null=True, help_text=_("When the sums were last folded; what came later is counted too.")
    )
    breakdown = BreakdownSerializer(allow_null=True)


class BehindSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    number = serializers.IntegerField()
    lead = serializers.SerializerMethodField(help_text=_("Id; null when you may not see the lead."))
    stage = serializers.ChoiceField(choices=Stage.choices)
    status = serializers.ChoiceField(choices=Status.choices)
    reason = serializers.CharField()
    is_current = serializers.BooleanField()
    source = serializers.CharField()  # type: ignore[assignment]
    landing_page = serializers.CharField()
    campaign = serializers.IntegerField(source="campaign_id", allow_null=True)
    entered_at = serializers.DateTimeField()
    mql_at = serializers.DateTimeField(allow_null=True)
    customer_at = serializers.DateTimeField(allow_null=True)

    def get_lead(self, journey: Any) -> int | None:
        return journey.lead_id if journey.lead_id in self.context["visible"] else None


class BehindPageSerializer(serializers.Serializer[Any]):
    count = serializers.IntegerField()
    results = BehindSerializer(many=True)
