"""F18: one address floods a form; everybody else's leads come in all the same."""

import random
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from leads.models import Form, Submission
from tests.faults.harness import Environment
from tests.faults.web import Answer, Visitor, WebServer, percentile
from tests.leads.factories import live_rule_set, make_form

PER_SECOND = 10_000 / 60
FLOODERS = 4
RATE = 60
"""Submissions a minute and address: the default of a form."""
SPARE = 4
"""How many may slip through beside: each of the server's threads reads what is stored before it stores."""


@pytest.fixture
def web(worker_environment: Environment) -> Iterator[WebServer]:
    server = WebServer(worker_environment).start()
    yield server
    server.stop()


def path_of(form: Form) -> str:
    return f"/api/v1/forms/{form.pk}/submissions"


def person(name: str) -> dict[str, Any]:
    return {"email": f"{name}@{name}.example", "first_name": "Ana"}


def flood(port: int, form: Form, seconds: float, answers: list[Answer]) -> None:
    """A part of the flood, at its pace, with another invented origin in every post."""
    visitor, began, number = Visitor(port), time.monotonic(), 0
    dice = random.Random(began)
    while (passed := time.monotonic() - began) < seconds:
        if number > passed * PER_SECOND / FLOODERS:
            time.sleep(0.002)
            continue
        number += 1
        spoofed = f"203.0.113.{dice.randrange(256)}, 198.51.100.{dice.randrange(256)}"
        headers = {"X-Forwarded-For": spoofed, "X-Real-IP": spoofed.partition(",")[0]}
        answers.append(visitor.post(path_of(form), person(f"f{dice.randrange(10**9)}"), **headers))


@pytest.mark.django_db(transaction=True)
def test_f18_a_flood_from_one_address(web: WebServer, full: bool) -> None:
    seconds, live = (60.0 if full else 8.0), live_rule_set()
    flooded, other = make_form(rate_per_minute=RATE), make_form(rate_per_minute=RATE)
    floods: list[list[Answer]] = [[] for _ in range(FLOODERS)]
    threads = [threading.Thread(target=flood, args=(web.port, flooded, seconds, one)) for one in floods]
    for thread in threads:
        thread.start()
    guests: list[Answer] = []
    began = time.monotonic()
    while time.monotonic() - began < seconds - 1:
        # Each from an address of their own, to the flooded form as to the other.
        number = len(guests)
        visitor = Visitor(web.port, source=f"127.0.{1 + number // 250}.{1 + number % 250}")
        guests.append(visitor.post(path_of((flooded, other)[number % 2]), person(f"guest{number}")))
        visitor.leave()
        time.sleep(0.05)
    for thread in threads:
        thread.join()

    answers = [answer for one in floods for answer in one]
    accepted, refused = ([a for a in answers if a.status == status] for status in (201, 429))
    p95 = percentile(guests, 0.95)
    print(
        f"F18: {len(answers)} posts in {seconds:.0f} s, {len(accepted)} accepted; "
        f"{sum(a.status == 201 for a in guests)} of {len(guests)} others, p95 {p95 * 1000:.0f} ms"
    )
    assert live.pk and len(answers) > PER_SECOND * seconds / 4, "this was no flood"
    assert len(accepted) + len(refused) == len(answers)
    assert len(accepted) <= RATE * (2 if full else 1) + SPARE
    assert all(1 <= int(answer.headers["Retry-After"]) <= 60 for answer in refused)
    assert {answer.headers["Content-Type"] for answer in refused} == {"application/problem+json"}
    assert sum(answer.status == 201 for answer in guests) >= 0.99 * len(guests)
    stored = Submission.objects.exclude(payload__email__startswith="guest")
    assert set(stored.values_list("remote_address", flat=True)) == {"127.0.0.1"}
    assert stored.count() == len(accepted)
