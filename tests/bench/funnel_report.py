"""How long the funnel report takes: ``python -m tests.bench.funnel_report 10000 1000000``.

On the database of DATABASE_URL, which it fills: use a throw-away one.
"""

import os
import statistics
import sys
import time
from datetime import UTC, datetime

import django

AT = datetime(2026, 6, 30, 12, tzinfo=UTC)
ROUNDS = 40
QUERIES: dict[str, dict[str, object]] = {
    "no filter": {},
    "by source": {"by": "source"},
    "by landing page": {"by": "landing_page"},
    "by campaign": {"by": "campaign"},
    "one year": {"entered_from": "2025-07-01", "entered_to": "2026-06-30", "by": "source"},
    "last 30 days": {"entered_from": "2026-06-01", "entered_to": "2026-06-30"},
    "odd days": {"entered_from": "2025-09-11", "entered_to": "2026-05-20"},
    "odd days by source": {"entered_from": "2025-09-11", "entered_to": "2026-05-20", "by": "source"},
    "one source": {"source": "source 00"},
    "one source, odd days": {"source": "source 00", "entered_from": "2025-09-11", "entered_to": "2026-05-20"},
    "top landing page": {"landing_page": "https://www.example.com/page-000"},
    "two dimensions": {"landing_page": "https://www.example.com/page-000", "source": "source 00"},
}


def measure() -> dict[str, tuple[float, float, int]]:
    """Median and 95th percentile in milliseconds and the number of statements, for each query."""
    from django.core.signals import request_finished, request_started
    from django.db import close_old_connections, connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from smarketing.accounts.models import User

    # A worker keeps its connection between requests.
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    user, _ = User.objects.get_or_create(email="bench@example.com", defaults={"role": "executive"})
    client = Client()
    client.force_login(user)
    found = {}
    for name, query in QUERIES.items():
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/api/v1/funnel", query).status_code == 200
            statements = len(queries)  # the log is emptied by the next request
        times = []
        for _ in range(ROUNDS):
            start = time.perf_counter()
            client.get("/api/v1/funnel", query)
            times.append((time.perf_counter() - start) * 1000)
        found[name] = (statistics.median(times), statistics.quantiles(times, n=20)[-1], statements)
    return found


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smarketing.settings")
    django.setup()
    from django.conf import settings

    settings.ALLOWED_HOSTS = ["testserver"]
    from leads.models import Lead
    from tests.bench.seed import seed_funnel

    for size in sorted(int(argument) for argument in sys.argv[1:]):
        start = time.perf_counter()
        if (missing := size - Lead.objects.count()) > 0:
            seed_funnel(journeys=missing, at=AT)
        print(f"{size} journeys, seeded in {time.perf_counter() - start:.0f} s")
        for name, (middle, late, count) in measure().items():
            print(f"  {name:22} p50 {middle:7.1f} ms  p95 {late:7.1f} ms  {count} queries")


if __name__ == "__main__":
    main()
