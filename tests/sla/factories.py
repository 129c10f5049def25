"""Clocks for tests: started by the service, on handed-off journeys written straight to their tables."""

from datetime import UTC, datetime
from typing import Any

from funnel.enums import Stage
from funnel.models import Journey
from sla.enums import ClockKind
from sla.models import Clock, Policy, PolicyStep
from sla.services.clocks import start_clock
from sla.services.defaults import install_defaults
from sla.services.policies import renew_policies
from smarketing.accounts.enums import Role
from smarketing.accounts.models import User
from tests.accounts.factories import make_user
from tests.funnel.factories import make_journey

MONDAY = datetime(2026, 3, 9, 10, 0, tzinfo=UTC)
"""Office hours of the default calendar."""


def make_handed_off(
    *, owner: User | None = None, at: datetime = MONDAY, stage: str = Stage.MQL, **fields: Any
) -> Journey:
    """An open journey at MQL (or SQL) since ``at``, its lead owned by ``owner``; no clock."""
    journey = make_journey(stage, **{"mql_at": at, "stage_since": at, **fields})
    if owner is not None:
        journey.lead.owner = owner
        journey.lead.save(update_fields=["owner"])
    return journey


def make_clock(
    kind: str = ClockKind.FIRST_CONTACT,
    *,
    journey: Journey | None = None,
    owner: User | None = None,
    at: datetime = MONDAY,
    **fields: Any,
) -> Clock:
    """A running clock by the default policies, with its first reminder."""
    install_defaults(at=at)
    owner = owner or make_user(role=Role.SDR)
    stage = Stage.SQL if kind == ClockKind.AE_DECISION else Stage.MQL
    journey = journey or make_handed_off(owner=owner, at=at, stage=stage)
    clock = start_clock(journey=journey, lead=journey.lead, kind=kind, owner=owner, at=at, **fields)
    assert clock is not None
    return clock


def make_policy(kind: str = ClockKind.FIRST_CONTACT, **fields: Any) -> Policy:
    """A policy before the default one, with one step at due unless ``steps`` (offset, roles) are given."""
    install_defaults(at=MONDAY)
    steps = fields.pop("steps", [(0, ["rep"])])
    default = Policy.objects.filter(kind=kind).first()
    assert default is not None
    Policy.objects.filter(kind=kind).update(position=100)
    fields = {
        "name": f"{kind} {Policy.objects.count()}",
        "minutes": 5,
        "calendar": default.calendar,
        **fields,
    }
    policy = Policy.objects.create(kind=kind, **fields)
    PolicyStep.objects.bulk_create(
        PolicyStep(policy=policy, offset=offset, recipients=roles) for offset, roles in steps
    )
    renew_policies()
    return policy
