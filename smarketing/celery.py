"""Celery application and beat schedule.

Beat only asks "what is due?"; no message carries a deadline. Every task expires before its
next turn, so that a broker which was away for an hour holds one message per task, not sixty.
"""

import os

from celery import Celery

from smarketing.embedded import broker

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smarketing.settings")
# The system checks were run by `migrate`, before any worker; they load every page, which no task needs.
os.environ.setdefault("CELERY_SKIP_CHECKS", "1")

broker.register()
app = Celery("smarketing")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


def _every(task: str, seconds: int) -> dict[str, object]:
    return {"task": task, "schedule": float(seconds), "options": {"expires": seconds}}


app.conf.beat_schedule = {
    "sla.tick": _every("sla.tick", 15),
    "leads.retry_submissions": _every("leads.retry_submissions", 60),
    "leads.rescore_due": _every("leads.rescore_due", 60),
    "leads.run_rescore": _every("leads.run_rescore", 10),
    "leads.run_imports": _every("leads.run_imports", 5),
    "leads.forget_imports": _every("leads.forget_imports", 3600),
    "funnel.run_bulk_jobs": _every("funnel.run_bulk_jobs", 5),
    "funnel.resume_postponed": _every("funnel.resume_postponed", 60),
    "funnel.assign_waiting": _every("funnel.assign_waiting", 60),
    "funnel.refresh_rollups": _every("funnel.refresh_rollups", 60),
    "sla.sum_promises": _every("sla.sum_promises", 60),
    "sla.enter_agreements": _every("sla.enter_agreements", 60),
    "sla.write_reports": _every("sla.write_reports", 60),
    "sla.remind_of_decisions": _every("sla.remind_of_decisions", 600),
    "sla.reconcile": _every("sla.reconcile", 600),
    "sla.keep_forecasts": _every("sla.keep_forecasts", 600),
}
