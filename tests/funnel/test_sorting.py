"""The list of leads, sorted by its columns."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from funnel.enums import Reason, Stage, Status
from funnel.models import Journey, SavedView
from funnel.selectors import lead_columns
from funnel.selectors.lead_sorting import BY, in_order
from leads.models import Lead, Persona
from smarketing.accounts.enums import Role
from tests.accounts.factories import make_user
from tests.funnel.factories import NOON, bare_lead, make_journey
from tests.leads.factories import make_campaign, make_company

pytestmark = pytest.mark.django_db

FIRST: dict[str, Any] = {
    "first_name": "Álvaro", "email": "a@x.example", "phone": "1", "job_title": "Agent", "country": "AT",
    "grade": "A1", "fit": 10, "interest": 10, "intent": 10, "last_meaningful_at": NOON,
}  # fmt: skip
SECOND: dict[str, Any] = {
    "first_name": "bea", "email": "B@x.example", "phone": "2", "job_title": "boss", "country": "ES",
    "grade": "B2", "fit": 20, "interest": 20, "intent": 20, "last_meaningful_at": NOON + timedelta(days=1),
}  # fmt: skip
NEVER_BLANK = {"stage", "status", "fit", "interest", "intent", "entered_at", "stage_since"}


def make_row(number: int, stage: str, status: str, fields: dict[str, Any]) -> Journey:
    at = NOON + timedelta(days=number)
    letter = "Áb"[number]
    lead = bare_lead(
        **fields,
        at=at,
        company=make_company(name=f"{letter} Ltd"),
        owner=make_user(role=Role.SDR, first_name=f"{letter}na"),
        persona=Persona.objects.create(name=f"{letter} persona"),
    )
    row = {"source": f"{letter}d", "landing_page": f"/{letter}", "campaign": make_campaign(name=letter)}
    return make_journey(
        stage,
        status,
        lead=lead,
        entered_at=at,
        reason=(Reason.NOT_READY, Reason.OTHER)[number],
        **row,
    )


def test_every_column_sorts_both_ways_and_what_is_blank_comes_last() -> None:
    first = make_row(0, Stage.NEW_NAME, Status.ACTIVE, FIRST)
    second = make_row(1, Stage.MQL, Status.DISQUALIFIED, SECOND)
    blank = make_journey(lead=bare_lead(at=NOON - timedelta(days=9)), entered_at=NOON - timedelta(days=9))
    Lead.objects.filter(pk=blank.lead_id).update(email="")
    rows, wrong = Journey.objects.all(), {}
    for key in BY:
        for sort, wanted in ((key, [first, second]), (f"-{key}", [second, first])):
            found = list(in_order(rows, sort))
            if key in NEVER_BLANK:
                found = [row for row in found if row != blank]
            else:
                wanted = [*wanted, blank]
            if found != wanted:
                wrong[sort] = found
    assert wrong == {}


def test_every_column_that_is_shown_can_be_sorted_by() -> None:
    assert set(BY) == set(lead_columns.BY_KEY)


@pytest.fixture
def marketer(client: Client) -> Client:
    client.force_login(make_user(role=Role.MARKETER))
    return client


def names(client: Client, **params: Any) -> list[str]:
    return [journey.lead.first_name for journey in client.get("/leads/", params).context["page"]]


@pytest.fixture
def three(db: None) -> None:
    for name, fit in (("Bo", 5), ("Ana", 5), ("Cy", 9)):
        make_journey(lead=bare_lead(first_name=name, fit=fit))


def test_the_address_sorts_and_ties_keep_an_order(marketer: Client, three: None) -> None:
    assert (names(marketer, sort="name"), names(marketer, sort="-fit")) == (
        ["Ana", "Bo", "Cy"],
        ["Cy", "Ana", "Bo"],
    )


def test_the_head_says_how_it_is_sorted_and_turns_it(marketer: Client, three: None) -> None:
    page = marketer.get("/leads/?q=&stage=new_name&sort=name&page=1").content.decode()
    assert (
        page.count('aria-sort="ascending"'),
        'href="?stage=new_name&amp;sort=-name"' in page,
        'href="?stage=new_name&amp;sort=-stage_since"' in page,
    ) == (1, True, True)


@pytest.mark.parametrize("sort", ["password", "-", "lead__owner__password", "name,fit", "--name", "\x00"])
@pytest.mark.parametrize("path", ["/leads/", "/leads/export.csv", "/leads/board/"])
def test_an_order_that_does_not_exist_is_refused(marketer: Client, path: str, sort: str) -> None:
    assert marketer.get(path, {"sort": sort}).status_code == 400


def test_a_view_keeps_the_order(marketer: Client) -> None:
    marketer.post("/leads/views/", {"name": "Hot", "sharing": "mine", "query": "grade=A1&sort=-fit"})
    assert SavedView.objects.get().query == "grade=A1&sort=-fit"


def test_a_view_keeps_no_order_that_does_not_exist(marketer: Client) -> None:
    marketer.post("/leads/views/", {"name": "Hot", "sharing": "mine", "query": "grade=A1&sort=x"})
    assert SavedView.objects.get().query == "grade=A1"


def test_an_export_is_sorted_as_the_list(marketer: Client, three: None) -> None:
    answer = marketer.get("/leads/export.csv?sort=-name")
    lines = b"".join(answer.streaming_content).decode().splitlines()  # type: ignore[attr-defined]
    assert [line[:2].rstrip(",") for line in lines[1:]] == ["Cy", "Bo", "An"]


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("funnel.selectors.lead_sorting.MOST_SORTED", 2)


def test_a_long_list_is_sorted_only_by_its_index(marketer: Client, three: None, short: None) -> None:
    context = marketer.get("/leads/?sort=name").context
    sortable = [head.query for head in context["sorts"] if head.query]
    assert ([j.lead.first_name for j in context["page"]], sortable) == (["Cy", "Ana"], ["sort=entered_at"])


def test_a_long_list_of_one_stage_is_sorted_by_its_time_too(
    marketer: Client, three: None, short: None
) -> None:
    heads = marketer.get("/leads/?stage=new_name").context["heads"]
    assert [bool(head.query) for head in heads if str(head.label) == "In stage since"] == [True]


def test_a_long_list_is_counted_when_asked(marketer: Client, three: None, short: None) -> None:
    assert b"More than 2 leads" in marketer.get("/leads/").content
    assert b"3 leads" in marketer.get("/leads/?count=1").content


def test_a_filtered_list_is_sorted_again(marketer: Client, three: None, short: None) -> None:
    assert names(marketer, sort="name", q="an") == ["Ana"]


@pytest.fixture
def own(client: Client) -> list[Lead]:
    """Sixty leads of the rep who is signed in, and one of somebody else, by name backwards."""
    rep = make_user(role=Role.SDR)
    client.force_login(rep)
    make_journey(lead=bare_lead(first_name="Aaron", owner=make_user(role=Role.SDR)))
    leads = [bare_lead(first_name=f"Rep {number:02}", owner=rep) for number in range(60)]
    for lead in reversed(leads):
        make_journey(lead=lead)
    return leads


def listed(client: Client, query: str) -> list[str]:
    return [row.lead.first_name for row in client.get(f"/leads/?{query}").context["page"]]


@pytest.mark.parametrize("most", [10_000, 59])
def test_a_rep_turns_the_pages_of_their_own_leads_by_name(
    client: Client, own: list[Lead], monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    """Also where they are too many to sort: then newest first, as for everybody."""
    monkeypatch.setattr("funnel.selectors.lead_sorting.MOST_SORTED", most)
    names = [lead.first_name for lead in own]
    found = [name for page in (1, 2, 3) for name in listed(client, f"sort=name&page={page}")]
    assert found == (names if most > 60 else names[:59])
    page = client.get("/leads/?sort=name").context
    assert (page["leads"], page["is_long"]) == (min(60, most), most < 60)
    assert listed(client, "sort=-name")[:2] == (names[::-1][:2] if most > 60 else names[:2])
