"""Jobs that beat starts; each one calls the service that knows."""

from celery import shared_task
from django.utils import timezone

from .services import engine


@shared_task(name="sla.tick", ignore_result=True)
def tick() -> int:
    """A lost message is made up for by the next one: what is due stands in the database."""
    return engine.tick(at=timezone.now()).delivered.sent
