"""One supervised process: started, watched, restarted when it died, stopped."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

PR_SET_PDEATHSIG = 1
LONGEST_WAIT = 30.0  # seconds between restarts of a child that keeps dying
SETTLED = 60.0  # seconds after which a child counts as healthy again
LOG_BYTES = 5_000_000


def die_with_parent() -> None:
    """Ask the kernel for SIGTERM when the process that started this one ends; only Linux can."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


@dataclass
class Child:
    name: str
    command: Sequence[str]
    log: Path
    environment: dict[str, str]
    kept_open: Sequence[int] = ()
    process: "subprocess.Popen[bytes] | None" = None
    deaths: int = 0
    started_at: float = 0.0
    not_before: float = field(default=0.0)

    def start(self) -> None:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self._keep_log_small()
        self.started_at = time.monotonic()
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self.environment,
                start_new_session=True,  # Ctrl-C reaches the supervisor alone, which stops in order
                preexec_fn=die_with_parent,
                pass_fds=self.kept_open,
            )

    def revive(self, now: float) -> str | None:
        """Restart the child if it died, later each time; returns a line to print when it died."""
        if self.process is None:
            if now >= self.not_before:
                self.start()
            return None
        status = self.process.poll()
        if status is None:
            return None
        self.process = None
        self.deaths = 1 if now - self.started_at > SETTLED else self.deaths + 1
        wait = min(LONGEST_WAIT, 2.0 ** (self.deaths - 1))
        self.not_before = now + wait
        return f"{self.name} ended (status {status}); starting it again in {wait:.0f} s. See {self.log}"

    def ask_to_stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def wait(self, seconds: float) -> None:
        """Wait for the end; afterwards kill what is left of the child's whole session."""
        if self.process is None:
            return
        try:
            self.process.wait(timeout=max(0.1, seconds))
        except subprocess.TimeoutExpired:
            try:
                os.killpg(self.process.pid, signal.SIGKILL)
            except ProcessLookupError:
                return
            self.process.wait()

    def _keep_log_small(self) -> None:
        if self.log.exists() and self.log.stat().st_size > LOG_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
