"""`make run`'s command from an empty folder to Ctrl-C, with everything that can be killed killed once."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from smarketing.embedded.cluster import Cluster
from smarketing.embedded.local import erase, find_place
from tests.servers import free_port

ROOT = Path(__file__).resolve().parents[2]


def until(what: Callable[[], object], seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.1)


class Served:
    def __init__(self, var: Path, port: int, *, below: Sequence[str] = (), more: Sequence[str] = ()) -> None:
        self.var = var
        self.port = port
        self.output = var.with_name("output")
        unset = ("DATABASE_URL", "SECRET_KEY", "DJANGO_SETTINGS_MODULE", "REDIS_URL", "EMAIL_URL")
        clean = {k: v for k, v in os.environ.items() if k not in unset}
        with self.output.open("ab") as output:
            self.process = subprocess.Popen(
                [*below, sys.executable, "manage.py", "serve", "--no-demo", *more],
                cwd=ROOT,
                env={**clean, "VAR_DIR": str(var), "PORT": str(port)},
                stdout=output,
                stderr=output,
            )

    def answers(self) -> bool:
        try:
            url = f"http://127.0.0.1:{self.port}/healthz"
            return urllib.request.urlopen(url, timeout=5).status == 200
        except (urllib.error.URLError, OSError):
            return False

    def runs(self) -> bool:
        return f"Smarketing runs at http://127.0.0.1:{self.port}" in self.output.read_text()

    def descendants(self) -> list[psutil.Process]:
        """Web, worker and beat with theirs; not a pg_ctl that happens to be at work."""
        family = psutil.Process(self.process.pid).children(recursive=True)
        found = []
        for process in family:
            with suppress(psutil.NoSuchProcess):
                if {"gunicorn", "celery"} & set(process.cmdline()):
                    found.append(process)
        return found

    def child(self, word: str) -> psutil.Process:
        children = psutil.Process(self.process.pid).children()
        return next(child for child in children if word in child.cmdline())


@pytest.fixture
def var(tmp_path) -> Iterator[Path]:
    folder = tmp_path / "var"
    yield folder
    if folder.exists():
        erase(folder)


def test_everything_starts_survives_and_stops(var):
    port = free_port()
    served = Served(var, port)
    try:
        until(served.runs)
        assert served.answers()

        served.child("gunicorn").kill()
        until(lambda: "web ended (status -9); starting it again" in served.output.read_text())
        until(served.answers)

        cluster = Cluster(find_place(var))
        postmaster = int((cluster.data / "postmaster.pid").read_text().split("\n")[0])
        os.kill(postmaster, signal.SIGKILL)
        until(lambda: "PostgreSQL ended; starting it again." in served.output.read_text())
        until(cluster.is_running)

        orphans = served.descendants()
        assert len(orphans) >= 3
        served.process.kill()
        served.process.wait()
        served.output.write_text("")
        served = Served(var, port)  # the same port, while the orphans still go down
        until(served.runs)
        assert served.answers()
        assert "migrations" not in served.output.read_text()
        _, left = psutil.wait_procs(orphans, timeout=30)
        assert left == []

        started = served.descendants()
        served.process.send_signal(signal.SIGINT)
        assert served.process.wait(timeout=40) == 0
        assert served.output.read_text().endswith("Stopping …\nStopped.\n")
        assert [p for p in started if p.is_running()] == []
        assert cluster.is_running() is False
    finally:
        if served.process.poll() is None:
            served.process.terminate()
            served.process.wait(timeout=40)


def test_taken_port_is_said_plainly(var):
    from socket import create_server

    with create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        served = Served(var, port)
        assert served.process.wait(timeout=60) == 1
    said = f"CommandError: Port {port} is taken by another program. Choose one: PORT=8001 make run\n"
    assert served.output.read_text().endswith(said)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process that its parent ended")
def test_killed_make_takes_everything_along(var):
    wait_for_it = ("/bin/sh", "-c", '"$@"; exit $?', "make")
    served = Served(var, free_port(), below=wait_for_it, more=("--with-parent",))
    until(lambda: "Starting PostgreSQL" in served.output.read_text())
    (serve,) = psutil.Process(served.process.pid).children()
    assert "--with-parent" in serve.cmdline()
    served.process.kill()
    served.process.wait()
    serve.wait(timeout=60)
    assert served.output.read_text().endswith("Stopping …\nStopped.\n")
    assert Cluster(find_place(var)).is_running() is False


def test_a_file_where_var_should_be_is_said_in_one_line(var):
    var.parent.mkdir(exist_ok=True)
    var.write_text("")
    served = Served(var, free_port())
    assert served.process.wait(timeout=60) == 1
    assert served.output.read_text() == f"CommandError: Cannot go on: File exists: {var}\n"
    var.unlink()
