"""One decision for many leads: each row is decided by the service that decides a single one.

So rights, scoping, promises and history are those of the single decision, row by row; a row that
cannot be decided is told with its reason and stops no other.
"""

import logging
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import InterfaceError, OperationalError, transaction

from smarketing.accounts.enums import Role
from smarketing.accounts.models import User
from smarketing.accounts.rules.messages import Message
from smarketing.accounts.rules.messages import Message as _

from ..enums import LABELS, OPEN, OWNER_ACTIONS, BulkAction, Status
from ..errors import AlreadySo, FunnelError, InvalidMove, MoveNotAllowed, NotAllowed
from ..models import BulkBefore, BulkJob, Journey
from ..rules.moves import EDGES, MARKETING
from ..selectors.journeys import journeys_visible_to
from .labelling import set_campaign, set_persona
from .moving import move_journey
from .reassigning import distribute, reassign
from .taking_back import forget_found, take_back

logger = logging.getLogger(__name__)

MOST_ROWS = 10_000
ROWS_AT_ONCE = 20
"""Rows of one transaction: so many leads are locked together, for a moment."""
ROWS_IN_A_REQUEST = 40
"""So many rows a page decides itself; the rest is done by the jobs, seconds later."""

ALREADY: dict[str, frozenset[Status]] = {
    BulkAction.RECYCLE: frozenset({Status.RECYCLED}),
    BulkAction.DISQUALIFY: frozenset({Status.DISQUALIFIED}),
    BulkAction.ENTER: frozenset(OPEN),  # it is in the funnel
}
"""Who stands so is where the action would bring them."""


def actions_open_to(role: str) -> list[BulkAction]:
    """What somebody with this role may decide about some lead; the lead itself says the rest."""
    open_to = {edge.move.value for edge in EDGES if role in edge.roles}
    if role in (Role.MANAGER, Role.ADMIN):
        open_to |= OWNER_ACTIONS
    if role in MARKETING:
        open_to |= LABELS
    return [action for action in BulkAction if action in open_to]


def start_job(
    *, actor: User, action: str, params: Mapping[str, Any], journey_ids: Iterable[int], at: datetime
) -> BulkJob:
    """Note what is to be done with those of the journeys that ``actor`` may see, the latest entry
    first. Raises NotAllowed, InvalidMove (nothing chosen, too many)."""
    if action not in actions_open_to(actor.role):
        raise NotAllowed(_("Your role does not allow this move."))
    chosen = journeys_visible_to(actor).filter(pk__in=list(journey_ids)).order_by("-entered_at", "-id")
    ids = list(chosen.values_list("pk", flat=True)[: MOST_ROWS + 1])
    if not ids:
        raise InvalidMove(_("Choose at least one lead."))
    if len(ids) > MOST_ROWS:
        raise InvalidMove(_("At most %(n)d leads at once.") % {"n": MOST_ROWS})
    forget_found(at=at)
    return BulkJob.objects.create(
        actor=actor, action=action, params=dict(params), journey_ids=ids, started_at=at
    )


def run_job(*, job_id: int, at: datetime, rows: int) -> BulkJob:
    """Decide up to ``rows`` further rows; what was decided stays decided when the process dies."""
    job = BulkJob.objects.get(pk=job_id)
    while rows > 0 and job.finished_at is None:
        step = min(rows, ROWS_AT_ONCE)
        rows -= step
        if not _run_some(job_id=job_id, at=at, rows=step):
            break
        job.refresh_from_db()
    return job


@transaction.atomic
def cancel_job(*, job_id: int, actor: User, at: datetime) -> BulkJob:
    """Decide no further row; what was decided stays. Only who started it; ``BulkJob.DoesNotExist``.

    Waits for the rows that are being decided. A finished job stays as it is.
    """
    job = BulkJob.objects.select_for_update(of=("self",)).get(pk=job_id, actor=actor)
    if job.finished_at is None:
        job.finished_at, job.is_cancelled = at, True
        job.save(update_fields=("finished_at", "is_cancelled"))
    return job


@transaction.atomic
def _run_some(*, job_id: int, at: datetime, rows: int) -> bool:
    """Whether this call had the job; another process may be at it."""
    job = BulkJob.objects.select_for_update(skip_locked=True, of=("self",)).select_related("actor")
    found = job.filter(pk=job_id, finished_at=None).first()
    if found is None:
        return False
    for journey_id in found.journey_ids[found.position : found.position + rows]:
        try:
            why = _decide(found, journey_id, at)
        except AlreadySo:
            found.unchanged += 1
            why = None
        if why is not None:
            found.failures.append({**_who(journey_id), "why": why.kept})
        found.position += 1
    if found.position >= found.total:
        found.finished_at = at
    found.save(update_fields=("position", "failures", "unchanged", "finished_at"))
    return True


def _decide(job: BulkJob, journey_id: int, at: datetime) -> Message | None:
    """Why it could not be done; None when it was. Raises ``AlreadySo``."""
    try:
        with transaction.atomic():
            if job.action == BulkAction.REASSIGN:
                reassign(journey_id=journey_id, actor=job.actor, at=at, **job.params)
            elif job.action == BulkAction.ROUTE:
                distribute(journey_id=journey_id, actor=job.actor, at=at, **job.params)
            elif job.action in LABELS:
                _label(job, journey_id, at)
            elif job.action == BulkAction.TAKE_BACK:
                take_back(journey_id=journey_id, actor=job.actor, at=at, **job.params)
            else:
                _move(job, journey_id, at)
    except AlreadySo:
        raise
    except FunnelError as error:
        told = error.args[0]
        return told if isinstance(told, Message) else Message(str(told))
    except Journey.DoesNotExist:
        return _("This lead is no longer here.")
    except (OperationalError, InterfaceError):
        raise  # the database is away, or two of us met: the next turn goes on from here
    except Exception:
        # One row that nobody thought of must not keep this job, and those behind it, for good.
        logger.exception("Journey %s of bulk job %s", journey_id, job.pk)
        return _("This could not be done; it is in our log.")
    return None


def _move(job: BulkJob, journey_id: int, at: datetime) -> None:
    try:
        move_journey(journey_id=journey_id, move=job.action, actor=job.actor, at=at, **job.params)
    except MoveNotAllowed as refusal:
        journey = Journey.objects.get(pk=journey_id)
        if journey.status in ALREADY.get(job.action, ()):
            raise AlreadySo(str(refusal)) from refusal
        if job.action == BulkAction.ENTER:
            text = _("Only a lost or disqualified lead starts over; this one is: %(status)s.")
            raise MoveNotAllowed(text % {"status": Status(journey.status).label}) from refusal
        raise


def _label(job: BulkJob, journey_id: int, at: datetime) -> None:
    say = set_campaign if job.action == BulkAction.CAMPAIGN else set_persona
    found = say(journey_id=journey_id, actor=job.actor, at=at, **job.params)
    BulkBefore.objects.create(job=job, journey_id=journey_id, values=found)


def _who(journey_id: int) -> dict[str, Any]:
    journey = Journey.objects.select_related("lead").filter(pk=journey_id).first()
    return {"lead": journey.lead_id, "name": str(journey.lead)} if journey else {"lead": None, "name": ""}
