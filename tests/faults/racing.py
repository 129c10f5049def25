"""Threads that start at one moment, each on a connection of its own."""

from collections.abc import Callable, Sequence
from threading import Barrier, Thread
from time import sleep
from typing import Any

from django.db import connection

HEAD_START = 0.1
"""Seconds; mostly longer than either side takes to reach its first lock."""


def head_starts(round_: int) -> tuple[float, float]:
    """How long either side of a race waits: nobody, the one, nobody, the other, and again.

    Without it one side, the one with less to read before its lock, could win every round, and the
    other outcome would never be tried. A busy machine may still make the favoured side lose: whoever
    needs both outcomes adds rounds until both came up.
    """
    return ((0, 0), (HEAD_START, 0), (0, 0), (0, HEAD_START))[round_ % 4]


def after(seconds: float, job: Callable[[], Any]) -> Callable[[], Any]:
    """`job`, that much later."""

    def late() -> Any:
        sleep(seconds)
        return job()

    return late


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
