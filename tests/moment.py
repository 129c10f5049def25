"""When it is, for a test: an ordinary Wednesday noon in Madrid, whatever the hour it is run at.

A test that reckons "an hour ago" would find another day behind it shortly after midnight, another week on a
Monday and another month on the first. What must hold at such hours is tested at them by name, and
``--at 2027-02-01T00:02`` runs all tests at another moment to find what nobody thought of.

The moment goes on as time does. Tests with processes of their own live in real time, as those processes do.
"""

from datetime import UTC, datetime

import pytest
import time_machine

ORDINARY = datetime(2026, 11, 25, 11, 0, tzinfo=UTC)

REAL = (
    "tests/faults",
    "tests/browser",
    "tests/bench",
    "tests/smarketing/test_serve.py",
    "tests/smarketing/test_deployment.py",
    "tests/smarketing/test_start.py",
)
PROCESSES = frozenset({"worker_environment", "redis_server", "live_server"})


def moment_of(item: pytest.Item) -> datetime | None:
    """What its marker says, else the option, else the ordinary moment; None for real time."""
    marker = item.get_closest_marker("at")
    if marker:
        return datetime.fromisoformat(marker.args[0]).replace(tzinfo=UTC)
    if item.nodeid.startswith(REAL) or PROCESSES.intersection(getattr(item, "fixturenames", ())):
        return None
    option = item.config.getoption("at")
    return datetime.fromisoformat(option).replace(tzinfo=UTC) if option else ORDINARY


def travel_to(item: pytest.Item) -> time_machine.travel | None:
    moment = moment_of(item)
    return moment and time_machine.travel(moment, tick=True)
