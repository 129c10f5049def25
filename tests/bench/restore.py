"""How long a backup of the full funnel takes, and to have everything again from it.

By the commands of docs/operations.md, into an empty database; afterwards every table is counted.
"""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connection

from smarketing.embedded.cluster import PORT, SUPERUSER, installed_programs

from .daily import forget_contacts, promise_contacts, sum_up_to
from .figures import Figure, at_most
from .funnel_report import AT, grow

RESTORED = "restored"
LIMIT_S = 600.0
"""At a million leads; of the table of agreed numbers."""


def measure(folder: Path, *, leads: int) -> list[Figure]:
    """With a call and a clock for every lead that was handed off, and all sums."""
    grow(leads)
    promise_contacts(at=AT)
    sum_up_to(today=AT.date())
    before, dump = _counts(), folder / "smarketing.dump"
    try:
        began = time.perf_counter()
        _run("pg_dump", "--format=custom", f"--file={dump}", _database())
        dumped = time.perf_counter() - began
        with _empty_database():
            began = time.perf_counter()
            _run("pg_restore", "--clean", "--if-exists", "--no-owner", "--dbname", RESTORED, str(dump))
            restored = time.perf_counter() - began
            after = _counts()
        megabytes = dump.stat().st_size / 1e6
    finally:
        dump.unlink(missing_ok=True)
        forget_contacts()
    lost = (
        sum(before.values()) - sum(after.values()) if before.keys() == after.keys() else sum(before.values())
    )
    return [
        Figure("rows of all tables", sum(before.values())),
        Figure("dump", dumped, "s"),
        Figure("size of the dump", megabytes, "MB"),
        at_most("restore into an empty database", restored, "s", LIMIT_S),
        at_most("rows that were lost", lost, "", 0),
    ]


@contextmanager
def _empty_database() -> Iterator[None]:
    """Made, and looked at inside; gone afterwards."""
    source = _database()
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {RESTORED}")
        cursor.execute(f"CREATE DATABASE {RESTORED} TEMPLATE template0")
    connection.close()
    connection.settings_dict["NAME"] = RESTORED
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = source
        with connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {RESTORED}")


def _counts() -> dict[str, int]:
    with connection.cursor() as cursor:
        tables = sorted(connection.introspection.table_names(cursor))
        counted = {}
        for table in tables:
            cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(table)}")
            counted[table] = cursor.fetchone()[0]
    return counted


def _database() -> str:
    return str(connection.settings_dict["NAME"])


def _run(program: str, *arguments: str) -> None:
    given = connection.settings_dict
    reached = {"PGHOST": str(given["HOST"]), "PGPORT": str(given["PORT"] or PORT), "PGUSER": SUPERUSER}
    command = [str(installed_programs() / "bin" / program), *arguments]
    done = subprocess.run(command, env={**os.environ, **reached}, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{program}: {done.stderr[-3000:]}")
