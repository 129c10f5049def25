"""Leads nobody has seen before, ready to be posted."""

import json
from collections.abc import Iterator
from itertools import count
from random import Random
from typing import Any

from django.utils import timezone

from leads.models import Form
from leads.services.defaults import install_defaults as install_leads
from smarketing.accounts.enums import Role
from smarketing.accounts.models import User

QUALIFIED = 0.4
"""The share that asks for advice and fits: MQL at once, routed, with a clock. The others download
a paper and stay what they are. All are new leads of new companies: nothing is cheaper than that."""

BROWSERS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) AppleWebKit/605.1.15 Version/17.5 Safari/605.1.15",
    "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0",
)
number = count(1)


def install_site() -> tuple[Form, Form]:
    """The default agreement, ten SDRs, and the forms: (white paper, advice)."""
    from funnel.services.defaults import install_defaults as install_funnel
    from sla.services.defaults import install_defaults as install_sla

    at = timezone.now()
    for serial in range(10):
        User.objects.get_or_create(email=f"sdr{serial}@sales.example", defaults={"role": Role.SDR})
    install_leads(at=at)
    install_funnel(at=at)
    install_sla(at=at)
    common: dict[str, Any] = {"created_at": at, "landing_page": "https://www.example.com/"}
    paper = Form.objects.create(name="White paper", activity_kind="download", asset="white paper", **common)
    advice = Form.objects.create(name="Advice", activity_kind="contact_request", **common)
    return paper, advice


def values(token: str, *, qualified: bool) -> dict[str, object]:
    return {
        "email": f"ana@c{token}.example",
        "first_name": "Ana",
        "last_name": f"Díaz {token}",
        "job_title": "Managing Director" if qualified else "Analyst",
        "company": f"Company {token}",
        "employees": 250 if qualified else 12,
        "country": "ES" if qualified else "FR",
        "utm_source": f"source {int(token) % 11}",
    }


def posts(path_of: dict[bool, str]) -> Iterator[bytes]:
    """Requests without end; ``path_of`` by whether the lead qualifies. Each from another address."""
    chance = Random(1)
    for serial in number:
        qualified = chance.random() < QUALIFIED
        body = json.dumps(values(str(1_000_000 + serial), qualified=qualified)).encode()
        address = f"10.{serial >> 16 & 255}.{serial >> 8 & 255}.{serial & 255}"
        head = (
            f"POST {path_of[qualified]} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            f"User-Agent: {BROWSERS[serial % 3]}\r\nX-Forwarded-For: {address}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        yield head.encode() + body
