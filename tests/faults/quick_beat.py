"""The project's Celery application with a tick every second: `celery -A tests.faults.quick_beat`."""

from smarketing.celery import app

app.conf.beat_schedule = {"sla.tick": {"task": "sla.tick", "schedule": 1.0, "options": {"expires": 10}}}

__all__ = ["app"]
