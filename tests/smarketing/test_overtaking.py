"""Two people change the same setting: nothing is overwritten unseen, nothing typed is lost."""

from html.parser import HTMLParser

import pytest
from django.test import Client

from leads.models import Campaign, Form
from smarketing.accounts.enums import Role
from smarketing.accounts.models import Team, User
from tests.accounts.factories import make_team, make_user
from tests.funnel.pools import make_pool
from tests.leads.factories import make_campaign, make_form
from tests.sla.factories import make_policy
from tests.sla.test_agreements import make_agreement

pytestmark = pytest.mark.django_db

PAGES = {
    "person": lambda: f"/settings/people/{make_user(role=Role.SDR).pk}/",
    "team": lambda: f"/settings/teams/{make_team().pk}/",
    "policy": lambda: f"/settings/policies/{make_policy().pk}/",
    "calendar": lambda: f"/settings/calendars/{make_policy().calendar_id}/",
    "routing rule": lambda: f"/settings/routing/{make_pool(make_user(role=Role.SDR)).pk}/",
    "campaign": lambda: f"/campaigns/{make_campaign().pk}/edit/",
    "form": lambda: f"/forms/{make_form(mapping={'email': 'email'}).pk}/edit/",
    "agreement": lambda: f"/agreement/{make_agreement().pk}/plan/",
}


class Filled(HTMLParser):
    """What a browser would send of the form that has a name in it, as it came."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.forms: list[dict[str, list[str]]] = []
        self._select = self._area = ""
        self.feed(text)

    @property
    def values(self) -> dict[str, list[str]]:
        return next(form for form in self.forms if {"name", "first_name"} & set(form))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name, value = given.get("name") or "", given.get("value") or ""
        if tag == "form":
            self.forms.append({})
        elif tag == "input" and name and self.forms:
            if given.get("type") not in ("checkbox", "radio") or "checked" in given:
                self.forms[-1].setdefault(name, []).append(value)
        elif tag == "select":
            self._select = name
        elif tag == "option" and "selected" in given:
            self.forms[-1].setdefault(self._select, []).append(value)
        elif tag == "textarea":
            self._area = name
            self.forms[-1][name] = [""]

    def handle_data(self, data: str) -> None:
        if self._area:
            self.forms[-1][self._area] = [data.strip("\n")]

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = ""


@pytest.fixture
def admin(client: Client) -> Client:
    client.force_login(make_user(role=Role.ADMIN, first_name="Ada", last_name="Admin"))
    return client


def named(values: dict[str, list[str]], name: str) -> dict[str, list[str]]:
    return {**values, "first_name" if "first_name" in values else "name": [name]}


def names() -> set[str]:
    stored = [model.objects.values_list("name", flat=True) for model in (Team, Campaign, Form)]
    return {name for found in stored for name in found} | set(
        User.objects.values_list("first_name", flat=True)
    )


@pytest.mark.parametrize("page", PAGES)
def test_who_saves_second_sees_what_the_first_did_and_decides(admin: Client, page: str) -> None:
    path = PAGES[page]()
    # A change before both: they have seen it.
    admin.post(path, named(Filled(admin.get(path).content.decode()).values, "Before"))
    mine = theirs = Filled(admin.get(path).content.decode()).values
    assert admin.post(path, named(theirs, "Theirs")).status_code == 302
    refused = admin.post(path, named(mine, "Mine"))
    text = refused.content.decode()
    assert refused.status_code == 409
    assert ("Somebody changed this" in text, "<ins>Theirs</ins>" in text, "Ada Admin" in text) == (True,) * 3
    again = Filled(text).values
    assert (again.get("name") or again["first_name"]) == ["Mine"]
    assert admin.post(path, again).status_code == 302
    assert "Mine" in admin.get(path).content.decode()


def test_nothing_is_stored_before_it_was_decided(admin: Client) -> None:
    path = PAGES["team"]()
    admin.post(path, named(Filled(admin.get(path).content.decode()).values, "Before"))
    mine = Filled(admin.get(path).content.decode()).values
    admin.post(path, named(mine, "Theirs"))
    admin.post(path, named(mine, "Mine"))
    assert {"Theirs", "Mine"} & names() == {"Theirs"}


def test_the_first_change_of_all_is_told_too(admin: Client) -> None:
    path = PAGES["team"]()
    mine = Filled(admin.get(path).content.decode()).values
    admin.post(path, named(mine, "Theirs"))
    assert admin.post(path, named(mine, "Mine")).status_code == 409


@pytest.mark.parametrize("seen", ["", "0", "x", "-1", "9" * 40])
def test_a_broken_mark_breaks_nothing(admin: Client, seen: str) -> None:
    path = PAGES["team"]()
    values = named(Filled(admin.get(path).content.decode()).values, "New")
    assert admin.post(path, {**values, "seen": [seen]}).status_code == 302


def test_a_new_thing_overtakes_nothing(admin: Client) -> None:
    assert admin.post("/settings/teams/", {"name": "South", "side": "sales", "seen": "0"}).status_code == 302
