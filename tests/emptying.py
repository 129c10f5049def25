"""Emptying the database after a test that committed.

Django truncates all tables, which costs more than most of these tests do: a file or more for each
table and index is made anew. Few tables hold anything, and of those few rows are deleted sooner.
"""

from typing import Any

from django.db import connection
from django.db.backends.postgresql.operations import DatabaseOperations

_truncated = DatabaseOperations.sql_flush


def delete_what_is_there() -> None:
    """For the rest of this process; a database that does not let us leave triggers out is truncated."""
    DatabaseOperations.sql_flush = _sql_flush  # type: ignore[method-assign, assignment]


def _sql_flush(self: DatabaseOperations, style: Any, tables: Any, **options: bool) -> list[str]:
    tables = list(tables)
    with connection.cursor() as cursor:
        cursor.execute("SELECT usesuper FROM pg_user WHERE usename = current_user")
        if not tables or options.get("reset_sequences") or not cursor.fetchone()[0]:
            return _truncated(self, style, tables, **options)
        asked = (f"SELECT '{name}' WHERE EXISTS (SELECT FROM {self.quote_name(name)})" for name in tables)
        cursor.execute(" UNION ALL ".join(asked))
        filled = [name for (name,) in cursor.fetchall()]
    # Keys between tables that all are emptied need no check, and what is emptied is told to nobody.
    return [
        "SET LOCAL session_replication_role = replica",
        *(f"DELETE FROM {self.quote_name(name)}" for name in filled),
        "SET LOCAL session_replication_role = DEFAULT",
    ]
