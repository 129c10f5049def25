"""The container files, as far as they can be tried without a container engine.

A parser reads them, and every container's command is really run: as a process here, with the
environment that docker-compose.yml gives it, on a real PostgreSQL and a real Redis.
"""

import os
import re
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path

import psycopg2
import pytest
import yaml
from django.db import connection

from tests.servers import free_port, wait_for_port

ROOT = Path(__file__).resolve().parents[2]
COMPOSE_TEXT = (ROOT / "docker-compose.yml").read_text()
COMPOSE = yaml.safe_load(COMPOSE_TEXT)
SERVICES = COMPOSE["services"]
OURS = ["migrate", "web", "worker", "beat"]
VARIABLE = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")


def substitute(text: str, values: dict[str, str]) -> str:
    return VARIABLE.sub(lambda m: values.get(m[1]) or (m[3] if m[2] == "-" else ""), text)


def test_every_running_service_has_a_health_check():
    assert [name for name, service in SERVICES.items() if "healthcheck" not in service] == ["migrate"]


def test_what_a_service_waits_for_exists_and_can_become_true():
    for name, service in SERVICES.items():
        for other, wait in service.get("depends_on", {}).items():
            condition = wait["condition"]
            fine = "healthcheck" in SERVICES[other] if condition == "service_healthy" else other == "migrate"
            assert fine, (name, other)


def test_every_variable_is_in_the_example():
    example = set(re.findall(r"^(\w+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert {m[1] for m in VARIABLE.finditer(COMPOSE_TEXT)} == example


def test_every_required_variable_says_where_to_set_it():
    required = {m[1]: m[3] for m in VARIABLE.finditer(COMPOSE_TEXT) if m[2] == "?"}
    assert set(required) == {"SECRET_KEY", "POSTGRES_PASSWORD", "EMAIL_URL", "SITE_URL"}
    assert all(text == f"set {name} in .env, see .env.example" for name, text in required.items())


def test_worker_can_be_scaled():
    assert not {"container_name", "ports", "hostname"} & set(SERVICES["worker"])


def test_every_named_volume_is_declared():
    used = {v.split(":")[0] for service in SERVICES.values() for v in service.get("volumes", [])}
    assert used == set(COMPOSE["volumes"])


def test_image_runs_as_nobody_special():
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    last_stage = lines[max(i for i, line in enumerate(lines) if line.startswith("FROM ")) :]
    users = [line.split()[1] for line in last_stage if line.startswith("USER ")]
    assert users == ["smarketing"]
    assert last_stage.index("USER smarketing") < next(
        i for i, line in enumerate(last_stage) if line.startswith("CMD ")
    )


def test_image_leaves_out_secrets_and_data():
    ignored = (ROOT / ".dockerignore").read_text().split()
    assert {".env", ".git", "var", ".venv"} <= set(ignored)


@pytest.fixture
def environment(django_db_setup, redis_server, tmp_path):
    """What compose would give a container, with the servers of this test run; an empty database."""
    name = f"deploy_{uuid.uuid4().hex[:8]}"
    settings = connection.settings_dict
    where = {"host": settings["HOST"], "user": settings["USER"], "port": settings["PORT"] or None}
    password = settings["PASSWORD"]
    admin = psycopg2.connect(**where, password=password, dbname="postgres")
    admin.autocommit = True
    admin.cursor().execute(f'CREATE DATABASE "{name}"')
    values = {
        "SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ",
        "POSTGRES_PASSWORD": "secret",
        "SITE_URL": "https://crm.example.com",
        "EMAIL_URL": "smtp://127.0.0.1:1",
    }
    given = {k: substitute(v, values) for k, v in SERVICES["web"]["environment"].items()}
    clean = {k: v for k, v in os.environ.items() if k in ("PATH", "LANG", "HOME")}
    bin_dir = Path(sys.executable).parent
    yield {
        **clean,
        **given,
        "PATH": f"{bin_dir}:{clean['PATH']}",
        "DATABASE_URL": f"postgres://{where['user']}:{password}@/{name}?host={where['host']}",
        "REDIS_URL": redis_server.url,
        "BIND": f"127.0.0.1:{free_port()}",
        "VAR_DIR": str(tmp_path),
    }
    admin.cursor().execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    admin.close()


def run(command: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


def start(service: str, environment: dict[str, str], log: Path) -> "subprocess.Popen[bytes]":
    with log.open("wb") as output:
        return subprocess.Popen(
            SERVICES[service]["command"], cwd=ROOT, env=environment, stdout=output, stderr=output
        )


def stop(process: "subprocess.Popen[bytes]") -> int:
    process.send_signal(signal.SIGTERM)
    return process.wait(timeout=60)


def test_each_container_command_starts_answers_its_health_check_and_stops(environment, tmp_path):
    if not environment["DATABASE_URL"].split("host=")[1].startswith("/"):
        pytest.skip("needs a PostgreSQL on a unix socket, as the test run starts by itself")
    migrated = run(SERVICES["migrate"]["command"], environment)
    assert migrated.returncode == 0, migrated.stderr
    environment["HOSTNAME"] = os.uname().nodename
    started = {name: start(name, environment, tmp_path / name) for name in ("web", "worker", "beat")}
    try:
        wait_for_port(int(environment["BIND"].split(":")[1]), 30)
        assert healthy("web", environment, tmp_path), (tmp_path / "web").read_text()
        assert healthy("worker", environment, tmp_path), (tmp_path / "worker").read_text()
        assert healthy("beat", environment, tmp_path), (tmp_path / "beat").read_text()
    finally:
        ended = {name: stop(process) for name, process in started.items()}
    assert ended == {"web": 0, "worker": 0, "beat": 0}


def healthy(service: str, environment: dict[str, str], tmp_path: Path) -> bool:
    kind, *command = SERVICES[service]["healthcheck"]["test"]
    if kind == "CMD-SHELL":
        command = ["/bin/sh", "-c", command[0].replace("$$", "$")]
    deadline = time.monotonic() + 40
    while time.monotonic() < deadline:
        if run(command, environment).returncode == 0:
            return True
        time.sleep(0.5)
    return False
