"""The team page: what everybody can take, has and owes; and giving their leads away."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from funnel.enums import Stage, Status
from funnel.models import Assignment, BulkJob, Journey, RoutingMember, RoutingRule
from leads.models import Lead
from sla.models import Clock
from sla.selectors.team import Load, OpenLeads, loads, workers_of
from smarketing.accounts.enums import Role
from smarketing.accounts.models import Absence, User
from tests.accounts.factories import make_user
from tests.funnel.pools import make_pool
from tests.sla.factories import make_clock, make_handed_off
from tests.sla.ladders import MONDAY

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
TODAY = MONDAY.date()


class Desk:
    """A manager with two SDRs in one pool, and somebody else's SDR."""

    def __init__(self) -> None:
        self.boss = make_user(role=Role.MANAGER)
        self.anna = make_user(role=Role.SDR, reports_to=self.boss, first_name="Anna")
        self.ben = make_user(role=Role.SDR, reports_to=self.boss, first_name="Ben")
        self.other_boss = make_user(role=Role.MANAGER)
        self.stranger = make_user(role=Role.SDR, reports_to=self.other_boss)
        self.pool = make_pool(self.anna, self.ben)

    def lead(self, owner: User, **fields: Any) -> Journey:
        """Handed to ``owner`` an hour ago, with a clock that rang."""
        at = fields.pop("at", timezone.now() - 30 * timedelta(days=1))
        journey = make_handed_off(owner=owner, at=at, **fields)
        make_clock(journey=journey, owner=owner, at=at)
        Assignment.objects.create(journey=journey, lead=journey.lead, user=owner, assigned_at=at)
        return journey

    def load(self, person: User, *, at: Any = MONDAY) -> Load:
        return loads([person], at=at, today=at.date())[0]


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def manager(client: Client, desk: Desk) -> Client:
    client.force_login(desk.boss)
    return client


def owner_of(journey: Journey) -> User | None:
    return Lead.objects.select_related("owner").get(pk=journey.lead_id).owner


def test_a_manager_sees_who_works_below_them(desk: Desk) -> None:
    make_user(role=Role.MARKETER, reports_to=desk.boss)
    make_user(role=Role.SDR, reports_to=desk.boss, is_active=False)
    chief = make_user(role=Role.EXECUTIVE)
    seen = [set(workers_of(viewer)) for viewer in (desk.boss, chief, desk.anna)]
    assert seen == [{desk.anna, desk.ben}, {desk.anna, desk.ben, desk.stranger}, set()]


def test_a_manager_who_owns_leads_is_in_their_team(desk: Desk) -> None:
    desk.lead(desk.boss)
    assert desk.boss in workers_of(desk.boss)


def test_open_leads_are_counted_by_state(desk: Desk) -> None:
    make_handed_off(owner=desk.anna)
    make_handed_off(owner=desk.anna, status=Status.POSTPONED)
    make_handed_off(owner=desk.anna, stage=Stage.SQL)
    make_handed_off(owner=desk.anna, status=Status.DISQUALIFIED)
    make_handed_off(owner=desk.anna, stage=Stage.ENGAGED)
    load = desk.load(desk.anna)
    assert (load.open, load.total) == ({"mql": 1, "postponed": 1, "sql": 1}, 3)


def test_capacity_counts_what_was_given_in_thirty_days(desk: Desk) -> None:
    RoutingMember.objects.filter(user=desk.anna).update(capacity=3)
    for days in (0, 29, 31):
        desk.lead(desk.anna, at=MONDAY - timedelta(days=days))
    load = desk.load(desk.anna, at=MONDAY + HOUR)
    assert (load.given, load.capacity, load.free) == (2, 3, 1)


def test_one_pool_without_a_bound_makes_the_capacity_unbounded(desk: Desk) -> None:
    RoutingMember.objects.filter(user=desk.anna).update(capacity=3)
    make_pool(desk.anna)
    assert (desk.load(desk.anna).capacity, desk.load(desk.ben).capacity) == (None, None)


@pytest.mark.parametrize(("minutes", "overdue"), [(5, 0), (6, 1)])
def test_overdue_is_what_is_past_its_deadline_now(desk: Desk, minutes: int, overdue: int) -> None:
    desk.lead(desk.anna, at=MONDAY)
    assert desk.load(desk.anna, at=MONDAY + timedelta(minutes=minutes)).overdue == overdue


def test_contacted_in_time_is_of_the_last_thirty_days(desk: Desk) -> None:
    desk.lead(desk.anna, at=MONDAY)
    desk.lead(desk.anna, at=MONDAY - timedelta(days=60))
    contacted = desk.load(desk.anna, at=MONDAY + HOUR).contacted
    assert (contacted.missed, contacted.decided, contacted.percent) == (1, 1, 0)


def test_the_present_absence_comes_before_the_next(desk: Desk) -> None:
    day = timedelta(days=1)
    for start, end in ((-9, -8), (5, 6), (-1, 1)):
        Absence.objects.create(user=desk.anna, starts_at=MONDAY + start * day, ends_at=MONDAY + end * day)
    load = desk.load(desk.anna)
    assert (load.absence.starts_at, load.is_away) == (MONDAY - day, True)
    later = desk.load(desk.anna, at=MONDAY + 2 * day)
    assert (later.absence.starts_at, later.is_away) == (MONDAY + 5 * day, False)


def test_who_is_behind_comes_first(manager: Client, desk: Desk) -> None:
    desk.lead(desk.ben)
    shown = [(load.person, load.overdue) for load in manager.get("/team/").context["page"]]
    assert shown == [(desk.ben, 1), (desk.anna, 0)]


def test_every_number_opens_as_many_leads(manager: Client, desk: Desk) -> None:
    desk.lead(desk.ben), desk.lead(desk.ben, stage=Stage.SQL)
    make_handed_off(owner=desk.ben, status=Status.POSTPONED)
    counts = [
        manager.get(f"/leads/?owner={desk.ben.pk}&{query}").context["page"].paginator.count
        for query in ("status=active&stage=mql", "status=active&stage=sql", "status=postponed")
    ]
    (load,) = [one for one in manager.get("/team/").context["page"] if one.person == desk.ben]
    assert counts == [load.open["mql"], load.open["sql"], load.open["postponed"]]


@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_the_late_ones_come_first_on_pages_of_any_size(desk: Desk, size: int) -> None:
    late = [desk.lead(desk.anna, at=MONDAY - day * timedelta(days=1)) for day in (2, 3)]
    calm = [make_handed_off(owner=desk.anna, at=MONDAY - day * timedelta(days=1)) for day in (1, 9, 5)]
    leads = OpenLeads(desk.anna, at=MONDAY, total=5)
    shown = [row.pk for first in range(0, 5, size) for row in leads[first : min(first + size, 5)]]
    assert (leads.count(), shown) == (5, [row.pk for row in (late[1], late[0], calm[1], calm[2], calm[0])])


@pytest.mark.parametrize("many", [1, 3])
@pytest.mark.parametrize(("page", "queries"), [("/team/", 11), ("/team/{}/", 14)])
def test_the_pages_cost_the_same_at_any_size(
    manager: Client, desk: Desk, django_assert_num_queries, many: int, page: str, queries: int
) -> None:
    for _ in range(many):
        person = make_user(role=Role.SDR, reports_to=desk.boss)
        RoutingMember.objects.create(rule=desk.pool, user=person)
        desk.lead(person), desk.lead(desk.anna)
    with django_assert_num_queries(queries):
        manager.get(page.format(desk.anna.pk))


def test_nobody_below_is_taught(client: Client) -> None:
    client.force_login(make_user(role=Role.MANAGER))
    assert b"Nobody works leads below you yet" in client.get("/team/").content


def test_an_absence_is_entered(manager: Client, desk: Desk) -> None:
    answer = manager.post(f"/team/{desk.anna.pk}/absence/", {"first": "2026-12-21", "last": "2026-12-24"})
    absence = Absence.objects.get()
    assert (answer.status_code, absence.user, (absence.ends_at - absence.starts_at).days) == (
        302,
        desk.anna,
        4,
    )


def test_an_absence_that_ends_before_it_begins_comes_back(manager: Client, desk: Desk) -> None:
    answer = manager.post(f"/team/{desk.anna.pk}/absence/", {"first": "2026-12-21", "last": "2026-12-20"})
    assert (answer.status_code, list(answer.context["absence_form"].errors)) == (422, ["last"])


def test_weight_and_capacity_are_set(manager: Client, desk: Desk) -> None:
    part = RoutingMember.objects.get(user=desk.anna)
    typed = {f"{part.pk}-weight": "3", f"{part.pk}-capacity": "40", f"{part.pk}-is_active": "on"}
    answer = manager.post(f"/team/{desk.anna.pk}/pools/{part.pk}/", typed)
    part.refresh_from_db()
    assert (answer.status_code, part.weight, part.capacity, part.is_active) == (302, 3, 40, True)


def test_a_weight_of_nothing_comes_back(manager: Client, desk: Desk) -> None:
    part = RoutingMember.objects.get(user=desk.anna)
    answer = manager.post(f"/team/{desk.anna.pk}/pools/{part.pk}/", {f"{part.pk}-weight": "0"})
    (_part, form) = answer.context["pools"][0]
    assert (answer.status_code, list(form.errors)) == (422, ["weight"])


def give(client: Client, rep: User, **body: Any) -> Any:
    return client.post(f"/team/{rep.pk}/leads/", body)


def test_it_asks_first_with_the_number(manager: Client, desk: Desk) -> None:
    journeys = [desk.lead(desk.anna) for _ in range(2)]
    page = give(manager, desk.anna, scope="all", to=desk.ben.pk)
    assert (page.status_code, len(page.context["ids"]), [owner_of(j) for j in journeys]) == (
        200,
        2,
        [desk.anna, desk.anna],
    )


@pytest.mark.parametrize(("scope", "given"), [("all", 3), ("overdue", 2), ("ticked", 1)])
def test_all_overdue_or_ticked_go_to_one_person(manager: Client, desk: Desk, scope: str, given: int) -> None:
    late = [desk.lead(desk.anna) for _ in range(2)]
    calm = make_handed_off(owner=desk.anna, at=timezone.now())
    foreign = desk.lead(desk.stranger)
    ticked = [late[0].pk, foreign.pk]
    body = {"scope": scope, "to": desk.ben.pk, "reason": "On leave", "journey": ticked}
    give(manager, desk.anna, confirmed="1", expected=given, **body)
    got = [owner_of(journey) for journey in (*late, calm)]
    assert (got.count(desk.ben), owner_of(foreign)) == (given, desk.stranger)


def test_a_fresh_rep_clock_stands_beside_the_leads_total(manager: Client, desk: Desk) -> None:
    journey = desk.lead(desk.anna)
    first = Clock.objects.get(journey=journey)
    give(manager, desk.anna, scope="all", to=desk.ben.pk, reason="x", confirmed="1", expected=1)
    now = Clock.objects.get(journey=journey, ended_at=None)
    assert (now.owner, now.lead_started_at, now.started_at > first.started_at) == (
        desk.ben,
        first.lead_started_at,
        True,
    )


def test_routing_distributes_and_leaves_nobody_out_of_sight(manager: Client, desk: Desk) -> None:
    journeys = [desk.lead(desk.anna) for _ in range(2)]
    RoutingMember.objects.filter(user=desk.ben).update(is_active=False)
    give(manager, desk.anna, scope="all", to="route", reason="x", confirmed="1", expected=2)
    waiting = Journey.objects.filter(pk__in=[j.pk for j in journeys]).exclude(unassigned_since=None)
    assert ([owner_of(j) for j in journeys], waiting.count(), BulkJob.objects.get().failures) == (
        [None, None],
        2,
        [],
    )


def test_another_number_than_confirmed_is_asked_again(manager: Client, desk: Desk) -> None:
    journey = desk.lead(desk.anna)
    page = give(manager, desk.anna, scope="all", to="route", reason="x", confirmed="1", expected=5)
    assert (page.status_code, owner_of(journey), BulkJob.objects.count()) == (409, desk.anna, 0)


def test_a_reason_is_asked_for(manager: Client, desk: Desk) -> None:
    desk.lead(desk.anna)
    page = give(manager, desk.anna, scope="all", to="route", confirmed="1", expected=1)
    assert (page.status_code, list(page.context["form"].errors), BulkJob.objects.count()) == (
        422,
        ["reason"],
        0,
    )


def test_nothing_chosen_goes_back(manager: Client, desk: Desk) -> None:
    desk.lead(desk.anna)
    assert give(manager, desk.anna, scope="ticked", to="route")["Location"] == f"/team/{desk.anna.pk}/"


def test_nonsense_comes_back(manager: Client, desk: Desk) -> None:
    desk.lead(desk.anna)
    answers = [give(manager, desk.anna, scope="x", to="route"), give(manager, desk.anna, scope="all", to="9")]
    assert [answer.status_code for answer in answers] == [422, 422]


def test_who_may_do_what(client: Client, desk: Desk) -> None:
    make_pool(desk.stranger)
    chief, admin = make_user(role=Role.EXECUTIVE), make_user(role=Role.ADMIN)
    part = RoutingMember.objects.get(user=desk.anna)
    rep = f"/team/{desk.anna.pk}/"
    answers = {}
    for viewer in (desk.boss, desk.other_boss, desk.ben, chief, admin):
        client.force_login(viewer)
        reads = [client.get(path).status_code for path in ("/team/", rep)]
        writes = [
            client.post(f"{rep}{path}").status_code for path in ("absence/", f"pools/{part.pk}/", "leads/")
        ]
        answers[viewer] = (reads, writes)
    assert answers == {
        desk.boss: ([200, 200], [422, 422, 422]),
        desk.other_boss: ([200, 404], [404, 404, 404]),
        desk.ben: ([403, 403], [403, 403, 403]),
        chief: ([200, 200], [403, 403, 403]),
        admin: ([200, 200], [422, 422, 422]),
    }


def test_a_part_of_somebody_else_is_not_there(manager: Client, desk: Desk) -> None:
    part = RoutingMember.objects.get(user=desk.ben)
    assert manager.post(f"/team/{desk.anna.pk}/pools/{part.pk}/", {}).status_code == 404
    assert RoutingRule.objects.count() == 1
