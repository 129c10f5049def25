"""Saved views, columns and exports of the list of leads."""

import csv
import io
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from openpyxl import load_workbook

from funnel.enums import Stage
from funnel.models import SavedView
from funnel.selectors import lead_columns
from leads.models import Persona
from smarketing.accounts.enums import Role, Side
from smarketing.accounts.models import Team, User
from tests.accounts.factories import make_user
from tests.funnel.factories import bare_lead, make_journey
from tests.leads.factories import make_campaign

pytestmark = pytest.mark.django_db


@pytest.fixture
def clara() -> User:
    return make_user(role=Role.MARKETER)


@pytest.fixture
def marketer(client: Client, clara: User) -> Client:
    client.force_login(clara)
    return client


def names(client: Client, **params: Any) -> list[str]:
    return [journey.lead.first_name for journey in client.get("/leads/", params).context["page"]]


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ({"grade": "A1"}, ["Ana"]),
        ({"country": "es"}, ["Ana"]),
        ({"persona": "0"}, ["Bo"]),
        ({"q": "an"}, ["Ana"]),
    ],
)
def test_more_columns_filter(marketer: Client, params: dict[str, str], found: list[str]) -> None:
    persona = Persona.objects.create(name="Chief")
    make_journey(lead=bare_lead(first_name="Ana", grade="A1", country="ES", persona=persona))
    make_journey(lead=bare_lead(first_name="Bo", grade="B1", country="PT"))
    assert names(marketer, **params) == found


# Columns


def test_columns_are_kept_for_the_person(marketer: Client) -> None:
    marketer.post("/leads/columns/", {"column": ["country", "email", "nonsense"], "query": "stage=mql"})
    assert marketer.get("/leads/").context["shown"] == ["email", "country"]


def test_no_column_means_the_usual_ones(marketer: Client) -> None:
    marketer.post("/leads/columns/", {})
    assert marketer.get("/leads/").context["shown"] == list(lead_columns.USUAL)


def test_every_column_can_be_shown(marketer: Client, django_assert_num_queries) -> None:
    marketer.post("/leads/columns/", {"column": [column.key for column in lead_columns.ALL]})
    for _ in range(3):
        persona = Persona.objects.create(name=f"P{Persona.objects.count()}")
        make_journey(Stage.MQL, lead=bare_lead(persona=persona), campaign=make_campaign())
    with django_assert_num_queries(7):
        marketer.get("/leads/?all=1")


# Saved views


def save(
    client: Client, name: str = "Hot", sharing: str = "mine", query: str = "grade=A1&page=3"
) -> SavedView:
    client.post("/leads/views/", {"name": name, "sharing": sharing, "query": query})
    return SavedView.objects.get(name=name)


def test_a_view_keeps_filters_and_columns(marketer: Client) -> None:
    marketer.post("/leads/columns/", {"column": ["email"]})
    view = save(marketer)
    marketer.post("/leads/columns/", {"column": ["country"]})
    context = marketer.get(f"/leads/?{view.query}&view={view.pk}").context
    assert (view.query, context["shown"], context["view"]) == ("grade=A1", ["email"], view)


def test_the_same_name_replaces_it(marketer: Client) -> None:
    save(marketer)
    assert save(marketer, query="grade=B1").query == "grade=B1"


def test_a_view_is_renamed_and_shows_the_same(marketer: Client) -> None:
    view = save(marketer)
    answer = marketer.post(f"/leads/views/{view.pk}/", {"rename": "", "name": " Warm "})
    page = marketer.get(answer.headers["Location"])
    shown = page.content.decode()
    assert page.context["view"].name == "Warm"
    assert shown.index('name="rename"') < shown.index('name="open"')  # the key Enter presses the first
    assert list(SavedView.objects.exclude(name="").values_list("pk", "query")) == [(view.pk, "grade=A1")]


@pytest.mark.parametrize("name", ["", "  ", "Cold", "x" * 81])
def test_a_view_keeps_its_name_rather_than_an_impossible_one(marketer: Client, name: str) -> None:
    view, _other = save(marketer), save(marketer, name="Cold")
    answer = marketer.post(f"/leads/views/{view.pk}/", {"rename": "", "name": name, "query": "grade=A1"})
    view.refresh_from_db()
    assert (answer.headers["Location"], view.name) == ("/leads/?grade=A1", "Hot")


@pytest.mark.parametrize("name", [" ", "x" * 81])
def test_no_view_is_saved_under_an_impossible_name(marketer: Client, name: str) -> None:
    answer = marketer.post("/leads/views/", {"name": name, "sharing": "mine", "query": "grade=A1"})
    assert (answer.status_code < 500, SavedView.objects.exclude(name="").exists()) == (True, False)


def test_that_a_view_was_replaced_is_told(marketer: Client) -> None:
    body = {"query": "grade=A1", "name": "Hot", "sharing": "mine"}
    answers = [marketer.post("/leads/views/", body) for _time in range(2)]
    told = [str(list(get_messages(answer.wsgi_request))[-1]) for answer in answers]
    assert told == ["The view “Hot” was saved.", "Your view “Hot” was replaced."]


@pytest.mark.parametrize("body", [{}, {"name": " ", "sharing": "mine"}, {"name": "Hot", "sharing": "x"}])
def test_a_wrong_view_is_not_kept(marketer: Client, body: dict[str, str]) -> None:
    assert (marketer.post("/leads/views/", body).status_code, SavedView.objects.count()) == (302, 0)


@pytest.mark.parametrize(
    ("sharing", "same_team", "seen"),
    [
        ("mine", True, False),
        ("team", True, True),
        ("team", False, False),
        ("everybody", False, True),
    ],
)
def test_who_sees_a_view(marketer: Client, clara: User, sharing: str, same_team: bool, seen: bool) -> None:
    clara.team = Team.objects.create(name="Marketing", side=Side.MARKETING)
    clara.save()
    view = save(marketer, sharing=sharing)
    other = make_user(role=Role.SDR, team=clara.team if same_team else None)
    client = Client()
    client.force_login(other)
    assert (view in client.get("/leads/").context["views"]) == seen


def test_a_shared_view_shares_no_lead(marketer: Client) -> None:
    make_journey(lead=bare_lead(first_name="Ana", grade="A1"))
    view = save(marketer, sharing="everybody")
    client = Client()
    client.force_login(make_user(role=Role.SDR))
    assert names(client, grade="A1", view=view.pk) == []


def test_the_list_opens_with_the_chosen_view(marketer: Client) -> None:
    view = save(marketer)
    marketer.post(f"/leads/views/{view.pk}/", {"open": "", "query": "grade=A1"})
    assert marketer.get("/leads/").headers["Location"] == f"/leads/?grade=A1&view={view.pk}"


def test_all_leads_are_still_to_be_had(marketer: Client) -> None:
    view = save(marketer)
    marketer.post(f"/leads/views/{view.pk}/", {"open": ""})
    assert marketer.get("/leads/?all=1").status_code == 200


def test_a_deleted_view_opens_no_list(marketer: Client) -> None:
    view = save(marketer)
    marketer.post(f"/leads/views/{view.pk}/", {"open": ""})
    marketer.post(f"/leads/views/{view.pk}/", {"delete": ""})
    assert marketer.get("/leads/").status_code == 200


@pytest.mark.parametrize(("sharing", "told"), [("mine", False), ("team", True), ("everybody", True)])
def test_before_a_view_is_deleted_it_is_asked_and_said_who_loses_it(
    marketer: Client, sharing: str, told: bool
) -> None:
    view = save(marketer, sharing=sharing)
    html = marketer.get(f"/leads/?grade=A1&view={view.pk}").content.decode()
    assert (f"Delete the view “{view.name}”?" in html, "the others lose it" in html) == (True, told)


@pytest.mark.parametrize("body", [{"delete": ""}, {"open": ""}])
def test_anothers_private_view_is_not_there(marketer: Client, body: dict[str, str]) -> None:
    view = save(marketer)
    client = Client()
    client.force_login(make_user(role=Role.ADMIN))
    answer = client.post(f"/leads/views/{view.pk}/", body)
    assert (answer.status_code, SavedView.objects.filter(pk=view.pk).exists()) == (404, True)


def test_a_shared_view_is_only_deleted_and_renamed_by_its_owner(marketer: Client) -> None:
    view = save(marketer, sharing="everybody")
    client = Client()
    client.force_login(make_user(role=Role.ADMIN))
    for body in ({"delete": ""}, {"rename": "", "name": "Mine"}):
        assert client.post(f"/leads/views/{view.pk}/", body).status_code == 404


# Exports


def csv_rows(client: Client, **params: str) -> list[list[str]]:
    answer = client.get("/leads/export.csv", params)
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    return list(csv.reader(io.StringIO(text)))


def xlsx_rows(client: Client, **params: str) -> list[tuple[Any, ...]]:
    answer = client.get("/leads/export.xlsx", params)
    book = load_workbook(io.BytesIO(b"".join(answer.streaming_content)))  # type: ignore[attr-defined]
    return list(book.active.iter_rows(values_only=True))


def test_csv_holds_what_the_list_shows(marketer: Client) -> None:
    marketer.post("/leads/columns/", {"column": ["country", "fit"]})
    make_journey(lead=bare_lead(first_name="Ana", email="ana@x.example", country="ES", fit=40))
    make_journey(lead=bare_lead(first_name="Bo", country="PT"))
    assert csv_rows(marketer, country="ES") == [
        ["Name", "Company", "E-mail", "Country", "Fit"],
        ["Ana", "", "ana@x.example", "ES", "40"],
    ]


def test_an_export_has_all_pages(marketer: Client) -> None:
    for _ in range(27):
        make_journey()
    assert (len(csv_rows(marketer)), len(xlsx_rows(marketer))) == (28, 28)


FORMULA = '=HYPERLINK("https://evil.example","x")'


def test_csv_quotes_formulas(marketer: Client) -> None:
    make_journey(lead=bare_lead(first_name=FORMULA, company_name="@SUM(1)"))
    assert csv_rows(marketer)[1][:2] == [f"'{FORMULA}", "'@SUM(1)"]


def test_xlsx_keeps_formulas_as_text(marketer: Client) -> None:
    make_journey(lead=bare_lead(first_name=FORMULA))
    answer = marketer.get("/leads/export.xlsx")
    book = load_workbook(io.BytesIO(b"".join(answer.streaming_content)))  # type: ignore[attr-defined]
    cell = book.active["A2"]
    assert (cell.value, cell.data_type) == (FORMULA, "s")


def test_an_export_speaks_the_readers_language(marketer: Client) -> None:
    marketer.cookies["django_language"] = "es"
    assert csv_rows(marketer)[0][:2] == ["Nombre", "Empresa"]


@pytest.mark.parametrize(
    ("zone", "told"), [("Europe/Madrid", datetime(2026, 3, 29, 3, 30)), ("UTC", datetime(2026, 3, 29, 1, 30))]
)
def test_both_files_tell_moments_in_the_readers_zone_and_name_it(
    marketer: Client, zone: str, told: datetime
) -> None:
    """Half an hour after the clocks were put forward in Madrid."""
    User.objects.update(time_zone=zone)
    marketer.post("/leads/columns/", {"column": ["entered_at"]})
    make_journey(entered_at=datetime(2026, 3, 29, 1, 30, 59, 7, tzinfo=UTC))
    head = ["Name", "Company", "E-mail", f"Entered ({zone})"]
    first, row = csv_rows(marketer)
    assert (first, row[3]) == (head, f"{told:%Y-%m-%d %H:%M}")
    first, row = xlsx_rows(marketer)
    assert (list(first), row[3]) == (head, told)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_rep_exports_their_own_leads_only(client: Client, kind: str) -> None:
    rep = make_user(role=Role.SDR)
    make_journey(lead=bare_lead(first_name="Mine", owner=rep))
    make_journey(lead=bare_lead(first_name="Other", owner=make_user(role=Role.SDR)))
    client.force_login(rep)
    rows = csv_rows(client) if kind == "csv" else xlsx_rows(client)
    assert [row[0] for row in rows[1:]] == ["Mine"]


@pytest.mark.parametrize("many", [1, 3])
def test_an_export_costs_the_same_at_any_size(marketer: Client, django_assert_num_queries, many: int) -> None:
    for _ in range(many):
        make_journey(lead=bare_lead(owner=make_user(role=Role.SDR)))
    with django_assert_num_queries(5):
        csv_rows(marketer)
