"""Where it is measured: a PostgreSQL that keeps its word (fsync on), and web servers on loopback."""

import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psutil
from django.db import connection

from smarketing.embedded.cluster import SUPERUSER, Cluster
from tests.servers import free_port, wait_for_port

Environment = dict[str, str]

DURABLE = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "max_wal_size": "4GB",
    "random_page_cost": "1.1",
}
"""What somebody would set on a small server with an SSD; everything else is PostgreSQL's default."""


@contextmanager
def durable_database() -> Iterator[Environment]:
    """The environment of every process of the measurement; all is gone afterwards."""
    place = Path(tempfile.mkdtemp(prefix="smarketing-bench-")).resolve()
    cluster = Cluster(place / "postgres", DURABLE)
    (place / "staticfiles").mkdir()  # looked for by the web server
    place.chmod(0o711)  # PostgreSQL may run as another account, which has to pass through
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the end below is reached
    try:
        cluster.start()
        yield {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "smarketing.settings",
            "DATABASE_URL": f"postgres://{SUPERUSER}@/prepared?host={quote(str(cluster.socket_dir))}",
            "SECRET_KEY": secrets.token_urlsafe(50),
            "VAR_DIR": str(place),
            "ALLOWED_HOSTS": "127.0.0.1,testserver",
            "LOG_LEVEL": "ERROR",
        }
    finally:
        cluster.remove()
        shutil.rmtree(place, ignore_errors=True)


@dataclass(frozen=True)
class Site:
    port: int
    pid: int

    def processor_seconds(self) -> float:
        """What all its processes have used so far: hardly moved by what else the machine does."""
        master = psutil.Process(self.pid)
        used = [process.cpu_times() for process in (master, *master.children())]
        return sum(times.user + times.system for times in used)


@contextmanager
def web_server(environment: Environment, application: str) -> Iterator[Site]:
    """gunicorn with the configuration of production, but for idle connections: a client that gets
    no processor for some seconds is no visitor who left."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "-c", "smarketing/gunicorn_conf.py", application]
    command += ["--keep-alive", "60"]
    bound = {"BIND": f"127.0.0.1:{port}", "WEB_WORKERS": "2", "LOG_LEVEL": "ERROR"}
    process = subprocess.Popen(
        [*command, "--log-level", "error"], env={**environment, **bound}, stdout=subprocess.DEVNULL
    )
    try:
        wait_for_port(port, 60)
        yield Site(port, process.pid)
    finally:
        process.terminate()
        process.wait(timeout=30)


def use_database(name: str, environment: Environment) -> Environment:
    """A copy of the prepared database, for this process and the environment of others."""
    connection.close()
    connection.settings_dict["NAME"] = "postgres"  # no database can be copied while somebody is in it
    with connection.cursor() as cursor:
        cursor.execute("SELECT FROM pg_database WHERE datname = %s", [name])
        if cursor.fetchone() is None:
            template = "template1" if name == "prepared" else "prepared"
            cursor.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    connection.close()
    connection.settings_dict["NAME"] = name
    return {**environment, "DATABASE_URL": environment["DATABASE_URL"].replace("/prepared?", f"/{name}?")}
