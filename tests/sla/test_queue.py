"""The queue: order, pages, filters, whose; and that it costs the same at any size."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from funnel.enums import Status
from funnel.models import Journey, Opportunity
from sla.enums import ClockKind, Urgency
from sla.models import Clock
from sla.selectors.queue import QueueFilter, queue_counts, queue_page
from sla.services.clocks import pause_clock
from smarketing.accounts.enums import Role
from smarketing.accounts.models import User
from tests.accounts.factories import make_user
from tests.funnel.pools import Crew
from tests.sla.factories import MONDAY, make_clock, make_handed_off

pytestmark = pytest.mark.django_db

EVERYBODY = QueueFilter(mine=False)


def waiting(owner: User | None = None, *, minutes: int = 0, score: int = 0, **fields) -> Clock:
    """A first-contact clock due that many minutes after MONDAY + 5, of a lead with this score."""
    owner = owner or make_user(role=Role.SDR)
    at = MONDAY + timedelta(minutes=minutes)
    clock = make_clock(journey=make_handed_off(owner=owner, at=at), owner=owner, at=at, **fields)
    clock.lead.intent = score
    clock.lead.save(update_fields=["intent"])
    return clock


def shown(user: User, wanted: QueueFilter = EVERYBODY, **options) -> list[Clock]:
    options = {"at": MONDAY, "after": None, "size": 25, **options}
    return [row.clock for row in queue_page(user, wanted, **options)]


def test_the_least_time_left_comes_first() -> None:
    later, sooner = waiting(minutes=9), waiting(minutes=2)
    assert shown(make_user()) == [sooner, later]


def test_in_one_minute_the_higher_score_comes_first() -> None:
    cold, hot = waiting(score=10), waiting(score=90)
    Clock.objects.filter(pk=hot.pk).update(due_at=hot.due_at + timedelta(seconds=59))
    assert shown(make_user()) == [hot, cold]


@pytest.mark.parametrize("wanted", [EVERYBODY, QueueFilter(mine=True)])
@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_pages_show_every_row_once(wanted: QueueFilter, size: int) -> None:
    rep = make_user(role=Role.SDR)
    for minutes, score in [(0, 5), (0, 5), (0, 9), (1, 0), (3, 7), (3, 8), (3, 8), (9, 1)]:
        waiting(rep, minutes=minutes, score=score)
    seen, after = [], None
    while page := queue_page(rep, wanted, at=MONDAY, after=after, size=size):
        seen += [row.clock.pk for row in page]
        after = page[-1].place
    assert seen == [clock.pk for clock in shown(rep, wanted)]


def test_a_rep_sees_their_own() -> None:
    mine, _other = waiting(), waiting()
    assert shown(mine.owner) == [mine]


def test_a_manager_sees_their_team_and_what_nobody_owns() -> None:
    boss = make_user(role=Role.MANAGER)
    mine = waiting(make_user(role=Role.SDR, reports_to=boss))
    waiting(make_user(role=Role.SDR))
    journey = make_handed_off(at=MONDAY + timedelta(minutes=1))
    nobodys = waiting(minutes=1)
    Clock.objects.filter(pk=nobodys.pk).update(owner=None, journey=journey, lead=journey.lead)
    assert [clock.pk for clock in shown(boss)] == [mine.pk, nobodys.pk]


def test_only_mine() -> None:
    boss = make_user(role=Role.MANAGER)
    waiting(make_user(role=Role.SDR, reports_to=boss))
    mine = waiting(boss)
    assert shown(boss, QueueFilter(mine=True)) == [mine]


def test_by_promise() -> None:
    waiting()
    decision = make_clock(ClockKind.DECISION)
    assert shown(make_user(), QueueFilter(mine=False, kind=ClockKind.DECISION)) == [decision]


@pytest.mark.parametrize(
    ("urgency", "found"),
    [
        (Urgency.LATE, ["late"]),
        (Urgency.SOON, ["soon"]),
        (Urgency.ON_TIME, ["calm"]),
        (Urgency.PAUSED, ["paused"]),
        ("", ["late", "soon", "calm"]),
    ],
)
def test_by_state(urgency: str, found: list[str]) -> None:
    at = MONDAY + timedelta(minutes=10)
    clocks = {"late": waiting(minutes=5), "soon": waiting(minutes=7), "calm": waiting(minutes=8)}
    clocks["paused"] = waiting(minutes=9)
    pause_clock(clock=clocks["paused"], at=at, until=at + timedelta(days=2))
    wanted = QueueFilter(mine=False, urgency=urgency)
    assert shown(make_user(), wanted, at=at) == [clocks[name] for name in found]


def test_what_has_ended_is_not_to_do() -> None:
    clock = waiting()
    Clock.objects.filter(pk=clock.pk).update(state="met", ended_at=MONDAY)
    assert shown(make_user()) == []


def test_the_sums() -> None:
    waiting(minutes=-9), waiting(), make_clock(ClockKind.DECISION)
    counts = queue_counts(make_user(), EVERYBODY, at=MONDAY)
    assert (counts.total, counts.late, counts.waiting) == (3, 1, 2)


def test_the_moves_of_a_row_are_those_of_the_reader() -> None:
    clock = waiting()
    rep_sees = queue_page(clock.owner, EVERYBODY, at=MONDAY, after=None, size=1)[0].moves
    ceo_sees = queue_page(make_user(role=Role.EXECUTIVE), EVERYBODY, at=MONDAY, after=None, size=1)[0].moves
    assert (sorted(rep_sees), ceo_sees) == (["disqualify", "postpone", "qualify", "recycle"], [])


# The page


@pytest.fixture
def rep(client: Client) -> User:
    rep = make_user(role=Role.SDR)
    client.force_login(rep)
    return rep


def test_a_visitor_is_sent_to_the_sign_in(client: Client) -> None:
    assert client.get("/queue/").headers["Location"] == "/sign-in/?next=/queue/"


def test_the_queue_is_only_read(client: Client, rep: User) -> None:
    assert client.post("/queue/").status_code == 405


def test_an_empty_queue_teaches(client: Client, rep: User) -> None:
    assert b'class="empty"' in client.get("/queue/").content


@pytest.mark.parametrize("many", [1, 3])
def test_the_page_costs_the_same_at_any_size(client: Client, rep: User, django_assert_num_queries, many: int):
    for _ in range(many):
        waiting(rep)
    with django_assert_num_queries(7):
        client.get("/queue/")


@pytest.mark.parametrize("many", [1, 3])
def test_everybodys_page_costs_the_same_at_any_size(client: Client, django_assert_num_queries, many: int):
    for _ in range(many):
        waiting()
    client.force_login(make_user())
    with django_assert_num_queries(8):
        client.get("/queue/")


@pytest.fixture
def open_deal() -> Opportunity:
    """Due yesterday by the calendar of the reader."""
    crew = Crew()
    journey = crew.journey_at("opportunity")
    yesterday = timezone.localdate() - timedelta(days=1)
    Opportunity.objects.filter(journey=journey).update(expected_close=yesterday)
    return Opportunity.objects.select_related("journey__lead__owner").get(journey=journey)


def deals_shown(client: Client, who: User) -> list[Opportunity]:
    client.force_login(who)
    return list(client.get("/queue/").context["deals"])


@pytest.mark.parametrize(("days", "shown"), [(-30, True), (0, True), (7, True), (8, False)])
def test_the_owner_sees_the_deals_that_close_now(
    client: Client, open_deal: Opportunity, days: int, shown: bool
) -> None:
    day = timezone.localdate() + timedelta(days=days)
    Opportunity.objects.update(expected_close=day)
    assert deals_shown(client, open_deal.journey.lead.owner) == ([open_deal] if shown else [])


def test_a_deal_that_ended_does_not_press(client: Client, open_deal: Opportunity) -> None:
    Opportunity.objects.update(status="won", closed_at=timezone.now())
    assert deals_shown(client, open_deal.journey.lead.owner) == []


def test_nobody_elses_deal_is_shown(client: Client, open_deal: Opportunity) -> None:
    assert deals_shown(client, make_user(role=Role.AE)) == []


def test_a_postponed_lead_says_when_it_comes_back_and_no_deadline(client: Client, rep: User) -> None:
    clock = waiting(rep)
    until = datetime(2026, 3, 20, 23, 30, tzinfo=UTC)
    pause_clock(clock=clock, at=MONDAY, until=until)
    Journey.objects.filter(pk=clock.journey_id).update(status=Status.POSTPONED, resume_at=until)
    rep.time_zone = "Europe/Madrid"
    rep.save(update_fields=["time_zone"])
    page = client.get("/queue/", {"state": Urgency.PAUSED}).content.decode()
    assert ("Postponed until 21 Mar 2026" in page, "due 9 Mar" in page) == (True, False)


def ask(client: Client, version: str):
    return client.get("/queue/", {"v": version}, headers={"HX-Request": "true"})


def test_nothing_new_is_said_with_nothing(client: Client, rep: User, django_assert_num_queries) -> None:
    clock = waiting(rep)
    Clock.objects.filter(pk=clock.pk).update(due_at=timezone.now() + timedelta(days=30))
    version = client.get("/queue/").context["version"]
    with django_assert_num_queries(5):
        answer = ask(client, version)
    assert (answer.status_code, answer.content) == (204, b"")


def test_a_new_hand_off_is_said_in_a_fragment(client: Client, rep: User) -> None:
    version = client.get("/queue/").context["version"]
    clock = waiting(rep)
    answer = ask(client, version)
    assert (b"<html" in answer.content, str(clock.lead).encode() in answer.content) == (False, True)


def test_the_title_counts_who_waits_for_a_first_contact(client: Client, rep: User) -> None:
    waiting(rep)
    assert b"<title>(1) Queue" in client.get("/queue/").content


def test_pages_follow_each_other(client: Client, rep: User) -> None:
    for _ in range(26):
        waiting(rep)
    first = client.get("/queue/").context
    second = client.get("/queue/", {"after": first["next_cursor"]}).context
    assert (len(first["rows"]), len(second["rows"]), second["next_cursor"]) == (25, 1, "")


@pytest.mark.parametrize("query", ["who=x", "kind=x", "state=x", "after=x", "after=1.1.99999999999999999999"])
def test_nonsense_shows_the_queue(client: Client, rep: User, query: str) -> None:
    waiting(rep)
    assert len(client.get(f"/queue/?{query}").context["rows"]) == 1


def test_the_state_is_said_in_words_without_a_script(client: Client, rep: User) -> None:
    waiting(rep)
    page = client.get("/queue/").content.decode()
    assert ("Missed" in page, " late" in page) == (True, True)


def test_a_postponed_lead_shows_its_day(client: Client, rep: User) -> None:
    clock = waiting(rep)
    until = MONDAY + timedelta(days=3)
    pause_clock(clock=clock, at=MONDAY, until=until)
    type(clock.journey).objects.filter(pk=clock.journey_id).update(status=Status.POSTPONED, resume_at=until)
    assert b"Postponed until" in client.get("/queue/", {"state": "paused"}).content


def test_wall_time_is_told_in_days(client: Client, rep: User) -> None:
    clock = make_clock(ClockKind.DECISION, owner=rep)
    Clock.objects.filter(pk=clock.pk).update(due_at=timezone.now() + timedelta(days=5, minutes=1))
    assert ">5 d 0 h</span> left" in client.get("/queue/").content.decode()
