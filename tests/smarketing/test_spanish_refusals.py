"""What is refused on a Spanish page is said in Spanish, whoever wrote the message: we or Django."""

import re
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin

import django
import polib
import pytest
from django.test import Client

from smarketing import catalogs
from smarketing.accounts.enums import Role
from tests.accounts.factories import make_team, make_user
from tests.funnel.factories import make_journey
from tests.funnel.pools import make_pool
from tests.funnel.test_personas import make_persona
from tests.leads.factories import live_rule_set, make_campaign, make_form
from tests.sla.factories import make_policy
from tests.sla.test_agreements import make_agreement

pytestmark = pytest.mark.django_db

FEWEST_WORDS = 3
"""Shorter texts ("Email", "No") may be a name or a Spanish word."""
PLACEHOLDER = re.compile(r"%\\?\(\w+\\?\)[sd]|%[sd]")


@cache
def english() -> tuple[frozenset[str], list[re.Pattern[str]]]:
    """Every text that has another one in Spanish, of Django's catalogs and of ours: those that are
    always the same, and those with something to fill in."""
    folder = Path(django.__file__).parent
    files = [folder / "conf/locale/es", folder / "contrib/auth/locale/es", catalogs.ROOT / "locale/es"]
    found = []
    for file in files:
        for entry in polib.pofile(str(file / "LC_MESSAGES/django.po")):
            said = {entry.msgstr, *entry.msgstr_plural.values()}
            texts = {entry.msgid, entry.msgid_plural} - said - {""}
            found += [text for text in texts if len(text.split()) >= FEWEST_WORDS]
    open_ended = [text for text in found if PLACEHOLDER.search(text)]
    patterns = [re.compile(PLACEHOLDER.sub(".+", re.escape(text))) for text in open_ended]
    return frozenset(found), patterns


def is_english(text: str) -> bool:
    plain, patterns = english()
    return text in plain or any(known.fullmatch(text) for known in patterns)


class Page(HTMLParser):
    """``texts``: what there is to read; ``forms``: (address, names by what a browser would send)."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.forms: list[tuple[str, dict[str, str]]] = []
        self._silent = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name = given.get("name") or ""
        if tag in ("script", "style", "code", "option"):
            self._silent = tag
        if tag == "form":
            self.forms.append((given.get("action") or "", {} if given.get("method") == "post" else {"": ""}))
        elif tag in ("input", "select", "textarea", "button") and name and self.forms:
            self.forms[-1][1][name] = given.get("value") or ""

    def handle_endtag(self, tag: str) -> None:
        if tag == self._silent:
            self._silent = ""

    def handle_data(self, data: str) -> None:
        if not self._silent and (text := " ".join(data.split())):
            self.texts.append(text)


def pages() -> Iterator[str]:
    admin = make_user(role=Role.ADMIN)
    journey = make_journey("mql")
    policy = make_policy()
    yield from (
        "/settings/people/new/",
        f"/settings/people/{admin.pk}/",
        "/settings/teams/",
        f"/settings/teams/{make_team().pk}/",
        f"/settings/policies/{policy.pk}/",
        "/settings/policies/new/",
        f"/settings/calendars/{policy.calendar_id}/",
        "/settings/calendars/new/",
        f"/settings/routing/{make_pool(make_user(role=Role.SDR)).pk}/",
        "/settings/routing/new/",
        "/settings/tokens/",
        f"/campaigns/{make_campaign().pk}/edit/",
        f"/forms/{make_form(mapping={'email': 'email'}).pk}/edit/",
        f"/personas/{make_persona().pk}/edit/",
        f"/agreement/{make_agreement().pk}/plan/",
        "/targets/",
        "/imports/new/",
        f"/leads/{journey.lead_id}/edit/",
        *(f"/leads/{journey.lead_id}/{action}/" for action in ("contact", "postpone", "return", "convert")),
        "/profile/",
        "/password/change/",
    )


def refused(client: Client, path: str, value: str) -> Iterator[tuple[str, str]]:
    """English texts on the answers to every form of the page, filled with ``value``."""
    kept = ("csrfmiddlewaretoken", "token")
    for action, names in Page(client.get(path).content.decode()).forms:
        address = urljoin(path, action)
        if "" in names or address.startswith(("/sign-out/", "/i18n/")):
            continue
        filled = {
            name: old if name in kept or name.endswith("_FORMS") else value for name, old in names.items()
        }
        answer = client.post(address, filled)
        if answer.status_code not in (200, 409, 422):
            continue
        for text in Page(answer.content.decode()).texts:
            if is_english(text):
                yield address, text


@pytest.mark.parametrize("value", ["", "x", "-" + "9" * 400])
def test_no_refusal_is_english(client: Client, value: str) -> None:
    live_rule_set()
    client.force_login(make_user(role=Role.ADMIN, language="es"))
    assert sorted({found for path in pages() for found in refused(client, path, value)}) == []


@pytest.mark.parametrize("value", ["", "x", "9" * 400])
def test_nor_is_what_a_visitor_reads(value: str) -> None:
    """The first steps of a new installation, signing in, a forgotten password, a landing page."""
    client = Client(headers={"accept-language": "es-MX,es;q=0.9"})
    found = list(refused(client, "/setup/", value))
    make_user()
    form = make_form(mapping={"email": "email"}, required_fields=["email", "country"])
    posted = client.post(f"/api/v1/forms/{form.pk}/submissions", {"email": value, "country": value})
    texts = Page(posted.content.decode()).texts
    found += [("landing page", text) for text in texts if is_english(text)]
    found += [hit for path in ("/sign-in/", "/password/") for hit in refused(client, path, value)]
    assert found == []


def test_an_english_text_would_be_found() -> None:
    said = ["Enter a valid email address.", "Ensure this value is greater than or equal to 3."]
    assert [is_english(text) for text in said] == [True, True]
