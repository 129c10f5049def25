"""The clock that a merge ended goes on when the merge is undone.

A fresh one would give the rep the whole time again, and who merges and takes it back would never be
late. As for a lead that is postponed, the time in between counts for nobody.
"""

from datetime import datetime

from django.db import transaction

from funnel.enums import Reason, Status
from funnel.models import Journey

from ..enums import ClockKind, ClockState, ReminderState, SkipReason
from ..models import Clock, Reminder
from .clocks import resume_clock
from .ladder import plan_next


@transaction.atomic(savepoint=False)
def go_on_after_merge(*, journey: Journey, kind: ClockKind, owner_id: int | None, at: datetime) -> bool:
    """Whether the journey's last clock goes on, as a promise of this kind of the same owner.

    Not a decision that was missed by then, whose lead has yet to be recycled, and not one that stood
    still: these begin anew.
    """
    clock = Clock.objects.select_for_update(no_key=True).filter(journey=journey).order_by("-pk").first()
    if clock is None or (clock.kind, clock.owner_id) != (kind, owner_id) or not _goes_on(clock, journey):
        return False
    clock.state, clock.paused_at, clock.ended_at = ClockState.PAUSED, clock.ended_at, None
    clock.wall_seconds = clock.working_seconds = None
    clock.save(update_fields=["state", "paused_at", "ended_at", "wall_seconds", "working_seconds"])
    _wait_again(clock, at)
    resume_clock(clock=clock, at=at)
    return True


def _goes_on(clock: Clock, journey: Journey) -> bool:
    is_missed = clock.state == ClockState.BREACHED
    if clock.state != ClockState.CANCELLED and not (is_missed and clock.kind == ClockKind.FIRST_CONTACT):
        return False
    closed = journey.changes.filter(reason=Reason.DUPLICATE).order_by("-pk").first()
    if closed is None or journey.status == Status.POSTPONED:
        return False
    return clock.ended_at == max(closed.at, clock.started_at)


def _wait_again(clock: Clock, at: datetime) -> None:
    """The step that the merge skipped waits again; where the last one was told meanwhile, the next begins."""
    last = clock.reminders.order_by("-step").first()
    if last is None:
        return
    was_skipped = last.state == ReminderState.SKIPPED and last.error == SkipReason.CLOCK_ENDED
    if was_skipped and not last.deliveries.exists():
        waiting = {"state": ReminderState.PENDING, "ended_at": None, "error": ""}
        Reminder.objects.filter(pk=last.pk).update(**waiting)
    elif last.state not in (ReminderState.PENDING, ReminderState.CLAIMED):
        last.clock = clock
        plan_next(reminders=[last], at=at)
