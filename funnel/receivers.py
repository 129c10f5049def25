"""What the room below tells this one, inside its transaction."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.dispatch import receiver

from leads.models import Lead, Merge
from leads.rules.steps import Step
from leads.signals import form_tried, lead_scored, leads_merged, leads_worked_on, merge_undone
from smarketing.accounts.models import User
from smarketing.accounts.signals import user_deactivated

from .selectors import journeys, trying
from .services import entering, merging, waiting


@receiver(lead_scored)
def follow_score(
    *, lead: Lead, created: bool, reached: str, at: datetime, actor: User | None, **_: Any
) -> None:
    entering.follow_score(lead=lead, created=created, reached=reached, at=at, actor=actor)


@receiver(user_deactivated)
def release_leads(
    *, user: User, at: datetime, actor: User | None = None, successor: User | None = None, **_: Any
) -> None:
    waiting.release_leads(user_id=user.pk, at=at, actor=actor, successor=successor)


@receiver(leads_merged)
def merge_journeys(*, merge: Merge, at: datetime, actor: User | None, **_: Any) -> None:
    merging.merge_journeys(merge=merge, at=at, actor=actor)


@receiver(merge_undone)
def undo_merge_journeys(*, merge: Merge, at: datetime, actor: User | None, **_: Any) -> None:
    merging.undo_merge_journeys(merge=merge, at=at, actor=actor)


@receiver(form_tried)
def tell_of_trial(*, lead: Lead, at: datetime, **_: Any) -> list[Step]:
    return trying.steps_of_trial(lead, at)


@receiver(leads_worked_on)
def tell_of_work(*, since: Mapping[int, datetime], **_: Any) -> set[int]:
    return journeys.moved_since(since)
