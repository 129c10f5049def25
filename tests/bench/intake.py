"""Leads per second through the door, beside a bare Django site and beside the bare SQL.

The three take turns in short rounds on the same PostgreSQL, so that what else the machine does
falls on all of them; the ratio is taken within each round.
"""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from uuid import UUID

from django.db.models import Count

from funnel.models import Journey
from leads.models import Lead, Submission

from .figures import Figure, at_least, middle, percentile
from .load import Load, run
from .place import Environment, Site, web_server
from .sql import pgbench, script_of
from .visitors import QUALIFIED, install_site, posts

CONNECTIONS = (1, 8, 32)
RATE, RATIO = 100.0, 0.5
BARE = {"DJANGO_SETTINGS_MODULE": "tests.bench.bare.settings"}
MOST_CLIENT = 0.25
"""Above this share of one core the client itself would be what is measured."""


def measure(
    environment: Environment,
    folder: Path,
    *,
    seconds: float = 8.0,
    rounds: int = 3,
    connections: Sequence[int] = CONNECTIONS,
) -> list[Figure]:
    paper, advice = install_site()
    ours = posts(
        {ok: f"/api/v1/forms/{form.pk}/submissions" for ok, form in ((False, paper), (True, advice))}
    )
    theirs = posts({False: "/leads", True: "/leads"})
    (plain, few), (full, many) = (
        script_of(paper, qualified=False),
        script_of(advice, qualified=True, token="8" * 12),
    )
    share = round(QUALIFIED * 100)
    scripts = {plain: 100 - share, full: share}
    figures = [Figure("statements of a lead that stays a lead", few), Figure("statements of an MQL", many)]
    accepted: list[bytes] = []
    sync = [sys.executable, "-m", "django", "migrate", "--run-syncdb", "--verbosity", "0"]
    subprocess.run(sync, env={**environment, **BARE}, check=True)
    with (
        web_server({**environment, "TRUSTED_PROXIES": "1"}, "smarketing.wsgi") as site,
        web_server({**environment, **BARE}, "tests.bench.bare.wsgi") as bare,
    ):
        # Both are warm before anything counts.
        accepted += _run(site, ours, connections=8, seconds=min(2.0, seconds)).bodies
        _run(bare, theirs, connections=8, seconds=min(2.0, seconds))
        for number in connections:
            mine, others, sql = [], [], []
            for _round in range(rounds):
                mine.append(_run(site, ours, connections=number, seconds=seconds))
                others.append(_run(bare, theirs, connections=number, seconds=seconds))
                sql.append(pgbench(folder, scripts, connections=number, seconds=seconds))
            _refuse_errors([*mine, *others])
            accepted += [body for load in mine for body in load.bodies]
            figures += _compare(number, mine, others, sql)
    return figures + _check(accepted)


def _compare(number: int, mine: list[Load], others: list[Load], sql: list[float]) -> list[Figure]:
    label = f"{number} connection{'s' if number > 1 else ''}"
    rate = middle(load.rate for load in mine)
    times = [second * 1000 for load in mine for second in load.latencies]
    ratio = middle(one.rate / other.rate for one, other in zip(mine, others, strict=True))
    bound = number > 1  # one visitor at a time waits for the disk, not for the machine
    return [
        at_least(f"intake, {label}", rate, "leads/s", RATE)
        if bound
        else Figure(f"intake, {label}", rate, "leads/s"),
        *(Figure(f"intake, {label}, p{part}", percentile(times, part / 100), "ms") for part in (50, 95, 99)),
        Figure(f"bare Django + DRF view, {label}", middle(load.rate for load in others), "leads/s"),
        at_least(f"intake : bare view, {label}", ratio, "", RATIO),
        Figure(f"processor time of the web server for a lead, {label}", _cost(mine), "ms"),
        Figure(f"… of the bare view, {label}", _cost(others), "ms"),
        Figure(f"the same SQL by pgbench, {label}", middle(sql), "leads/s"),
        Figure(f"intake : the same SQL, {label}", middle(a.rate / b for a, b in zip(mine, sql, strict=True))),
        Figure(
            f"share of a core the client needed, {label}", max(load.client_share for load in mine + others)
        ),
    ]


def _run(site: Site, requests: Iterator[bytes], *, connections: int, seconds: float) -> Load:
    before = site.processor_seconds()
    load = run(site.port, requests, connections=connections, seconds=seconds)
    load.server_seconds = site.processor_seconds() - before
    return load


def _cost(loads: list[Load]) -> float:
    """Milliseconds of processor time for one accepted lead."""
    return 1000 * sum(load.server_seconds for load in loads) / sum(load.statuses[201] for load in loads)


def _refuse_errors(loads: list[Load]) -> None:
    statuses = sum((load.statuses for load in loads), Counter())
    if set(statuses) != {201}:
        raise RuntimeError(f"not every post was accepted: {dict(statuses)}")
    if max(load.client_share for load in loads) > MOST_CLIENT:
        raise RuntimeError("the client was too busy to be trusted")


def _check(accepted: list[bytes]) -> list[Figure]:
    """Was every promise kept? Each receipt has its lead, and each lead is in the funnel once."""
    ids = {UUID(json.loads(body)["submission"]) for body in accepted}
    assert len(ids) == len(accepted), "a receipt was given twice"
    kept = Submission.objects.filter(pk__in=ids, status="processed", lead__isnull=False).count()
    counted = sum(Journey.objects.values("stage").annotate(n=Count("pk")).values_list("n", flat=True))
    leads = Lead.objects.count()
    return [
        Figure("acknowledged submissions", len(ids)),
        Figure("acknowledged and without a lead", len(ids) - kept, "", "0", kept == len(ids)),
        Figure("leads less journeys in all stages", leads - counted, "", "0", leads == counted),
    ]
