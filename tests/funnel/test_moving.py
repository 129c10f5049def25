"""Moves on a decision: what they write, who may make them, what they refuse."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from funnel.enums import Move, Reason
from funnel.errors import InvalidMove, MoveNotAllowed, NotAllowed, StaleJourney
from funnel.models import Assignment, Journey, Opportunity, RoutingMember, StageChange
from funnel.services.moving import move_journey
from funnel.signals import journey_moved
from smarketing.accounts.enums import Role
from smarketing.accounts.models import User
from tests.accounts.factories import make_user
from tests.funnel.pools import MONEY, NOON, Crew, journey_of

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=1)
SOON = NOON + timedelta(days=7)


@pytest.fixture
def crew() -> Crew:
    return Crew()


def move(journey: Journey, name: str, actor: User | None = None, **details: Any) -> Journey:
    return move_journey(journey_id=journey.pk, move=name, actor=actor, at=LATER, **details)


def owner_of(journey: Journey) -> User | None:
    return Journey.objects.select_related("lead__owner").get(pk=journey.pk).lead.owner


def last_change(journey: Journey) -> StageChange:
    return StageChange.objects.filter(journey=journey).latest("id")


def test_only_the_deadline_says_that_nobody_decided() -> None:
    crew = Crew()
    journey = crew.journey_at("mql")
    reason = {"reason": Reason.NOT_DECIDED}
    with pytest.raises(InvalidMove) as error:
        move_journey(journey_id=journey.pk, move=Move.RECYCLE, actor=crew.sdr, at=NOON, **reason)
    assert error.value.field == "reason"


def test_a_marketer_hands_off_early_with_a_reason(crew: Crew) -> None:
    journey = move(crew.journey_at("engaged"), Move.HAND_OFF, crew.marketer, note="Called us.")
    rows = StageChange.objects.filter(journey=journey, move=Move.HAND_OFF)
    assert [(row.from_stage, row.to_stage, row.note) for row in rows] == [
        ("engaged", "target", "Called us."),
        ("target", "mql", "Called us."),
    ]


def test_a_hand_off_gives_the_lead_to_an_sdr(crew: Crew) -> None:
    journey = move(crew.journey_at("engaged"), Move.HAND_OFF, crew.marketer, note="Called us.")
    assert owner_of(journey) == crew.sdr


def test_qualifying_gives_the_lead_to_an_ae(crew: Crew) -> None:
    journey = move(crew.journey_at("mql"), Move.QUALIFY, crew.sdr)
    assert (journey.stage, journey.sql_at, owner_of(journey)) == ("sql", LATER, crew.ae)


def test_a_named_person_gets_the_lead(crew: Crew) -> None:
    other = make_user(Role.AE)
    journey = move(crew.journey_at("mql"), Move.QUALIFY, crew.sdr, to_user_id=other.pk)
    assert owner_of(journey) == other


def test_ownership_history_is_kept(crew: Crew) -> None:
    journey = move(crew.journey_at("mql"), Move.QUALIFY, crew.sdr)
    rows = Assignment.objects.filter(journey=journey).order_by("id").values_list("user", "ended_at")
    assert list(rows) == [(crew.sdr.pk, LATER), (crew.ae.pk, None)]


def test_converting_opens_the_opportunity(crew: Crew) -> None:
    journey = move(crew.journey_at("sql"), Move.CONVERT, crew.ae, **MONEY)
    deal = Opportunity.objects.get(journey=journey)
    assert (deal.amount, deal.currency, deal.status, deal.opened_at) == (Decimal(1000), "EUR", "open", LATER)


def test_winning_makes_a_customer_in_one_row(crew: Crew) -> None:
    journey = move(crew.journey_at("opportunity"), Move.WIN, crew.ae)
    row = last_change(journey)
    assert (row.from_stage, row.to_stage, row.from_status, row.to_status, row.seconds) == (
        "opportunity",
        "customer",
        "active",
        "won",
        3600,
    )


def test_a_customer_keeps_the_owner(crew: Crew) -> None:
    journey = move(crew.journey_at("opportunity"), Move.WIN, crew.ae)
    assert (owner_of(journey), journey.closed_at, journey.customer_at) == (crew.ae, LATER, LATER)


def test_winning_may_correct_the_amount(crew: Crew) -> None:
    journey = crew.journey_at("opportunity")
    move(journey, Move.WIN, crew.ae, amount=Decimal("900.50"), currency="USD")
    deal = Opportunity.objects.get(journey=journey)
    assert (deal.status, deal.amount, deal.currency) == ("won", Decimal("900.50"), "USD")


@pytest.mark.parametrize("corrected", [True, False])
def test_what_was_hoped_for_is_kept_with_the_win(crew: Crew, corrected: bool) -> None:
    journey = crew.journey_at("opportunity")
    hoped = Opportunity.objects.get(journey=journey)
    more = {"amount": Decimal("900.50"), "currency": "USD"} if corrected else {}
    move(journey, Move.WIN, crew.ae, **more)
    deal = Opportunity.objects.get(journey=journey)
    assert (deal.hoped_amount, deal.hoped_currency) == (hoped.amount, hoped.currency)
    assert deal.amount == (Decimal("900.50") if corrected else hoped.amount)


def test_a_customer_that_nobody_owned_waits_for_nobody(crew: Crew) -> None:
    RoutingMember.objects.filter(user=crew.ae).delete()
    journey = crew.journey_at("opportunity")
    assert (owner_of(journey), journey.unassigned_since) == (None, NOON)
    move(journey, Move.WIN, crew.admin)
    assert list(Assignment.objects.filter(journey=journey, ended_at=None)) == []


def test_losing_closes_the_opportunity_with_its_reason(crew: Crew) -> None:
    journey = move(crew.journey_at("opportunity"), Move.LOSE, crew.ae, reason=Reason.PRICE)
    deal = Opportunity.objects.get(journey=journey)
    assert (journey.status, deal.status, deal.reason, deal.closed_at) == ("lost", "lost", "price", LATER)


def test_postponing_keeps_stage_owner_and_date(crew: Crew) -> None:
    journey = move(crew.journey_at("mql"), Move.POSTPONE, crew.sdr, reason=Reason.TIMING, resume_at=SOON)
    assert (journey.stage, journey.status, journey.resume_at, owner_of(journey)) == (
        "mql",
        "postponed",
        SOON,
        crew.sdr,
    )


def test_resuming_clears_date_and_reason(crew: Crew) -> None:
    journey = crew.journey_at("mql")
    move(journey, Move.POSTPONE, crew.sdr, reason=Reason.TIMING, resume_at=SOON)
    after = move(journey, Move.RESUME, crew.sdr)
    assert (after.status, after.resume_at, after.reason) == ("active", None, "")


def test_recycling_closes_the_journey_with_its_reason(crew: Crew) -> None:
    journey = move(crew.journey_at("sql"), Move.RECYCLE, crew.ae, reason=Reason.NO_BUDGET)
    assert (journey.status, journey.reason, journey.closed_at, journey.is_current) == (
        "recycled",
        "no_budget",
        LATER,
        False,
    )


def test_recycling_opens_the_next_journey_under_marketing(crew: Crew) -> None:
    journey = move(crew.journey_at("sql"), Move.RECYCLE, crew.ae, reason=Reason.NO_BUDGET)
    following = journey_of(journey.lead)
    assert (following.number, following.stage, following.status, following.lead.owner) == (
        2,
        "new_name",
        "active",
        None,
    )


def test_recycling_ends_the_assignment(crew: Crew) -> None:
    journey = move(crew.journey_at("mql"), Move.RECYCLE, crew.sdr, reason=Reason.NO_BUDGET)
    assert Assignment.objects.get(journey=journey).ended_at == LATER


def test_disqualifying_keeps_the_owner_who_did_it(crew: Crew) -> None:
    journey = move(crew.journey_at("mql"), Move.DISQUALIFY, crew.sdr, reason=Reason.SPAM)
    assert (journey.status, owner_of(journey), Assignment.objects.get(journey=journey).ended_at) == (
        "disqualified",
        crew.sdr,
        LATER,
    )


def test_a_disqualified_lead_may_enter_again(crew: Crew) -> None:
    journey = move(crew.journey_at("mql"), Move.DISQUALIFY, crew.sdr, reason=Reason.SPAM)
    again = move(journey, Move.ENTER, crew.marketer, note="A real person after all.")
    row = StageChange.objects.get(journey=again)
    assert (again.number, again.lead.owner, row.note) == (2, None, "A real person after all.")


def test_the_history_keeps_actor_and_scores(crew: Crew) -> None:
    journey = crew.journey_at("mql")
    type(journey.lead).objects.filter(pk=journey.lead_id).update(fit=61, interest=22, intent=43)
    row = last_change(move(journey, Move.QUALIFY, crew.sdr))
    assert (row.actor, row.fit, row.interest, row.intent) == (crew.sdr, 61, 22, 43)


def test_the_rows_of_a_journey_add_up_to_its_age(crew: Crew) -> None:
    journey = crew.journey_at("mql")
    move(journey, Move.POSTPONE, crew.sdr, reason=Reason.TIMING, resume_at=SOON)
    move_journey(journey_id=journey.pk, move=Move.RESUME, actor=None, at=SOON)
    end = SOON + timedelta(hours=1)
    move_journey(journey_id=journey.pk, move=Move.RECYCLE, actor=None, at=end, reason=Reason.NOT_DECIDED)
    total = sum(StageChange.objects.filter(journey=journey).values_list("seconds", flat=True))
    assert total == (end - NOON).total_seconds()


def test_a_stale_tab_is_told_the_present_state(crew: Crew) -> None:
    journey = crew.journey_at("mql")
    move(journey, Move.QUALIFY, crew.sdr, expected_version=journey.version)
    with pytest.raises(StaleJourney) as error:
        move(journey, Move.QUALIFY, crew.admin, expected_version=journey.version)
    state = {"id": journey.pk, "number": 1, "stage": "sql", "status": "active", "version": 5}
    assert error.value.extra == {"journey": state}


def test_a_double_click_moves_once(crew: Crew) -> None:
    journey = move(crew.journey_at("mql"), Move.QUALIFY, crew.sdr)
    with pytest.raises(MoveNotAllowed):
        move(journey, Move.QUALIFY, crew.admin)
    assert StageChange.objects.filter(journey=journey, move=Move.QUALIFY).count() == 1


@pytest.mark.parametrize("name", [Move.ADVANCE, "no_such_move"])
def test_nobody_asks_for_what_is_no_decision(crew: Crew, name: str) -> None:
    with pytest.raises(MoveNotAllowed):
        move(crew.journey_at("engaged"), name)


def test_a_refused_move_leaves_no_trace(crew: Crew) -> None:
    journey = crew.journey_at("sql")
    with pytest.raises(InvalidMove):
        move(journey, Move.CONVERT, crew.ae, **{**MONEY, "currency": "XXX"})
    assert (journey_of(journey.lead).version, Opportunity.objects.count()) == (journey.version, 0)


@pytest.mark.parametrize("role", [Role.MARKETER, Role.SDR])
def test_who_cannot_work_it_gets_no_sql(crew: Crew, role: str) -> None:
    with pytest.raises(InvalidMove) as error:
        move(crew.journey_at("mql"), Move.QUALIFY, crew.sdr, to_user_id=make_user(role).pk)
    assert error.value.field == "to_user"


def test_who_has_left_gets_no_lead(crew: Crew) -> None:
    gone = make_user(Role.AE, is_active=False)
    with pytest.raises(InvalidMove):
        move(crew.journey_at("mql"), Move.QUALIFY, crew.sdr, to_user_id=gone.pk)


def test_a_receiver_is_named_only_where_somebody_receives(crew: Crew) -> None:
    with pytest.raises(InvalidMove) as error:
        move(crew.journey_at("mql"), Move.RECYCLE, crew.sdr, reason=Reason.PRICE, to_user_id=crew.ae.pk)
    assert error.value.field == "to_user"


@pytest.mark.parametrize(
    ("who", "allowed"),
    [
        ("sdr", True),
        ("manager", True),
        ("admin", True),
        ("ae", False),
        ("marketer", False),
        ("executive", False),
        ("other_manager", False),
    ],
)
def test_owner_boss_and_admin_qualify_and_nobody_else(crew: Crew, who: str, allowed: bool) -> None:
    journey = crew.journey_at("mql")
    if allowed:
        assert move(journey, Move.QUALIFY, getattr(crew, who)).stage == "sql"
    else:
        with pytest.raises(NotAllowed):
            move(journey, Move.QUALIFY, getattr(crew, who))


def test_a_team_mate_does_not_qualify(crew: Crew) -> None:
    with pytest.raises(NotAllowed):
        move(crew.journey_at("mql"), Move.QUALIFY, make_user(Role.SDR, reports_to=crew.manager))


def test_rooms_above_hear_of_the_move_once(crew: Crew) -> None:
    heard: list[tuple[str, list[str]]] = []

    def hear(*, move: Move, changes: list[StageChange], **_: object) -> None:
        heard.append((move.value, [change.to_stage for change in changes]))

    journey = crew.journey_at("target")
    journey_moved.connect(hear, weak=False)
    try:
        move(journey, Move.HAND_OFF, crew.marketer, note="Fair.")
        move(journey, Move.RECYCLE, crew.sdr, reason=Reason.NO_NEED)
    finally:
        journey_moved.disconnect(hear)
    assert heard == [("hand_off", ["mql"]), ("recycle", ["mql"]), ("enter", ["new_name"])]
