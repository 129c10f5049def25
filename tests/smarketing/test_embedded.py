"""The embedded PostgreSQL: shared, stopped by the last user, whole again after a kill -9."""

import os
import shutil
import signal
import tempfile
import time
from pathlib import Path

import psutil
import psycopg2
import pytest
from django.core.mail import EmailMessage

from smarketing.embedded import cluster as cluster_module
from smarketing.embedded.cluster import LONGEST_SOCKET_PATH, Cluster, ClusterError
from smarketing.embedded.local import LocalServer, erase
from smarketing.embedded.mail import EmlBackend
from smarketing.embedded.throwaway import FAST


@pytest.fixture
def var(tmp_path):
    # pytest's folders are closed to other accounts: as root this is also the case of a private checkout.
    folder = tmp_path / "var"
    folder.mkdir()
    yield folder
    if folder.exists():
        erase(folder)


def ask(socket_dir: Path, sql: str, database: str = "postgres") -> object:
    connection = psycopg2.connect(host=str(socket_dir), user="postgres", dbname=database)
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchone()[0] if cursor.description else None
    finally:
        connection.close()


def kill_postmaster(cluster: Cluster) -> None:
    pid = int((cluster.data / "postmaster.pid").read_text().split("\n")[0])
    os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while cluster.is_running() and time.monotonic() < deadline:
        time.sleep(0.02)


def test_life_of_a_cluster(var):
    """One walk instead of eight tests: every start of a cluster costs seconds."""
    first, second = LocalServer(var, "crm"), LocalServer(var, "crm")
    socket_dir = first.ensure_running()
    assert second.ensure_running() == socket_dir
    cluster = first.cluster()

    ask(socket_dir, "CREATE TABLE kept AS SELECT 42 AS answer", "crm")
    assert cluster.place.stat().st_mode & 0o777 == 0o700
    assert cluster.socket_dir.stat().st_mode & 0o777 == 0o700
    assert ask(socket_dir, "SHOW listen_addresses") == ""

    assert first.leave() is False  # the second still uses it
    assert ask(socket_dir, "SELECT answer FROM kept", "crm") == 42

    kill_postmaster(cluster)
    assert (cluster.data / "postmaster.pid").exists()
    assert cluster.is_running() is False
    assert ask(second.ensure_running(), "SELECT answer FROM kept", "crm") == 42

    assert second.leave() is True
    assert cluster.is_running() is False

    # After a reboot the recorded number may belong to anybody, here to the tests themselves.
    (cluster.data / "postmaster.pid").write_text(f"{os.getpid()}\n{cluster.data}\n0\n5432\n")
    os.chown(cluster.data / "postmaster.pid", cluster.account.uid, cluster.account.gid)
    assert cluster.is_running() is False
    assert ask(first.ensure_running(), "SELECT answer FROM kept", "crm") == 42
    assert first.leave() is True


def test_long_path_gets_a_short_socket(tmp_path):
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    cluster = Cluster(deep)
    assert len(str(cluster.socket_dir / ".s.PGSQL.5432.lock")) <= LONGEST_SOCKET_PATH
    assert cluster.socket_dir != Cluster(deep / "other").socket_dir


def test_path_with_blank_accent_comma_and_apostrophe():
    # Not in pytest's folder: as root that is closed, and the cluster would lie elsewhere.
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        cluster = Cluster(Path(folder).resolve() / "el año, o'clock", FAST)
        cluster.start()
        try:
            assert ask(cluster.socket_dir, "SELECT 1") == 1
        finally:
            cluster.remove()
        assert not cluster.socket_dir.exists()


def test_path_that_a_shell_would_read_is_refused(tmp_path):
    with pytest.raises(ClusterError, match="cannot live in a folder"):
        Cluster(tmp_path / "a$(b)").start()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root hands PostgreSQL to another account")
def test_private_checkout_of_root_stays_private(var, monkeypatch):
    var.parent.chmod(0o700)
    installed = cluster_module.installed_programs()
    package = var.parent / "site-packages" / installed.parent.name
    shutil.copytree(installed, package / installed.name, symlinks=True)
    libraries = f"{installed.parent.name}.libs"
    shutil.copytree(installed.parent.with_name(libraries), package.with_name(libraries), symlinks=True)
    monkeypatch.setattr(cluster_module, "installed_programs", lambda: package / installed.name)
    server = LocalServer(var, "crm")
    try:
        socket_dir = server.ensure_running()
        assert (var / "postgres").is_symlink()
        assert var.parent.stat().st_mode & 0o777 == 0o700
        pid = int((server.cluster().data / "postmaster.pid").read_text().split("\n")[0])
        assert psutil.Process(pid).uids().real != 0
        assert psutil.Process(pid).exe().startswith("/var/lib/smarketing/")
        assert ask(socket_dir, "SELECT 1") == 1
    finally:
        server.leave()


def test_mail_becomes_one_file_each(tmp_path, settings):
    settings.EMAIL_FILE_PATH = tmp_path
    messages = [EmailMessage(f"Subject {n}", "Text", "a@example.com", ["b@example.com"]) for n in range(3)]
    assert EmlBackend().send_messages(messages) == 3
    files = sorted(tmp_path.iterdir())
    assert [f.suffix for f in files] == [".eml"] * 3
    assert b"\nSubject: Subject 0\n" in files[0].read_bytes()
