"""Open deals are changed with their history; closed ones and other people's are not."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from funnel.enums import Move
from funnel.errors import InvalidMove, MoveNotAllowed, NotAllowed, StaleChange
from funnel.models import Opportunity
from funnel.services.dealing import update_opportunity
from funnel.services.moving import move_journey
from leads.models import Activity
from smarketing.accounts.models import User
from tests.accounts.factories import bearer
from tests.funnel.pools import NOON, Crew

pytestmark = pytest.mark.django_db
SOON = NOON.date() + timedelta(days=40)


@pytest.fixture
def crew() -> Crew:
    return Crew()


@pytest.fixture
def deal(crew: Crew) -> Opportunity:
    return Opportunity.objects.get(journey=crew.journey_at("opportunity"))


def change(deal: Opportunity, actor: User, *, seen: int | None = None, **changes: Any) -> Opportunity:
    return update_opportunity(
        opportunity_id=deal.pk, changes=changes, actor=actor, at=NOON, expected_version=seen
    )


def body(deal: Opportunity, **typed: Any) -> dict[str, Any]:
    """What the form sends when these fields were typed over the stored ones."""
    close = timezone.localdate() + timedelta(days=9)
    said = {"expected": deal.version, "amount": deal.amount, "currency": deal.currency, **typed}
    return {"expected_close": close.isoformat(), **said}


def test_every_field_can_be_changed(crew: Crew, deal: Opportunity) -> None:
    wanted = {
        "name": "Two robots",
        "amount": Decimal("2500.50"),
        "currency": "USD",
        "expected_close": SOON,
        "next_step": "Send the offer\nCall on Friday",
    }
    change(deal, crew.ae, **wanted)
    deal.refresh_from_db()
    assert ({name: getattr(deal, name) for name in wanted}, deal.version) == (wanted, 2)


def test_the_timeline_keeps_what_was(crew: Crew, deal: Opportunity) -> None:
    change(deal, crew.ae, amount=Decimal(2500), expected_close=SOON)
    note = Activity.objects.get(lead=deal.journey.lead)
    assert (note.actor, note.is_scored, note.data["changed"]) == (
        crew.ae,
        False,
        {"deal.amount": ["1000.00", "2500"], "deal.expected_close": ["2026-03-02", "2026-04-11"]},
    )


def test_the_lead_page_shows_it(client: Client, crew: Crew, deal: Opportunity) -> None:
    change(deal, crew.ae, name="Two robots")
    client.force_login(crew.ae)
    page = client.get(f"/leads/{deal.journey.lead_id}/").content.decode()
    assert ("name of the deal: <del>—</del> → Two robots" in page, "Edit the opportunity" in page) == (
        True,
        True,
    )


def test_no_change_leaves_no_trace(crew: Crew, deal: Opportunity) -> None:
    change(deal, crew.ae, amount=deal.amount, name="")
    deal.refresh_from_db()
    assert (deal.version, Activity.objects.count()) == (1, 0)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"amount": Decimal(-1)}, "amount"),
        ({"amount": Decimal("NaN")}, "amount"),
        ({"amount": Decimal("1.005")}, "amount"),
        ({"currency": "XXX"}, "currency"),
        ({"currency": ""}, "currency"),
        ({"expected_close": None}, "expected_close"),
        ({"expected_close": NOON.date() - timedelta(days=2)}, "expected_close"),
    ],
)
def test_what_cannot_stand_there_is_named(
    crew: Crew, deal: Opportunity, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidMove) as refused:
        change(deal, crew.ae, **changes)
    assert refused.value.field == field


def test_a_late_deal_may_get_a_name_without_a_new_date(crew: Crew, deal: Opportunity) -> None:
    Opportunity.objects.filter(pk=deal.pk).update(expected_close=NOON.date() - timedelta(days=90))
    assert change(deal, crew.ae, name="Late").name == "Late"


@pytest.mark.parametrize("move", [Move.WIN, Move.LOSE])
def test_a_closed_deal_stays_as_it_ended(crew: Crew, deal: Opportunity, move: Move) -> None:
    said = {"reason": "price"} if move == Move.LOSE else {}
    move_journey(journey_id=deal.journey_id, move=move, actor=crew.ae, at=NOON, **said)
    with pytest.raises(MoveNotAllowed):
        change(deal, crew.ae, amount=Decimal(1))
    deal.refresh_from_db()
    assert (deal.amount, deal.version) == (Decimal(1000), 2)


def test_somebody_was_faster(crew: Crew, deal: Opportunity) -> None:
    change(deal, crew.manager, seen=1, amount=Decimal(1))
    with pytest.raises(StaleChange) as refused:
        change(deal, crew.ae, seen=1, amount=Decimal(2))
    assert (refused.value.extra["opportunity"]["amount"], refused.value.extra["opportunity"]["version"]) == (
        "1.00",
        2,
    )


@pytest.mark.parametrize(
    ("who", "error"),
    [
        ("marketer", NotAllowed),
        ("executive", NotAllowed),
        ("sdr", Opportunity.DoesNotExist),
        ("other_manager", Opportunity.DoesNotExist),
    ],
)
def test_others_change_nothing(crew: Crew, deal: Opportunity, who: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        change(deal, getattr(crew, who), amount=Decimal(1))


def test_the_form_saves(client: Client, crew: Crew, deal: Opportunity) -> None:
    client.force_login(crew.ae)
    answer = client.post(f"/opportunities/{deal.pk}/edit/", body(deal, amount="77", next_step="Call"))
    deal.refresh_from_db()
    assert (answer.status_code, deal.amount, deal.next_step) == (302, Decimal(77), "Call")


def test_a_stale_form_shows_both_versions_and_saves_on_purpose(
    client: Client, crew: Crew, deal: Opportunity
) -> None:
    typed = body(deal, amount="77")
    change(deal, crew.manager, amount=Decimal(55))
    client.force_login(crew.ae)
    answer = client.post(f"/opportunities/{deal.pk}/edit/", typed)
    theirs = dict(answer.context["now"])["Amount"]
    mine = answer.context["form"]["amount"].value()
    again = {**typed, "expected": answer.context["form"]["expected"].value()}
    second = client.post(f"/opportunities/{deal.pk}/edit/", again)
    deal.refresh_from_db()
    assert (answer.status_code, theirs, mine, second.status_code, deal.amount) == (
        409,
        Decimal(55),
        "77",
        302,
        Decimal(77),
    )


def test_a_form_on_a_closed_deal_says_so(client: Client, crew: Crew, deal: Opportunity) -> None:
    typed = body(deal, amount="77")
    move_journey(journey_id=deal.journey_id, move=Move.WIN, actor=crew.ae, at=NOON)
    client.force_login(crew.ae)
    answer = client.post(f"/opportunities/{deal.pk}/edit/", typed)
    assert (answer.status_code, b"stays as it ended" in answer.content) == (409, True)


@pytest.mark.parametrize("typed", [{"amount": ""}, {"expected_close": "x"}, {"name": "a\x00"}])
def test_a_wrong_field_comes_back(
    client: Client, crew: Crew, deal: Opportunity, typed: dict[str, str]
) -> None:
    client.force_login(crew.ae)
    assert client.post(f"/opportunities/{deal.pk}/edit/", body(deal, **typed)).status_code == 422


def test_who_may_open_the_form(client: Client, crew: Crew, deal: Opportunity) -> None:
    answers = {}
    for who in ("ae", "manager", "admin", "other_manager", "sdr", "marketer", "executive"):
        client.force_login(getattr(crew, who))
        answers[who] = client.get(f"/opportunities/{deal.pk}/edit/").status_code
    assert answers == {
        "ae": 200,
        "manager": 200,
        "admin": 200,
        "other_manager": 404,
        "sdr": 403,
        "marketer": 403,
        "executive": 403,
    }


def patch(client: Client, deal: Opportunity, user: User, said: dict[str, Any]) -> Any:
    return client.patch(
        f"/api/v1/opportunities/{deal.pk}", said, content_type="application/json", headers=bearer(user)
    )


def test_the_api_changes_what_is_named(client: Client, crew: Crew, deal: Opportunity) -> None:
    answer = patch(client, deal, crew.ae, {"name": "Two robots", "expected_version": 1}).json()
    assert (answer["name"], answer["amount"], answer["version"]) == ("Two robots", "1000.00", 2)


@pytest.mark.parametrize(
    ("who", "said", "status"),
    [
        ("ae", {"expected_version": 7, "name": "x"}, 409),
        ("ae", {"status": "won"}, 400),
        ("ae", {"amount": "-1"}, 400),
        ("ae", {"currency": "QQQ"}, 400),
        ("executive", {"name": "x"}, 403),
        ("sdr", {"name": "x"}, 404),
    ],
)
def test_the_api_refuses(
    client: Client, crew: Crew, deal: Opportunity, who: str, said: dict[str, Any], status: int
) -> None:
    answer = patch(client, deal, getattr(crew, who), said)
    deal.refresh_from_db()
    assert (answer.status_code, deal.version) == (status, 1)


def test_the_api_reads_one(client: Client, crew: Crew, deal: Opportunity) -> None:
    address = f"/api/v1/opportunities/{deal.pk}"
    answers = [
        client.get(address, headers=bearer(getattr(crew, who))).status_code
        for who in ("executive", "ae", "other_manager")
    ]
    assert answers == [200, 200, 404]
