"""`manage.py sla_run`: the engine with no broker at all."""

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta

import pytest
from celery import current_app
from django.core import mail as post
from django.core.management import call_command
from django.utils import timezone

from sla.management.commands.sla_run import scheduled_jobs
from sla.models import EngineBeat
from tests.sla.ladders import make_chain, make_ladders


@pytest.mark.django_db
def test_once_sends_what_is_due():
    rep, _, _ = make_chain()
    make_ladders([rep], due_at=timezone.now() - timedelta(minutes=1))
    call_command("sla_run", "--once")
    assert [message.to for message in post.outbox] == [[rep.email]]


def test_it_runs_everything_that_beat_would_start():
    jobs = {job.name for job in scheduled_jobs(tick_every=5)}
    planned = {entry["task"] for entry in current_app.conf.beat_schedule.values()}
    assert jobs == planned & set(current_app.tasks)


def test_the_tick_comes_first():
    assert scheduled_jobs(tick_every=5)[0].name == "sla.tick"


@pytest.mark.django_db(transaction=True)
def test_sigterm_ends_the_loop_cleanly(worker_environment):
    process = subprocess.Popen(
        [sys.executable, "manage.py", "sla_run", "--loop", "--interval", "0.2"], env=worker_environment
    )
    deadline = time.monotonic() + 20
    while not EngineBeat.objects.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGTERM)
    assert process.wait(timeout=10) == 0
    assert EngineBeat.objects.count() == 1
