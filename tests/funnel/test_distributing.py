"""Leads that are taken from somebody and given to the pool; and who changes the pools."""

from typing import Any

import pytest

from funnel.enums import BulkAction, Stage
from funnel.errors import InvalidMove, MoveNotAllowed, NotAllowed
from funnel.models import Journey, RoutingMember, RoutingRule
from funnel.services.bulk_jobs import run_job, start_job
from funnel.services.pools import set_member
from funnel.services.reassigning import distribute
from leads.models import Lead
from smarketing.accounts.enums import Role
from smarketing.accounts.models import ConfigChange, User
from tests.accounts.factories import make_user
from tests.funnel.pools import NOON, Crew, make_pool

pytestmark = pytest.mark.django_db


@pytest.fixture
def crew() -> Crew:
    return Crew()


def colleague(crew: Crew) -> User:
    """A second SDR of the same pool and boss."""
    person = make_user(Role.SDR, reports_to=crew.manager)
    RoutingMember.objects.create(rule=RoutingRule.objects.get(role="sdr"), user=person)
    return person


def spread(journey: Journey, actor: User | None, reason: str = "Away") -> Any:
    return distribute(journey_id=journey.pk, actor=actor, at=NOON, reason=reason)


def owner_of(journey: Journey) -> User | None:
    return Lead.objects.select_related("owner").get(pk=journey.lead_id).owner


def test_the_pool_gives_it_to_somebody_else(crew: Crew) -> None:
    journey, other = crew.journey_at(Stage.MQL), colleague(crew)
    RoutingMember.objects.filter(user=other).update(assigned=50)  # far above the owner's level
    given = spread(journey, crew.manager)
    assert (owner_of(journey), given.decision["reason"], given.decision["before"], given.rule.role) == (
        other,
        "Away",
        crew.sdr.pk,
        "sdr",
    )


def test_with_nobody_else_it_is_visibly_unassigned(crew: Crew) -> None:
    journey = crew.journey_at(Stage.MQL)
    spread(journey, crew.manager)
    journey.refresh_from_db()
    assert (owner_of(journey), journey.unassigned_since) == (None, NOON)


def test_what_marketing_has_is_not_distributed(crew: Crew) -> None:
    with pytest.raises(MoveNotAllowed):
        spread(crew.journey_at(Stage.ENGAGED), crew.manager)


def test_a_reason_is_asked_for(crew: Crew) -> None:
    with pytest.raises(InvalidMove) as refused:
        spread(crew.journey_at(Stage.MQL), crew.manager, reason=" ")
    assert refused.value.field == "reason"


@pytest.mark.parametrize("who", ["sdr", "marketer", "executive", "other_manager"])
def test_others_distribute_nothing(crew: Crew, who: str) -> None:
    journey = crew.journey_at(Stage.MQL)
    with pytest.raises(NotAllowed):
        spread(journey, getattr(crew, who))
    assert owner_of(journey) == crew.sdr


def test_many_at_once_are_shared_out(crew: Crew) -> None:
    journeys = [crew.journey_at(Stage.MQL) for _ in range(3)]
    first, second = colleague(crew), colleague(crew)
    ids = [journey.pk for journey in journeys]
    job = start_job(
        actor=crew.manager, action=BulkAction.ROUTE, params={"reason": "x"}, journey_ids=ids, at=NOON
    )
    done = run_job(job_id=job.pk, at=NOON, rows=10)
    owners = [owner_of(journey) for journey in journeys]
    assert (done.failures, sorted(owners.count(person) for person in (first, second))) == ([], [1, 2])


def member_of(user: User) -> RoutingMember:
    return RoutingMember.objects.get(user=user)


def change(member: RoutingMember, actor: User, **said: Any) -> RoutingMember:
    values = {"weight": 2, "capacity": 30, "is_active": False, **said}
    return set_member(member_id=member.pk, actor=actor, at=NOON, **values)


def test_a_manager_sets_the_part_of_their_people(crew: Crew) -> None:
    changed = change(member_of(crew.sdr), crew.manager)
    told = ConfigChange.objects.get(kind="funnel.routingrule")
    assert (changed.weight, changed.capacity, changed.is_active, told.actor) == (2, 30, False, crew.manager)


def test_a_new_weight_begins_at_the_level_of_the_pool(crew: Crew) -> None:
    other = colleague(crew)
    RoutingMember.objects.filter(user=other).update(assigned=10)
    changed = change(member_of(crew.sdr), crew.manager, is_active=True)
    assert (changed.calibration + changed.assigned) / changed.weight == 10


def test_the_same_again_is_no_change(crew: Crew) -> None:
    member = member_of(crew.sdr)
    change(member, crew.manager, weight=1, capacity=None, is_active=True)
    assert not ConfigChange.objects.filter(kind="funnel.routingrule").exists()


def test_no_weight_below_one(crew: Crew) -> None:
    with pytest.raises(InvalidMove) as refused:
        change(member_of(crew.sdr), crew.manager, weight=0)
    assert refused.value.field == "weight"


def test_other_peoples_reps_are_not_there(crew: Crew) -> None:
    stranger = make_user(Role.SDR, reports_to=crew.other_manager)
    make_pool(stranger)
    with pytest.raises(RoutingMember.DoesNotExist):
        change(member_of(stranger), crew.manager)


@pytest.mark.parametrize("who", ["sdr", "marketer", "executive"])
def test_others_change_no_pool(crew: Crew, who: str) -> None:
    with pytest.raises(NotAllowed):
        change(member_of(crew.sdr), getattr(crew, who))
