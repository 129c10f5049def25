"""Threads that start at one moment, each on a connection of its own."""

from collections.abc import Callable, Sequence
from threading import Barrier, Thread
from typing import Any

from django.db import connection


def race(
    *runners: Callable[[], Any], expected: type[Exception] | tuple[type[Exception], ...] = ()
) -> list[Any]:
    """What each runner returned, or the expected error it raised, in their order.

    Any other error fails the test that calls this.
    """
    results: list[Any] = [None] * len(runners)
    unexpected: list[Exception] = []
    barrier = Barrier(len(runners))

    def run(place: int) -> None:
        try:
            barrier.wait(timeout=30)
            results[place] = runners[place]()
        except expected as error:
            results[place] = error
        except Exception as error:
            unexpected.append(error)
        finally:
            connection.close()

    threads: Sequence[Thread] = [Thread(target=run, args=(place,)) for place in range(len(runners))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert not any(thread.is_alive() for thread in threads), "a runner hangs"
    if unexpected:
        raise unexpected[0]
    return results
