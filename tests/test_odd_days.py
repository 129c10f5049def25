"""Days that a browser's calendar would let through and nobody means: no page breaks on them."""

import re

import pytest
from django.test import Client

from smarketing.accounts.enums import Role
from tests.accounts.factories import make_token, make_user
from tests.leads.factories import make_campaign, make_form

pytestmark = pytest.mark.django_db
DATE_INPUT = re.compile(r'<input type="date" name="(\w+)"')
LINK = re.compile(r'href="(/[a-z/-]*/)[?"]')
ENDS = ("0001-01-01", "1899-12-31", "3000-01-01", "9999-12-31")


def test_no_page_that_asks_for_a_day_breaks_on_the_ends_of_the_calendar(client: Client) -> None:
    client.force_login(make_user(role=Role.ADMIN))
    client.raise_request_exception = False
    campaign, form = make_campaign(), make_form()
    paths = set(LINK.findall(client.get("/dashboard/").content.decode()))
    paths |= {f"/campaigns/{campaign.pk}/", f"/forms/{form.pk}/submissions/", "/feedback/leads/"}
    asking, broken = 0, []
    for path in sorted(paths):
        names = set(DATE_INPUT.findall(client.get(path).content.decode()))
        asking += bool(names)
        for day in ENDS if names else ():
            for query in (dict.fromkeys(names, day), *({name: day} for name in names)):
                if (answer := client.get(path, query)).status_code >= 500:
                    broken.append((path, query, answer.status_code))
    assert (asking >= 9, broken) == (True, [])


@pytest.mark.parametrize("day", ENDS)
def test_the_api_counts_by_them(client: Client, day: str) -> None:
    _token, key = make_token()
    for name in ("entered_from", "entered_to"):
        answer = client.get(f"/api/v1/funnel?{name}={day}", headers={"Authorization": f"Bearer {key}"})
        assert answer.status_code == 200


def test_it_is_said_where_the_day_was_typed(client: Client) -> None:
    client.force_login(make_user(role=Role.ADMIN))
    page = client.get("/leads/?entered_to=9999-12-31").content.decode()
    assert "Choose a day between 1900 and 2999." in page
    assert 'min="1900-01-01" max="2999-12-31"' in page
