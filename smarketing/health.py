"""What a load balancer and an on-call person ask."""

from datetime import timedelta

from django.conf import settings
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from sla.selectors.health import engine_state

BROKER_SECONDS = 1.0


@never_cache
@require_safe
def alive(request: HttpRequest) -> JsonResponse:
    """The process answers; says nothing about what it depends on."""
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """200 when everything works; 503 with the same body when something does not.

    {"status": "ok" | "failing", "checks": {name: {"ok": bool, "detail": str}}}
    """
    checks = {"database": _database()}
    if checks["database"]["ok"]:
        checks["migrations"] = _migrations()
        if checks["migrations"]["ok"]:
            checks["engine"] = _engine()
    if settings.REDIS_URL:
        checks["broker"] = _broker()
    fine = all(check["ok"] for check in checks.values())
    body = {"status": "ok" if fine else "failing", "checks": checks}
    return JsonResponse(body, status=200 if fine else 503)


def _check(ok: bool, detail: str) -> dict[str, object]:
    return {"ok": ok, "detail": detail}


def _database() -> dict[str, object]:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        return _check(False, "PostgreSQL does not answer")
    return _check(True, "answers")


def _migrations() -> dict[str, object]:
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return _check(not plan, f"{len(plan)} to apply")


def _engine() -> dict[str, object]:
    """The deadline engine: without it no reminder goes out, however well pages load."""
    at = timezone.now()
    state = engine_state(at)
    if state.last_beat is None:
        return _check(False, "never ran")
    detail = f"last ran {_seconds(at - state.last_beat)} s ago"
    if state.oldest_overdue and not state.is_ok:
        detail += f", the oldest reminder is {_seconds(at - state.oldest_overdue)} s late"
    return _check(state.is_ok, detail)


def _seconds(length: timedelta) -> int:
    return max(0, int(length.total_seconds()))


def _broker() -> dict[str, object]:
    """Asked with a connection of its own, so that no pool or retry hides the answer."""
    import redis

    client = redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=BROKER_SECONDS, socket_connect_timeout=BROKER_SECONDS
    )
    try:
        client.ping()
    except redis.RedisError:
        return _check(False, "Redis does not answer")
    finally:
        client.close()
    return _check(True, "answers")
