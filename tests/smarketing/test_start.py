"""What a start with half a configuration says, and what the embedded default gives."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def manage(*arguments: str, var: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """`manage.py` in a process of its own, with nothing configured but `environment`."""
    unset = ("DATABASE_URL", "SECRET_KEY", "DJANGO_SETTINGS_MODULE", "REDIS_URL", "EMAIL_URL", "DEBUG")
    clean = {k: v for k, v in os.environ.items() if k not in unset}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env={**clean, "VAR_DIR": str(var), **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize(
    ("environment", "reason"),
    [
        ({}, "SECRET_KEY is not set"),
        ({"SECRET_KEY": "x" * 50, "DEBUG": "1"}, "DEBUG is on"),
    ],
)
def test_production_start_refuses_in_one_paragraph(tmp_path, environment, reason):
    result = manage("check", var=tmp_path, DATABASE_URL="postgres://nobody@127.0.0.1:1/none", **environment)
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1
    assert f"this is a production start, but {reason}." in result.stderr


def test_production_start_with_secret_key_passes_deploy_check(tmp_path):
    result = manage(
        *("check", "--deploy", "--tag", "security", "--fail-level", "WARNING"),
        var=tmp_path,
        DATABASE_URL="postgres://nobody@127.0.0.1:1/none",
        SECRET_KEY="0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
        SITE_URL="https://crm.example.com",
    )
    assert result.returncode == 0, result.stderr


LOADED = """
import sys, threading
import smarketing.wsgi
from django.db import connections
opened = [one.connection for one in connections.all() if one.connection is not None]
heavy = {"holidays", "openpyxl"} & set(sys.modules)
print(opened, threading.active_count(), "smarketing.urls" in sys.modules, heavy)
"""


def test_what_workers_are_forked_from_has_no_connection_and_no_thread(tmp_path):
    """`preload_app`: a connection that two processes share answers either with the other's rows.
    And every start would pay for what only few requests use."""
    result = subprocess.run(
        [sys.executable, "-c", LOADED],
        cwd=ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings", "VAR_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert result.stdout == "[] 1 True set()\n", result.stderr


def test_embedded_secret_key_is_made_once(tmp_path):
    show = ("shell", "-v0", "-c", "from django.conf import settings; print(settings.SECRET_KEY)")
    first, second = manage(*show, var=tmp_path), manage(*show, var=tmp_path)
    assert first.stdout == second.stdout
    assert len(first.stdout.strip()) >= 50
    assert (tmp_path / "secret-key").stat().st_mode & 0o777 == 0o600


def test_check_starts_no_database(tmp_path):
    assert manage("check", var=tmp_path).returncode == 0
    assert not (tmp_path / "postgres").exists()


def test_ctrl_c_while_modules_are_read_shows_no_trace(tmp_path):
    (tmp_path / "interrupted.py").write_text("raise KeyboardInterrupt\n")
    interrupted = {"DJANGO_SETTINGS_MODULE": "interrupted", "PYTHONPATH": str(tmp_path)}
    result = manage("check", var=tmp_path, **interrupted)
    assert (result.returncode, result.stderr) == (130, "")


@pytest.mark.parametrize(
    ("port", "said"), [("http", "PORT=http is no number"), ("99999", "Port 99999 does not exist")]
)
def test_a_port_that_cannot_be_is_said_in_one_line(tmp_path, port, said):
    result = manage("serve", "--no-demo", var=tmp_path, PORT=port)
    assert result.stderr == f"CommandError: {said}. Choose one: PORT=8001 make run\n"
