"""Leads that came back: who sees them, what they say, and what marketing decides."""

import csv
import io
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from funnel.enums import Move, Reason, ReturnAction, Stage, Status
from funnel.errors import InvalidMove, MoveNotAllowed, NotAllowed, StaleChange
from funnel.models import Journey, ReturnDecision, StageChange
from funnel.selectors.returned import HANDLED, TODO, ReturnFilter, returns
from funnel.services.moving import move_journey
from funnel.services.returned import decide_return
from leads.models import Activity, Lead
from smarketing.accounts.enums import Role
from smarketing.accounts.models import User
from tests.accounts.factories import make_team
from tests.funnel.pools import NOON, Crew
from tests.leads.factories import make_campaign

pytestmark = pytest.mark.django_db
TODAY = NOON.date()
LATER = TODAY + timedelta(days=30)


@pytest.fixture
def crew() -> Crew:
    return Crew()


@pytest.fixture
def marketer(client: Client, crew: Crew) -> Client:
    client.force_login(crew.marketer)
    return client


def give_back(crew: Crew, actor: User | None = None, **said: Any) -> StageChange:
    """A lead that came back to marketing at NOON, returned by ``actor`` (None: by the system)."""
    journey = crew.journey_at(Stage.MQL)
    said = {"reason": Reason.NO_BUDGET, "note": "Next year", **said}
    move_journey(journey_id=journey.pk, move=Move.RECYCLE, actor=actor, at=NOON, **said)
    return StageChange.objects.get(journey=journey, move=Move.RECYCLE)


def decide(change: StageChange, actor: User, action: str = ReturnAction.LEAVE, **said: Any) -> ReturnDecision:
    said = {"at": NOON, "today": TODAY, **said}
    return decide_return(change_id=change.pk, actor=actor, action=action, **said)


def shown(user: User, tab: str = "", *, today: date = TODAY, **wanted: Any) -> list[int]:
    return [row.pk for row in returns(user, ReturnFilter(tab=tab, **wanted), today=today)]


def test_a_row_tells_where_it_came_from(marketer: Client, crew: Crew) -> None:
    team = make_team()
    User.objects.filter(pk=crew.sdr.pk).update(team=team)
    change = give_back(crew, crew.sdr)
    ((row, rep, decision),) = marketer.get("/recycled/").context["rows"]
    assert (row, rep, rep.team, row.journey.number, row.actor, row.note, decision) == (
        change,
        crew.sdr,
        team,
        1,
        crew.sdr,
        "Next year",
        None,
    )


def test_what_the_agreement_returned_is_marked_and_names_the_rep(marketer: Client, crew: Crew) -> None:
    give_back(crew, None, reason=Reason.NOT_DECIDED)
    page = marketer.get("/recycled/")
    assert ([rep for _row, rep, _d in page.context["rows"]], b"automatic" in page.content) == (
        [crew.sdr],
        True,
    )


def test_it_waits_until_marketing_has_decided(crew: Crew) -> None:
    change = give_back(crew, crew.sdr)
    before = (shown(crew.marketer, TODO), shown(crew.marketer, HANDLED))
    decide(change, crew.marketer)
    after = (shown(crew.marketer, TODO), shown(crew.marketer, HANDLED))
    assert (before, after) == (([change.pk], []), ([], [change.pk]))


def test_on_the_day_it_comes_back_to_the_list(crew: Crew) -> None:
    change = give_back(crew, crew.sdr)
    decide(change, crew.marketer, ReturnAction.NURTURE, campaign_id=make_campaign().pk, due_on=LATER)
    days = [shown(crew.marketer, TODO, today=LATER + timedelta(days=n)) for n in (-1, 0, 1)]
    assert days == [[], [change.pk], [change.pk]]


def test_a_lead_that_went_to_sales_again_is_not_looked_at_again(crew: Crew) -> None:
    change = give_back(crew, crew.sdr)
    decide(change, crew.marketer, due_on=LATER)
    current = Journey.objects.get(lead=change.lead, is_current=True)
    move_journey(journey_id=current.pk, move=Move.HAND_OFF, actor=crew.marketer, at=NOON, note="Asked again")
    assert shown(crew.marketer, TODO, today=LATER) == []


def test_what_an_export_told_is_not_to_do(crew: Crew) -> None:
    change = give_back(crew, crew.sdr)
    Journey.objects.filter(pk=change.journey_id).update(imported_at=NOON + timedelta(days=1))
    assert shown(crew.marketer) == []


def test_what_the_deadline_returned_is_disqualified_with_its_reason(crew: Crew) -> None:
    change = give_back(crew, None, reason=Reason.NOT_DECIDED)
    decide(change, crew.marketer, ReturnAction.DISQUALIFY)
    ended = StageChange.objects.get(move=Move.DISQUALIFY)
    assert (ended.reason, ended.actor) == (Reason.NOT_DECIDED, crew.marketer)


def test_disqualifying_ends_the_present_journey(crew: Crew) -> None:
    change = give_back(crew, crew.sdr)
    decide(change, crew.marketer, ReturnAction.DISQUALIFY)
    current = Journey.objects.get(lead=change.lead, is_current=True)
    assert (current.number, current.status, current.reason) == (2, Status.DISQUALIFIED, Reason.NO_BUDGET)


def test_handing_off_again_routes_it(crew: Crew) -> None:
    change = give_back(crew, crew.sdr)
    decide(change, crew.marketer, ReturnAction.HAND_OFF, note="Budget found")
    current = Journey.objects.get(lead=change.lead, is_current=True)
    assert (current.number, current.stage, Lead.objects.get(pk=change.lead_id).owner) == (
        2,
        Stage.MQL,
        crew.sdr,
    )


def test_what_cannot_be_moved_is_not_decided(crew: Crew) -> None:
    change = give_back(crew, crew.sdr)
    decide(change, crew.marketer, ReturnAction.DISQUALIFY)
    with pytest.raises(MoveNotAllowed):
        decide(change, crew.marketer, ReturnAction.HAND_OFF, note="x")
    assert ReturnDecision.objects.get().action == ReturnAction.DISQUALIFY


def test_a_second_return_settles_the_first(crew: Crew) -> None:
    first = give_back(crew, crew.sdr)
    current = Journey.objects.get(lead=first.lead, is_current=True)
    at = NOON + timedelta(hours=1)
    move_journey(journey_id=current.pk, move=Move.HAND_OFF, actor=crew.marketer, at=at, note="Again")
    move_journey(journey_id=current.pk, move=Move.RECYCLE, actor=crew.sdr, at=at, reason=Reason.NO_NEED)
    second = StageChange.objects.get(journey=current, move=Move.RECYCLE)
    before = shown(crew.marketer, TODO)
    decide(second, crew.marketer, at=at)
    assert (before, shown(crew.marketer, TODO)) == ([second.pk, first.pk], [])


def test_the_decision_is_told_on_the_timeline_and_not_scored(marketer: Client, crew: Crew) -> None:
    change = give_back(crew, crew.sdr)
    decide(change, crew.marketer, ReturnAction.LEAVE, note="Wait for the fair")
    activity = Activity.objects.get(lead=change.lead)
    page = marketer.get(f"/leads/{change.lead_id}/").content
    assert (activity.actor, activity.is_scored, b"Marketing decided" in page) == (crew.marketer, False, True)


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"action": "nurture", "due_on": LATER}, "campaign_id"),
        ({"action": "leave", "due_on": TODAY}, "due_on"),
        ({"action": "forget"}, "action"),
    ],
)
def test_what_is_missing_is_named(crew: Crew, said: dict[str, Any], field: str) -> None:
    change = give_back(crew, crew.sdr)
    with pytest.raises(InvalidMove) as refused:
        decide(change, crew.marketer, **said)
    assert (refused.value.field, ReturnDecision.objects.count()) == (field, 0)


def test_nurturing_names_its_day(crew: Crew) -> None:
    change = give_back(crew, crew.sdr)
    with pytest.raises(InvalidMove) as refused:
        decide(change, crew.marketer, ReturnAction.NURTURE, campaign_id=make_campaign().pk)
    assert refused.value.field == "due_on"


def test_all_that_nurturing_needs_is_told_at_once(marketer: Client, crew: Crew) -> None:
    change = give_back(crew, crew.sdr)
    answer = marketer.post(f"/recycled/{change.pk}/", {"seen": "0", "action": "nurture"})
    assert (answer.status_code, set(answer.context["form"].errors)) == (422, {"campaign_id", "due_on"})


def test_somebody_was_faster(crew: Crew) -> None:
    change = give_back(crew, crew.sdr)
    decide(change, crew.marketer, seen=0)
    with pytest.raises(StaleChange):
        decide(change, crew.marketer, seen=0)


def test_a_rep_and_an_executive_decide_nothing(crew: Crew) -> None:
    change = give_back(crew, crew.sdr)
    with pytest.raises(NotAllowed):
        decide(change, crew.executive)
    with pytest.raises(StageChange.DoesNotExist):
        decide(change, crew.sdr)


def test_the_form_decides(marketer: Client, crew: Crew) -> None:
    change, campaign = give_back(crew, crew.sdr), make_campaign()
    due = timezone.localdate() + timedelta(days=9)
    body = {"seen": "0", "action": "nurture", "campaign_id": campaign.pk, "due_on": due.isoformat()}
    answer = marketer.post(f"/recycled/{change.pk}/", body)
    made = ReturnDecision.objects.get()
    assert (answer.status_code, made.campaign, made.due_on, made.actor) == (302, campaign, due, crew.marketer)


def test_a_stale_form_shows_what_was_decided_and_keeps_what_was_typed(marketer: Client, crew: Crew) -> None:
    change = give_back(crew, crew.sdr)
    decide(change, crew.admin, note="Theirs")
    answer = marketer.post(f"/recycled/{change.pk}/", {"seen": "0", "action": "leave", "note": "Mine"})
    assert (answer.status_code, b"Theirs" in answer.content, b"Mine" in answer.content) == (409, True, True)
    again = answer.context["form"]["seen"].value()
    assert again == str(ReturnDecision.objects.get().pk)


def test_a_form_without_an_action_is_refused(marketer: Client, crew: Crew) -> None:
    change = give_back(crew, crew.sdr)
    assert marketer.post(f"/recycled/{change.pk}/", {"seen": "0"}).status_code == 422


def test_every_count_opens_exactly_its_rows(marketer: Client, crew: Crew) -> None:
    give_back(crew, crew.sdr), give_back(crew, crew.sdr, reason=Reason.PRICE), give_back(crew, None)
    page = marketer.get("/recycled/").context
    shares = [*page["reasons"], *page["reps"]]
    opened = [len(marketer.get(f"/recycled/?{share['query']}").context["rows"]) for share in shares]
    assert (sorted(share["count"] for share in shares), opened) == (
        [1, 2, 3],
        [share["count"] for share in shares],
    )


def test_the_filters_narrow(marketer: Client, crew: Crew) -> None:
    mine, auto = give_back(crew, crew.sdr), give_back(crew, None)
    Journey.objects.filter(pk=mine.journey_id).update(source="fair")
    found = [
        [row.pk for row, *_ in marketer.get(f"/recycled/?{query}").context["rows"]]
        for query in (
            "by=people",
            "by=automatic",
            "source=fair",
            "source=~",
            f"rep={crew.sdr.pk}",
            "rep=none",
            f"first={TODAY}&last={TODAY}",
            f"first={LATER}",
            "reason=price",
            "by=x&rep=x&first=x&reason=x&page=x",
        )
    ]
    both = [auto.pk, mine.pk]
    assert found == [[mine.pk], [auto.pk], [mine.pk], [auto.pk], both, [], both, [], [], both]


def test_the_file_holds_what_the_page_shows(marketer: Client, crew: Crew) -> None:
    give_back(crew, crew.sdr, note="=1+1")
    change = give_back(crew, crew.sdr, reason=Reason.PRICE)
    decide(change, crew.marketer, note="Kept")
    files = [
        b"".join(marketer.get(f"/recycled/export.csv?tab={tab}").streaming_content).decode("utf-8-sig")
        for tab in (TODO, HANDLED)
    ]
    (todo,), (handled,) = (list(csv.DictReader(io.StringIO(text))) for text in files)
    assert (todo["Note"], handled["Reason"], handled["Marketing's note"]) == (
        "'=1+1",
        "Too expensive",
        "Kept",
    )


@pytest.mark.parametrize("many", [1, 3])
def test_the_page_costs_the_same_at_any_size(
    marketer: Client, crew: Crew, django_assert_num_queries, many: int
) -> None:
    for _ in range(many):
        decide(give_back(crew, crew.sdr), crew.marketer)
        give_back(crew, crew.sdr)
    with django_assert_num_queries(9):
        marketer.get("/recycled/")


def test_a_manager_sees_what_came_back_to_nobody(client: Client, crew: Crew) -> None:
    give_back(crew, crew.sdr)
    client.force_login(crew.other_manager)
    assert len(client.get("/recycled/").context["rows"]) == 1


def test_a_stranger_to_the_lead_finds_nothing(client: Client, crew: Crew) -> None:
    change = give_back(crew, crew.sdr)
    Lead.objects.filter(pk=change.lead_id).update(owner=crew.sdr)
    client.force_login(crew.other_manager)
    assert client.get(f"/recycled/{change.pk}/").status_code == 404


def test_who_may_open_it(client: Client, crew: Crew) -> None:
    change = give_back(crew, crew.sdr)
    answers = {}
    for person in (crew.sdr, crew.marketer, crew.manager, crew.executive, crew.admin):
        client.force_login(person)
        answers[Role(person.role)] = (
            client.get("/recycled/").status_code,
            client.get(f"/recycled/{change.pk}/").status_code,
            client.post(f"/recycled/{change.pk}/", {}).status_code,
        )
    assert answers == {
        Role.SDR: (403, 403, 403),
        Role.MARKETER: (200, 200, 422),
        Role.MANAGER: (200, 200, 422),
        Role.EXECUTIVE: (200, 302, 403),
        Role.ADMIN: (200, 200, 422),
    }
