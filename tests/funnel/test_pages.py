"""The funnel page, the list of leads and the page of one lead."""

from datetime import timedelta

import pytest
from django.test import Client

from funnel.enums import Reason, Stage, Status
from funnel.forms import page_params
from leads.enums import ActivityKind, ScoreCause
from leads.services.scoring import rescore_lead
from smarketing.accounts.enums import Role
from tests.accounts.factories import make_user
from tests.funnel.factories import bare_lead, make_journey
from tests.leads.factories import NOW, live_rule_set, make_activity, make_company

pytestmark = pytest.mark.django_db


@pytest.fixture
def marketer(client: Client) -> Client:
    client.force_login(make_user(role=Role.MARKETER))
    return client


def listed(client: Client, **params: str) -> list[int]:
    """Ids of the leads on the first page of the list."""
    return [journey.lead_id for journey in client.get("/leads/", params).context["page"]]


@pytest.mark.parametrize("path", ["/funnel/", "/leads/", "/leads/1/"])
def test_a_visitor_is_sent_to_the_sign_in(client: Client, path: str) -> None:
    assert client.get(path).headers["Location"] == f"/sign-in/?next={path}"


@pytest.mark.parametrize("path", ["/funnel/", "/leads/"])
def test_pages_are_only_read(marketer: Client, path: str) -> None:
    assert marketer.post(path).status_code == 405


@pytest.mark.parametrize("path", ["/funnel/", "/leads/"])
def test_an_empty_funnel_says_what_to_do(marketer: Client, path: str) -> None:
    page = marketer.get(path)
    assert (page.status_code, b'class="card-box empty"' in page.content) == (200, True)


def test_the_front_page_is_the_dashboard(marketer: Client) -> None:
    assert marketer.get("/").headers["Location"] == "/dashboard/"


def test_a_reps_day_begins_with_the_queue(client: Client) -> None:
    client.force_login(make_user(role=Role.AE))
    assert client.get("/").headers["Location"] == "/queue/"


@pytest.mark.parametrize("many", [1, 3])
def test_the_funnel_costs_the_same_at_any_size(
    marketer: Client, django_assert_num_queries, many: int
) -> None:
    for _ in range(many):
        make_journey(Stage.CUSTOMER)
    with django_assert_num_queries(8):
        marketer.get("/funnel/")


@pytest.mark.parametrize("many", [1, 3])
def test_the_list_costs_the_same_at_any_size(marketer: Client, django_assert_num_queries, many: int) -> None:
    for _ in range(many):
        make_journey(lead=bare_lead(company=make_company(), owner=make_user(role=Role.SDR)))
    with django_assert_num_queries(7):
        marketer.get("/leads/")


def test_every_number_of_the_funnel_opens_as_many_leads(marketer: Client) -> None:
    make_journey(Stage.CUSTOMER, source="fair")
    make_journey(Stage.MQL, source="")
    make_journey(Stage.SQL, Status.RECYCLED, reason=Reason.NO_BUDGET)
    report = marketer.get("/funnel/").context["report"]
    numbers = [report.leads, report.won, *(detour.number for detour in report.detours)]
    for row in report.stages:
        numbers += [row.entered, row.balance]
    for group in report.breakdown.rows:
        numbers += group.reached.values()
    for cohort in report.cohorts:
        numbers += cohort.reached.values()
    opened = [marketer.get("/leads/", page_params(n.params)).context["page"].paginator.count for n in numbers]
    assert opened == [number.count for number in numbers]


def test_a_rep_lists_their_own_leads_only(client: Client) -> None:
    rep = make_user(role=Role.SDR)
    mine = make_journey(lead=bare_lead(owner=rep))
    make_journey(lead=bare_lead(owner=make_user(role=Role.SDR)))
    client.force_login(rep)
    assert listed(client) == [mine.lead_id]


def test_a_manager_lists_their_teams_leads(client: Client) -> None:
    boss = make_user(role=Role.MANAGER)
    theirs = make_journey(lead=bare_lead(owner=make_user(role=Role.SDR, reports_to=boss)))
    make_journey(lead=bare_lead(owner=make_user(role=Role.SDR)))
    client.force_login(boss)
    assert listed(client) == [theirs.lead_id]


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ({"q": "ana"}, ["Ana"]),
        ({"q": "rome.example"}, ["Bo"]),
        ({"stage": "mql"}, ["Bo"]),
        ({"source": "fair"}, ["Ana"]),
        ({"source": "~"}, ["Bo"]),
        ({"owner": "none"}, ["Bo", "Ana"]),
        ({"entered_from": "2026-03-03"}, []),
        ({"stage": "nonsense"}, ["Bo", "Ana"]),
    ],
)
def test_the_list_filters(marketer: Client, params: dict[str, str], found: list[str]) -> None:
    make_journey(source="fair", lead=bare_lead(first_name="Ana", source="fair"))
    make_journey(Stage.MQL, lead=bare_lead(first_name="Bo", email="x@rome.example"))
    page = marketer.get("/leads/", params)
    assert [journey.lead.first_name for journey in page.context["page"]] == found


def test_a_wrong_filter_is_named(marketer: Client) -> None:
    page = marketer.get("/leads/", {"entered_from": "2026-03-03", "entered_to": "2026-03-01"})
    assert "entered_to" in page.context["form"].errors


@pytest.mark.parametrize("page", ["0", "-1", "x", "99999999999999999999", "²"])
def test_a_nonsense_page_shows_a_page(marketer: Client, page: str) -> None:
    make_journey()
    assert [marketer.get(path, {"page": page}).status_code for path in ("/leads/", "/funnel/")] == [200, 200]


def test_a_lead_of_somebody_else_is_not_found(client: Client) -> None:
    lead = make_journey(lead=bare_lead(owner=make_user(role=Role.SDR))).lead
    client.force_login(make_user(role=Role.SDR))
    assert client.get(f"/leads/{lead.pk}/").status_code == 404


def test_the_score_is_explained_rule_by_rule(marketer: Client) -> None:
    live_rule_set(at=NOW)
    lead = make_journey(lead=bare_lead(job_title="CEO", at=NOW)).lead
    make_activity(lead, ActivityKind.DEMO_REQUEST)
    rescore_lead(lead_id=lead.pk, at=NOW, cause=ScoreCause.ACTIVITY)
    lead.refresh_from_db()
    parts = marketer.get(f"/leads/{lead.pk}/").context["scores"]
    shown = [(part["points"], sum(line.counted for line in part["lines"])) for part in parts]
    assert shown == [(lead.fit, lead.fit), (lead.interest, lead.interest), (lead.intent, lead.intent)]


def test_markup_in_a_name_stays_text(marketer: Client) -> None:
    lead = make_journey(lead=bare_lead(first_name="<script>alert(1)</script>{{ 7 }}")).lead
    for path in ("/leads/", f"/leads/{lead.pk}/"):
        assert b"&lt;script&gt;alert(1)&lt;/script&gt;{{ 7 }}" in marketer.get(path).content


def test_earlier_cycles_are_shown(marketer: Client) -> None:
    first = make_journey(Stage.SQL, Status.RECYCLED, reason=Reason.TIMING, is_current=False)
    make_journey(lead=first.lead, number=2)
    page = marketer.get(f"/leads/{first.lead_id}/")
    assert [journey.number for journey in page.context["journeys"]] == [2, 1]


def test_the_timeline_is_paged_from_the_newest(marketer: Client) -> None:
    lead = make_journey().lead
    for number in range(31):
        make_activity(lead, ActivityKind.NOTE, note=f"note {number}", at=NOW + timedelta(minutes=number))
    page = marketer.get(f"/leads/{lead.pk}/")
    older = marketer.get(f"/leads/{lead.pk}/", {"before": page.context["older"]})
    notes = [entry.row.note for shown in (page, older) for entry in shown.context["entries"]]
    assert notes == [f"note {number}" for number in reversed(range(31))]


def test_first_and_last_touch_stand_on_the_page(marketer: Client) -> None:
    first = {"utm_source": "ads", "utm_campaign": "spring", "at": "2026-03-02T09:00:00+00:00"}
    last = {"referrer": "https://blog.example/", "landing_page": "https://acme.example/guide"}
    lead = make_journey(lead=bare_lead(first_touch=first, last_touch=last)).lead
    facts = dict(marketer.get(f"/leads/{lead.pk}/").context["facts"])
    assert facts["First came from"] == "ads / spring · 2 Mar 2026"
    assert facts["Came last from"] == "https://blog.example/ → https://acme.example/guide"


def test_a_lead_that_came_once_came_last_from_nowhere_else(marketer: Client) -> None:
    lead = make_journey(
        lead=bare_lead(first_touch={"utm_source": "ads"}, last_touch={"utm_source": "ads"})
    ).lead
    assert "Came last from" not in dict(marketer.get(f"/leads/{lead.pk}/").context["facts"])


@pytest.mark.parametrize(
    ("part", "kinds"),
    [
        ("contacts", ["call"]),
        ("forms", ["demo_request"]),
        ("pages", ["page_view"]),
        ("mails", ["email_open"]),
        ("reminder", []),
        ("nonsense", ["call", "demo_request", "page_view", "email_open"]),
    ],
)
def test_the_timeline_is_narrowed_to_one_part(marketer: Client, part: str, kinds: list[str]) -> None:
    lead = make_journey().lead
    for number, kind in enumerate(reversed(["call", "demo_request", "page_view", "email_open"])):
        make_activity(lead, ActivityKind(kind), at=NOW + timedelta(minutes=number))
    page = marketer.get(f"/leads/{lead.pk}/", {"show": part})
    assert [entry.row.kind for entry in page.context["entries"] if entry.kind == "activity"] == kinds


def test_a_broken_cursor_shows_the_newest(marketer: Client) -> None:
    lead = make_journey().lead
    make_activity(lead)
    assert len(marketer.get(f"/leads/{lead.pk}/", {"before": "nonsense"}).context["entries"]) == 1


@pytest.mark.parametrize("many", [1, 3])
def test_a_lead_costs_the_same_however_much_happened(
    marketer: Client, django_assert_num_queries, many: int
) -> None:
    live_rule_set(at=NOW)
    lead = make_journey(lead=bare_lead(company=make_company(), owner=make_user(role=Role.SDR))).lead
    for _ in range(many):
        make_activity(lead, ActivityKind.DEMO_REQUEST)
    rescore_lead(lead_id=lead.pk, at=NOW, cause=ScoreCause.ACTIVITY)
    with django_assert_num_queries(14):
        marketer.get(f"/leads/{lead.pk}/")
