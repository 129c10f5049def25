"""The plan by month: how many leads are to reach each stage."""

import datetime as dt
from collections.abc import Mapping

from django.db import transaction
from django.utils.translation import gettext as _

from smarketing.accounts.enums import Role
from smarketing.accounts.models import User

from ..enums import Stage
from ..errors import NotAllowed
from ..models import StageTarget
from ..rules.periods import month_start

PLANNERS = frozenset({Role.MANAGER, Role.ADMIN})
"""Who may set the plan: the heads of both teams."""


@transaction.atomic
def set_targets(*, month: dt.date, counts: Mapping[Stage, int | None], actor: User) -> None:
    """Set the plan of the month that holds ``month``; None takes a stage's target away, stages that
    are not named keep theirs. Raises ``NotAllowed``."""
    if not actor.is_active or actor.role not in PLANNERS:
        raise NotAllowed(_("Only the heads of marketing and sales set the plan."))
    first = month_start(month)
    gone = [stage for stage, count in counts.items() if count is None]
    StageTarget.objects.filter(month=first, stage__in=gone).delete()
    StageTarget.objects.bulk_create(
        [StageTarget(month=first, stage=stage, count=n) for stage, n in counts.items() if n is not None],
        update_conflicts=True,
        unique_fields=["month", "stage"],
        update_fields=["count"],
    )
