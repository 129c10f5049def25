"""The search field of every page finds what the person may see, and only that."""

import pytest
from django.test import Client

from leads.models import Company
from leads.selectors.finding import find
from smarketing.accounts.enums import Role
from smarketing.accounts.models import User
from tests.accounts.factories import make_user
from tests.leads.factories import NOW, make_lead

pytestmark = pytest.mark.django_db


def names(user: User, text: str) -> tuple[list[str], list[str], list[str]]:
    found = find(user=user, text=text, most=5)
    return tuple([str(one) for one in kind] for kind in (found.leads, found.companies, found.people))


@pytest.fixture
def boss() -> User:
    return make_user(role=Role.MANAGER, first_name="Berta", last_name="Boss")


@pytest.fixture
def rep(boss: User) -> User:
    rep = make_user(role=Role.SDR, first_name="Ramon", last_name="Rep", reports_to=boss)
    acme = Company.objects.create(name="Acme Robots", domain="acme.example", created_at=NOW)
    make_lead(
        first_name="Ana",
        last_name="Gil",
        email="ana@acme.example",
        company=acme,
        company_name="Acme",
        owner=rep,
    )
    return rep


@pytest.mark.parametrize("text", ["ana", "gil an", "ANA@acme.example", "acme ana"])
def test_a_lead_is_found_by_beginnings_of_words(rep: User, text: str):
    assert names(rep, text)[0] == ["Ana Gil"]


def test_a_company_is_found_with_its_lead(rep: User):
    assert names(rep, "acme") == (["Ana Gil"], ["Acme Robots"], [])


def test_who_may_not_see_the_lead_finds_neither_it_nor_its_company(rep: User):
    assert names(make_user(role=Role.AE), "acme") == ([], [], [])


@pytest.mark.parametrize(
    ("role", "found"),
    [(Role.MARKETER, ["Ramon Rep"]), (Role.EXECUTIVE, ["Ramon Rep"]), (Role.AE, []), (Role.MANAGER, [])],
)
def test_a_colleague_is_found_by_who_sees_their_leads(rep: User, role: str, found: list[str]):
    assert names(make_user(role=role), "ramon")[2] == found


def test_a_manager_finds_their_own_people(rep: User, boss: User):
    assert (names(boss, "ramon")[2], names(boss, "berta")[2]) == (["Ramon Rep"], ["Berta Boss"])


@pytest.mark.parametrize("text", ["", "  ", "!!", "\\m", "' OR 1=1", "%", "ana | x", "*"])
def test_odd_texts_are_no_crash(rep: User, client: Client, text: str):
    client.force_login(rep)
    assert client.get("/search/", {"q": text}).status_code == 200


def test_nul_is_no_crash(rep: User, client: Client):
    client.force_login(rep)
    assert client.get("/search/?q=an%00a").status_code == 200


def test_while_typing_only_the_list_comes(rep: User, client: Client):
    client.force_login(rep)
    page = client.get("/search/?q=ana", headers={"HX-Request": "true"}).content.decode()
    assert ("<html" in page, "Ana Gil" in page) == (False, True)


def test_it_is_for_who_is_signed_in_and_only_read(client: Client):
    assert client.get("/search/?q=a").status_code == 302
    client.force_login(make_user())
    assert client.post("/search/").status_code == 405


@pytest.mark.parametrize("rows", [1, 3])
def test_it_costs_the_same_at_any_size(client: Client, rows: int, django_assert_num_queries):
    client.force_login(make_user())
    for _ in range(rows):
        make_lead(first_name="Ana")
    with django_assert_num_queries(7):  # session, user, few or many, leads, companies, people, engine
        client.get("/search/?q=ana")
