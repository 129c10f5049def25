"""Jobs that beat starts; each one calls the service that knows."""

from celery import shared_task
from django.utils import timezone

from .services import pools, resuming, rollups, waiting


@shared_task(name="funnel.refresh_rollups", ignore_result=True)
def refresh_rollups() -> int:
    return rollups.refresh(at=timezone.now())


@shared_task(name="funnel.resume_postponed", ignore_result=True)
def resume_postponed() -> int:
    return resuming.resume_postponed(at=timezone.now())


@shared_task(name="funnel.assign_waiting", ignore_result=True)
def assign_waiting() -> int:
    """Pools first: somebody new may be whom the waiting leads wait for."""
    at = timezone.now()
    pools.fill_pools()
    return waiting.release_all_left(at=at) + waiting.assign_unassigned(at=at)
