"""What the two teams of the demo company agreed to reach each month; it grows with the year."""

from datetime import datetime, timedelta

from funnel.enums import Stage
from funnel.rules.periods import month_start, next_month
from funnel.services.targets import set_targets
from smarketing.accounts.models import User

FIRST_MONTH = {
    Stage.NEW_NAME: 60,
    Stage.ENGAGED: 57,
    Stage.TARGET: 46,
    Stage.MQL: 32,
    Stage.SQL: 17,
    Stage.OPPORTUNITY: 14,
    Stage.CUSTOMER: 8,
}
"""Leads to reach each stage half a year ago."""
GROWTH = 1.05
"""The factor from a month to the next."""
MONTHS = 9
"""Six behind, this one and two ahead."""


def agree(*, actor: User, at: datetime) -> None:
    month = month_start((at - timedelta(days=182)).date())
    for number in range(MONTHS):
        counts = {stage: round(count * GROWTH**number) for stage, count in FIRST_MONTH.items()}
        set_targets(month=month, counts=counts, actor=actor, at=at)
        month = next_month(month)
