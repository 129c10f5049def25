"""Policies and calendars as the pure rules want them, compiled once per process and edit.

They are editable, so a compiled book is good only while ``PolicyRevision.token`` stands: one
primary-key look-up per use, five statements after an edit.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import connection

from leads.models import Lead
from leads.rules.conditions import Condition, all_hold, read_conditions
from leads.selectors.prepared import send
from leads.selectors.scores import facts_of

from ..enums import ClockKind
from ..errors import EmptyCalendar
from ..models import Calendar, Clock, Policy
from ..rules.calendar import WorkingCalendar, compile_calendar
from ..rules.policy import Step, Timekeeper, snapshot


@dataclass(frozen=True, slots=True)
class Terms:
    """What a clock copies from a policy. ``steps`` is shared: copy before changing."""

    policy_id: int
    calendar_id: int
    minutes: int
    time_base: str
    attempts: int
    steps: list[dict[str, Any]]
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Book:
    """All active policies by kind, in order, and all calendars; None is one without any hours."""

    token: UUID | None
    policies: Mapping[str, tuple[Terms, ...]] = field(default_factory=dict)
    calendars: Mapping[int, WorkingCalendar | None] = field(default_factory=dict)

    def terms_for(self, kind: str, lead: Lead) -> Terms | None:
        """The first policy of this kind whose conditions hold; None when nothing was promised.

        Reads ``lead.company`` only when a policy asks something.
        """
        facts: Mapping[str, object] | None = None
        for terms in self.policies.get(kind, ()):
            if not terms.conditions:
                return terms
            facts = facts_of(lead) if facts is None else facts
            if all_hold(terms.conditions, facts):
                return terms
        return None

    def terms_given(self, kind: str, facts: Mapping[str, object]) -> Terms | None:
        """The same for a lead that exists only as facts."""
        fitting = (terms for terms in self.policies.get(kind, ()) if all_hold(terms.conditions, facts))
        return next(fitting, None)

    def calendar(self, calendar_id: int) -> WorkingCalendar:
        """Raises EmptyCalendar for one without hours (it was saved before it had any)."""
        found = self.calendars.get(calendar_id)
        if found is None:
            raise EmptyCalendar(f"Working calendar {calendar_id} has no working hours.")
        return found

    def keeper(self, clock: Clock | Terms) -> Timekeeper:
        """How a clock (or one about to start by these terms) reckons time."""
        return Timekeeper(clock.time_base, self.calendar(clock.calendar_id))


_latest = Book(None)

IS_IN_FORCE = "(SELECT token FROM sla_policyrevision ORDER BY id LIMIT 1) = %s"
"""Part of a statement that is only good by the book with this token."""


def book_in_hand() -> Book:
    """What this process compiled last, perhaps out of date: for who asks ``IS_IN_FORCE`` when writing."""
    return _latest


def current_book() -> Book:
    """The policies and calendars of now. Without a token (nothing saved by a service) nothing is kept."""
    global _latest
    token = _token()
    if token is None:
        return _compile(None)
    if _latest.token != token:
        # The token was read first: at worst the content is newer than it says, never older.
        _latest = _compile(token)
    return _latest


def company_calendar() -> WorkingCalendar | None:
    """By which the company works: that of the first promise to contact; None when there is none."""
    book = current_book()
    terms = book.policies.get(ClockKind.FIRST_CONTACT, ())
    return book.calendars.get(terms[0].calendar_id) if terms else None


def _token() -> UUID | None:
    """Asked for every mail and every new clock: building it with the ORM takes longer than the answer."""
    with connection.cursor() as cursor:
        send(cursor, ("SELECT token FROM sla_policyrevision ORDER BY id LIMIT 1", []))
        row = cursor.fetchone()
    return row[0] if row else None


def _compile(token: UUID | None) -> Book:
    policies: dict[str, tuple[Terms, ...]] = {}
    for policy in Policy.objects.filter(is_active=True).prefetch_related("steps"):
        policies[policy.kind] = (*policies.get(policy.kind, ()), _terms(policy))
    calendars = Calendar.objects.prefetch_related("hours", "holidays")
    return Book(token, policies, {calendar.pk: _working(calendar) for calendar in calendars})


def _terms(policy: Policy) -> Terms:
    steps = [Step(step.offset, tuple(step.recipients)) for step in policy.steps.all()]
    return Terms(
        policy_id=policy.pk,
        calendar_id=policy.calendar_id,
        minutes=policy.minutes,
        time_base=policy.time_base,
        attempts=policy.attempts,
        steps=snapshot(steps),
        conditions=read_conditions(policy.conditions),
    )


def _working(calendar: Calendar) -> WorkingCalendar | None:
    try:
        return compile_calendar(
            time_zone=calendar.time_zone,
            hours=[(row.weekday, row.start_minute, row.end_minute) for row in calendar.hours.all()],
            holidays=[row.day for row in calendar.holidays.all()],
        )
    except EmptyCalendar:
        return None
