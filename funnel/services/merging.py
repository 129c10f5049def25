"""Two leads turn out to be one person: one journey stays current, and undo gives both back."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from leads.models import Lead, Merge
from leads.services.leads import set_owner
from smarketing.accounts.models import User

from ..enums import OPEN, Move, OpportunityStatus, Reason, Status
from ..errors import MoveNotAllowed
from ..models import Assignment, Journey, Opportunity, StageChange
from ..rules.merging import Standing, first_survives
from ..rules.routing import WORKERS
from ..signals import journey_moved
from . import routing
from .locking import lock_current
from .waiting import target_at
from .walking import Walk

KEY = "funnel"
"""Where ``Merge.snapshot`` keeps what undo needs to know of the journeys."""
MERGE_UNDONE = "merge_undone"
"""Why an assignment gave a lead back to whose it was."""


def merge_journeys(*, merge: Merge, at: datetime, actor: User | None) -> None:
    """Keep the journey worth more (``rules.merging``), retire the other; both leads are locked.

    The retired one is closed as a duplicate when it was open, and stays where it is: the survivor
    has one current journey, the tombstone none, so the funnel still adds up to the leads. When the
    duplicate's journey is kept, it moves to the survivor with its owner, and those before it with it:
    a return that led to it still waits for marketing.
    """
    mine, theirs = lock_current(merge.survivor), lock_current(merge.duplicate)
    if theirs is None:
        return
    is_mine_kept = mine is not None and first_survives(_standing(mine), _standing(theirs))
    kept, other = (mine, theirs) if is_mine_kept else (theirs, mine)
    assert kept is not None
    note: dict[str, Any] = {"kept": kept.pk, "other": None, "moved": not is_mine_kept}
    if other is not None:
        note |= {"other": other.pk, "was": _remember(other)}
        _retire(other, at, actor)
    if not is_mine_kept:
        passages = list(merge.duplicate.journeys.order_by("number"))
        first = _next_number(merge.survivor)
        note |= {"first": first, "number": passages[0].number, "owner": merge.survivor.owner_id}
        _transfer(passages, merge.survivor, number=first)
        _own(merge.survivor, merge.duplicate.owner)
    merge.snapshot = {**merge.snapshot, KEY: note}
    merge.save(update_fields=["snapshot"])


def undo_merge_journeys(*, merge: Merge, at: datetime, actor: User | None) -> None:
    """Give the moved journeys, and what followed on them, back to the duplicate; reopen the retired one.

    Merges into one lead are undone newest first (else ``MoveNotAllowed``): a later one may have
    retired the very journey that this one would give back.
    """
    later = Merge.objects.filter(survivor=merge.survivor, undone_at=None, pk__gt=merge.pk)
    if later.exists():
        raise MoveNotAllowed(_("Another lead was merged since; undo that merge first."))
    note = merge.snapshot.get(KEY)
    if note is None:
        return
    if note["moved"]:
        # Merges of before did not move those before the kept one, and do not say where it went.
        first = note.get("first") or Journey.objects.get(pk=note["kept"]).number
        back = merge.survivor.journeys.filter(number__gte=first).order_by("number")
        _transfer(list(back), merge.duplicate, number=note["number"])
        _own(merge.duplicate, merge.survivor.owner)
        _own(merge.survivor, User.objects.filter(pk=note["owner"]).first())
    other = Journey.objects.select_for_update(no_key=True).filter(pk=note["other"]).first()
    if other is not None:
        other.lead = merge.survivor if note["moved"] else merge.duplicate
        _reopen(other, note["was"], at, actor)


def _standing(journey: Journey) -> Standing:
    return Standing(stage=journey.stage, status=journey.status, entered_at=journey.entered_at)


def _remember(journey: Journey) -> dict[str, Any]:
    resume_at = journey.resume_at.isoformat() if journey.resume_at else None
    return {"status": journey.status, "reason": journey.reason, "resume_at": resume_at}


def _retire(journey: Journey, at: datetime, actor: User | None) -> None:
    walk = Walk(journey=journey, lead=journey.lead, at=at, actor=actor)
    if journey.is_open:
        walk.change_status(Status.DISQUALIFIED, move=Move.DISQUALIFY, reason=Reason.DUPLICATE)
    walk.retire()
    walk.write()
    if walk.changes:
        Opportunity.objects.filter(journey=journey, status=OpportunityStatus.OPEN).update(
            status=OpportunityStatus.LOST, closed_at=at, reason=Reason.DUPLICATE
        )
        routing.end_assignment(journey=journey, at=at)
        _tell(walk, Move.DISQUALIFY)


def _reopen(journey: Journey, was: dict[str, Any], at: datetime, actor: User | None) -> None:
    walk = Walk(journey=journey, lead=journey.lead, at=at, actor=actor)
    walk.restore()
    if was["status"] in OPEN:
        resume_at = datetime.fromisoformat(was["resume_at"]) if was["resume_at"] else None
        walk.change_status(Status(was["status"]), move=Move.RESUME, reason=was["reason"], resume_at=resume_at)
    walk.write()
    if walk.changes:
        Opportunity.objects.filter(journey=journey, reason=Reason.DUPLICATE).update(
            status=OpportunityStatus.OPEN, closed_at=None, reason=""
        )
        _tell(walk, Move.RESUME)
        _give_back(journey, at, actor)


def _give_back(journey: Journey, at: datetime, actor: User | None) -> None:
    """To whom it was, if they can still take it, else to whoever is next."""
    target, owner = target_at(journey.stage), journey.lead.owner
    if not target:
        return
    if owner is not None and owner.is_active and owner.role in WORKERS[target]:
        decision = {**routing.NAMED, "why": MERGE_UNDONE}
        routing.give(journey=journey, user=owner, at=at, actor=actor, decision=decision)
    else:
        routing.assign(journey=journey, role=target, at=at, actor=actor)


def _tell(walk: Walk, move: Move) -> None:
    """Without an actor: to whoever measures decisions, a merge is none."""
    journey_moved.send(
        sender=Journey, journey=walk.journey, changes=walk.changes, move=move, at=walk.at, actor=None
    )


def _transfer(journeys: list[Journey], lead: Lead, *, number: int) -> None:
    for place, journey in enumerate(journeys):
        Journey.objects.filter(pk=journey.pk).update(lead=lead, number=number + place)
        StageChange.objects.filter(journey=journey).update(lead=lead)
        Assignment.objects.filter(journey=journey).update(lead=lead)


def _next_number(lead: Lead) -> int:
    last = lead.journeys.order_by("-number").values_list("number", flat=True).first()
    return (last or 0) + 1


def _own(lead: Lead, owner: User | None) -> None:
    if lead.owner_id != (owner.pk if owner else None):
        set_owner(lead=lead, owner=owner)
        lead.owner = owner
