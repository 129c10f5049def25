"""How long the funnel report and the dashboard take, at several sizes of the funnel."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime

from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_settings

from leads.models import Campaign, Lead
from smarketing.accounts.models import Team, User

from .daily import forget_contacts, promise_contacts, sum_up_to
from .figures import Figure, at_most, middle, percentile
from .pages import FORGETFUL
from .seed import seed_funnel

AT = datetime(2026, 6, 30, 12, tzinfo=UTC)
P95_MS, STATEMENTS, GROWTH = 500.0, 15, 1.5
QUERIES: dict[str, dict[str, object]] = {
    "no filter": {},
    "by source": {"by": "source"},
    "by landing page": {"by": "landing_page"},
    "by campaign": {"by": "campaign"},
    "one year": {"entered_from": "2025-07-01", "entered_to": "2026-06-30", "by": "source"},
    "last 30 days": {"entered_from": "2026-06-01", "entered_to": "2026-06-30"},
    "odd days": {"entered_from": "2025-09-14", "entered_to": "2026-05-27"},
    "odd days by source": {"entered_from": "2025-09-14", "entered_to": "2026-05-27", "by": "source"},
    "one source": {"source": "source 00"},
    "one source, odd days": {"source": "source 00", "entered_from": "2025-09-14", "entered_to": "2026-05-27"},
    "top landing page": {"landing_page": "https://www.example.com/page-000"},
    "two dimensions": {"landing_page": "https://www.example.com/page-000", "source": "source 00"},
    "two dimensions, a quarter": {
        "source": "source 00",
        "by": "campaign",
        "entered_from": "2026-04-01",
        "entered_to": "2026-06-30",
    },
    "one rep": {"owner": "seeded25@example.com"},
    "one rep by campaign": {"owner": "seeded25@example.com", "by": "campaign"},
    "one team by source": {"team": "Seeded team 0", "by": "source"},
    "one team, a quarter": {
        "team": "Seeded team 0",
        "entered_from": "2026-04-01",
        "entered_to": "2026-06-30",
    },
    "one campaign by landing page": {"campaign": "seed-0", "by": "landing_page"},
    "one team and campaign": {"team": "Seeded team 0", "campaign": "seed-0"},
}
"""A rep, a team and a campaign are named here and asked for by their ids."""
LIVE = ("one team and campaign",)
"""No cells answer it: it grows with the journeys that it counts, so only p95 has a target."""


DASHBOARD = {"entered_from": "2026-06-01", "entered_to": "2026-06-30"}
PAGES = {
    "the dashboard, a month": "/dashboard/",
    "its part by rep and team": "/dashboard/people/",
    "its part by source": "/dashboard/sources/",
}
"""With a call and a clock for every lead that was handed off."""


def compare(sizes: Sequence[int], *, rounds: int) -> list[Figure]:
    """Each query at each size of the funnel (which grows to it), and how much the largest costs more."""
    figures: list[Figure] = []
    found: dict[int, dict[str, float]] = {}
    for size in sorted(sizes):
        began = time.perf_counter()
        if grow(size):
            figures.append(Figure(f"seeding up to {size:,} leads", time.perf_counter() - began, "s"))
        found[size] = {}
        promise_contacts(at=AT)
        sum_up_to(today=AT.date())
        for name, (times, statements) in (measure(rounds) | measure_pages(rounds)).items():
            found[size][name] = middle(times)
            figures.append(Figure(f"{name}, {size:,} leads, median", middle(times), "ms"))
            figures.append(at_most(f"{name}, {size:,} leads, p95", percentile(times, 0.95), "ms", P95_MS))
            figures.append(at_most(f"{name}, {size:,} leads, statements", statements, "", STATEMENTS))
        forget_contacts()
    least, most = min(found), max(found)
    for name in (*QUERIES, *PAGES):
        growth = found[most][name] / found[least][name]
        title = f"{name}, {most:,} : {least:,} leads"
        figures.append(Figure(title, growth) if name in LIVE else at_most(title, growth, "", GROWTH))
    return figures


def grow(size: int) -> bool:
    """Seed the leads that are missing; whether there were any."""
    missing = size - Lead.objects.count()
    if missing > 0:
        seed_funnel(journeys=missing, at=AT)
    return missing > 0


def measure(rounds: int) -> dict[str, tuple[list[float], int]]:
    """Milliseconds and the number of statements, for each query of the report."""
    return _timed({name: ("/api/v1/funnel", query) for name, query in _asked().items()}, rounds)


def measure_pages(rounds: int) -> dict[str, tuple[list[float], int]]:
    """The same for the dashboard, as somebody who sees everything."""
    return _timed({name: (path, dict(DASHBOARD)) for name, path in PAGES.items()}, rounds)


@override_settings(**FORGETFUL)
def _timed(
    asked: dict[str, tuple[str, dict[str, object]]], rounds: int
) -> dict[str, tuple[list[float], int]]:
    # A worker keeps its connection between requests.
    signals = (request_started, request_finished)
    connected = [signal.disconnect(close_old_connections) for signal in signals]
    user, _ = User.objects.get_or_create(email="bench@example.com", defaults={"role": "executive"})
    client = Client()
    client.force_login(user)
    found = {}
    for name, (path, query) in asked.items():
        assert client.get(path, query).status_code == 200  # what a process reads once, it has read
        with CaptureQueriesContext(connection) as queries:
            client.get(path, query)
            statements = len(queries)  # the log is emptied by the next request
        times = []
        for _ in range(rounds):
            start = time.perf_counter()
            client.get(path, query)
            times.append((time.perf_counter() - start) * 1000)
        found[name] = (times, statements)
    for signal, was_connected in zip(signals, connected, strict=True):
        if was_connected:
            signal.connect(close_old_connections)
    return found


def _asked() -> dict[str, dict[str, object]]:
    asked = {name: dict(query) for name, query in QUERIES.items()}
    for query in asked.values():
        if "owner" in query:
            query["owner"] = User.objects.get(email=query["owner"]).pk
        if "team" in query:
            query["team"] = Team.objects.get(name=query["team"]).pk
        if "campaign" in query:
            query["campaign"] = Campaign.objects.get(slug=query["campaign"]).pk
    return asked
