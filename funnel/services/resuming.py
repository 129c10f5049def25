"""Postponed journeys whose date has come."""

import logging
from datetime import datetime, timedelta

from django.db import transaction

from ..enums import Move
from ..models import Journey
from .moving import move_journey

logger = logging.getLogger(__name__)
RETRY_AFTER = timedelta(hours=1)


def resume_postponed(*, at: datetime, limit: int = 500) -> int:
    """Resume what is due, oldest first, one transaction each; how many were resumed.

    Several may run at once: each takes rows that no other holds. One that fails is logged and
    pushed on an hour, so that it never blocks the head of the line.
    """
    resumed = 0
    for _turn in range(limit):
        journey_id, done = _resume_next(at)
        if journey_id is None:
            break
        resumed += done
    return resumed


@transaction.atomic
def _resume_next(at: datetime) -> tuple[int | None, bool]:
    due = Journey.objects.resume_due(at).filter(is_current=True).order_by("resume_at", "pk")
    # Both rows or neither: whoever holds the lead may be about to ask for the journey.
    due = due.select_related("lead").select_for_update(skip_locked=True, of=("self", "lead"), no_key=True)
    journey = due.first()
    if journey is None:
        return None, False
    try:
        with transaction.atomic():
            move_journey(journey_id=journey.pk, move=Move.RESUME, actor=None, at=at)
    except Exception:
        logger.exception("Journey %s could not be resumed; tried again in an hour.", journey.pk)
        Journey.objects.filter(pk=journey.pk).update(resume_at=at + RETRY_AFTER)
        return journey.pk, False
    return journey.pk, True
