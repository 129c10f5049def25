"""Taking an action back: the rows are put back as they were, if nothing at all happened since.

Undo is exact or refused. Under the locks of lead, journeys, clocks and reminders (the order of
everybody) the lead's rows must still be, byte for byte, what the action left behind. A tick that
decided a reminder, a mail that went out, a second tab, a decay of the score, an edit by a colleague:
each changes a row, and then the action stands. So no rule has to know what may have happened.

The clock comes out right by itself: a contact taken back leaves the first-contact clock running with
the deadline and the waiting reminder that it had. When that deadline passed in between, the next
tick finds it missed, as if the mistake had not been made. Another contact in between is newer, so
undo is refused and the earliest of both counts.

Everything is one transaction; a process that is killed leaves either the action or nothing of it.
A note in the lead's history tells who took back what.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from funnel.services import undoing as funnel
from leads.enums import ActivityKind, ActivitySource
from leads.models import Lead
from leads.services import undoing as leads
from leads.services.activities import Event, record_events
from leads.services.images import Image, joined, remove_new, restore_old, take_image
from smarketing.accounts.models import User

from ..errors import UndoRefused
from ..models import Action, Clock, Dispute, Reminder


def image_of(lead_id: int) -> Image:
    """Every row that an action may touch. Locks the journeys, clocks and reminders; the caller holds
    the lead's lock, which keeps out whoever decides (a tick leaves locked leads for later)."""
    own = take_image(
        [
            Clock.objects.filter(lead=lead_id).order_by("pk").select_for_update(no_key=True),
            # Locked too: whoever notes that a mail has arrived holds these, and not the lead.
            Reminder.objects.filter(clock__lead=lead_id)
            .order_by("pk")
            .select_for_update(no_key=True, of=("self",)),
        ],
        [],
    )
    return joined(leads.image_of(lead_id), funnel.image_of(lead_id), own)


@transaction.atomic
def undo(*, token: UUID, actor: User, at: datetime) -> Action:
    """Take back one's own action; a second time changes nothing.

    Raises ``Action.DoesNotExist`` and ``UndoRefused``.
    """
    lead_id = Action.objects.values_list("lead_id", flat=True).get(token=token, actor=actor)
    Lead.objects.select_for_update().get(pk=lead_id)
    action = Action.objects.select_for_update().get(token=token)
    if action.undone_at is not None:
        return action
    if not action.after:
        raise UndoRefused(_("This cannot be taken back: somebody has been told already."))
    if not action.can_be_undone(at):
        raise UndoRefused(_("It is too late to take this back."))
    if Dispute.objects.filter(journey__lead=lead_id, raised_at__gte=action.at).exists():
        raise UndoRefused(_("This cannot be taken back: it is disputed, and the mediator has been told."))
    if image_of(lead_id) != action.after:
        raise UndoRefused(_("This cannot be taken back: more has happened to the lead since."))
    _put_back(lead_id, action.before, action.after)
    action.undone_at, action.before, action.after = at, {}, {}
    action.save(update_fields=["undone_at", "before", "after"])
    note = Event(kind=ActivityKind.NOTE, data={"taken_back": action.kind, **action.said})
    record_events(lead_id=lead_id, events=[note], at=at, source=ActivitySource.UI, actor=actor)
    return action


def _put_back(lead_id: int, before: Image, after: Image) -> None:
    for model in (Reminder, Clock):
        remove_new(model, before=before, after=after)
    # A journey has one ticking clock, so the new one had to go first.
    for model in (Clock, Reminder):
        restore_old(model, before=before, after=after)
    funnel.put_back(lead_id=lead_id, before=before, after=after)
    leads.put_back(lead_id=lead_id, before=before, after=after)
