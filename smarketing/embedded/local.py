"""The cluster of this checkout: where it lies, and who may start and stop it.

Started by the first process that connects, stopped by the last one that leaves. Two lock files
in var/ decide, held by the kernel, so that a killed process leaves no trace:
`postgres.users` is held shared while a process uses the server; `postgres.lock` while starting
and stopping.
"""

import atexit
import fcntl
import os
import secrets
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import psycopg2

from smarketing.embedded.account import account_for
from smarketing.embedded.cluster import SUPERUSER, Cluster, ClusterError

# Where root keeps clusters of checkouts that lie in folders only root may enter.
OUTSIDE = Path("/var/lib/smarketing")


class LocalServer:
    def __init__(self, var: Path, database: str) -> None:
        self.var = var
        self.database = database
        self._users: int | None = None
        self._owner_pid = 0

    def ensure_running(self) -> Path:
        """Start the server if need be and return its socket folder; raises ClusterError."""
        try:
            self.var.mkdir(parents=True, exist_ok=True)
            self._join()
            with self._starting():
                cluster = self.cluster()
                cluster.start()
                self._ensure_database(cluster)
            return cluster.socket_dir
        except (OSError, psycopg2.Error) as error:
            raise ClusterError(f"The embedded PostgreSQL cannot be used: {error}") from error

    def is_running(self) -> bool:
        return (self.var / "postgres").exists() and self.cluster().is_running()

    def cluster(self) -> Cluster:
        return Cluster(find_place(self.var))

    def leave(self) -> bool:
        """Give the server back; True if nobody else uses it and it was therefore stopped."""
        if self._users is None or self._owner_pid != os.getpid():
            return False  # a forked child shares its parent's hold
        with self._starting():
            users, self._users = self._users, None
            try:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            else:
                self.cluster().stop()
                return True
            finally:
                os.close(users)

    def _join(self) -> None:
        if self._users is not None:
            return
        self._users = os.open(self.var / "postgres.users", os.O_RDWR | os.O_CREAT, 0o600)
        self._owner_pid = os.getpid()
        fcntl.flock(self._users, fcntl.LOCK_SH)
        atexit.register(self.leave)

    @contextmanager
    def _starting(self) -> Iterator[None]:
        lock = os.open(self.var / "postgres.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def empty_database(self) -> None:
        with self._starting(), self._superuser(self.cluster()) as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{self.database}" WITH (FORCE)')
            cursor.execute(f'CREATE DATABASE "{self.database}"')

    def _ensure_database(self, cluster: Cluster) -> None:
        with self._superuser(cluster) as cursor:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [self.database])
            if cursor.fetchone() is None:
                cursor.execute(f'CREATE DATABASE "{self.database}"')

    @contextmanager
    def _superuser(self, cluster: Cluster) -> "Iterator[psycopg2.extensions.cursor]":
        connection = psycopg2.connect(host=str(cluster.socket_dir), user=SUPERUSER, dbname="postgres")
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                yield cursor
        finally:
            connection.close()


@cache
def local_server(var: Path, database: str) -> LocalServer:
    return LocalServer(var, database)


def find_place(var: Path) -> Path:
    """The cluster's folder: var/postgres, or where that link leads.

    Root runs PostgreSQL as another account, which may be unable to enter the checkout. The
    cluster then lives under /var/lib and var/postgres is a link; the checkout stays closed.
    """
    here = var / "postgres"
    account = account_for(here / "data")
    if here.is_symlink() and _is_someone_elses(here):
        here.unlink()
    if not here.is_symlink():
        account.give(here)
        if not account.can_enter(here):
            _move_outside(here)
    place = here.resolve()
    if here.is_symlink():
        (place / "checkout").write_text(str(here))
    return place


def _is_someone_elses(link: Path) -> bool:
    """True for a copied checkout: the link came along, but the first checkout still uses the place."""
    try:
        first = Path((link / "checkout").read_text())
    except OSError:
        return not link.exists()
    return first != link and first.is_symlink() and first.resolve() == link.resolve()


def _move_outside(here: Path) -> None:
    account = account_for(here / "data")
    OUTSIDE.mkdir(mode=0o755, parents=True, exist_ok=True)
    place = OUTSIDE / secrets.token_hex(6)
    shutil.move(here, place)
    for path in [place, *place.rglob("*")]:
        os.chown(path, account.uid, account.gid, follow_symlinks=False)
    if not account.can_enter(place):
        raise ClusterError(f"The account that runs PostgreSQL cannot enter {place}.")
    here.symlink_to(place)


def erase(var: Path) -> None:
    """Stop the cluster of `var` and remove it with everything else there."""
    server = LocalServer(var, database="")
    if (var / "postgres").exists():
        with server._starting():
            server.cluster().remove()
    shutil.rmtree(var)


if __name__ == "__main__":
    erase(Path(sys.argv[1]).resolve())
