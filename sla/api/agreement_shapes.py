from typing import Any

from rest_framework import serializers

from funnel.enums import Stage
from smarketing.accounts.api.serializers import StrictQuery
from smarketing.accounts.enums import Side

from ..enums import WORTH_BY, AgreementStatus, PromiseKind, ReviewEvery
from ..models import Agreement
from .shapes import MOST_ROWS


class AgreementQuery(StrictQuery):
    status = serializers.ChoiceField(choices=AgreementStatus.choices, required=False)
    cursor = serializers.CharField(max_length=200, required=False, help_text="Taken from `next`.")
    page_size = serializers.IntegerField(
        min_value=1, required=False, default=25, help_text=f"At most {MOST_ROWS}; more is cut to that."
    )


class AgreementShape(serializers.Serializer[Any]):
    """Context: ``day``, for which ``status`` is told."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    version = serializers.IntegerField()
    previous = serializers.IntegerField(
        source="previous_id", allow_null=True, help_text="The version before it."
    )
    status = serializers.SerializerMethodField()
    first_day = serializers.DateField()
    last_day = serializers.DateField()
    currency = serializers.CharField()
    revenue = serializers.DecimalField(max_digits=14, decimal_places=2)
    proposed_at = serializers.DateTimeField(allow_null=True)
    signed_at = serializers.DateTimeField(allow_null=True, help_text="By the second side.")
    in_force_from = serializers.DateField(allow_null=True)
    in_force_until = serializers.DateField(allow_null=True, help_text="That day included.")

    def get_status(self, agreement: Agreement) -> AgreementStatus:
        return agreement.status_on(self.context["day"])


class AgreementPage(serializers.Serializer[Any]):
    results = AgreementShape(many=True)
    next = serializers.CharField(allow_null=True, help_text="Address of the next page; null: the last one.")


class NamedShape(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()


class PeopleShape(serializers.Serializer[Any]):
    marketing_head = NamedShape(allow_null=True)
    sales_head = NamedShape(allow_null=True)
    mediator = NamedShape(allow_null=True)


class RateShape(serializers.Serializer[Any]):
    percent = serializers.CharField()
    entered = serializers.IntegerField(help_text="Leads on which it had been measured.")
    reached = serializers.IntegerField(help_text="Of which so many had reached the stage.")
    reason = serializers.CharField(allow_blank=True)


class EffortShape(serializers.Serializer[Any]):
    attempts = serializers.IntegerField(allow_null=True, help_text="Per MQL.")
    attempt_minutes = serializers.IntegerField(allow_null=True, help_text="Per attempt.")
    sql_minutes = serializers.IntegerField(allow_null=True, help_text="Per SQL.")
    lead_percent = serializers.IntegerField(allow_null=True, help_text="Of the working time.")


class WorthRowShape(serializers.Serializer[Any]):
    group = serializers.CharField(allow_blank=True, help_text="Empty: not known.")
    name = serializers.CharField(allow_blank=True, help_text="Of a persona.")
    weight = serializers.CharField(help_text="The average MQL is 1.")
    share = serializers.CharField(help_text="Percent of the MQLs.")
    leads = serializers.IntegerField(help_text="MQLs on which it had been measured.")
    won = serializers.IntegerField(help_text="Of which so many had become customers.")
    reason = serializers.CharField(allow_blank=True)


class WorthShape(serializers.Serializer[Any]):
    by = serializers.ChoiceField(choices=[(one.value, one.label) for one in WORTH_BY])
    rows = WorthRowShape(many=True)


class PromiseShape(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=PromiseKind.choices)
    side = serializers.ChoiceField(choices=Side.choices, help_text="Who promises it.")
    source = serializers.CharField(  # type: ignore[assignment]
        allow_blank=True, help_text="Empty: for leads of every source."
    )
    amount = serializers.CharField(allow_null=True, help_text="A month, or attempts per lead.")
    minutes = serializers.IntegerField(allow_null=True, help_text="Of working time.")
    days = serializers.IntegerField(allow_null=True)
    target_percent = serializers.CharField(allow_null=True)


class ThresholdShape(serializers.Serializer[Any]):
    stage = serializers.ChoiceField(choices=Stage.choices)
    fit = serializers.IntegerField()
    interest = serializers.IntegerField()
    intent = serializers.IntegerField()


class ScoringShape(serializers.Serializer[Any]):
    version = serializers.IntegerField()
    thresholds = ThresholdShape(many=True)


class SignatureShape(serializers.Serializer[Any]):
    side = serializers.ChoiceField(choices=Side.choices)
    person = serializers.SerializerMethodField()
    signed_at = serializers.DateTimeField()
    fingerprint = serializers.CharField(help_text="Of the text that was signed.")

    def get_person(self, signature: Any) -> dict[str, Any]:
        return {"id": signature.user_id, "name": str(signature.user)}


class ContentShape(serializers.Serializer[Any]):
    """What it says: as it was frozen, or as a draft stands now."""

    sale = serializers.CharField()
    sdrs = serializers.IntegerField()
    aes = serializers.IntegerField()
    rates = serializers.DictField(child=RateShape(), help_text="By the stage reached.")
    effort = EffortShape(allow_null=True, default=None, help_text="How long sales takes for a lead.")
    worth = WorthShape(allow_null=True, default=None, help_text="What an MQL is worth in the plan.")
    promises = PromiseShape(many=True)
    scoring = ScoringShape(allow_null=True)
    personas = NamedShape(many=True)
    people = PeopleShape()
    review_every = serializers.ChoiceField(choices=ReviewEvery.choices)
    notes = serializers.CharField(allow_blank=True)


class AgreementDetail(AgreementShape):
    """Context: also ``content`` and ``signatures``."""

    fingerprint = serializers.CharField(help_text="Of the text; equal to that of its signatures.")
    content = ContentShape()
    signatures = SignatureShape(many=True)
