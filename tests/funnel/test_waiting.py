"""Leads without an owner, leads of people who left, and journeys whose date has come."""

from datetime import timedelta
from typing import Any

import pytest

from funnel.enums import Move, Reason
from funnel.errors import InvalidMove, MoveNotAllowed, NotAllowed
from funnel.models import Assignment, Journey
from funnel.services.moving import move_journey
from funnel.services.reassigning import reassign
from funnel.services.resuming import resume_postponed
from funnel.services.waiting import assign_unassigned, release_all_left
from leads.models import Lead
from smarketing.accounts.enums import Role
from smarketing.accounts.models import User
from smarketing.accounts.services.users import deactivate
from tests.accounts.factories import make_user
from tests.funnel.pools import NOON, Crew, entered_lead, journey_of, make_pool

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=1)


def give(journey: Journey, to: User, actor: User | None, reason: str = "Knows them.") -> Assignment:
    return reassign(journey_id=journey.pk, to_user_id=to.pk, actor=actor, at=LATER, reason=reason)


def owner(lead: Lead) -> User | None:
    return Lead.objects.get(pk=lead.pk).owner


def test_a_waiting_lead_gets_an_owner_when_somebody_comes() -> None:
    lead, a = entered_lead(reached="mql"), make_user(Role.SDR)
    make_pool(a)
    assert (assign_unassigned(at=LATER), owner(lead), journey_of(lead).unassigned_since) == (1, a, None)


def test_trying_in_vain_leaves_no_trace() -> None:
    lead = entered_lead(reached="mql")
    assign_unassigned(at=LATER)
    rows = Assignment.objects.filter(lead=lead).values_list("assigned_at", "ended_at")
    assert (list(rows), journey_of(lead).unassigned_since) == ([(NOON, None)], NOON)


def test_the_wait_ends_where_the_ownership_begins() -> None:
    lead = entered_lead(reached="mql")
    make_pool(make_user(Role.SDR))
    assign_unassigned(at=LATER)
    rows = Assignment.objects.filter(lead=lead).order_by("id").values_list("assigned_at", "ended_at")
    assert list(rows) == [(NOON, LATER), (LATER, None)]


def test_a_territory_without_anybody_does_not_block_the_others() -> None:
    stuck = [entered_lead(reached="mql", country="FR") for _ in range(3)]
    free = entered_lead(reached="mql", country="ES", at=LATER)
    a = make_user(Role.SDR)
    make_pool(a, countries=["ES"])
    found = assign_unassigned(at=LATER, limit=1)
    assert (found, owner(free), [owner(lead) for lead in stuck]) == (1, a, [None] * 3)


def test_who_leaves_hands_open_leads_to_others() -> None:
    crew = Crew()
    journey, mate = crew.journey_at("mql"), make_user(Role.SDR)
    make_pool(mate, position=0)
    deactivate(user=crew.sdr, at=LATER)
    assert owner(journey.lead) == mate


def test_who_leaves_alone_leaves_leads_visibly_unassigned() -> None:
    crew = Crew()
    journey = crew.journey_at("sql")
    deactivate(user=crew.ae, at=LATER)
    after = journey_of(journey.lead)
    assert (after.lead.owner, after.unassigned_since) == (None, LATER)


def test_who_leaves_keeps_the_customers_they_won() -> None:
    crew = Crew()
    journey = crew.journey_at("opportunity")
    move_journey(journey_id=journey.pk, move=Move.WIN, actor=crew.ae, at=NOON)
    deactivate(user=crew.ae, at=LATER)
    assert owner(journey.lead) == crew.ae


def test_an_unticked_box_in_the_admin_is_noticed() -> None:
    crew = Crew()
    journey = crew.journey_at("mql")
    User.objects.filter(pk=crew.sdr.pk).update(is_active=False)
    assert (release_all_left(at=LATER), owner(journey.lead)) == (1, None)


def test_a_manager_gives_a_lead_to_another_rep() -> None:
    crew = Crew()
    journey, mate = crew.journey_at("mql"), make_user(Role.SDR, reports_to=crew.manager)
    decision = give(journey, mate, crew.manager).decision
    assert (owner(journey.lead), decision["why"], decision["reason"]) == (mate, "reassigned", "Knows them.")


@pytest.mark.parametrize("who", ["ae", "marketer", "executive", "other_manager"])
def test_others_do_not_give_leads_away(who: str) -> None:
    crew = Crew()
    mate = make_user(Role.SDR, reports_to=crew.manager)
    with pytest.raises(NotAllowed):
        give(crew.journey_at("mql"), mate, getattr(crew, who))


def test_a_rep_gives_their_own_lead_to_a_colleague() -> None:
    crew = Crew()
    journey, mate = crew.journey_at("mql"), make_user(Role.SDR, reports_to=crew.manager)
    assignment = give(journey, mate, crew.sdr)
    assert (owner(journey.lead), assignment.actor) == (mate, crew.sdr)


def test_a_rep_gives_nothing_to_somebody_of_another_manager() -> None:
    crew = Crew()
    with pytest.raises(InvalidMove) as error:
        give(crew.journey_at("mql"), make_user(Role.SDR, reports_to=crew.other_manager), crew.sdr)
    assert error.value.field == "to_user"


def test_a_rep_without_a_manager_has_no_colleagues() -> None:
    crew = Crew()
    loner = make_user(Role.SDR)
    journey = crew.journey_at("mql")
    give(journey, loner, None)
    with pytest.raises(InvalidMove):
        give(journey, make_user(Role.SDR), loner)


def test_a_colleagues_lead_is_not_given_away() -> None:
    crew = Crew()
    mate = make_user(Role.SDR, reports_to=crew.manager)
    with pytest.raises(NotAllowed):
        give(crew.journey_at("mql"), make_user(Role.SDR, reports_to=crew.manager), mate)


def test_a_manager_gives_leads_only_within_their_own_line() -> None:
    crew = Crew()
    with pytest.raises(InvalidMove) as error:
        give(crew.journey_at("mql"), make_user(Role.SDR), crew.manager)
    assert error.value.field == "to_user"


@pytest.mark.parametrize(
    ("role", "reason", "field"), [(Role.AE, "Yes.", "to_user"), (Role.SDR, " ", "reason")]
)
def test_a_reassignment_names_what_is_wrong(role: str, reason: str, field: str) -> None:
    with pytest.raises(InvalidMove) as error:
        give(Crew().journey_at("mql"), make_user(role), None, reason)
    assert error.value.field == field


def test_the_owner_does_not_get_it_again() -> None:
    crew = Crew()
    with pytest.raises(InvalidMove):
        give(crew.journey_at("mql"), crew.sdr, None)


def test_what_is_marketings_is_given_to_no_rep() -> None:
    crew = Crew()
    with pytest.raises(MoveNotAllowed):
        give(crew.journey_at("target"), crew.sdr, None)


def postponed(crew: Crew, until: Any) -> Journey:
    details = {"reason": Reason.TIMING, "resume_at": until}
    return move_journey(
        journey_id=crew.journey_at("mql").pk, move=Move.POSTPONE, actor=crew.sdr, at=NOON, **details
    )


@pytest.mark.parametrize(("seconds", "status"), [(-1, "postponed"), (0, "active"), (1, "active")])
def test_a_postponed_journey_resumes_on_its_date(seconds: int, status: str) -> None:
    journey = postponed(Crew(), LATER)
    resume_postponed(at=LATER + timedelta(seconds=seconds))
    assert journey_of(journey.lead).status == status


def test_as_many_are_resumed_as_allowed() -> None:
    crew = Crew()
    for _ in range(3):
        postponed(crew, LATER)
    assert (resume_postponed(at=LATER, limit=2), resume_postponed(at=LATER)) == (2, 1)


def test_one_that_fails_is_pushed_on_and_blocks_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    crew = Crew()
    poison, fine = postponed(crew, LATER), postponed(crew, LATER + timedelta(minutes=1))

    def fail_for_poison(*, journey_id: int, **rest: Any) -> Journey:
        if journey_id == poison.pk:
            raise RuntimeError("poison")
        return move_journey(journey_id=journey_id, **rest)

    monkeypatch.setattr("funnel.services.resuming.move_journey", fail_for_poison)
    due = LATER + timedelta(minutes=1)
    assert resume_postponed(at=due) == 1
    poison.refresh_from_db()
    fine.refresh_from_db()
    assert (poison.status, poison.resume_at, fine.status) == ("postponed", due + timedelta(hours=1), "active")
