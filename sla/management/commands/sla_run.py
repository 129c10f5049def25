"""The engine without a broker: `--once` for cron, `--loop` for a service manager."""

import logging
import signal
import threading
import time
from argparse import ArgumentParser
from typing import Any

from celery import current_app
from django.core.management.base import BaseCommand
from django.db import Error, close_old_connections, connections

log = logging.getLogger(__name__)

TICK = "sla.tick"
PAUSE_AFTER_ERROR = 2.0


class Command(BaseCommand):
    help = (
        "Runs every job that beat would start (the engine's tick, retries, re-scores, …), "
        "with no broker, no worker and no beat. Several may run at once."
    )
    # As in a worker: `migrate` ran them before, and they load every page.
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        how = parser.add_mutually_exclusive_group()
        how.add_argument("--once", action="store_true", help="one round of every job, then end (default)")
        how.add_argument("--loop", action="store_true", help="run until SIGTERM or Ctrl-C")
        parser.add_argument("--interval", type=float, default=5.0, help="seconds between ticks (default 5)")

    def handle(self, *, loop: bool, interval: float, **options: Any) -> None:
        self.stopping = threading.Event()
        jobs = scheduled_jobs(tick_every=interval)
        if not loop:
            for job in jobs:
                job.run()
            return
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.stopping.set())
        self.stdout.write(f"{len(jobs)} jobs, a tick every {interval:g} s; stops after SIGTERM.")
        while not self.stopping.is_set():
            self.round(jobs)
            waits = max(0.0, min(job.next_at for job in jobs) - time.monotonic())
            self.stopping.wait(min(waits, interval))

    def round(self, jobs: "list[Job]") -> None:
        """Every job that is due; one that fails is logged and comes again, the others still run."""
        for job in jobs:
            if self.stopping.is_set() or job.next_at > time.monotonic():
                continue
            try:
                close_old_connections()
                job.run()
            except Error as error:
                # A connection that broke stays broken: the next round opens a new one.
                connections.close_all()
                log.warning("%s: the database is away, trying again: %s", job.name, error)
                self.stopping.wait(PAUSE_AFTER_ERROR)
            except Exception:
                log.exception("%s failed; it comes again in %g s", job.name, job.seconds)


class Job:
    """One entry of the beat schedule, run here instead of being sent to a worker."""

    def __init__(self, name: str, seconds: float) -> None:
        self.name, self.seconds = name, seconds
        self.next_at = 0.0

    def run(self) -> None:
        self.next_at = time.monotonic() + self.seconds
        current_app.tasks[self.name]()


def scheduled_jobs(*, tick_every: float) -> list[Job]:
    """What beat would start, the tick first; the schedule is said once, in the Celery application."""
    current_app.loader.import_default_modules()
    jobs = [
        Job(entry["task"], tick_every if entry["task"] == TICK else float(entry["schedule"]))
        for entry in current_app.conf.beat_schedule.values()
        if entry["task"] in current_app.tasks
    ]
    return sorted(jobs, key=lambda job: job.name != TICK)
