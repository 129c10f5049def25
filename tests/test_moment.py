"""Tests do not depend on the hour at which they are run."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone

from tests.moment import ORDINARY, moment_of, travel_to


def item(nodeid: str, *fixtures: str, at: str | None = None, marker: str | None = None) -> Any:
    """What ``moment_of`` reads of a pytest item."""
    marked = SimpleNamespace(args=[marker]) if marker else None
    return SimpleNamespace(
        nodeid=nodeid,
        fixturenames=fixtures,
        config=SimpleNamespace(getoption={"at": at}.__getitem__),
        get_closest_marker={"at": marked}.get,
    )


@pytest.mark.at("2027-03-01T00:02")
def test_a_marked_test_runs_at_its_moment() -> None:
    assert timedelta(0) <= timezone.now() - datetime(2027, 3, 1, 0, 2, tzinfo=UTC) < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("found", "moment"),
    [
        (item("tests/sla/test_x.py::test"), ORDINARY),
        (item("tests/sla/test_x.py::test", at="2027-02-01T00:02"), datetime(2027, 2, 1, 0, 2, tzinfo=UTC)),
        (
            item("tests/x.py::test", at="2027-02-01T00:02", marker="2026-05-05T05:05"),
            datetime(2026, 5, 5, 5, 5, tzinfo=UTC),
        ),
        (item("tests/faults/test_x.py::test", at="2027-02-01T00:02"), None),
        (item("tests/sla/test_x.py::test", "db", "worker_environment"), None),
    ],
)
def test_which_moment_it_is(found: Any, moment: datetime | None) -> None:
    assert moment_of(found) == moment


def test_processes_of_their_own_live_in_real_time() -> None:
    assert travel_to(item("tests/browser/test_x.py::test")) is None


def test_nothing_reckons_with_the_moment_at_which_its_module_was_read() -> None:
    """Modules are read in real time, and may be read on another day than the one they test."""
    reads = re.compile(
        r"^(?:[A-Za-z_@]|[)\]}]).*(?:timezone\.now|localdate|localtime|date\.today|datetime\.now)\(", re.M
    )
    found = [str(path) for path in Path(__file__).parent.rglob("*.py") if reads.search(path.read_text())]
    assert found == []
    assert reads.search("NOW = timezone.now()") and not reads.search("    now = timezone.now()")
