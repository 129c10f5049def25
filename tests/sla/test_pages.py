"""The reminders ledger, and the clocks of one lead."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from sla.enums import ClockState, ReminderState
from sla.models import Clock, Reminder
from sla.services.engine import tick
from smarketing.accounts.enums import Role
from smarketing.accounts.models import User
from tests.accounts.factories import make_user
from tests.sla.factories import MONDAY, make_clock, make_handed_off

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def running(owner: User | None = None) -> Reminder:
    """The first step of a first-contact clock that started on Monday."""
    clock = make_clock(journey=make_handed_off(owner=owner), owner=owner)
    return clock.reminders.get()


@pytest.mark.parametrize("path", ["/reminders/", "/leads/1/clocks/"])
def test_a_visitor_is_sent_to_the_sign_in(client: Client, path: str) -> None:
    assert client.get(path).headers["Location"] == f"/sign-in/?next={path}"


def test_the_empty_ledger_explains_itself(client: Client) -> None:
    client.force_login(make_user())
    assert b'class="card-box empty"' in client.get("/reminders/").content


@pytest.mark.parametrize("many", [1, 3])
def test_the_ledger_costs_the_same_at_any_size(client: Client, django_assert_num_queries, many: int) -> None:
    for _ in range(many):
        running(make_user(role=Role.SDR, reports_to=make_user(role=Role.MANAGER)))
    tick(at=MONDAY.replace(minute=4))
    client.force_login(make_user())
    with django_assert_num_queries(8):
        client.get("/reminders/")


def test_a_rep_reads_what_concerns_their_leads(client: Client) -> None:
    rep = make_user(role=Role.SDR)
    mine = running(rep)
    running(make_user(role=Role.SDR))
    client.force_login(rep)
    assert list(client.get("/reminders/").context["page"]) == [mine]


def test_the_ledger_filters_by_state_and_person(client: Client) -> None:
    told, waiting = running(make_user(role=Role.SDR, first_name="Zoe")), running()
    tick(at=MONDAY.replace(minute=4))
    client.force_login(make_user())
    by_person = client.get("/reminders/", {"person": "zo"}).context["page"]
    assert [reminder.pk for reminder in by_person] == [told.pk]
    sent = client.get("/reminders/", {"state": ReminderState.SENT, "person": "zoe"}).context["page"]
    assert waiting.pk not in [reminder.pk for reminder in sent]


def test_the_clocks_of_a_lead_are_a_page_and_a_fragment(client: Client) -> None:
    lead = running(make_user(role=Role.SDR)).clock.lead
    client.force_login(make_user())
    page = client.get(f"/leads/{lead.pk}/clocks/")
    part = client.get(f"/leads/{lead.pk}/clocks/", headers={"HX-Request": "true"})
    assert (b"<html" in page.content, b"<html" in part.content, b"First contact" in part.content) == (
        True,
        False,
        True,
    )


def test_a_clock_past_due_reads_as_missed_before_the_tick(client: Client) -> None:
    lead = running(make_user(role=Role.SDR)).clock.lead
    client.force_login(make_user())
    assert client.get(f"/leads/{lead.pk}/clocks/").context["clocks"][0].words == "Missed"


def test_the_clocks_of_somebody_elses_lead_are_not_found(client: Client) -> None:
    lead = running(make_user(role=Role.SDR)).clock.lead
    client.force_login(make_user(role=Role.SDR))
    assert client.get(f"/leads/{lead.pk}/clocks/").status_code == 404


def test_a_leads_page_shows_the_clock_and_what_to_do_by_itself(client: Client) -> None:
    rep = make_user(role=Role.SDR)
    lead = running(rep).clock.lead
    client.force_login(rep)
    page = client.get(f"/leads/{lead.pk}/").content.decode()
    part = client.get(f"/leads/{lead.pk}/clocks/", headers={"HX-Request": "true"}).content.decode()
    assert [
        text in page for text in ("First contact", "data-seconds", "Contact them for the first time")
    ] == [True] * 3
    assert page.count('class="clock"') == part.count('class="clock"') == 1


@pytest.mark.parametrize("many", [1, 3])
def test_a_leads_page_costs_the_same_at_any_number_of_clocks(
    client: Client, django_assert_num_queries: Any, many: int
) -> None:
    rep = make_user(role=Role.SDR)
    clock = running(rep).clock
    for number in range(1, many):
        earlier = {"started_at": MONDAY - number * DAY, "ended_at": MONDAY, "state": ClockState.MET}
        Clock.objects.create(**{**values_of(clock), **earlier})
    client.force_login(rep)
    client.get(f"/leads/{clock.lead_id}/")
    with django_assert_num_queries(14):
        client.get(f"/leads/{clock.lead_id}/")


def values_of(clock: Clock) -> dict[str, Any]:
    return {
        field.attname: getattr(clock, field.attname) for field in Clock._meta.fields if field.name != "id"
    }
