"""How long the server takes for each page of the product, and how much a first visit loads."""

import gzip
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_settings
from django.utils import timezone

from funnel.models import Journey
from leads.models import Campaign, Persona
from smarketing.accounts.enums import Role
from smarketing.accounts.models import User
from tests.browser.pages import NOBODY, PAGES, Page
from tests.browser.world import World, make_agreement, make_draft
from tests.leads.factories import make_form

from .daily import live_through, people, sum_up_to
from .figures import Figure, at_most, middle
from .seed import seed_funnel
from .together import work_together

BARE = "/sign-in/"
REDIRECTED = "/agreement/now/"
"""To the agreement in force, of which there is one here."""
SERVER_MS, FIRST_LOAD_KB = 100.0, 300.0
LINKED = re.compile(r'<link[^>]+rel="stylesheet"[^>]+href="([^"]+)"|<script[^>]+src="([^"]+)"')
FORGETFUL = {
    "ALLOWED_HOSTS": ["testserver"],
    "STORAGES": {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    },
}
"""Static files as they stand in the source: nothing has to be collected for a look at their size."""


@dataclass(frozen=True)
class Look:
    """One page as one person sees it: milliseconds by the clock (median) and of processor time of page and
    database (least: other work only adds to it), statements, kB of a first visit."""

    role: str
    milliseconds: float
    processor: float
    statements: int
    kilobytes: float


def measure(*, leads: int, rounds: int, pages: Sequence[Page] | None = None) -> list[Figure]:
    """Every page by each role that may open it, then those of what both teams have agreed; the slowest
    role is told."""
    at = timezone.now()
    seed_funnel(journeys=leads, at=at)
    live_through(at=at)
    sum_up_to(today=at.date())
    world, more = furnished(at=at)
    every = [*(page for page in PAGES if page.path != REDIRECTED), *more]
    found = look_at_all(world, every if pages is None else pages, rounds=rounds)
    bare = next(look for page, look in found if page.path == BARE).milliseconds
    figures = []
    for page, look in found:
        name = f"{page.path}, as {look.role}"
        figures += [
            at_most(name, look.milliseconds, "ms", SERVER_MS),
            Figure("… processor time, with the database", look.processor, "ms"),
            Figure("… times the bare page", look.milliseconds / bare),
            Figure("… statements", look.statements),
            at_most("… first visit, gzip", look.kilobytes, "kB", FIRST_LOAD_KB),
        ]
    return figures


def furnished(*, at: datetime) -> tuple[World, list[Page]]:
    """People, a form, drafts, an agreement in force and what came of it, in a funnel that has been lived
    through; with the pages of the latter."""
    lead = Journey.objects.filter(is_current=True, stage="mql", status="active").order_by("-mql_at")[0].lead
    users = people()
    # The first of them works the lead that is looked at.
    type(lead).objects.filter(pk=lead.pk).update(owner=users[Role.SDR])
    rule = make_draft(users[Role.MARKETER])
    persona = Persona.objects.earliest("position")
    campaign = Campaign.objects.order_by("pk")[0]
    form = make_form(campaign=campaign)
    agreement = make_agreement(users, persona)
    world = World(
        lead.pk,
        users,
        rule.group.rule_set_id,
        rule.pk,
        persona.pk,
        agreement.pk,
        campaign.pk,
        form.pk,
    )
    return world, work_together(users, at=at)


def look_at_all(world: World, pages: Sequence[Page], *, rounds: int) -> list[tuple[Page, Look]]:
    """Each page as the role that waits longest for it."""
    with as_a_worker(), override_settings(**FORGETFUL):
        found = []
        for page in pages:
            looks = [look_at(page, role, world, rounds=rounds) for role in dict.fromkeys(page.roles)]
            found.append((page, max(looks, key=lambda look: look.milliseconds)))
        return found


@contextmanager
def as_a_worker() -> Iterator[None]:
    """A web server's worker keeps its connection between requests; the test client would not."""
    signals = (request_started, request_finished)
    connected = [signal.disconnect(close_old_connections) for signal in signals]
    yield
    for signal, was_connected in zip(signals, connected, strict=True):
        if was_connected:
            signal.connect(close_old_connections)


def look_at(page: Page, role: str, world: World, *, rounds: int) -> Look:
    client, address = Client(), page.address(world)
    if role != NOBODY:
        client.force_login(_person(world, role))
    for _ in range(2):  # the first renders templates that nobody has rendered yet
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(address)
            statements = len(queries)  # the log is emptied by the next request
        assert answer.status_code == page.status, (address, role, answer.status_code)
    times, used = [], []
    for _ in range(rounds):
        began, spent = time.perf_counter(), _processor()
        client.get(address)
        times.append((time.perf_counter() - began) * 1000)
        used.append(_processor() - spent)
    weight = len(gzip.compress(answer.content)) + linked_bytes(answer.content)
    return Look(role, middle(times), min(used), statements, weight / 1024)


def _processor() -> float:
    """Milliseconds that this process and its connection's have computed; of the latter only where the
    kernel tells so exactly."""
    schedule = Path(f"/proc/{connection.connection.get_backend_pid()}/schedstat")
    own = time.process_time() * 1000
    return own + int(schedule.read_text().split()[0]) / 1e6 if schedule.exists() else own


def _person(world: World, role: str) -> User:
    return world.people[Role(role)]


def linked_bytes(html: bytes) -> int:
    """Compressed bytes of the style sheets and scripts that a page links to."""
    prefix = settings.STATIC_URL
    addresses = {style or script for style, script in LINKED.findall(html.decode())}
    return sum(_packed(address.removeprefix(prefix)) for address in addresses if address.startswith(prefix))


@cache
def _packed(name: str) -> int:
    path = finders.find(name)
    assert isinstance(path, str), name
    return len(gzip.compress(Path(path).read_bytes()))
