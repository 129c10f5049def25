"""Overdue promises in bulk, written straight to their tables: food for the engine.

Wall time and a calendar that is always open, so that a test can reckon minutes in its head.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from funnel.enums import Stage
from funnel.models import Journey
from leads.models import Lead
from sla.enums import ClockKind, ClockState, TimeBase
from sla.models import Calendar, Clock, Reminder, WorkingHours
from smarketing.accounts.enums import Role, Side
from smarketing.accounts.models import User
from tests.accounts.factories import make_team, make_user

MONDAY = datetime(2026, 3, 9, 10, 0, tzinfo=UTC)
"""Due time of the ladders below unless said otherwise."""

LADDER = [(0, ["rep"]), (10, ["rep", "boss"]), (15, ["ceo"])]
"""The default of the agreement: at due, ten and fifteen minutes after it."""

number = count(1)


def always_open() -> Calendar:
    calendar, created = Calendar.objects.get_or_create(name="Always open")
    if created:
        WorkingHours.objects.bulk_create(
            WorkingHours(calendar=calendar, weekday=day, start_minute=0, end_minute=1440) for day in range(7)
        )
    return calendar


def make_chain(**rep: Any) -> tuple[User, User, User]:
    """(rep, boss, CEO) with addresses in a domain of their own each."""
    serial = next(number)
    ceo = User.objects.filter(role=Role.EXECUTIVE, is_active=True).first() or make_user(
        role=Role.EXECUTIVE, email=f"ceo{serial}@ceo.example"
    )
    team = make_team(Side.SALES)
    boss = make_user(role=Role.MANAGER, email=f"boss{serial}@boss.example", reports_to=ceo, team=team)
    rep = {"email": f"rep{serial}@rep.example", **rep}
    return make_user(role=Role.SDR, reports_to=boss, team=team, **rep), boss, ceo


def make_ladders(
    owners: Sequence[User | None],
    *,
    due_at: datetime = MONDAY,
    steps: Sequence[tuple[int, list[str]]] = LADDER,
    **clock: Any,
) -> list[Clock]:
    """One handed-off lead with a running clock and its first reminder for each of ``owners``."""
    start = due_at - timedelta(minutes=5)
    leads = Lead.objects.bulk_create(
        Lead(
            email=f"lead{serial}@customer.example",
            email_key=f"lead{serial}@customer.example",
            first_name="Lead",
            last_name=str(serial),
            owner=owner,
            created_at=start,
            updated_at=start,
        )
        for owner, serial in zip(owners, number, strict=False)
    )
    journeys = Journey.objects.bulk_create(
        Journey(lead=lead, stage=Stage.MQL, stage_since=start, entered_at=start, mql_at=start)
        for lead in leads
    )
    fields = {
        "kind": ClockKind.FIRST_CONTACT,
        "state": ClockState.RUNNING,
        "minutes": 5,
        "time_base": TimeBase.WALL,
        "attempts": 5,
        "calendar": always_open(),
        "started_at": start,
        "lead_started_at": start,
        "due_at": due_at,
        "steps": [{"offset": offset, "recipients": roles} for offset, roles in steps],
        **clock,
    }
    clocks = Clock.objects.bulk_create(
        Clock(journey=journey, lead=lead, owner=lead.owner, **fields)
        for journey, lead in zip(journeys, leads, strict=True)
    )
    first = due_at + timedelta(minutes=steps[0][0])
    Reminder.objects.bulk_create(Reminder(clock=one, step=0, due_at=first) for one in clocks)
    return clocks
