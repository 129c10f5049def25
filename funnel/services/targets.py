"""The plan by month: how many leads are to reach each stage."""

import datetime as dt
from collections.abc import Mapping

from django.db import transaction
from django.utils.translation import gettext as _

from smarketing.accounts.enums import Role
from smarketing.accounts.models import User
from smarketing.accounts.services.audit import changing, record_created, record_deleted

from ..enums import Stage
from ..errors import AgreedNumber, NotAllowed
from ..models import StageTarget
from ..rules.periods import month_start
from ..selectors.agreed import agreed_targets

PLANNERS = frozenset({Role.MANAGER, Role.ADMIN})
"""Who may set the plan: the heads of both teams."""


@transaction.atomic
def set_targets(
    *,
    month: dt.date,
    counts: Mapping[Stage, int | None],
    actor: User | None,
    at: dt.datetime,
    by_agreement: bool = False,
) -> None:
    """Set the plan of the month that holds ``month``; None takes a stage's target away, stages that
    are not named keep theirs. Each difference is in the audit log.

    ``by_agreement``: it is the agreement in force that sets them. Raises ``NotAllowed``, and
    ``AgreedNumber`` for a month whose targets an agreement sets.
    """
    if actor is not None and not by_agreement and (not actor.is_active or actor.role not in PLANNERS):
        raise NotAllowed(_("Only the heads of marketing and sales set the plan."))
    first = month_start(month)
    agreed = None if by_agreement else agreed_targets(first, at=at)
    if agreed:
        raise AgreedNumber(
            _("%(agreement)s sets the targets of this month. Begin a new version of it to change them.")
            % {"agreement": agreed.name}
        )
    for stage, count in counts.items():
        if count is None:
            _take_away(first, stage, actor, at)
        else:
            _set_one(first, stage, count, actor, at)


def _take_away(month: dt.date, stage: Stage, actor: User | None, at: dt.datetime) -> None:
    known = StageTarget.objects.select_for_update().filter(month=month, stage=stage).first()
    if known is not None:
        record_deleted(known, actor=actor, at=at)
        known.delete()


def _set_one(month: dt.date, stage: Stage, count: int, actor: User | None, at: dt.datetime) -> None:
    rows = StageTarget.objects.select_for_update()
    known, is_new = rows.get_or_create(month=month, stage=stage, defaults={"count": count})
    if is_new:
        record_created(known, actor=actor, at=at)
    elif known.count != count:
        with changing(known, actor=actor, at=at):
            known.count = count
            known.save(update_fields=["count"])
