"""`make run`: web, worker and beat beside the embedded PostgreSQL, watched until Ctrl-C."""

import errno
import fcntl
import os
import shutil
import signal
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from smarketing.embedded.child import Child
from smarketing.embedded.local import LocalServer

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
STOP_SECONDS = 15.0
WAIT_SECONDS = 20.0
FIRST_ANSWER_SECONDS = 60.0


class RunnerError(RuntimeError):
    """Why it cannot start, as a sentence for the person at the terminal."""


class Runner:
    def __init__(self, root: Path, var: Path, port: int, say: Callable[[str], None]) -> None:
        self.root = root
        self.var = var
        self.port = port
        self.say = say
        self.stopping = False
        environment = {**os.environ, "PORT": str(port), "PYTHONUNBUFFERED": "1"}
        celery = (sys.executable, "-m", "celery", "-A", "smarketing")
        quiet = ("--without-gossip", "--without-mingle", "--without-heartbeat")
        commands = {
            "web": (sys.executable, "-m", "gunicorn", "-c", "smarketing/gunicorn_conf.py", "smarketing.wsgi"),
            "worker": (*celery, "worker", "--concurrency", "2", "--loglevel", "INFO", *quiet),
            "beat": (*celery, "beat", "--loglevel", "INFO", "--pidfile", ""),
        }
        self.children = [
            Child(name, command, var / "log" / f"{name}.log", environment)
            for name, command in commands.items()
        ]

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def claim(self) -> None:
        """Be the only runner of this checkout, on a port nobody uses; raises RunnerError."""
        self.var.mkdir(parents=True, exist_ok=True)
        run = self._hold("run.lock", "Another run of this checkout has not ended yet; waiting a moment …")
        if run is None:
            raise RunnerError("This checkout is running already; stop that one first (Ctrl-C there).")
        # Held by every child too: free only when the last process of a killed run has gone.
        children = self._hold("run.children", "Waiting for the processes of the last run to end …")
        if children is None:
            raise RunnerError("Processes of the last run do not end; look for gunicorn and celery.")
        for child in self.children:
            child.kept_open = [children]
        if trouble := self._port_trouble():
            raise RunnerError(f"Port {self.port} {trouble}. Choose one: PORT=8001 make run")

    def _hold(self, name: str, while_waiting: str) -> int | None:
        """Lock var/`name` for the life of this process and return its descriptor; None if others hold it."""
        lock = os.open(self.var / name, os.O_RDWR | os.O_CREAT, 0o600)
        deadline = time.monotonic() + WAIT_SECONDS
        waited = False
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return lock
            except BlockingIOError:
                if time.monotonic() > deadline:
                    os.close(lock)
                    return None
                if not waited:
                    self.say(while_waiting)
                waited = True
                time.sleep(0.2)

    def _port_trouble(self) -> str:
        """What speaks against the port; empty when it is free."""
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # connections of before may linger
            try:
                probe.bind(("127.0.0.1", self.port))
            except OverflowError:
                return "does not exist"
            except OSError as error:
                taken = error.errno == errno.EADDRINUSE
                return "is taken by another program" if taken else f"cannot be used: {error.strerror}"
            return ""

    def start(self) -> None:
        """Start the children and wait for the first answer of the web server."""
        # Old wake-up calls are worth nothing: the first tick asks the database what is due.
        shutil.rmtree(self.var / "broker", ignore_errors=True)
        for folder in ("broker/messages", "broker/control", "mail"):
            (self.var / folder).mkdir(parents=True, exist_ok=True)
        for number in STOP_SIGNALS:
            signal.signal(number, self._on_signal)
        for child in self.children:
            child.start()
        deadline = time.monotonic() + FIRST_ANSWER_SECONDS
        while not self.stopping and not self._answers():
            if time.monotonic() > deadline:
                raise RunnerError(f"The web server does not answer; see {self.var}/log/web.log")
            self._watch_once()
            time.sleep(0.1)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.address}/healthz", timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def watch(self, server: LocalServer | None) -> None:
        """Until a signal comes: restart what died, PostgreSQL included."""
        while not self.stopping:
            self._watch_once()
            if server is not None and not server.is_running():
                self.say("PostgreSQL ended; starting it again.")
                server.ensure_running()
            time.sleep(0.5)

    def _watch_once(self) -> None:
        for child in self.children:
            line = child.revive(time.monotonic())
            if line:
                self.say(line)

    def stop(self) -> None:
        for child in self.children:
            child.ask_to_stop()
        deadline = time.monotonic() + STOP_SECONDS
        for child in self.children:
            child.wait(deadline - time.monotonic())

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.stopping = True
