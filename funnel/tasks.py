"""Jobs that beat starts; each one calls the service that knows."""

from celery import shared_task
from django.utils import timezone

from .services import rollups


@shared_task(name="funnel.refresh_rollups", ignore_result=True)
def refresh_rollups() -> int:
    return rollups.refresh(at=timezone.now())
