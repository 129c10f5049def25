"""What a lead did or what was done with them: recorded once, then scored."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from smarketing.accounts.models import User

from ..enums import CONTACT_KINDS, MEANINGFUL_KINDS, ActivityKind, ActivitySource, Outcome, ScoreCause
from ..errors import InvalidValue
from ..models import Activity, Lead, Submission
from ..rules.bots import is_bot
from ..signals import contact_made
from .readers import refuse_readers
from .scoring import score_lead

logger = logging.getLogger(__name__)

CLOCK_SKEW = timedelta(minutes=5)
"""How far ahead another system's clock may be; what it reports counts as happening now."""

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Event:
    """One activity to record. `automated`: a sequence or a server did it, not a person;
    `user_agent`: of who opened, clicked or viewed; known bots are kept but not scored."""

    kind: str
    occurred_at: datetime | None = None
    asset: str = ""
    external_id: str | None = None
    outcome: str = ""
    note: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    user_agent: str = ""
    automated: bool = False


@dataclass(frozen=True, slots=True)
class Recorded:
    """`repeated` when its external id had been recorded before: nothing was changed then."""

    activity: Activity
    repeated: bool


def record_activity(
    *,
    lead: Lead,
    kind: str,
    at: datetime,
    source: str,
    occurred_at: datetime | None = None,
    asset: str = "",
    actor: User | None = None,
    external_id: str | None = None,
    outcome: str = "",
    note: str = "",
    data: Mapping[str, Any] | None = None,
    user_agent: str = "",
    automated: bool = False,
    submission: Submission | None = None,
) -> Activity:
    """Record one activity of a lead; see `record_events`. A repeated external id returns the first."""
    event = Event(
        kind=kind,
        occurred_at=occurred_at,
        asset=asset,
        external_id=external_id,
        outcome=outcome,
        note=note,
        data=data or {},
        user_agent=user_agent,
        automated=automated,
    )
    recorded = record_events(
        lead_id=lead.pk, events=[event], at=at, source=source, actor=actor, submission=submission
    )
    return recorded[0].activity


@transaction.atomic
def record_events(
    *,
    lead_id: int,
    events: Sequence[Event],
    at: datetime,
    source: str,
    actor: User | None = None,
    submission: Submission | None = None,
) -> list[Recorded]:
    """Record activities of one lead (or of the lead it was merged into), then score it once.

    An external id known already records nothing; known for another lead, or an impossible value,
    raises InvalidValue; an executive raises NotAllowed. A call, e-mail or meeting of a person is a
    contact: `contact_made` is sent for each, after the scores, in the order they happened. Bots, mail
    scanners and automated touches do not count for the scores. A first meaningful activity makes the
    lead engaged.
    """
    refuse_readers(actor)
    lead = lock_lead(lead_id)
    known = _known(lead, events)
    recorded, fresh = [], []
    for event in events:
        first = known.get(event.external_id) if event.external_id else None
        if first is None:
            first = _activity(lead, event, at, source, actor, submission)
            fresh.append(first)
            if event.external_id:
                known[event.external_id] = first
            recorded.append(Recorded(first, repeated=False))
        else:
            recorded.append(Recorded(first, repeated=True))
    if fresh:
        Activity.objects.bulk_create(fresh)
        score_lead(lead=lead, at=at, cause=ScoreCause.ACTIVITY, actor=actor, columns=_engagement(lead, fresh))
        # Scored first: a call that makes a lead an MQL is its first contact too, not one before it.
        for activity in sorted(fresh, key=lambda a: a.occurred_at):
            if activity.is_contact:
                contact_made.send(Lead, lead=lead, activity=activity, at=at)
    return recorded


def lock_lead(lead_id: int) -> Lead:
    """The lead, or the one it was merged into, locked and with its company."""
    locked = Lead.objects.select_for_update(of=("self",)).select_related("company")
    lead = locked.get(pk=lead_id)
    while lead.merged_into_id is not None:
        lead = locked.get(pk=lead.merged_into_id)
    return lead


def _known(lead: Lead, events: Iterable[Event]) -> dict[str, Activity]:
    """Activities with the external ids of `events`; raises when one is another lead's."""
    wanted = {event.external_id for event in events if event.external_id}
    found = Activity.objects.filter(external_id__in=wanted) if wanted else ()
    known: dict[str, Activity] = {}
    for activity in found:
        if activity.lead_id != lead.pk:
            raise InvalidValue(_("This external id belongs to another lead."), field="external_id")
        known[str(activity.external_id)] = activity
    return known


def _activity(
    lead: Lead, event: Event, at: datetime, source: str, actor: User | None, submission: Submission | None
) -> Activity:
    if event.kind not in ActivityKind.values:
        raise InvalidValue(_("There is no such kind of activity."), field="kind")
    if event.outcome and event.outcome not in Outcome.values:
        raise InvalidValue(_("There is no such outcome."), field="outcome")
    by_person = actor is not None and not event.automated
    return Activity(
        lead=lead,
        kind=event.kind,
        asset=event.asset,
        occurred_at=_moment(event.occurred_at, at),
        recorded_at=at,
        source=ActivitySource(source),
        actor=actor,
        submission=submission,
        external_id=event.external_id or None,
        outcome=event.outcome,
        note=event.note,
        data=dict(event.data),
        is_scored=not event.automated and not is_bot(event.user_agent),
        is_contact=by_person and event.kind in CONTACT_KINDS,
    )


def _moment(occurred_at: datetime | None, at: datetime) -> datetime:
    if occurred_at is None:
        return at
    if occurred_at > at + CLOCK_SKEW:
        raise InvalidValue(_("This moment lies in the future."), field="occurred_at")
    if occurred_at < EARLIEST:
        raise InvalidValue(_("This moment lies too far in the past."), field="occurred_at")
    return min(occurred_at, at)


def _engagement(lead: Lead, fresh: Iterable[Activity]) -> dict[str, datetime]:
    """The lead's columns on meaningful interaction, when one of the new activities is such."""
    moments = [a.occurred_at for a in fresh if a.is_scored and a.kind in MEANINGFUL_KINDS]
    if not moments:
        return {}
    first, last = lead.engaged_at or max(moments), lead.last_meaningful_at or min(moments)
    return {"engaged_at": min(first, *moments), "last_meaningful_at": max(last, *moments)}
