"""Who stands where, from the sums: the same as the journeys say, folded or not."""

import pytest

from funnel.enums import STAGES, Stage, Status
from funnel.models import Journey
from funnel.selectors.standing import states_by_owner, states_visible_to
from funnel.services import rollups
from leads.models import Lead
from leads.selectors import leads_visible_to
from smarketing.accounts.enums import Role
from smarketing.accounts.models import User
from tests.accounts.factories import make_user
from tests.funnel.factories import NOON, bare_lead, make_journey

pytestmark = pytest.mark.django_db


class Floor:
    """A manager with one rep, somebody else's rep, and a lead of nobody; some of it folded."""

    def __init__(self) -> None:
        self.boss = make_user(role=Role.MANAGER)
        self.rep = make_user(role=Role.SDR, reports_to=self.boss)
        self.stranger = make_user(role=Role.AE)
        for owner in (self.rep, self.rep, self.boss, self.stranger, None):
            make_journey(Stage.MQL, lead=bare_lead(owner=owner))
        rollups.refresh(at=NOON)
        make_journey(Stage.SQL, Status.POSTPONED, lead=bare_lead(owner=self.rep))
        make_journey(Stage.SQL, Status.DISQUALIFIED, lead=bare_lead(owner=self.rep))
        Lead.objects.filter(journeys__stage=Stage.MQL, owner=self.boss).update(owner=self.rep)


@pytest.fixture
def floor() -> Floor:
    return Floor()


def counted(user: User) -> dict[str, int]:
    """The plain way."""
    rows = Journey.objects.filter(
        is_current=True, status__in=("active", "postponed", "won"), lead__in=leads_visible_to(user)
    )
    return {stage: n for stage in STAGES if (n := rows.filter(stage=stage).count())}


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        ("rep", {"mql": 3, "sql": 1}),
        ("boss", {"mql": 4, "sql": 1}),
        ("stranger", {"mql": 1}),
    ],
)
def test_everybody_counts_what_they_may_see(floor: Floor, who: str, expected: dict[str, int]) -> None:
    user = getattr(floor, who)
    states = states_visible_to(user)
    found = {stage: n for stage in STAGES if (n := states.resting(stage))}
    assert found == counted(user) == expected


def test_who_sees_all_counts_all(floor: Floor) -> None:
    states = states_visible_to(make_user(role=Role.MARKETER))
    assert (states.resting(Stage.MQL), states.resting(Stage.SQL), states.current()) == (5, 1, 7)


def test_whoever_was_switched_off_counts_nothing(floor: Floor) -> None:
    floor.rep.is_active = False
    assert states_visible_to(floor.rep).current() == 0


def test_by_owner_who_has_none_is_left_out(floor: Floor) -> None:
    found = states_by_owner([floor.rep.pk, floor.stranger.pk, make_user().pk])
    assert {pk: states.current() for pk, states in found.items()} == {floor.rep.pk: 5, floor.stranger.pk: 1}


def test_a_board_of_everything_is_counted_by_one_statement(floor: Floor, django_assert_num_queries) -> None:
    with django_assert_num_queries(1):
        states_visible_to(floor.rep)
