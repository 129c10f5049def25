"""What people do from the queue: done at once, once, and by who may."""

from uuid import uuid4

import pytest

from funnel.enums import Move, Stage
from funnel.errors import MoveNotAllowed, NotAllowed, StaleJourney
from funnel.models import Journey, Opportunity
from funnel.services.moving import move_journey
from leads.models import Activity, Lead
from sla.enums import ActionKind, ClockKind, ClockState
from sla.models import Action
from sla.services import acting

from .actions import THEN, Floor, said

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("kind", [ActionKind.CALL, ActionKind.EMAIL, ActionKind.MEETING])
def test_a_contact_counts_from_the_moment_it_is_logged(kind: str) -> None:
    floor = Floor()
    floor.act(kind)
    assert floor.clocks() == [
        (ClockKind.FIRST_CONTACT, ClockState.MET),
        (ClockKind.DECISION, ClockState.RUNNING),
    ]


def test_the_contact_keeps_what_was_said() -> None:
    floor = Floor()
    floor.act()
    call = Activity.objects.get(lead=floor.lead, is_contact=True)
    assert (call.outcome, call.note, call.actor) == ("reached", "Wants an offer.", floor.owner)


@pytest.mark.parametrize(
    ("stage", "kind", "status"),
    [
        (Stage.MQL, ActionKind.POSTPONE, "postponed"),
        (Stage.MQL, ActionKind.QUALIFY, "active"),
        (Stage.MQL, ActionKind.DISQUALIFY, "disqualified"),
        (Stage.SQL, ActionKind.CONVERT, "active"),
        (Stage.SQL, ActionKind.RECYCLE, "recycled"),
        (Stage.OPPORTUNITY, ActionKind.WIN, "won"),
        (Stage.OPPORTUNITY, ActionKind.LOSE, "lost"),
    ],
)
def test_a_move_is_made(stage: str, kind: str, status: str) -> None:
    floor = Floor(stage)
    floor.act(kind)
    assert Journey.objects.get(pk=floor.journey.pk).status == status


def test_a_manager_gives_the_lead_to_somebody_else() -> None:
    floor = Floor()
    floor.act(
        ActionKind.REASSIGN, actor=floor.manager, said={"to_user_id": floor.manager.pk, "reason": "Leave"}
    )
    assert Lead.objects.get(pk=floor.lead.pk).owner == floor.manager


def test_a_form_sent_twice_is_done_once() -> None:
    floor, token = Floor(), uuid4()
    first, again = floor.act(token=token), floor.act(token=token)
    assert (first.pk == again.pk, Activity.objects.filter(is_contact=True).count()) == (True, 1)


def test_a_token_of_somebody_else_is_unknown() -> None:
    floor, token = Floor(), uuid4()
    floor.act(token=token)
    with pytest.raises(Action.DoesNotExist):
        floor.act(token=token, actor=floor.manager)


def test_a_lead_that_one_does_not_see_is_unknown() -> None:
    floor = Floor()
    with pytest.raises(Lead.DoesNotExist):
        floor.act(actor=floor.ae)


def test_executives_only_read() -> None:
    floor = Floor()
    with pytest.raises(NotAllowed):
        floor.act(actor=floor.executive)


def test_a_stale_decision_is_refused() -> None:
    floor = Floor()
    move_journey(
        journey_id=floor.journey.pk, move=Move.POSTPONE, actor=floor.manager, at=THEN, **said("postpone")
    )
    with pytest.raises(StaleJourney):
        floor.act(ActionKind.QUALIFY, version=floor.journey.version)


def test_a_call_is_a_fact_however_the_lead_stands_now() -> None:
    floor = Floor()
    move_journey(
        journey_id=floor.journey.pk, move=Move.POSTPONE, actor=floor.manager, at=THEN, **said("postpone")
    )
    floor.act(version=floor.journey.version)
    assert Activity.objects.filter(is_contact=True).count() == 1


def test_what_the_stage_does_not_allow_is_refused() -> None:
    floor = Floor()
    with pytest.raises(MoveNotAllowed):
        floor.act(ActionKind.CONVERT, actor=floor.admin)
    assert (Action.objects.count(), Opportunity.objects.count()) == (0, 0)


def test_an_action_without_its_way_back_did_not_happen(monkeypatch: pytest.MonkeyPatch) -> None:
    """As for a process killed between the two: one transaction holds both."""
    floor = Floor()
    images = iter([acting.image_of(floor.lead.pk)])
    monkeypatch.setattr(acting, "image_of", lambda lead_id: next(images))
    with pytest.raises(StopIteration):
        floor.act()
    assert (Activity.objects.filter(is_contact=True).count(), floor.clocks()) == (
        0,
        [(ClockKind.FIRST_CONTACT, ClockState.RUNNING)],
    )
