"""Jobs that beat starts; each one calls the service that knows."""

from celery import shared_task
from django.utils import timezone

from .models import BulkJob
from .services import bulk_jobs, pools, resuming, rollups, waiting


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


BULK_ROWS = 400


@shared_task(name="funnel.run_bulk_jobs", ignore_result=True)
def run_bulk_jobs() -> int:
    """Go on with what people decided for many leads; how many jobs were worked on."""
    waiting = list(BulkJob.objects.filter(finished_at=None).order_by("pk").values_list("pk", flat=True)[:10])
    for job_id in waiting:
        bulk_jobs.run_job(job_id=job_id, at=timezone.now(), rows=BULK_ROWS)
    return len(waiting)
