"""Campaigns with what they brought, from the same sums as the funnel report."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.db.models import QuerySet

from leads.models import Campaign, Form

from ..enums import Grouping, Stage
from ..rules.costs import Costs, costs_of
from ..rules.periods import EVER, Span
from ..rules.report import Filters, FunnelReport, Money, Number
from .flow import days
from .funnel_report import funnel_report, group_rows


@dataclass(frozen=True, slots=True)
class CampaignRow:
    campaign: Campaign
    reached: dict[str, Number]
    revenue: list[Money]
    costs: Costs


@dataclass(frozen=True, slots=True)
class CampaignPage:
    campaign: Campaign
    report: FunnelReport
    costs: Costs
    forms: list[Form]


def campaigns_by_name(q: str = "") -> QuerySet[Campaign]:
    found = Campaign.objects.order_by("name", "pk")
    return found.filter(name__icontains=q) if q else found


def campaign_rows(campaigns: Sequence[Campaign], *, span: Span = EVER) -> list[CampaignRow]:
    """Of leads that entered in ``span``. Two queries, however many campaigns."""
    keys = [str(campaign.pk) for campaign in campaigns]
    rows = group_rows(filters=_filters(span), by=Grouping.CAMPAIGN, keys=keys) if keys else []
    return [
        CampaignRow(campaign, row.reached, row.revenue, _costs(campaign, row.reached, row.revenue, span))
        for campaign, row in zip(campaigns, rows, strict=True)
    ]


def campaign_page(campaign: Campaign, *, span: Span = EVER) -> CampaignPage:
    filters = _filters(span)
    filters = replace(filters, campaign=campaign.pk, params={**filters.params, "campaign": str(campaign.pk)})
    report = funnel_report(filters=filters)
    reached = {row.stage: row.entered for row in report.stages}
    costs = _costs(campaign, reached, report.revenue, span)
    return CampaignPage(campaign, report, costs, list(campaign.forms.order_by("name")))


def _filters(span: Span) -> Filters:
    return Filters(entered=span, params=days(span, "entered"))


def _costs(
    campaign: Campaign,
    reached: dict[str, Number] | dict[Stage, Number],
    revenue: list[Money],
    span: Span,
) -> Costs:
    """The cost is the whole campaign's: it is not divided by the leads of a part of it."""
    if span != EVER:
        return Costs(campaign.cost, campaign.currency, None, None, None)
    counts = {str(stage): number.count for stage, number in reached.items()}
    return costs_of(
        cost=campaign.cost,
        currency=campaign.currency,
        mqls=counts[Stage.MQL],
        customers=counts[Stage.CUSTOMER],
        revenue={money.currency: money.amount for money in revenue},
    )
