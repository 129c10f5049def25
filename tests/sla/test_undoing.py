"""Taking an action back: exact or refused, whatever happens in between."""

from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import transaction

from funnel.enums import Stage
from funnel.models import RoutingMember
from leads.models import Activity, Lead
from leads.services.leads import update_lead
from sla.enums import ActionKind, ClockKind, ClockState, MailKind, ReminderState
from sla.errors import UndoRefused
from sla.models import Action, Clock, Mail, Notice, Reminder
from sla.services.engine import tick
from sla.services.reconcile import reconcile
from sla.services.undoing import undo
from tests.accounts.factories import make_user
from tests.faults.racing import race

from .actions import THEN, Floor, deltas, everything, without_note

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
SOON = THEN + 9 * SECOND

DONE = [
    (Stage.MQL, ActionKind.CALL),
    (Stage.MQL, ActionKind.MEETING),
    (Stage.MQL, ActionKind.POSTPONE),
    (Stage.MQL, ActionKind.RECYCLE),
    (Stage.MQL, ActionKind.DISQUALIFY),
    (Stage.MQL, ActionKind.QUALIFY),
    (Stage.SQL, ActionKind.CONVERT),
    (Stage.SQL, ActionKind.CALL),
    (Stage.OPPORTUNITY, ActionKind.WIN),
    (Stage.OPPORTUNITY, ActionKind.LOSE),
]


@pytest.mark.parametrize(("stage", "kind"), DONE)
def test_everything_is_as_it_was(stage: str, kind: str) -> None:
    floor = Floor(stage)
    before, sums = everything(), deltas()
    action = floor.act(kind)
    changed = everything() != before
    undo(token=action.token, actor=floor.owner, at=SOON)
    after = without_note(everything())
    assert (changed, deltas()) == (True, sums)
    assert after == without_note(before)


@pytest.mark.parametrize(("stage", "kind"), DONE)
def test_nothing_has_to_be_mended_afterwards(stage: str, kind: str) -> None:
    floor = Floor(stage)
    undo(token=floor.act(kind).token, actor=floor.owner, at=SOON)
    assert reconcile(at=SOON) == {}


def test_reassigning_is_taken_back() -> None:
    floor = Floor()
    other = make_user("sdr", reports_to=floor.manager)
    details = {"to_user_id": other.pk, "reason": "Leave"}
    action = floor.act(ActionKind.REASSIGN, actor=floor.manager, said=details)
    undo(token=action.token, actor=floor.manager, at=SOON)
    clock = Clock.objects.get(lead=floor.lead)
    assert (Lead.objects.get(pk=floor.lead.pk).owner, clock.owner) == (floor.sdr, floor.sdr)


def test_the_pool_takes_it_off_its_count() -> None:
    floor = Floor()
    action = floor.act(ActionKind.QUALIFY)
    given = RoutingMember.objects.get(user=floor.ae).assigned
    undo(token=action.token, actor=floor.sdr, at=SOON)
    assert (given, RoutingMember.objects.get(user=floor.ae).assigned) == (1, 0)


def test_the_history_tells_who_took_back_what() -> None:
    floor = Floor()
    undo(token=floor.act().token, actor=floor.owner, at=SOON)
    note = Activity.objects.get(lead=floor.lead, kind="note")
    assert (note.actor, note.data["taken_back"], note.data["note"]) == (
        floor.owner,
        "call",
        "Wants an offer.",
    )


def test_the_deadline_is_the_one_it_was() -> None:
    floor = Floor()
    due_at = Clock.objects.get(lead=floor.lead).due_at
    undo(token=floor.act().token, actor=floor.owner, at=SOON)
    clock = Clock.objects.get(lead=floor.lead)
    assert (clock.kind, clock.state, clock.due_at) == (ClockKind.FIRST_CONTACT, ClockState.RUNNING, due_at)


def test_a_deadline_that_passed_in_between_is_missed_at_the_next_tick() -> None:
    floor = Floor()
    due_at = Clock.objects.get(lead=floor.lead).due_at
    action = floor.act(at=due_at - SECOND)
    tick(at=due_at + SECOND)
    kept = Clock.objects.filter(lead=floor.lead, state=ClockState.MET).count()
    undo(token=action.token, actor=floor.owner, at=due_at + 3 * SECOND)
    tick(at=due_at + 4 * SECOND)
    clock = Clock.objects.get(lead=floor.lead)
    assert (kept, clock.state, clock.breached_at) == (1, ClockState.BREACHED, due_at)


def test_a_reminder_that_came_due_in_between_is_told_once_afterwards() -> None:
    floor = Floor()
    warning = Reminder.objects.get(clock__lead=floor.lead).due_at
    action = floor.act(at=warning - SECOND)
    tick(at=warning + SECOND)
    silent = Mail.objects.count()
    undo(token=action.token, actor=floor.owner, at=warning + 2 * SECOND)
    for seconds in (3, 4, 5):
        tick(at=warning + seconds * SECOND)
    told = Reminder.objects.filter(clock__lead=floor.lead, step=0, state=ReminderState.SENT).count()
    assert (silent, told, Mail.objects.filter(kind=MailKind.REMINDER).count()) == (0, 1, 1)


def test_another_contact_in_between_stays_and_so_does_the_first() -> None:
    floor = Floor()
    first = floor.act()
    floor.act(actor=floor.manager, at=THEN + 5 * SECOND)
    with pytest.raises(UndoRefused):
        undo(token=first.token, actor=floor.owner, at=SOON)
    clock = Clock.objects.get(lead=floor.lead, kind=ClockKind.FIRST_CONTACT)
    assert (clock.ended_at, Activity.objects.filter(is_contact=True).count()) == (THEN, 2)


def test_the_newest_is_taken_back_first() -> None:
    floor = Floor()
    first, second = floor.act(), floor.act(ActionKind.POSTPONE, at=THEN + SECOND)
    undo(token=second.token, actor=floor.owner, at=THEN + 3 * SECOND)
    assert floor.clocks()[-1] == (ClockKind.DECISION, ClockState.RUNNING)
    # The note about it is newer than the call, which therefore stands.
    with pytest.raises(UndoRefused):
        undo(token=first.token, actor=floor.owner, at=THEN + 4 * SECOND)


def test_an_edit_in_between_is_not_lost() -> None:
    floor = Floor()
    action = floor.act()
    update_lead(lead_id=floor.lead.pk, changes={"budget": "10 k"}, actor=floor.manager, at=THEN + SECOND)
    with pytest.raises(UndoRefused):
        undo(token=action.token, actor=floor.owner, at=SOON)
    assert Lead.objects.get(pk=floor.lead.pk).budget == "10 k"


def test_who_was_told_cannot_be_made_to_forget() -> None:
    floor = Floor()
    floor.ae.is_active = False
    floor.ae.save()
    action = floor.act(ActionKind.QUALIFY)  # nobody is eligible: the manager is told at once
    with pytest.raises(UndoRefused):
        undo(token=action.token, actor=floor.sdr, at=SOON)
    assert (action.can_be_undone(SOON), Notice.objects.get().kind) == (False, MailKind.UNASSIGNED)


@pytest.mark.parametrize(("seconds", "undone"), [(0, True), (10, True), (15, True), (16, False)])
def test_it_is_possible_for_ten_seconds_and_the_way(seconds: int, undone: bool) -> None:
    floor = Floor()
    action = floor.act()
    with suppress(UndoRefused):
        undo(token=action.token, actor=floor.owner, at=THEN + seconds * SECOND)
    assert (Activity.objects.filter(is_contact=True).count() == 0) == undone


def test_twice_is_once() -> None:
    floor = Floor()
    action = floor.act()
    for seconds in (1, 2):
        undo(token=action.token, actor=floor.owner, at=THEN + seconds * SECOND)
    assert Activity.objects.filter(kind="note").count() == 1


def test_only_ones_own() -> None:
    floor = Floor()
    action = floor.act()
    with pytest.raises(Action.DoesNotExist):
        undo(token=action.token, actor=floor.manager, at=SOON)


def test_images_of_old_actions_are_emptied() -> None:
    floor = Floor()
    old = floor.act()
    floor.act(at=THEN + timedelta(hours=2))
    old.refresh_from_db()
    assert (old.before, old.after, old.said["outcome"]) == ({}, {}, "reached")


@pytest.mark.django_db(transaction=True)
def test_two_tabs_take_back_once() -> None:
    floor = Floor()
    action = floor.act()

    def tab() -> object:
        return undo(token=action.token, actor=floor.owner, at=SOON).undone_at

    assert race(tab, tab, tab) == [SOON] * 3
    assert (
        Activity.objects.filter(kind="note").count(),
        Activity.objects.filter(is_contact=True).count(),
    ) == (1, 0)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_", range(6))
def test_a_tick_at_the_same_moment_leaves_one_outcome(round_: int) -> None:
    """The tick decides on the contact, or on its absence; never on half of it."""
    floor = Floor()
    due_at = Clock.objects.get(lead=floor.lead).due_at
    action = floor.act(at=due_at - SECOND)
    at = due_at + 2 * SECOND
    _, undone = race(
        lambda: tick(at=at),
        lambda: undo(token=action.token, actor=floor.owner, at=at),
        expected=UndoRefused,
    )
    tick(at=at + SECOND)
    states = dict(floor.clocks())
    if isinstance(undone, UndoRefused):
        assert states[ClockKind.FIRST_CONTACT] == ClockState.MET
    else:
        assert states == {ClockKind.FIRST_CONTACT: ClockState.BREACHED}
    assert reconcile(at=at + SECOND) == {}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_", range(4))
def test_one_of_undo_and_a_colleagues_decision_wins(round_: int) -> None:
    floor = Floor()
    action = floor.act(ActionKind.POSTPONE)
    version = type(floor.journey).objects.get(pk=floor.journey.pk).version
    resumed, undone = race(
        lambda: floor.act(ActionKind.RESUME, actor=floor.manager, at=SOON, version=version),
        lambda: undo(token=action.token, actor=floor.owner, at=SOON),
        expected=Exception,
    )
    assert isinstance(resumed, Exception) != isinstance(undone, Exception)
    assert (floor.clocks(), reconcile(at=SOON)) == ([(ClockKind.FIRST_CONTACT, ClockState.RUNNING)], {})


def test_a_failure_on_the_way_back_leaves_the_action() -> None:
    floor = Floor()
    action = floor.act()
    done = everything()
    with pytest.raises(RuntimeError), transaction.atomic():
        undo(token=action.token, actor=floor.owner, at=SOON)
        raise RuntimeError
    assert everything() == done
