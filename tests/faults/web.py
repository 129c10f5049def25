"""The web server as production runs it, and visitors who post to it from many threads."""

import http.client
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from tests.faults.harness import Environment
from tests.servers import free_port, wait_for_port

COMMAND = [sys.executable, "-m", "gunicorn", "-c", "smarketing/gunicorn_conf.py", "smarketing.wsgi"]


@dataclass
class WebServer:
    environment: Environment
    port: int = field(default_factory=free_port)
    process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> "WebServer":
        environment = {**self.environment, "BIND": f"127.0.0.1:{self.port}", "LOG_LEVEL": "ERROR"}
        self.process = subprocess.Popen(COMMAND, env=environment, stdout=subprocess.DEVNULL)
        wait_for_port(self.port, 60)
        return self

    def stop(self) -> None:
        """Ends the master, and with it its workers."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(timeout=30)
            self.process = None


@dataclass(frozen=True)
class Answer:
    """`status` 0: the connection broke before an answer came."""

    status: int
    seconds: float
    headers: dict[str, str] = field(default_factory=dict)
    body: dict[str, Any] = field(default_factory=dict)


class Visitor:
    """One connection, opened again when it broke; ``source`` is the loopback address it comes from."""

    def __init__(self, port: int, timeout: float = 30, source: str = "127.0.0.1") -> None:
        self.port, self.timeout, self.source = port, timeout, source
        self._connection: http.client.HTTPConnection | None = None

    def post(self, path: str, values: dict[str, Any], key: str = "", **extra: str) -> Answer:
        began = time.monotonic()
        headers = {"Content-Type": "application/json", **({"Idempotency-Key": key} if key else {}), **extra}
        try:
            if self._connection is None:
                self._connection = http.client.HTTPConnection(
                    "127.0.0.1", self.port, timeout=self.timeout, source_address=(self.source, 0)
                )
            self._connection.request("POST", path, json.dumps(values), headers)
            response = self._connection.getresponse()
            text = response.read()
        except (OSError, http.client.HTTPException):
            self.leave()
            return Answer(0, time.monotonic() - began)
        body = json.loads(text) if "json" in response.headers.get("Content-Type", "") else {}
        return Answer(response.status, time.monotonic() - began, dict(response.headers), body)

    def leave(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def crowd(port: int, visitors: int, jobs: Iterable[Callable[[Visitor], Answer]]) -> list[Answer]:
    """Answers to all jobs, done by so many visitors at once, each on a connection of their own."""
    own = threading.local()

    def work(job: Callable[[Visitor], Answer]) -> Answer:
        if not hasattr(own, "visitor"):
            own.visitor = Visitor(port)
        return job(own.visitor)

    with ThreadPoolExecutor(visitors) as pool:
        return list(pool.map(work, jobs))


def percentile(answers: Iterable[Answer], part: float) -> float:
    """Seconds that `part` of the answers did not exceed."""
    seconds = sorted(answer.seconds for answer in answers)
    return seconds[min(len(seconds) - 1, int(len(seconds) * part))]
