"""What other connections do meanwhile."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import Event, Thread

from django.db import connection, transaction


@contextmanager
def uncommitted(write: Callable[[], object]) -> Iterator[None]:
    """Inside, another connection has written and not committed; afterwards it has."""
    written, let_go = Event(), Event()

    def slow() -> None:
        try:
            with transaction.atomic():
                write()
                written.set()
                let_go.wait(10)
        finally:
            connection.close()

    thread = Thread(target=slow)
    thread.start()
    try:
        assert written.wait(10)
        yield
    finally:
        let_go.set()
        thread.join()


def check_in_snapshots(
    check: Callable[[], object], *, writers: Sequence[Callable[[], object]], keeper: Callable[[], object]
) -> None:
    """Call ``check`` in one snapshot after another as long as all ``writers`` write at once and two
    connections do what ``keeper`` does, over and over. What a writer raises is raised here."""
    stop, failures = Event(), []

    def run(write: Callable[[], object]) -> None:
        try:
            write()
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    def keep() -> None:
        while not stop.is_set():
            keeper()

    writing = [Thread(target=run, args=(write,)) for write in writers]
    keeping = [Thread(target=run, args=(keep,)) for _ in range(2)]
    for thread in writing + keeping:
        thread.start()
    try:
        while any(thread.is_alive() for thread in writing):
            with transaction.atomic():
                with connection.cursor() as cursor:
                    cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
                check()
    finally:
        stop.set()
        for thread in writing + keeping:
            thread.join()
    if failures:
        raise failures[0]
