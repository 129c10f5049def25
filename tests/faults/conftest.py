"""Fault tests run on this test's own database, with real servers and workers as subprocesses."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults.harness import Environment, MailServer, Worker, loop_command


@pytest.fixture
def full(request: pytest.FixtureRequest) -> bool:
    """Full size (`make faults`), else the size that fits the test command."""
    return bool(request.config.getoption("--full"))


@pytest.fixture
def mail_server(tmp_path: Path) -> Iterator[MailServer]:
    folder = tmp_path / "mail-server"
    folder.mkdir()
    server = MailServer(folder)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def fault_environment(worker_environment: Environment, mail_server: MailServer, full: bool) -> Environment:
    """A short lease in the small size: recovery is the same, only waited for less."""
    lease = {} if full else {"SLA_LEASE_SECONDS": "6"}
    return {**worker_environment, **lease, "EMAIL_URL": mail_server.url, "LOG_LEVEL": "ERROR"}


@pytest.fixture
def start_worker(fault_environment: Environment) -> Iterator[Callable[..., Worker]]:
    started: list[Worker] = []

    def start(command: list[str] | None = None, **environment: str) -> Worker:
        worker = Worker(command or loop_command(0.3), {**fault_environment, **environment}).start()
        started.append(worker)
        return worker

    yield start
    for worker in started:
        worker.kill()
