"""Fixed statements that PostgreSQL parses and plans once per connection.

For a row of forty columns that takes longer than writing it. psycopg2 knows no prepared statements,
SQL does: PREPARE, then EXECUTE. A pooler that gives each transaction another session (PgBouncer's
transaction mode) cannot have them; ``PREPARED_STATEMENTS`` off sends the text each time.
"""

from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha256
from itertools import count
from typing import Any
from weakref import WeakKeyDictionary

from django.conf import settings
from django.db import connection
from django.db.backends.utils import CursorWrapper

Statement = tuple[str, Sequence[Any]]

_known: WeakKeyDictionary[Any, set[str]] = WeakKeyDictionary()
"""Names by the driver's connection: what was prepared is gone with it, and with nothing else (a
rollback keeps it)."""


def send(cursor: CursorWrapper, *statements: Statement) -> None:
    """Execute statements (text with ``%s``, values) as one message; the cursor has the last answer.

    Outside of a transaction they are one. Each sees what was committed before it began.
    """
    if not settings.PREPARED_STATEMENTS:
        text = ";\n".join(sql.strip() for sql, _values in statements)
        cursor.execute(text, [value for _sql, values in statements for value in values])
        return
    calls: list[str] = []
    given: list[Any] = []
    for sql, values in statements:
        call = _call(sql)
        _prepare(call[0], sql)
        calls.append(call[1])
        given += values
    cursor.execute("; ".join(calls), given)


@lru_cache(maxsize=256)
def _call(sql: str) -> tuple[str, str]:
    """The name of a statement, and how it is executed."""
    name = f"fixed_{sha256(sql.encode()).hexdigest()[:20]}"
    places = ", ".join(["%s"] * sql.count("%s"))
    return name, f"EXECUTE {name} ({places})" if places else f"EXECUTE {name}"


def _prepare(name: str, sql: str) -> None:
    connection.ensure_connection()
    session = connection.connection
    known = _known.setdefault(session, set())
    if name in known:
        return
    number = count(1)
    parts = sql.split("%s")
    text = parts[0] + "".join(f"${next(number)}{part}" for part in parts[1:])
    with connection.wrap_database_errors, session.cursor() as raw:
        raw.execute(f"PREPARE {name} AS {text}")
    known.add(name)
