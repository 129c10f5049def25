"""Queues, misses, attempts and the clocks of a lead in the API; as seen by whom."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from funnel.enums import Status
from funnel.models import Journey
from leads.enums import ActivityKind
from sla.enums import ClockKind, ClockState
from sla.selectors.clocks import clocks_of, overdue_clocks, queue_for
from sla.services.clocks import pause_clock, stop_clock
from smarketing.accounts.enums import Role, Scope
from tests.accounts.factories import bearer, make_user
from tests.leads.factories import make_activity
from tests.sla.factories import MONDAY, make_clock

pytestmark = pytest.mark.django_db
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
DUE = MONDAY + 5 * MINUTE


def url(clock) -> str:
    return reverse("sla-api:lead-clocks", args=[clock.lead_id])


@pytest.mark.parametrize(
    ("at", "state"),
    [(DUE, ClockState.RUNNING), (DUE + MINUTE, ClockState.BREACHED)],
    ids=["at due", "after"],
)
def test_a_miss_is_told_before_any_tick(at, state):
    assert make_clock().state_at(at) == state


def test_overdue_are_those_past_their_deadline_the_longest_first():
    second, first = make_clock(at=MONDAY), make_clock(at=MONDAY - MINUTE)
    make_clock(at=MONDAY + DAY)
    found = overdue_clocks(user=make_user(role=Role.EXECUTIVE), at=DUE + MINUTE)
    assert list(found) == [first, second]


def test_ended_and_paused_clocks_are_not_overdue():
    stop_clock(clock=make_clock(), at=DUE)
    pause_clock(clock=make_clock(), at=MONDAY, until=MONDAY + DAY)
    assert not overdue_clocks(user=make_user(role=Role.EXECUTIVE), at=DUE + DAY).exists()


def test_managers_see_the_misses_below_them_and_reps_their_own():
    boss = make_user(role=Role.MANAGER)
    rep, other = make_user(role=Role.SDR, reports_to=boss), make_user(role=Role.SDR)
    mine = make_clock(owner=rep)
    make_clock(owner=other)
    seen = [list(overdue_clocks(user=user, at=DUE + DAY)) for user in (boss, rep)]
    assert seen == [[mine], [mine]]


def test_the_queue_is_ones_own_most_urgent_first():
    rep = make_user(role=Role.SDR)
    later, sooner = make_clock(owner=rep, at=MONDAY + MINUTE), make_clock(owner=rep)
    make_clock()
    pause_clock(clock=make_clock(owner=rep), at=MONDAY, until=MONDAY + DAY)
    assert list(queue_for(rep)) == [sooner, later]


@pytest.mark.parametrize("count", [1, 3])
def test_the_queue_is_one_query_whatever_its_length(count, django_assert_num_queries):
    rep = make_user(role=Role.SDR)
    for _ in range(count):
        make_clock(owner=rep)
    with django_assert_num_queries(1):
        assert [(row.lead.company, row.journey.stage, row.made) for row in queue_for(rep)] == [
            (None, "mql", 0)
        ] * count


def test_attempts_are_contacts_by_people_since_the_hand_off():
    clock = make_clock(ClockKind.DECISION)
    for minutes, is_contact in ((-1, True), (1, True), (2, False), (3, True)):
        make_activity(clock.lead, ActivityKind.CALL, at=MONDAY + minutes * MINUTE, is_contact=is_contact)
    assert queue_for(clock.owner).get().made == 2


def test_attempts_after_giving_up_are_not_of_this_hand_off():
    """What a later journey brings must not keep a promise of the one before."""
    clock = make_clock()
    for minutes in (1, 3, 4):
        make_activity(clock.lead, ActivityKind.CALL, at=MONDAY + minutes * MINUTE, is_contact=True)
    gone = {"status": Status.RECYCLED, "closed_at": MONDAY + 3 * MINUTE}
    Journey.objects.filter(pk=clock.journey_id).update(**gone)
    assert clocks_of(lead_id=clock.lead_id).get().made == 2


def test_the_api_tells_a_leads_clocks(client: Client):
    clock = make_clock(at=timezone.now().replace(microsecond=0) - 30 * DAY)
    found = client.get(url(clock), headers=bearer(clock.owner)).json()["results"]
    assert [(row["id"], row["kind"], row["state"], row["attempts_made"]) for row in found] == [
        (clock.pk, "first_contact", "breached", 0)
    ]


@pytest.mark.parametrize("count", [1, 3])
def test_the_api_costs_the_same_for_one_and_three(client, count, django_assert_num_queries):
    clock = make_clock()
    for number in range(1, count):
        stop_clock(clock=clock, at=MONDAY + number * DAY)
        clock = make_clock(journey=clock.journey, owner=clock.owner, at=MONDAY + number * DAY)
    headers = bearer(clock.owner)
    client.get(url(clock), headers=headers)
    with django_assert_num_queries(3):  # token, lead, clocks
        assert len(client.get(url(clock), headers=headers).json()["results"]) == count


@pytest.mark.parametrize(
    ("who", "status"),
    [("owner", 200), ("boss", 200), ("team-mate", 404), ("outsider", 404)],
)
def test_who_may_ask(client, who, status):
    boss = make_user(role=Role.MANAGER)
    people = {
        "owner": make_user(role=Role.SDR, reports_to=boss),
        "boss": boss,
        "team-mate": make_user(role=Role.SDR, reports_to=boss),
        "outsider": make_user(role=Role.MANAGER),
    }
    clock = make_clock(owner=people["owner"])
    assert client.get(url(clock), headers=bearer(people[who])).status_code == status


def test_nobody_must_sign_in(client):
    assert client.get(url(make_clock())).status_code == 401


def test_a_token_needs_the_scope(client):
    headers = bearer(make_user(role=Role.ADMIN), scopes=[Scope.REMINDERS_READ])
    assert client.get(url(make_clock()), headers=headers).status_code == 403


def test_clocks_cannot_be_posted(client):
    assert client.post(url(make_clock()), headers=bearer()).status_code == 405


@pytest.mark.parametrize("lead", [0, 2**70])
def test_a_lead_that_is_not_there_is_not_found(client, lead):
    page = client.get(f"/api/v1/leads/{lead}/clocks", headers=bearer())
    assert page.status_code == 404
