"""Job that brings back what failed at the door."""

from celery import shared_task
from django.utils import timezone

from ..services import intake


@shared_task(name="leads.retry_submissions", ignore_result=True)
def retry_submissions() -> None:
    """Process submissions whose next attempt is due."""
    intake.retry_submissions(at=timezone.now())
