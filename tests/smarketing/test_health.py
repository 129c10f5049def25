"""/healthz and /readyz as a load balancer sees them."""

from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from sla.models import EngineBeat


def beat(age: timedelta) -> None:
    EngineBeat.objects.create(name="tick", beat_at=timezone.now() - age)


def test_alive_asks_nobody(client, django_assert_num_queries, db):
    with django_assert_num_queries(0):
        answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.django_db
def test_ready_with_a_fresh_heartbeat(client):
    beat(timedelta(seconds=1))
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert {name: check["ok"] for name, check in answer.json()["checks"].items()} == {
        "database": True,
        "migrations": True,
        "engine": True,
    }


@pytest.mark.django_db
@pytest.mark.parametrize(("seconds", "status"), [(85, 200), (95, 503)])
def test_engine_stands_still_well_within_two_minutes(client, seconds, status):
    beat(timedelta(seconds=seconds))
    assert client.get("/readyz").status_code == status


@pytest.mark.django_db
def test_engine_that_never_ran_is_not_ready(client):
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["engine"] == {"ok": False, "detail": "never ran"}


@pytest.mark.django_db
def test_unapplied_migration_is_not_ready(client):
    beat(timedelta(0))
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'sessions'")
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["migrations"] == {"ok": False, "detail": "1 to apply"}


def test_database_away_is_503_without_details(client, monkeypatch):
    def refuse() -> None:
        raise OperationalError("password of host secret-host")

    monkeypatch.setattr(connection, "cursor", refuse)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {
        "status": "failing",
        "checks": {"database": {"ok": False, "detail": "PostgreSQL does not answer"}},
    }


@pytest.mark.django_db
def test_broker_is_asked_when_configured(client, settings, redis_server):
    beat(timedelta(0))
    settings.REDIS_URL = redis_server.url
    assert client.get("/readyz").json()["checks"]["broker"]["ok"] is True
    redis_server.stop()
    try:
        answer = client.get("/readyz")
    finally:
        redis_server.start()
    assert answer.status_code == 503
    assert answer.json()["checks"]["broker"]["ok"] is False


def test_only_reading_is_allowed(client):
    assert client.post("/healthz").status_code == 405
