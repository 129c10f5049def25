"""Disputes: who may raise what, who decides it, who hears of it, and who sees it."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail as post
from django.db import IntegrityError
from django.test import Client
from django.utils import timezone

from funnel.enums import Move, Reason, Stage, Status
from funnel.errors import NotAllowed
from funnel.models import Journey
from funnel.services.moving import move_journey
from leads.models import Lead, Notification
from sla.enums import DisputeKind, DisputeState
from sla.errors import AlreadyDecided, AlreadyDisputed
from sla.models import Dispute
from sla.rules.disputes import Passage, deciders, kinds_of, may_be_about
from sla.selectors.disputes import disputable, disputes_visible_to
from sla.services.delivery import deliver_due
from sla.services.disputes import decide, raise_dispute
from smarketing.accounts.enums import Role, Side
from smarketing.accounts.models import User
from tests.accounts.factories import make_user
from tests.funnel.pools import NOON, Crew
from tests.leads.factories import live_rule_set
from tests.sla.agreeing import NOON as AGREED
from tests.sla.agreeing import signed

NO_MQL, UNFAIR = DisputeKind.NO_MQL, DisputeKind.UNFAIR_RETURN
ALL = frozenset(DisputeKind)


@pytest.mark.parametrize(
    ("role", "side", "kinds"),
    [
        (Role.SDR, Side.SALES, {NO_MQL}),
        (Role.AE, "", {NO_MQL}),
        (Role.MARKETER, "", {UNFAIR}),
        (Role.MANAGER, "", ALL),
        (Role.MANAGER, Side.SALES, {NO_MQL}),
        (Role.MANAGER, Side.MARKETING, {UNFAIR}),
        (Role.EXECUTIVE, "", set()),
        (Role.ADMIN, "", set()),
    ],
)
def test_each_side_disputes_what_the_other_did(role: Role, side: str, kinds: set[DisputeKind]) -> None:
    assert kinds_of(role, side) == kinds


@pytest.mark.parametrize(
    ("stage", "status", "handed_off", "kinds"),
    [
        (Stage.TARGET, Status.ACTIVE, False, set()),
        (Stage.MQL, Status.ACTIVE, True, {NO_MQL}),
        (Stage.MQL, Status.RECYCLED, True, ALL),
        (Stage.SQL, Status.DISQUALIFIED, True, ALL),
        (Stage.OPPORTUNITY, Status.LOST, True, {NO_MQL}),
        (Stage.CUSTOMER, Status.WON, True, set()),
        (Stage.TARGET, Status.DISQUALIFIED, False, set()),
    ],
)
def test_what_a_passage_can_be_disputed_for(stage: str, status: str, handed_off: bool, kinds: Any) -> None:
    assert {kind for kind in ALL if may_be_about(kind, Passage(stage, status, handed_off))} == kinds


def test_nobody_decides_what_they_are_a_party_of() -> None:
    said = [
        deciders(mediator=mediator, admins=[8, 9], parties=parties)
        for mediator, parties in ((5, {1}), (5, {1, 5}), (None, {1}), (None, {8}), (None, {8, 9}))
    ]
    assert said == [(5,), (8, 9), (8, 9), (9,), (8, 9)]


@pytest.fixture
def crew(db: None) -> Crew:
    return Crew()


def handed_over(crew: Crew) -> Journey:
    return crew.journey_at(Stage.MQL)


def returned(crew: Crew, actor: User | None = None, **said: Any) -> Journey:
    journey = handed_over(crew)
    said = {"reason": Reason.NO_BUDGET, "actor": actor or crew.sdr, "at": NOON, **said}
    move_journey(journey_id=journey.pk, move=Move.RECYCLE, **said)
    return journey


def objection(journey: Journey, actor: User, kind: str = NO_MQL, **said: Any) -> Dispute:
    said = {"reason": "A student", "at": NOON, **said}
    return raise_dispute(lead_id=journey.lead_id, kind=kind, actor=actor, **said)


def ruling(dispute: Dispute, actor: User, *, upheld: bool = True, **said: Any) -> Dispute:
    said = {"reason": "Agreed: students are none", "at": NOON + timedelta(hours=1), **said}
    return decide(dispute_id=dispute.pk, upheld=upheld, actor=actor, **said)


def test_it_keeps_who_when_why_and_by_which_rules(crew: Crew) -> None:
    rules = live_rule_set()
    journey = handed_over(crew)
    Lead.objects.filter(pk=journey.lead_id).update(rule_set=rules)
    found = objection(journey, crew.sdr)
    found.refresh_from_db()
    told = (found.journey, found.rule_set, found.raised_by, found.raised_at, found.reason, found.state)
    assert told == (journey, rules, crew.sdr, NOON, "A student", DisputeState.OPEN)


def test_it_names_the_return_it_is_about(crew: Crew) -> None:
    found = objection(returned(crew), crew.marketer, UNFAIR)
    assert found.change is not None
    assert (found.change.move, found.change.actor) == (Move.RECYCLE, crew.sdr)


def test_the_lead_stays_where_it_is(crew: Crew) -> None:
    journey = handed_over(crew)
    before = Journey.objects.values().get(pk=journey.pk)
    ruling(objection(journey, crew.sdr), crew.admin)
    assert Journey.objects.values().get(pk=journey.pk) == before


def test_a_thing_is_disputed_once(crew: Crew) -> None:
    journey = handed_over(crew)
    ruling(objection(journey, crew.sdr), crew.admin, upheld=False)
    with pytest.raises(AlreadyDisputed):
        objection(journey, crew.sdr)


def test_the_database_holds_one_too(crew: Crew) -> None:
    found = objection(handed_over(crew), crew.sdr)
    with pytest.raises(IntegrityError):
        Dispute.objects.create(
            journey=found.journey, kind=NO_MQL, reason="x", raised_by=crew.sdr, raised_at=NOON
        )


def test_a_new_passage_may_be_disputed_anew(crew: Crew) -> None:
    journey = returned(crew)
    objection(journey, crew.marketer, UNFAIR)
    again = Journey.objects.get(lead=journey.lead, is_current=True)
    move_journey(journey_id=again.pk, move=Move.HAND_OFF, actor=crew.marketer, at=NOON, note="Asked again")
    move_journey(journey_id=again.pk, move=Move.RECYCLE, actor=None, at=NOON, reason=Reason.NOT_DECIDED)
    assert objection(journey, crew.marketer, UNFAIR).journey == again


@pytest.mark.parametrize("who", ["marketer", "executive", "admin"])
def test_who_is_not_sales_disputes_no_mql(crew: Crew, who: str) -> None:
    with pytest.raises(NotAllowed):
        objection(handed_over(crew), getattr(crew, who))


def test_a_lead_that_never_came_back_has_no_unfair_return(crew: Crew) -> None:
    with pytest.raises(NotAllowed):
        objection(handed_over(crew), crew.marketer, UNFAIR)


def test_what_an_export_told_is_nobody_s_to_dispute(crew: Crew) -> None:
    journey = returned(crew)
    Journey.objects.filter(pk=journey.pk).update(imported_at=NOON + timedelta(days=1))
    assert disputable(crew.marketer, journey.lead) == {}


def test_a_lead_that_is_not_seen_is_not_there(crew: Crew) -> None:
    with pytest.raises(Lead.DoesNotExist):
        objection(handed_over(crew), make_user(role=Role.SDR))


def disputes_told(person: User) -> list[str]:
    """Without the news of the agreement itself."""
    return [kind for kind, _url in told(person) if kind != "agreement"]


def told(user: User) -> list[tuple[str, str]]:
    return list(Notification.objects.filter(user=user).order_by("pk").values_list("kind", "url"))


def test_the_mediator_is_told_in_the_product_and_by_mail(crew: Crew) -> None:
    found = objection(handed_over(crew), crew.sdr)
    deliver_due(at=NOON)
    assert told(crew.admin) == [("disputed", f"/disputes/{found.pk}/")]
    [letter] = [one for one in post.outbox if one.to == [crew.admin.email]]
    assert letter.subject == f"A dispute for you to decide: {found.journey.lead}"
    assert "A student" in str(letter.body) and f"/disputes/{found.pk}/" in str(letter.body)


def test_both_sides_hear_the_decision(crew: Crew) -> None:
    found = objection(handed_over(crew), crew.sdr)
    deliver_due(at=NOON)
    post.outbox.clear()
    ruling(found, crew.admin)
    deliver_due(at=NOON + timedelta(hours=2))
    # No manager belongs to marketing's team here, so marketing is the marketer.
    assert {one.to[0] for one in post.outbox} == {crew.sdr.email, crew.marketer.email}
    assert {one.subject for one in post.outbox} == {f"Decided: {found.journey.lead}"}
    assert "Agreed: students are none" in str(post.outbox[0].body)


def test_who_returned_the_lead_hears_how_it_was_judged(crew: Crew) -> None:
    ruling(objection(returned(crew), crew.marketer, UNFAIR), crew.admin)
    assert [kind for kind, _url in told(crew.sdr) if kind == "judged"] == ["judged"]


def test_a_decision_is_time_stamped_and_stands(crew: Crew) -> None:
    found = ruling(objection(handed_over(crew), crew.sdr), crew.admin)
    with pytest.raises(AlreadyDecided):
        ruling(found, crew.admin, upheld=False)
    found.refresh_from_db()
    assert (found.state, found.decided_by, found.decided_at) == (
        DisputeState.UPHELD,
        crew.admin,
        NOON + timedelta(hours=1),
    )


@pytest.mark.parametrize("who", ["sdr", "manager", "marketer", "executive"])
def test_only_the_mediator_decides(crew: Crew, who: str) -> None:
    found = objection(handed_over(crew), crew.sdr)
    with pytest.raises(NotAllowed):
        ruling(found, getattr(crew, who))


def test_who_sees_a_dispute(crew: Crew) -> None:
    """The rep has given the lead back and no longer sees it, but what is said about their return they do."""
    found = objection(returned(crew), crew.marketer, UNFAIR)
    stranger = make_user(role=Role.SDR, reports_to=crew.other_manager)
    Lead.objects.filter(pk=found.journey.lead_id).update(owner=stranger)
    people = [*vars(crew).values(), make_user(role=Role.AE), stranger]
    seeing = {user for user in people if disputes_visible_to(user, at=NOON).exists()}
    assert seeing == {
        crew.manager, crew.sdr, crew.marketer, crew.executive, crew.admin, crew.other_manager, stranger,
    }  # fmt: skip


def test_a_return_that_is_disputed_is_not_taken_back(client: Client, crew: Crew) -> None:
    at = timezone.now()
    journey = crew.journey_at(Stage.MQL, at=at)
    client.force_login(crew.sdr)
    answer = client.post(f"/leads/{journey.lead_id}/return/", {"reason": "no_budget"})
    assert answer.status_code == 302
    action = journey.lead.actions.get()
    objection(journey, crew.marketer, UNFAIR, at=timezone.now())
    client.post(f"/undo/{action.pk}/")
    journey.refresh_from_db()
    assert (journey.status, Dispute.objects.count()) == (Status.RECYCLED, 1)


def test_the_mediator_named_in_the_agreement_in_force_decides_and_sees_it(crew: Crew) -> None:
    mediator = make_user(role=Role.MANAGER)
    signed(terms={"mediator": mediator})
    found = objection(handed_over(crew), crew.sdr, at=AGREED)
    at_the_time = [disputes_visible_to(mediator, at=at).count() for at in (NOON, AGREED)]
    assert (at_the_time, disputes_told(crew.admin), [kind for kind, _url in told(mediator)][-1:]) == (
        [0, 1],
        [],
        ["disputed"],
    )
    assert ruling(found, mediator, at=AGREED).decided_by == mediator


def test_a_mediator_who_left_is_represented_by_the_administrators(crew: Crew) -> None:
    mediator = make_user(role=Role.MANAGER)
    signed(terms={"mediator": mediator})
    User.objects.filter(pk=mediator.pk).update(is_active=False)
    objection(handed_over(crew), crew.sdr, at=AGREED)
    assert disputes_told(crew.admin) == ["disputed"]
