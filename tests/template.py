"""One migrated database that the workers' own are copied from: migrating costs more than all copies.

The controller of a parallel run starts this module while its workers still collect. Who finds no
template, because it failed or came too late, migrates as ever, and tells what is wrong there.
"""

import atexit
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import django
import psycopg2
from django.core.management import call_command
from django.db import connection

from smarketing.embedded.cluster import installed_programs

NAME = "migrated_for_tests"
LOCK = 7_301_944
ANNOUNCED = "TESTS_TEMPLATE"


def build_beside() -> None:
    """For workers that are started after this."""
    builder = subprocess.Popen([sys.executable, "-m", __name__])
    atexit.register(builder.kill)  # of a run that ends before its template is there
    os.environ[ANNOUNCED] = NAME


def use_when_ready() -> None:
    if _is_ready():
        connection.settings_dict["TEST"]["TEMPLATE"] = NAME


def fill(database: str) -> bool:
    """Copy it to an empty database of another server; False when there is none to copy."""
    if not _is_ready():
        return False
    copy = f"{NAME}_{os.getpid()}"  # nobody could be given a copy of what is being read
    with _server() as cursor:
        cursor.execute(f"CREATE DATABASE {copy} TEMPLATE {NAME}")
        here = os.environ["DATABASE_URL"].replace("/postgres?", f"/{copy}?")
        programs = installed_programs() / "bin"
        dump = subprocess.run([programs / "pg_dump", here], stdout=subprocess.PIPE, check=True).stdout
        read = [programs / "psql", "--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1"]
        subprocess.run([*read, database], input=dump, stdout=subprocess.DEVNULL, check=True)
        cursor.execute(f"DROP DATABASE {copy}")
    return True


def _is_ready() -> bool:
    """Waits for who builds it; the lock ends with its process, however that ends."""
    if os.environ.get(ANNOUNCED) != NAME:
        return False
    with _server() as cursor:
        cursor.execute("SELECT pg_advisory_lock_shared(%s)", [LOCK])
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME])
        return cursor.fetchone() is not None


@contextmanager
def _server() -> Iterator[Any]:
    with closing(psycopg2.connect(os.environ["DATABASE_URL"])) as server:
        server.autocommit = True
        yield server.cursor()


def main() -> None:
    with _server() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        cursor.execute(f"CREATE DATABASE {NAME}_unfinished")
        django.setup()
        connection.settings_dict["NAME"] = f"{NAME}_unfinished"
        call_command("migrate", verbosity=0)
        connection.close()
        cursor.execute(f"ALTER DATABASE {NAME}_unfinished RENAME TO {NAME}")


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    main()
