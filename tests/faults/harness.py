"""Processes around the engine: a mail server, workers with and without a broker; killed by pid."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from tests.servers import free_port, wait_for_port

Environment = dict[str, str]


class Accepted(NamedTuple):
    at: float
    address: str
    message_id: str


@dataclass
class MailServer:
    """`tests.faults.smtp_sink` as a subprocess; `stop()` and `start()` keep port and records."""

    folder: Path
    port: int = field(default_factory=free_port)
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def start(self) -> None:
        command = [sys.executable, "-m", "tests.faults.smtp_sink", str(self.port), str(self.folder)]
        self.process = subprocess.Popen(command)
        wait_for_port(self.port, 30)

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait(timeout=10)
            self.process = None

    def kill_after_250(self, worker: "Worker") -> None:
        """The worker dies when its next message has been accepted and before it can note that."""
        waiting = self.folder / "victims.new"
        waiting.write_text(str(worker.pid))
        waiting.rename(self.folder / "victims")

    def put_everybody_off(self, yes: bool) -> None:
        mood = self.folder / "mood"
        mood.write_text("451") if yes else mood.unlink(missing_ok=True)

    def accepted(self) -> list[Accepted]:
        record = self.folder / "accepted"
        if not record.exists():
            return []
        # The last line may be half written.
        lines = [line.split() for line in record.read_text().split("\n")[:-1]]
        return [Accepted(float(at), address, message_id) for at, address, message_id in lines]

    def copies(self) -> Counter[str]:
        """How often each Message-ID was accepted."""
        return Counter(one.message_id for one in self.accepted())


@dataclass
class Worker:
    """One process of the engine, with the children it starts. `kill()` is kill -9."""

    command: list[str]
    environment: Environment
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    @property
    def is_alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def start(self) -> "Worker":
        self.process = subprocess.Popen(
            self.command, env=self.environment, stdout=subprocess.DEVNULL, start_new_session=True
        )
        return self

    def revive(self) -> "Worker":
        """What every supervisor does (`restart: unless-stopped`, the embedded runner): start what died."""
        return self if self.is_alive else self.start()

    def kill(self) -> None:
        if self.is_alive:
            os.killpg(self.pid, signal.SIGKILL)
        self.wait()

    def wait(self) -> None:
        if self.process is not None:
            self.process.wait(timeout=30)


def loop_command(interval: float) -> list[str]:
    return [sys.executable, "manage.py", "sla_run", "--loop", "--interval", str(interval)]


def wait_until(is_so: Callable[[], bool], seconds: float, *, every: float = 0.1) -> bool:
    """True as soon as it is so; False when that did not happen in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if is_so():
            return True
        time.sleep(every)
    return is_so()
