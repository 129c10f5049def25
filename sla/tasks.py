"""Jobs that beat starts; each one calls the service that knows."""

from celery import shared_task
from django.utils import timezone

from .services import engine, foresight, in_force, promise_sums, reports, reviews
from .services.reconcile import reconcile as reconcile_clocks


@shared_task(name="sla.tick", ignore_result=True)
def tick() -> int:
    """A lost message is made up for by the next one: what is due stands in the database."""
    return engine.tick(at=timezone.now()).delivered.sent


@shared_task(name="sla.reconcile", ignore_result=True)
def reconcile() -> dict[str, int]:
    """How many clocks did not fit their journeys, by case; normally none."""
    return reconcile_clocks(at=timezone.now())


@shared_task(name="sla.write_reports", ignore_result=True)
def write_reports() -> int:
    """The nightly and the weekly mails that are due; the next tick hands them over."""
    return reports.write_reports(at=timezone.now())


@shared_task(name="sla.remind_of_decisions", ignore_result=True)
def remind_of_decisions() -> int:
    """Decisions of reviews that come due or are overdue; the next tick hands the mails over."""
    return reviews.remind_of_decisions(at=timezone.now())


@shared_task(name="sla.keep_forecasts", ignore_result=True)
def keep_forecasts() -> int:
    """Once a day there is something to do; on the first day also the past."""
    at = timezone.now()
    return foresight.keep_forecasts(today=foresight.project_day(at), at=at)


@shared_task(name="sla.enter_agreements", ignore_result=True)
def enter_agreements() -> int:
    """Agreements whose first day has come; signing does it at once when that day is here."""
    return in_force.enter_due(at=timezone.now())


@shared_task(name="sla.sum_promises", ignore_result=True)
def sum_promises() -> int:
    """Until a day is summed the reports count its clocks."""
    return promise_sums.refresh()
