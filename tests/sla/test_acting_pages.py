"""Acting on a lead through its pages: with scripts and without, refused, stale, gone, taken back."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.contrib.messages import get_messages
from django.db.models import F
from django.test import Client

from funnel.enums import Move, Stage
from funnel.models import Journey, Opportunity
from funnel.services.moving import move_journey
from leads.models import Activity, Lead
from sla.models import Action, Clock
from sla.rules.calendar import WorkingCalendar
from sla.rules.days import opening_of, suggested_days
from smarketing.accounts.toasts import undo_url
from tests.sla.factories import MONDAY

from .actions import Floor

pytestmark = [pytest.mark.django_db, pytest.mark.at("2026-11-25T11:00")]
HTMX = {"HX-Request": "true"}
CALL = {"what": "call", "outcome": "reached", "note": "Wants an offer."}
TODAY, LATER = "2026-11-25", "2026-12-15"
FILLED: dict[str, dict[str, Any]] = {
    "contact": CALL,
    "qualify": {},
    "postpone": {"day": LATER, "reason": "timing"},
    "return": {"reason": "not_ready"},
    "disqualify": {"reason": "spam"},
    "convert": {"amount": "1200.50", "currency": "EUR", "expected_close": LATER},
    "won": {"amount": "1500", "currency": "EUR"},
    "lost": {"reason": "price"},
}
PLACES = {"convert": Stage.SQL, "won": Stage.OPPORTUNITY, "lost": Stage.OPPORTUNITY}


def floor_for(name: str, client: Client) -> Floor:
    floor = Floor(PLACES.get(name, Stage.MQL))
    client.force_login(floor.owner)
    return floor


def path(floor: Floor, name: str) -> str:
    return f"/leads/{floor.lead.pk}/{name}/"


def told(answer: Any) -> list[tuple[str, str]]:
    return [(str(message), undo_url(message)) for message in get_messages(answer.wsgi_request)]


@pytest.mark.parametrize("name", FILLED)
def test_it_is_asked_done_told_and_taken_back(client: Client, name: str) -> None:
    floor = floor_for(name, client)
    asked = client.get(path(floor, name), {"next": "/queue/?state=late"})
    hidden = {field: asked.context["form"][field].value() for field in ("token", "version", "next")}
    done = client.post(path(floor, name), {**hidden, **FILLED[name]})
    ((_text, undo),) = told(done)
    taken_back = client.post(undo)
    assert (asked.status_code, done.status_code, done.headers["Location"], taken_back.status_code) == (
        200,
        302,
        "/queue/?state=late",
        302,
    )
    assert Action.objects.get().undone_at is not None


@pytest.mark.parametrize("name", [name for name in FILLED if name not in ("contact", "qualify")])
def test_what_is_missing_is_named(client: Client, name: str) -> None:
    floor = floor_for(name, client)
    answer = client.post(path(floor, name), {})
    assert (answer.status_code, bool(answer.context["form"].errors)) == (422, True)
    assert Action.objects.count() == 0


def test_the_amount_is_kept(client: Client) -> None:
    floor = floor_for("convert", client)
    client.post(path(floor, "convert"), FILLED["convert"])
    deal = Opportunity.objects.get()
    assert (str(deal.amount), deal.currency, deal.expected_close.isoformat()) == ("1200.50", "EUR", LATER)


def test_a_deal_is_won_with_what_it_was_to_bring_unless_one_says_otherwise(client: Client) -> None:
    floor = floor_for("won", client)
    Opportunity.objects.update(amount="830.00", currency="CHF")
    form = client.get(path(floor, "won")).context["form"]
    assert (str(form["amount"].value()), form["currency"].value()) == ("830.00", "CHF")


def test_a_deal_that_somebody_edited_meanwhile_is_not_won_with_the_old_amount(client: Client) -> None:
    floor = floor_for("won", client)
    Opportunity.objects.update(amount="8000.00")
    form = client.get(path(floor, "won")).context["form"]
    sent = {name: form[name].value() for name in ("token", "version", "deal_version", "amount", "currency")}
    Opportunity.objects.update(amount="12000.00", version=F("version") + 1)
    answer = client.post(path(floor, "won"), sent)
    deal = Opportunity.objects.get()
    assert (answer.status_code, str(deal.amount), deal.status) == (409, "12000.00", "open")
    assert b"Somebody else changed this deal in the meantime." in answer.content
    again = client.get(path(floor, "won")).context["form"]
    assert (str(again["amount"].value()), again["deal_version"].value()) == ("12000.00", deal.version)


def test_a_dialog_is_a_fragment_and_says_what_changed(client: Client) -> None:
    floor = floor_for("contact", client)
    asked = client.get(path(floor, "contact"), headers=HTMX)
    done = client.post(path(floor, "contact"), CALL, headers=HTMX)
    assert (b"<html" in asked.content, done.status_code, done.content) == (False, 204, b"")
    assert all(name in done.headers["HX-Trigger"] for name in ("close-dialog", "lead-changed", "/undo/"))


@pytest.mark.parametrize("what", ["call", "email_sent", "meeting"])
def test_the_link_chooses_the_kind_of_contact(client: Client, what: str) -> None:
    floor = floor_for("contact", client)
    assert client.get(path(floor, "contact"), {"what": what}).context["form"]["what"].value() == what


def test_a_form_sent_twice_is_done_once(client: Client) -> None:
    floor = floor_for("contact", client)
    sent = {**CALL, "token": str(uuid4())}
    answers = [client.post(path(floor, "contact"), sent).status_code for _ in range(2)]
    assert (answers, Activity.objects.filter(is_contact=True).count()) == ([302, 302], 1)


def postponed_by_the_manager(floor: Floor) -> None:
    move_journey(
        journey_id=floor.journey.pk,
        move=Move.POSTPONE,
        actor=floor.manager,
        at=MONDAY,
        reason="timing",
        resume_at=MONDAY + timedelta(days=400),
        note="They are on holiday.",
    )


def test_a_stale_tab_is_told_what_happened_and_keeps_what_was_typed(client: Client) -> None:
    floor = floor_for("return", client)
    postponed_by_the_manager(floor)
    sent = {"reason": "other", "note": "Asked for May.", "version": floor.journey.version}
    answer = client.post(path(floor, "return"), sent)
    page = answer.content.decode()
    shown = [text in page for text in ("They are on holiday.", str(floor.manager), "Asked for May.")]
    assert (answer.status_code, shown) == (409, [True, True, True])


def test_the_stale_form_can_be_sent_again_on_purpose(client: Client) -> None:
    floor = floor_for("return", client)
    postponed_by_the_manager(floor)
    sent = {"reason": "other", "note": "Asked for May.", "version": floor.journey.version}
    form = client.post(path(floor, "return"), sent).context["form"]
    again = {**sent, "version": form["version"].value(), "token": form["token"].value()}
    assert client.post(path(floor, "return"), again).status_code == 302
    assert Journey.objects.get(pk=floor.journey.pk).status == "recycled"


def test_what_is_no_longer_possible_shows_what_was_typed(client: Client) -> None:
    floor = floor_for("qualify", client)
    postponed_by_the_manager(floor)
    answer = client.post(path(floor, "qualify"), {"note": "Ready."})
    page = answer.content.decode()
    assert (answer.status_code, "Ready." in page, "<form" in page.split("<main")[1].split("</main")[0]) == (
        409,
        True,
        False,
    )


def test_a_lead_that_was_given_away_returns_the_text_and_tells_nothing(client: Client) -> None:
    floor = floor_for("contact", client)
    Lead.objects.filter(pk=floor.lead.pk).update(owner=floor.manager, first_name="Hidden")
    answer = client.post(path(floor, "contact"), CALL)
    page = answer.content.decode()
    assert (answer.status_code, "Wants an offer." in page, "Hidden" in page) == (404, True, False)


def test_a_manager_gives_a_lead_to_their_people_only(client: Client) -> None:
    floor = floor_for("reassign", client)
    client.force_login(floor.manager)
    form = client.get(path(floor, "reassign")).context["form"]
    offered = {str(value) for value, _name in form.fields["to_user_id"].choices if value}
    assert offered == {str(floor.manager.pk)}
    client.post(path(floor, "reassign"), {"to_user_id": floor.manager.pk, "reason": "On leave"})
    assert Clock.objects.get(lead=floor.lead, ended_at=None).owner == floor.manager


@pytest.mark.parametrize("day", ["2020-01-01", TODAY, "2099-01-01", "soon"])
def test_a_day_that_makes_no_sense_is_refused(client: Client, day: str) -> None:
    floor = floor_for("postpone", client)
    answer = client.post(path(floor, "postpone"), {"day": day, "reason": "timing"})
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["day"])


def test_somebody_elses_action_cannot_be_taken_back(client: Client) -> None:
    floor = floor_for("contact", client)
    client.post(path(floor, "contact"), CALL)
    client.force_login(floor.manager)
    assert client.post(f"/undo/{Action.objects.get().pk}/").status_code == 404


def test_taking_back_is_only_posted(client: Client) -> None:
    client.force_login(Floor().owner)
    assert client.get(f"/undo/{uuid4()}/").status_code == 405


def test_a_visitor_takes_nothing_back(client: Client) -> None:
    assert client.post(f"/undo/{uuid4()}/").headers["Location"].startswith("/sign-in/")


def test_what_is_too_late_is_said(client: Client) -> None:
    floor = floor_for("contact", client)
    client.post(path(floor, "contact"), CALL)
    action = Action.objects.get()
    Action.objects.update(at=action.at - timedelta(minutes=1))
    answer = client.post(f"/undo/{action.pk}/")
    assert told(answer)[-1] == ("It is too late to take this back.", "")


@pytest.mark.parametrize("address", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_the_way_back_stays_with_us(client: Client, address: str) -> None:
    floor = floor_for("contact", client)
    assert client.post(path(floor, "contact"), {**CALL, "next": address}).headers["Location"] == "/queue/"


def test_the_form_costs_the_same_whatever_happened(client: Client, django_assert_num_queries) -> None:
    floor = floor_for("return", client)
    with django_assert_num_queries(7):
        client.get(path(floor, "return"))


OFFICE = WorkingCalendar(
    ZoneInfo("Europe/Madrid"), (((540, 1080),),) * 5 + ((), ()), frozenset({date(2026, 3, 16)})
)


def test_a_day_off_comes_back_when_work_begins_again() -> None:
    saturday = date(2026, 3, 14)  # Monday is a holiday
    assert opening_of(OFFICE, saturday) == datetime(2026, 3, 17, 8, tzinfo=UTC)


def test_a_working_day_comes_back_when_it_begins() -> None:
    assert opening_of(OFFICE, date(2026, 3, 13)) == datetime(2026, 3, 13, 8, tzinfo=UTC)


def test_only_working_days_are_suggested() -> None:
    found = suggested_days(OFFICE, date(2026, 3, 13))
    assert found == [date(2026, 3, 17), date(2026, 3, 20), date(2026, 3, 27), date(2026, 4, 13)]
