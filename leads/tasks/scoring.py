"""Jobs that keep scores true: time passes, rules change. Each works a while and beat calls again."""

import time

from celery import shared_task
from django.utils import timezone

from ..models import Rescore
from ..services import rescoring

WORKS_SECONDS = 8
"""Short, because `sla_run --loop` does these jobs in one thread with the deadlines' tick."""

BATCH = 500


@shared_task(name="leads.rescore_due", ignore_result=True)
def rescore_due() -> None:
    """Recompute scores that time has changed."""
    until = time.monotonic() + WORKS_SECONDS
    while rescoring.rescore_due(at=timezone.now(), limit=BATCH) == BATCH and time.monotonic() < until:
        pass


@shared_task(name="leads.run_rescore", ignore_result=True)
def run_rescore() -> None:
    """Go on with a re-score that runs; when none does, catch leads that were left behind."""
    until = time.monotonic() + WORKS_SECONDS
    for rescore_id in Rescore.objects.filter(finished_at=None).order_by("pk").values_list("pk", flat=True):
        done = -1
        while time.monotonic() < until:
            rescore = rescoring.run_rescore(rescore_id=rescore_id, at=timezone.now(), batch=BATCH)
            if rescore.finished_at is not None or rescore.done == done:
                break
            done = rescore.done
    while rescoring.rescore_left_behind(at=timezone.now(), limit=BATCH) == BATCH and time.monotonic() < until:
        pass
