"""Fixed statements that PostgreSQL parses and plans once per connection.

For a row of forty columns that takes longer than writing it. psycopg2 knows no prepared statements,
SQL does: PREPARE, then EXECUTE. A pooler that gives each transaction another session (PgBouncer's
transaction mode) cannot have them; ``PREPARED_STATEMENTS`` off sends the text each time.

A message to the database and back costs a process more than most of these statements cost
PostgreSQL, and whoever waits for a lock of ours waits for each of them. So what needs no answer may
leave with what does (``gathering`` and ``write``), and so may BEGIN and COMMIT (``one_transaction``).
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from hashlib import sha256
from itertools import count
from typing import Any
from weakref import WeakKeyDictionary

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, Error, connection, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper
from psycopg2 import extensions

Statement = tuple[str, Sequence[Any]]

BEGIN: Statement = ("BEGIN", ())
COMMIT: Statement = ("COMMIT", ())
NOT_WAITING = "SELECT set_config('synchronous_commit', 'off', true)"
"""The transaction's commit then does not wait for the disk."""
REACH_DISK = "SELECT pg_logical_emit_message(true, 'smarketing', '')"
"""Writes a few bytes that mean nothing, in a transaction that waits for them and all before them."""
_AS_THEY_ARE = ("BEGIN", "COMMIT")
"""Not to be prepared."""
_OPEN = (extensions.TRANSACTION_STATUS_INTRANS, extensions.TRANSACTION_STATUS_INERROR)

_known: WeakKeyDictionary[Any, set[str]] = WeakKeyDictionary()
"""Names by the driver's connection: what was prepared is gone with it, and with nothing else (a
rollback keeps it)."""


class _Gathered(threading.local):
    """Connections belong to threads, and so does what waits for them. ``owes_begin``: the
    transaction that Django knows of is still to be opened, by the next message."""

    waiting: list[Callable[[], Statement]] | None = None
    owes_begin = False

    def take(self) -> list[Statement]:
        first = [BEGIN] if self.owes_begin else []
        taken = self.waiting or []
        if taken:
            self.waiting = []
        self.owes_begin = False
        return [*first, *(made() for made in taken)]


_gathered = _Gathered()


@contextmanager
def gathering() -> Iterator[None]:
    """Inside, what is given to ``write`` waits for the next message, at the latest for the end.

    For the inside of a transaction. Every other statement, of the ORM too, is sent after what waits,
    so that it finds the database as if nothing had waited; only an error may come from a later line
    than the one that caused it. What waits when an exception leaves the block is never sent.
    """
    if _gathered.waiting is not None:
        yield
        return
    _gathered.waiting = []
    try:
        with connection.execute_wrapper(_after_what_waits):
            yield
            _send_waiting()
    finally:
        _gathered.waiting = None


@contextmanager
def one_transaction() -> Iterator[None]:
    """``transaction.atomic()`` that gathers, its BEGIN and COMMIT too; inside another it is part of it.

    Where all of it needs no answer, all of it is one message, which PostgreSQL carries out as one
    transaction by itself. Where it had to ask, others may wait for what it locked meanwhile: so the
    commit does not wait for the disk, and the same message then does. The driver is left in autocommit,
    as Django's SQLite backend does it, whose hook tells Django not to open the transaction itself.
    """
    database = connections[DEFAULT_DB_ALIAS]
    if database.in_atomic_block:
        with transaction.atomic(), gathering():
            yield
        return
    database._start_transaction_under_autocommit = _leave_it_to_us  # type: ignore[attr-defined]
    try:
        with transaction.atomic():
            _gathered.owes_begin = True
            try:
                with gathering():
                    yield
                    _send_last(database)
            finally:
                _gathered.owes_begin = False
                _roll_back_what_is_open(database)
    finally:
        del database._start_transaction_under_autocommit  # type: ignore[attr-defined]


def _leave_it_to_us() -> None:
    pass


def is_gathering() -> bool:
    return _gathered.waiting is not None


def write(sql: str, values: Sequence[Any]) -> None:
    """Execute a statement whose answer nobody needs."""
    write_made(lambda: (sql, values))


def write_made(make: Callable[[], Statement]) -> None:
    """The same for a statement that is made when it leaves, of the rows as they are then."""
    if _gathered.waiting is not None:
        _gathered.waiting.append(make)
        return
    with connection.cursor() as cursor:
        send(cursor, make())


def _send_waiting() -> None:
    if _gathered.waiting or _gathered.owes_begin:
        with connection.cursor() as cursor:
            send(cursor)


def _send_last(database: BaseDatabaseWrapper) -> None:
    """What waits, and the end of the transaction."""
    if database.needs_rollback:
        _gathered.waiting = []
    elif not _gathered.owes_begin:
        with connection.cursor() as cursor:
            send(cursor, (NOT_WAITING, ()), COMMIT, (REACH_DISK, ()))
    elif _gathered.waiting:
        _gathered.owes_begin = False
        _send_waiting()
    _gathered.owes_begin = False


def _roll_back_what_is_open(database: BaseDatabaseWrapper) -> None:
    """After COMMIT nothing is; Django's own call would do nothing, for the driver knows of nothing."""
    session = database.connection
    if session is not None and session.get_transaction_status() in _OPEN:
        with database.wrap_database_errors, session.cursor() as raw:
            raw.execute("ROLLBACK")


def _after_what_waits(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
    _send_waiting()
    return execute(sql, params, many, context)


def send(cursor: CursorWrapper, *given: Statement) -> None:
    """Execute statements (text with ``%s``, values) as one message; the cursor has the last answer.

    Outside of a transaction they are one. Each sees what was committed before it began.
    """
    _execute(cursor, [*_gathered.take(), *given])


def first_answer(*given: Statement) -> tuple[Any, ...]:
    """The row that the first message of a request brings back, whatever became of a kept connection.

    It shows by itself whether the connection is still good, so that is not asked beforehand. If it is
    not, the message is sent again over a new one, and may so have been carried out twice.
    """
    is_kept = connection.connection is not None and not connection.in_atomic_block
    connection.health_check_done = True  # type: ignore[attr-defined]
    try:
        return _answer(given)
    except Error:  # the driver has several words for a connection that is gone
        if not is_kept or connection.is_usable():
            raise
        connection.close()
        return _answer(given)


def _answer(given: Sequence[Statement]) -> tuple[Any, ...]:
    with connection.cursor() as cursor:
        send(cursor, *given)
        found: tuple[Any, ...] = cursor.fetchone()
    return found


def send_ahead(cursor: CursorWrapper, *given: Statement) -> None:
    """The same, but what waits goes on waiting: for what is not touched by it."""
    waiting, _gathered.waiting = _gathered.waiting, None if _gathered.waiting is None else []
    try:
        send(cursor, *given)
    finally:
        _gathered.waiting = waiting


def _execute(cursor: CursorWrapper, statements: Sequence[Statement]) -> None:
    if not settings.PREPARED_STATEMENTS:
        text = ";\n".join(sql.strip() for sql, _values in statements)
        cursor.execute(text, [value for _sql, values in statements for value in values])
        return
    calls: list[str] = []
    all_values: list[Any] = []
    known = _known_by_session()
    for sql, values in statements:
        if not values and sql in _AS_THEY_ARE:
            calls.append(sql)
            continue
        name, call = _call(sql)
        if name not in known:
            _prepare(name, sql)
            known.add(name)
        calls.append(call)
        all_values += values
    cursor.execute("; ".join(calls), all_values)


def _known_by_session() -> set[str]:
    database = connections[DEFAULT_DB_ALIAS]
    database.ensure_connection()
    session = database.connection
    found = _known.get(session)
    if found is None:
        found = _known[session] = set()
    return found


@lru_cache(maxsize=256)
def _call(sql: str) -> tuple[str, str]:
    """The name of a statement, and how it is executed."""
    name = f"fixed_{sha256(sql.encode()).hexdigest()[:20]}"
    places = ", ".join(["%s"] * sql.count("%s"))
    return name, f"EXECUTE {name} ({places})" if places else f"EXECUTE {name}"


def _prepare(name: str, sql: str) -> None:
    number = count(1)
    parts = sql.split("%s")
    text = parts[0] + "".join(f"${next(number)}{part}" for part in parts[1:])
    with connection.wrap_database_errors, connection.connection.cursor() as raw:
        raw.execute(f"PREPARE {name} AS {text}")
