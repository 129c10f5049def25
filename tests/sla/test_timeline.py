"""The timeline of a lead tells whom a reminder of it reached: rows of this room on a page of another."""

from typing import Any

import pytest
from django.test import Client

from funnel.selectors.timeline import position_of, timeline
from leads.models import Lead
from sla.models import Mail, Reminder
from smarketing.accounts.models import User
from tests.accounts.factories import bearer
from tests.sla.ladders import MONDAY, make_chain, make_ladders

pytestmark = pytest.mark.django_db


@pytest.fixture
def told() -> tuple[Lead, User, User]:
    """A lead whose first reminder reached its rep; lead, rep, boss."""
    rep, boss, _ceo = make_chain()
    [clock] = make_ladders([rep])
    remind(clock.reminders.get(), rep)
    return clock.lead, rep, boss


def remind(reminder: Reminder, person: User) -> None:
    key = f"told-{reminder.pk}-{person.pk}"
    mail = Mail.objects.create(
        key=key,
        message_id=f"<{key}@test>",
        kind="reminder",
        recipient=person,
        address=person.email,
        state="sent",
        created_at=MONDAY,
        next_attempt_at=MONDAY,
        sent_at=MONDAY,
    )
    Reminder.objects.filter(pk=reminder.pk).update(state="sent", ended_at=MONDAY)
    mail.deliveries.create(reminder=reminder, role="rep")


def rows(client: Client, lead: Lead, who: User) -> list[dict[str, Any]]:
    answer = client.get(f"/api/v1/leads/{lead.pk}/timeline", headers=bearer(who))
    assert answer.status_code == 200
    found: list[dict[str, Any]] = answer.json()["results"]
    return found


def test_the_api_tells_who_was_reminded_of_what(client: Client, told: tuple[Lead, User, User]) -> None:
    lead, rep, boss = told
    [row] = rows(client, lead, boss)
    assert (row["kind"], row["reminder"]["promise"], row["reminder"]["state"]) == (
        "reminder",
        "first_contact",
        "sent",
    )
    assert [(one["person"]["id"], one["role"]) for one in row["reminder"]["told"]] == [(rep.pk, "rep")]


@pytest.mark.parametrize("state", ["pending", "claimed", "skipped"])
def test_what_told_nobody_is_not_told(client: Client, told: tuple[Lead, User, User], state: str) -> None:
    Reminder.objects.update(state=state)
    assert rows(client, told[0], told[2]) == []


def test_what_could_not_be_delivered_is_told(client: Client, told: tuple[Lead, User, User]) -> None:
    Reminder.objects.update(state="dead")
    assert [row["reminder"]["state"] for row in rows(client, told[0], told[2])] == ["dead"]


def test_the_page_names_whom_it_reached(client: Client, told: tuple[Lead, User, User]) -> None:
    lead, rep, boss = told
    client.force_login(boss)
    page = client.get(f"/leads/{lead.pk}/", {"show": "reminder"}).content.decode()
    assert "Reminder sent" in page
    assert str(rep) in page[page.index("Reminder sent") :]


def test_nobody_elses_lead_tells_its_reminders(client: Client, told: tuple[Lead, User, User]) -> None:
    outsider, _boss, _ceo = make_chain()
    answer = client.get(f"/api/v1/leads/{told[0].pk}/timeline", headers=bearer(outsider))
    assert answer.status_code == 404


def test_reminders_of_one_moment_are_paged_without_gap(told: tuple[Lead, User, User]) -> None:
    lead, rep, _boss = told
    [clock] = lead.clocks.all()
    for step in (1, 2):
        remind(Reminder.objects.create(clock=clock, step=step, due_at=MONDAY), rep)
    first = timeline(lead, size=2)
    rest = timeline(lead, after=position_of(first[-1]), size=2)
    assert [entry.row.step for entry in (*first, *rest)] == [2, 1, 0]
